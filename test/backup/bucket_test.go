package backup

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const accessKey, secretKey = "AKIAFIXLINETEST", "verysecretkeyofthestore"

// store is an S3-compatible store on loopback with the bucket "backups".
type store struct {
	url     string
	backend *s3mem.Backend

	mu sync.Mutex
	// second is closed when the second part of an upload comes, which is then never answered; nil = it is taken.
	second chan struct{}
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{backend: s3mem.New()}
	if err := s.backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(s.backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.Contains(r.Header.Get("Authorization"), "Credential="+accessKey+"/"): // it checks no signature itself
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`<Error><Code>InvalidAccessKeyId</Code><Message>no such key</Message></Error>`))
		case r.URL.Query().Get("partNumber") == "2" && s.stalls():
			_, _ = io.Copy(io.Discard, r.Body) // until then a server does not see that its client is gone
			<-r.Context().Done()
		default:
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.url = server.URL
	return s
}

func (s *store) stalls() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.second == nil {
		return false
	}
	select {
	case <-s.second:
	default:
		close(s.second)
	}
	return true
}

// objects lists what there is, and parts the uploads that are not ended.
func (s *store) objects(t *testing.T) (objects []string) {
	t.Helper()
	list, err := s.backend.ListBucket("backups", &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		objects = append(objects, o.Key)
	}
	return objects
}

func (s *store) parts(t *testing.T) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/backups?uploads", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Credential="+accessKey+"/")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.Body); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", a.Status, err)
	}
	_, found, _ := strings.Cut(text.String(), "<Upload>")
	return found
}

// command is the program with the store's key in its environment.
func (s *store) command(ctx context.Context, world, key string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, fixline, append(args, "--s3-endpoint", s.url, "--s3-region", "us-east-1")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = world, &out, &errs
	cmd.Env = []string{"HOME=" + world, "TMPDIR=" + world, "PATH=/usr/bin:/bin", "AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secretKey}
	return cmd, &out, &errs
}

func (s *store) run(t *testing.T, key string, args ...string) said {
	t.Helper()
	cmd, out, errs := s.command(t.Context(), t.TempDir(), key, args...)
	_ = cmd.Run() // its exit code is looked at
	return said{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// answer is the hash a command wants.
func (s *store) answer(t *testing.T, args []string) []string {
	t.Helper()
	dry := s.run(t, accessKey, append(args, "--dry-run")...).want(t, 0, s.url)
	return append(args, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)
}

// TestBucket: a backup goes to a store and is proven from there; who is not let in is told, and the key to the store is
// nowhere but in the requests.
func TestBucket(t *testing.T) {
	m, s := form(t, etcds()[0], 1), newStore(t)
	if err := m.fill(t, 300, 1000); err != nil {
		t.Fatal(err)
	}
	change := filepath.Join(t.TempDir(), "change")
	if err := os.CopyFS(change, os.DirFS(filepath.Join("..", "..", "internal", "record", "testdata", "change"))); err != nil {
		t.Fatal(err)
	}
	args := append(m.args(t, "s3://backups/prod", "m1"), "--record", change)
	denied := s.run(t, "AKIAOTHER", s.answer(t, args)...).want(t, 2, "cannot be kept in s3://backups/prod")
	if got := s.objects(t); len(got) > 0 {
		t.Errorf("%v", got)
	}
	taken := s.run(t, accessKey, s.answer(t, args)...).want(t, 0)
	a := decode[answer](t, taken.stdout)
	if got := s.objects(t); len(got) != 2 || !strings.HasPrefix(a.Where, "s3://backups/prod/prod-") || !strings.HasSuffix(a.Beside, ".manifest.json") {
		t.Errorf("%v, %s, %s", got, a.Where, a.Beside)
	}
	verified := s.run(t, accessKey, "backup", "verify", a.Where, "--identity", m.key, "--etcd-binary", m.programs, "-o", "json").want(t, 0)
	if p := decode[proof](t, verified.stdout); p.Result != "pass" {
		t.Errorf("%+v", p)
	}
	s.run(t, accessKey, "backup", "verify", a.Where+"x.tar.age", "--identity", m.key).want(t, 1, "x.tar.age")

	all := []string{denied.stdout, denied.stderr, taken.stdout, taken.stderr, verified.stdout, verified.stderr, s.text(t, strings.TrimPrefix(a.Beside, "s3://backups/"))}
	_ = filepath.WalkDir(change, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := os.ReadFile(path)
			all = append(all, string(text))
		}
		return err
	})
	if len(all) < 10 {
		t.Errorf("only %d texts were searched", len(all))
	}
	for _, text := range all {
		if strings.Contains(text, secretKey) || strings.Contains(text, accessKey) {
			t.Errorf("the key to the store is in %s", text)
		}
	}
	nothingLeft(t)
}

func (s *store) text(t *testing.T, key string) string {
	t.Helper()
	o, err := s.backend.GetObject("backups", key, nil)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(o.Contents); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestInterrupted: an upload that is given up half way leaves neither an object nor parts; one that is killed no object.
func TestInterrupted(t *testing.T) {
	m := form(t, etcds()[0], 1)
	if err := m.fill(t, 1200, 20000); err != nil { // more than one part
		t.Fatal(err)
	}
	for _, end := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		s := newStore(t)
		args := s.answer(t, m.args(t, "s3://backups/prod", "m1"))
		s.mu.Lock()
		s.second = make(chan struct{})
		s.mu.Unlock()
		cmd, _, errs := s.command(t.Context(), t.TempDir(), accessKey, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.second:
		case <-time.After(60 * time.Second):
			t.Fatal("no second part came")
		}
		if len(s.parts(t)) == 0 {
			t.Error("no upload is under way")
		}
		if err := cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if got := s.objects(t); len(got) > 0 || cmd.ProcessState.Success() {
			t.Errorf("%v: there are %v; it said %s", end, got, errs)
		}
		if left := s.parts(t); end == syscall.SIGINT && left != "" {
			t.Errorf("parts are left: %s", left)
		}
		nothingLeft(t)
	}
}
