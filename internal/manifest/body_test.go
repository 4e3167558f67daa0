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

func policies(o Object) bool { return o.Kind == "PodSecurityPolicy" }

func TestTextBodies(t *testing.T) {
	text := strings.Join([]string{
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
		"apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: a\nspec:\n  privileged: true\n  hostPorts:\n  - {min: 1, max: 2}\n",
		`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"b"}}]}` + "\n",
		"base: &base {hostPID: true}\n", // no object
		"apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: c}\nspec:\n  volumes: &v [secret]\n  again: *v\n",
		"apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: {{ .Values.name }}\n",
		"apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: d}\nspec: {[1]: x}\n",
	}, "---\n")
	found, unread := TextBodies("p.yaml", []byte(text), policies)
	var got []string
	for _, b := range found {
		got = append(got, b.Path+" "+b.Name+" "+string(b.JSON))
	}
	want := []string{
		`p.yaml a {"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"a"},"spec":{"hostPorts":[{"max":2,"min":1}],"privileged":true}}`,
		`p.yaml b {"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"b"}}`,
		`p.yaml c {"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"c"},"spec":{"again":["secret"],"volumes":["secret"]}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if found[0].Line != 5 || found[0].Document != 2 {
		t.Errorf("the first stands at line %d of document %d", found[0].Line, found[0].Document)
	}
	if len(unread) != 2 || unread[0].Reason != Template || unread[1].Line == 0 {
		t.Errorf("a template and a key that is no text: %+v", unread)
	}
}

func TestBodies(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const p = "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p}\n"
	file("a.yaml", p)
	file("b.yaml", "kind: Pod\napiVersion: v1\n")
	gone := file("c.yaml", p)
	files, err := Read(t.Context(), []string{dir, "-"}, strings.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	found, lacking, err := Bodies(t.Context(), files, policies)
	if err != nil || len(found) != 1 || found[0].Path != filepath.Join(dir, "a.yaml") {
		t.Errorf("%v, %v", found, err)
	}
	if len(lacking) != 2 || lacking[0].Path != gone || lacking[1].Path != "-" || lacking[1].Unread[0].Hint == "" {
		t.Errorf("what could not be read again: %+v", lacking)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Bodies(ctx, files, policies); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
