package helm

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// secret is a text that must never come out.
const secret = "s3cr3t"

// packed is a release as Helm stores it.
func packed(t testing.TB, manifest string, hooks ...string) string {
	t.Helper()
	list := []any{}
	for _, h := range hooks {
		list = append(list, map[string]any{"name": secret, "manifest": h})
	}
	data, err := json.Marshal(map[string]any{
		"name": "web", "version": 3, "manifest": manifest, "hooks": list,
		"config": map[string]any{"password": secret}, "info": map[string]any{"notes": secret},
		"chart": map[string]any{"metadata": map[string]any{"name": "web", "version": "1.2.3"}, "values": map[string]any{"a": secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return zipped(t, data)
}

func zipped(t testing.TB, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func TestDecode(t *testing.T) {
	object := func(version, kind, namespace, name string, line int) evidence.ReleaseObject {
		return evidence.ReleaseObject{APIVersion: version, Kind: kind, Namespace: namespace, Name: name, Line: line}
	}
	for _, tt := range []struct {
		name, manifest string
		want           []evidence.ReleaseObject
		bad            string
	}{
		{"as helm writes it", "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: prod\n---\n# Source: b\n# only a comment\n---\nkind: Ingress\napiVersion: \"extensions/v1beta1\"\nmetadata: {name: web}\n",
			[]evidence.ReleaseObject{object("v1", "Service", "prod", "web", 3), object("extensions/v1beta1", "Ingress", "", "web", 13)}, ""},
		{"CRLF", "---\r\napiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: Pod\r\nmetadata: {name: b}\r\n",
			[]evidence.ReleaseObject{object("v1", "Service", "", "a", 2), object("v1", "Pod", "", "b", 7)}, ""},
		{"a separator inside a text", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    ---\n    apiVersion: v9\n    kind: " + secret + "\n--- # next\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n",
			[]evidence.ReleaseObject{object("v1", "ConfigMap", "", "a", 1), object("v1", "Pod", "", "b", 10)}, ""},
		{"a list", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}\n- " + secret + "\n",
			[]evidence.ReleaseObject{object("v1", "Pod", "", "a", 4), object("apps/v1", "Deployment", "", "b", 7)}, "document 1 (line 1): item 3: it is no object"},
		{"anchors", "apiVersion: &v v1\nkind: Pod\nmetadata: &m {name: a}\n---\nx: &v apps/v1\napiVersion: *v\nkind: Deployment\nmetadata: {name: &n b, namespace: *n}\n",
			[]evidence.ReleaseObject{object("v1", "Pod", "", "a", 1), object("apps/v1", "Deployment", "b", "b", 5)}, ""},
		{"broken ones hide no other", "a: [" + secret + "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n" + secret + "\n---\nkind: Pod\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: \"" + secret + " b\"}\n",
			[]evidence.ReleaseObject{object("v1", "Pod", "", "a", 3)},
			"document 1 (line 1): no YAML at line 2; document 3 (line 6): it is no object; document 4 (line 8): it has no apiVersion; document 5 (line 10): its metadata.name is none"},
		{"generateName, null, empty", "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n---\nnull\n---\n...\n---\n{apiVersion: v1, kind: Pod}", []evidence.ReleaseObject{object("batch/v1", "Job", "", "", 1), object("v1", "Pod", "", "", 9)}, ""},
		{"nothing", "\n", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Decode(packed(t, tt.manifest))
			if diff := cmp.Diff(Content{Chart: "web-1.2.3", Objects: tt.want, Unreadable: tt.bad}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, secret) {
				t.Errorf("what is not for keeping is there: %s", text)
			}
		})
	}
}

func TestDecodeHooks(t *testing.T) {
	got := Decode(packed(t, "", "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: clean}\n", "a: ["+secret))
	want := []evidence.ReleaseObject{{APIVersion: "batch/v1beta1", Kind: "CronJob", Name: "clean", Line: 1, Hook: true}}
	if diff := cmp.Diff(want, got.Objects); diff != "" || !strings.HasPrefix(got.Unreadable, "hook 2: document 1 (line 1): no YAML") {
		t.Errorf("%q (-want +got):\n%s", got.Unreadable, diff)
	}
}

func TestDecodeDamaged(t *testing.T) {
	whole := packed(t, "apiVersion: v1\nkind: Pod\n")
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `no key "release"`},
		{"no base64", secret + "!", "no base64"},
		{"cut short", whole[:len(whole)/8*4], "damaged or cut short"},
		{"no gzip, no JSON", base64.StdEncoding.EncodeToString([]byte(secret)), "no JSON"},
		{"a bomb", zipped(t, bytes.Repeat([]byte{' '}, maxRelease+2)), "more than 32 MiB"},
		{"another type", zipped(t, []byte(`{"manifest":["`+secret+`"]}`)), "no JSON of a release"},
	} {
		got := Decode(tt.text)
		if !strings.Contains(got.Unreadable, tt.want) || strings.Contains(got.Unreadable, secret) || got.Objects != nil {
			t.Errorf("%s: %+v, want %q", tt.name, got, tt.want)
		}
	}
	plain := base64.StdEncoding.EncodeToString([]byte(`{"manifest":"apiVersion: v1\nkind: Pod\n"}`))
	if got := Decode(plain); len(got.Objects) != 1 || got.Unreadable != "" {
		t.Errorf("a release without gzip: %+v", got)
	}
}

// FuzzDecode: no input makes it panic, hang or pass on what is no name.
func FuzzDecode(f *testing.F) {
	f.Add(packed(f, "---\napiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: a}}]\n"))
	f.Add("H4sI")
	f.Fuzz(func(t *testing.T, text string) { checked(t, Decode(text)) })
}

// FuzzManifest does the same one layer deeper, where the fuzzer gets further.
func FuzzManifest(f *testing.F) {
	f.Add("---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n--- |\n x")
	f.Add("a: &a [*a]\n---\napiVersion: *a")
	f.Fuzz(func(t *testing.T, manifest string) {
		objects, bad := walk(manifest)
		checked(t, Content{Objects: objects, Unreadable: few(bad)})
		for _, o := range objects {
			if lines := strings.Count(manifest, "\n") + strings.Count(manifest, "\r") + strings.Count(manifest, "\u0085") + strings.Count(manifest, "\u2028") + strings.Count(manifest, "\u2029") + 1; o.Line < 1 || o.Line > lines {
				t.Errorf("line %d of %d", o.Line, lines)
			}
		}
	})
}

func checked(t *testing.T, c Content) {
	t.Helper()
	for _, o := range c.Objects {
		if !word.MatchString(o.APIVersion) || !word.MatchString(o.Kind) || o.Name != "" && !word.MatchString(o.Name) || o.Namespace != "" && !word.MatchString(o.Namespace) {
			t.Errorf("%+v is no object", o)
		}
	}
}
