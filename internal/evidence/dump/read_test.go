package dump

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// small is a folder with as little as there can be.
func small() fstest.MapFS {
	return fstest.MapFS{
		"nodes.json":   {Data: []byte(`{"kind":"List","items":[{"kind":"Node","metadata":{"name":"n1"},"status":{"nodeInfo":{"kubeletVersion":"v1.34.2"}}}]}`)},
		"version.json": {Data: []byte(`{"gitVersion":"v1.34.2"}`)},
	}
}

func TestMissingFilesAreGaps(t *testing.T) {
	b, err := ReadFS(t.Context(), small(), "folder x")
	if err != nil {
		t.Fatal(err)
	}
	if !b.Was(evidence.Nodes) || b.Version.GitVersion != "v1.34.2" {
		t.Errorf("what is there was not read: %+v", b)
	}
	for _, l := range evidence.Lists() {
		want := evidence.Absent
		if l.Resource == evidence.Nodes {
			want = evidence.Read
		}
		if got := b.Access[l.Resource]; got.State != want {
			t.Errorf("%s: %v, want %v", l.Resource, got, want)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for _, tt := range []struct {
		name, file, data string
		want             string // a part of the message
		line             int
		field            string
	}{
		{"syntax", "pods.json", "{\n \"items\": [\n  {\"metadata\": {\"name\": \"a\"}},\n  {\"metadata\":\n    {x}}\n ]\n}\n", "invalid character 'x'", 5, ""},
		{"cut short", "pods.json", "{\"items\":[\n{\"metadata\":{\"na", "ends in the middle", 2, ""},
		{"wrong type", "nodes.json", "{\"items\":[\n{\"metadata\":{\"name\":1}}]}", "a number was found", 2, "metadata.name"},
		{"another kind", "pods.json", `{"kind":"List","items":[{"kind":"Node"}]}`, "objects of kind Node, not Pod", 0, ""},
		{"another list", "pods.json", `{"kind":"NodeList","items":[]}`, "objects of kind Node, not Pod", 0, ""},
		{"no version", "version.json", `{}`, "it names no version", 0, "gitVersion"},
		{"version is no JSON", "version.json", "error: no\n", "invalid character 'e'", 1, ""},
		{"dpkg", "hosts/n1/dpkg.txt", "bash: dpkg: command not found\n", "is no line of dpkg", 0, ""},
		{"configz", "hosts/n1/configz.json", "{\"kubeletconfig\":\n!}", "invalid character '!'", 2, ""},
		{"kubelet", "hosts/n1/kubelet-config.yaml", "a: b: c\n", "mapping", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := small()
			dir[tt.file] = &fstest.MapFile{Data: []byte(tt.data)}
			_, err := ReadFS(t.Context(), dir, "folder x")
			in, ok := errors.AsType[*InputError](err)
			if !ok {
				t.Fatalf("%v is no InputError", err)
			}
			if !strings.Contains(in.Error(), tt.want) || in.File != tt.file || in.Line != tt.line || in.Field != tt.field {
				t.Errorf("%v (file %q line %d field %q), want %q in %s:%d %s", in, in.File, in.Line, in.Field, tt.want, tt.file, tt.line, tt.field)
			}
		})
	}
}

func TestOnePageIsNoList(t *testing.T) {
	dir := small()
	dir["pods.json"] = &fstest.MapFile{Data: []byte(`{"kind":"PodList","metadata":{"continue":"x"},"items":[]}`)}
	b, err := ReadFS(t.Context(), dir, "folder x")
	if err != nil || b.Access[evidence.Pods].State != evidence.Failed {
		t.Errorf("%v, %v; want pods failed", err, b.Access[evidence.Pods])
	}
}

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	write := func(name, data string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	secret := write("secret.json", `{"items":[]}`)
	write("link/nodes.json", `{"items":[]}`)
	if err := os.Symlink(secret, filepath.Join(dir, "link", "pods.json")); err != nil {
		t.Fatal(err)
	}
	huge := filepath.Dir(write("huge/nodes.json", ""))
	if err := os.Truncate(filepath.Join(huge, "nodes.json"), 2<<30); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, path, want, hint string }{
		{"not there", filepath.Join(dir, "no"), "no such file", ""},
		{"nothing of a cluster", filepath.Dir(write("empty/x", "")), "none of nodes.json", "kubectl get nodes"},
		{"packed otherwise", write("b.tar.gz", "x"), "a packed bundle ends in .tar.zst", "unpack"},
		{"a file", write("c.json", "x"), "neither a folder nor a packed bundle", "kubectl output"},
		{"a link out of the folder", filepath.Join(dir, "link"), "reading pods.json: path escapes", ""},
		{"a file of 2 GiB", huge, "it is 2048 MiB", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(t.Context(), tt.path)
			in, ok := errors.AsType[*InputError](err)
			if !ok || !strings.Contains(err.Error(), tt.want) || !strings.Contains(in.Hint(), tt.hint) {
				t.Errorf("%v, want an InputError with %q", err, tt.want)
			}
		})
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadFS(ctx, small(), "folder x"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
}
