package manifest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRead: a folder as it is found, with everything that is not to be
// followed, and everything that was left out said.
func TestRead(t *testing.T) {
	const pod = "apiVersion: v1\nkind: Pod\n"
	top := t.TempDir()
	root := filepath.Join(top, "repo")
	write(t, filepath.Join(top, "outside", "secret.yaml"), pod)
	for _, name := range []string{"a.yaml", "b/c.YML", "b/d.json", "notes.txt", ".git/config.yaml", ".ci.yml", "..data_1/mounted.yaml", "b/other.tmpl"} {
		write(t, filepath.Join(root, name), pod)
	}
	for link, to := range map[string]string{"out.yaml": "../outside/secret.yaml", "outside": "../outside", "again.yaml": "a.yaml", "nowhere.yaml": "gone", "loop": ".",
		"mounted.yaml": "..data_1/mounted.yaml", "named.yaml": "b/other.tmpl", "text": "gone.txt"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Read(context.Background(), []string{root, "-", filepath.Join(root, "notes.txt"), root + "/a.yaml"}, strings.NewReader(pod))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		rel := strings.TrimPrefix(f.Path, root+"/")
		for range f.Objects {
			got = append(got, rel)
		}
		for _, u := range f.Unread {
			got = append(got, rel+" "+string(u.Reason)+": "+strings.ReplaceAll(u.Text, top, "TOP"))
		}
	}
	want := []string{
		"..data_1 hidden: a hidden folder: name it to have it read",
		".ci.yml hidden: a hidden file: name it to have it read",
		".git hidden: a hidden folder: name it to have it read",
		"a.yaml", "b/c.YML", "b/d.json", "mounted.yaml", "named.yaml",
		"nowhere.yaml link: a link that leads nowhere: no such file or directory",
		"out.yaml link: a link out of the folder, to TOP/outside/secret.yaml",
		"outside link: a link out of the folder, to TOP/outside",
		"-", "notes.txt",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadMistakes(t *testing.T) {
	if _, err := Read(context.Background(), []string{filepath.Join(t.TempDir(), "gone")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, []string{"-"}, strings.NewReader("")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := errors.New("the pipe broke")
	files, err := Read(context.Background(), []string{"-"}, reader1{broken})
	if err != nil || len(files) != 1 || len(files[0].Unread) != 1 || files[0].Unread[0].Reason != Access || files[0].Unread[0].Text != "the pipe broke" {
		t.Errorf("a broken stream: %+v, %v", files, err)
	}
}

type reader1 struct{ err error }

func (r reader1) Read([]byte) (int, error) { return 0, r.err }

func TestReadLargeAndLinear(t *testing.T) {
	// Ten megabytes of one document, and of many; JSON on one line.
	var list strings.Builder
	list.WriteString("apiVersion: v1\nitems:\n")
	for list.Len() < 10<<20 {
		list.WriteString("- apiVersion: v1\n  data:\n    text: |\n      " + strings.Repeat("x", 1000) + "\n  kind: ConfigMap\n  metadata: \n    name: a\n")
	}
	list.WriteString("kind: List\n")
	item := `{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"` + strings.Repeat("é", 500) + `"}},`
	oneLine := `{"apiVersion":"v1","kind":"List","items":[` + strings.Repeat(item, 10_000)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "list.yaml"), list.String())
	write(t, filepath.Join(dir, "one.json"), oneLine[:len(oneLine)-1]+"]}")
	files, err := Read(context.Background(), []string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(files[0].Objects); n != strings.Count(list.String(), "- apiVersion") {
		t.Errorf("%d objects of the list; unread: %v", n, files[0].Unread)
	}
	if n := len(files[1].Objects); n != 10_000 || files[1].Objects[1].Column != len("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[")+len([]rune(item))+2 {
		t.Errorf("%d objects of the line; unread: %v", n, files[1].Unread)
	}
}
