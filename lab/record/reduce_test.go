package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReduce(t *testing.T) {
	from, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	const managers = `"managedFields":[{"manager":"kubectl","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}}}]`
	write := func(name, data string) {
		t.Helper()
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("README.md", "# A recording\n")
	write("version.json", "{\n  \"gitVersion\": \"v1.37.0\"\n}")
	write("events.json", `{"kind":"List","items":[{}]}`)
	write("pods.json", `{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a<b","generation":12345678901234567890,`+managers+`}},{"kind":"Pod"}]}`)
	write("nodes.json", `{"kind":"List","items":[{"kind":"Node","metadata":{`+managers+`}}]}`)
	write("roles.json", `{"kind":"List","items":[]}`)
	write("hosts/cp1/configz.json", `{"kind": "List"}`)
	if err := Reduce(from, out); err != nil {
		t.Fatal(err)
	}

	got := map[string]string{}
	if err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(out, path)
		got[filepath.ToSlash(name)] = string(data)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	const head = `{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[`
	want := map[string]string{
		"README.md":    "# A recording\n\n" + ReducedRule,
		"version.json": "{\n  \"gitVersion\": \"v1.37.0\"\n}",
		"pods.json": head + "\n" +
			`{"kind":"Pod","metadata":{"generation":12345678901234567890,"managedFields":[{"apiVersion":"v1","manager":"kubectl","operation":"Update"}],"name":"a<b"}},` + "\n" +
			`{"kind":"Pod"}` + "\n]}\n",
		"nodes.json": head + "\n" +
			`{"kind":"Node","metadata":{"managedFields":[{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{}},"manager":"kubectl","operation":"Update"}]}}` + "\n]}\n",
		"roles.json":             head + "\n]}\n",
		"hosts/cp1/configz.json": `{"kind": "List"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := Reduce(from, out); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("into a used folder: %v", err)
	}
	if err := Reduce(t.TempDir(), filepath.Join(t.TempDir(), "out")); err == nil || !strings.Contains(err.Error(), "it is no recording") {
		t.Errorf("of an empty folder: %v", err)
	}
}
