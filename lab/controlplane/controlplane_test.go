package controlplane

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// versions are the Kubernetes versions to start: two, so that they run side by side. `make e2e` names older ones.
func versions() []string {
	return strings.FieldsFunc(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0,1.37.1"),
		func(r rune) bool { return r == ',' || r == ' ' })
}

// childVar makes the test binary play the process that starts a control plane and is killed.
const childVar = "FIXLINE_LAB_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		child()
		return
	}
	os.Exit(m.Run())
}

func TestStartSideBySide(t *testing.T) {
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			cp := running(t, Options{Version: version, Audit: true, ControllerManager: version == versions()[0]})

			status, body := get(t, cp, cp.Admin(), "/version")
			var answer struct{ GitVersion string }
			if err := json.Unmarshal(body, &answer); err != nil || answer.GitVersion != "v"+version {
				t.Errorf("/version answers %d %s; want %s", status, body, version)
			}

			nobody, err := cp.ClientCert("jane", "developers")
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				who  Credentials
				path string
				want int
			}{
				{cp.Admin(), "/api/v1/nodes", http.StatusOK},
				{nobody, "/version", http.StatusOK}, // system:public-info-viewer
				{nobody, "/api/v1/nodes", http.StatusForbidden},
				{Credentials{}, "/livez", http.StatusOK}, // anonymous, upstream's default
				{Credentials{}, "/api/v1/nodes", http.StatusForbidden},
			} {
				if status, body := get(t, cp, tt.who, tt.path); status != tt.want {
					t.Errorf("GET %s as %q = %d, want %d: %s", tt.path, tt.who.User, status, tt.want, body)
				}
			}

			log, err := os.ReadFile(cp.AuditLog())
			if err != nil || !bytes.Contains(log, []byte(`"username":"jane"`)) {
				t.Errorf("the audit log has no request of jane (%v), %d bytes", err, len(log))
			}
			if version == versions()[0] {
				waitFor(t, "the controller manager to make the default service account", func() bool {
					status, _ := get(t, cp, cp.Admin(), "/api/v1/namespaces/default/serviceaccounts/default")
					return status == http.StatusOK
				})
			}

			dir, pids := cp.Dir(), pids(cp)
			if err := cp.Stop(); err != nil {
				t.Errorf("Stop: %v", err)
			}
			if err := cp.Stop(); err != nil {
				t.Errorf("second Stop: %v", err)
			}
			nothingLeft(t, dir, pids)
		})
	}
}

func TestKubeconfig(t *testing.T) {
	pki, err := newAuthority("ca")
	if err != nil {
		t.Fatal(err)
	}
	who, err := pki.client(`o'brien: "x"`, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	cp := &ControlPlane{version: "1.37.1", layout: layout{apiServerPort: 6443}, pki: &keys{cluster: pki}}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := cp.Kubeconfig(path, who); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		CurrentContext string `json:"current-context"`
		Clusters       []struct {
			Cluster struct {
				Server string
				CA     []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct {
			Name string
			User struct {
				Cert []byte `json:"client-certificate-data"`
				Key  []byte `json:"client-key-data"`
			}
		}
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Clusters[0].Cluster.Server != "https://127.0.0.1:6443" || got.CurrentContext != "lab-1.37.1" || got.Users[0].Name != who.User {
		t.Errorf("kubeconfig:\n%s", data)
	}
	if _, err := tls.X509KeyPair(got.Users[0].User.Cert, got.Users[0].User.Key); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got.Clusters[0].Cluster.CA, pki.certPEM) {
		t.Error("the kubeconfig's authority is not the cluster's")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

// A test that panics or is killed must leave neither processes nor files.
func TestKilledLeavesNothing(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVar+"="+versions()[len(versions())-1])
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dir string
	var pids []int
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(line), &[]any{&dir, &pids})
	}
	if killErr := cmd.Process.Kill(); killErr != nil {
		t.Error(killErr)
	}
	_ = cmd.Wait() // killed, as meant
	if err != nil || len(pids) != 2 {
		t.Fatalf("the child said %q: %v", line, err)
	}
	nothingLeft(t, dir, pids)
}

func child() {
	cp, err := Start(context.Background(), Options{Version: os.Getenv(childVar)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode([]any{cp.Dir(), pids(cp)}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	select {}
}

func TestStartFailsWithTheLog(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	_, err := Start(t.Context(), Options{Version: versions()[0], APIServerArgs: []string{"--no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "kube-apiserver ended (exit status 1)") || !strings.Contains(err.Error(), "unknown flag: --no-such-flag") {
		t.Errorf("Start with a wrong flag = %v; want its log", err)
	}
	empty(t, tmp)
}

func TestStartEndsWithItsContext(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, fmt.Errorf("enough"))
	defer cancel()
	if cp, err := Start(ctx, Options{Version: versions()[0]}); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("Start = %v; want the reason the context ended", err)
		if err == nil {
			t.Error(cp.Stop())
		}
	}
	empty(t, tmp)
}

func TestNamedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	cp := running(t, Options{Version: versions()[0], Dir: dir})
	pids := pids(cp)
	if err := cp.Stop(); err != nil {
		t.Fatal(err)
	}
	ended(t, pids)
	if log := cp.Log("kube-apiserver", 1000); !strings.Contains(log, "Serving securely") {
		t.Errorf("the log in the named folder is gone or empty: %q", log)
	}
	if _, err := Start(t.Context(), Options{Version: versions()[0], Dir: dir}); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("Start in a used folder = %v; want a refusal", err)
	}
}

func TestStartRefusesWhatIsNoVersion(t *testing.T) {
	if _, err := Start(t.Context(), Options{Version: "1.37"}); err == nil || !strings.Contains(err.Error(), "not an exact version") {
		t.Errorf("Start = %v", err)
	}
}

// running starts a control plane and stops it when the test ends.
func running(t *testing.T, opts Options) *ControlPlane {
	t.Helper()
	cp, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of kube-apiserver's log:\n%s", cp.Log("kube-apiserver", 20))
		}
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cp
}

// get asks as somebody; the zero Credentials are nobody.
func get(t *testing.T, cp *ControlPlane, who Credentials, path string) (int, []byte) {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cp.CA())
	config := &tls.Config{RootCAs: pool}
	if who.Certificate != nil {
		pair, err := tls.X509KeyPair(who.Certificate, who.Key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get(cp.Host() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

func pids(cp *ControlPlane) []int {
	var pids []int
	for _, p := range cp.processes {
		pids = append(pids, p.cmd.Process.Pid)
	}
	return pids
}

func nothingLeft(t *testing.T, dir string, pids []int) {
	t.Helper()
	ended(t, pids)
	waitFor(t, dir+" to be gone", func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	})
}

func ended(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		waitFor(t, fmt.Sprintf("process %d to end", pid), func() bool {
			if syscall.Kill(pid, 0) == syscall.ESRCH {
				return true
			}
			// A zombie answers signals too: its parent was killed, and not every container's init reaps.
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err == nil && strings.Contains(string(stat), ") Z ")
		})
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("%s holds %v, %v; want nothing", dir, entries, err)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("waited in vain for %s", what)
}
