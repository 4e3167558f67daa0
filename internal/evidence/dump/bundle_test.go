package dump

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

func about() evidence.Manifest {
	return evidence.Manifest{Cluster: "prod", Server: "https://10.0.0.1:6443", Program: "fixline v0.2.0",
		Started: "2026-03-15T09:00:00Z", Finished: "2026-03-15T09:01:00Z", Warnings: []string{"v1 Endpoints is deprecated"},
		Clocks: []evidence.Clock{{Of: "https://10.0.0.1:6443", At: "2026-03-15T09:00:00Z", Ahead: -0.25, Within: 0.5}}}
}

// bundle writes files and coverage as a bundle.
func bundle(t *testing.T, out string, files map[string]string, items int, checks ...evidence.Check) error {
	t.Helper()
	w, err := pack.Create(out, pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for path, text := range files {
		if err := w.File(path, evidence.Origin{}, func(to io.Writer) (int, error) { _, err := io.WriteString(to, text); return items, err }); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range checks {
		w.Note(c)
	}
	_, err = w.Commit(about())
	return err
}

// TestRoundTrip: what plain kubectl output says, a bundle made of it says too,
// as a folder and packed.
func TestRoundTrip(t *testing.T) {
	recording := os.DirFS("../../demo/recording")
	want, err := ReadFS(t.Context(), recording, "x")
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Pods) == 0 || len(want.Hosts) == 0 || want.Metrics == nil || len(want.Groups) == 0 {
		t.Fatal("the recording holds too little to compare")
	}
	for _, name := range []string{"b", "b.tar.zst"} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), name)
			convert(t, recording, want, out)
			got, err := Read(t.Context(), out)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != "prod" || got.Taken != about().Finished || len(got.Clocks) != 1 || len(got.Warnings) != 1 || got.Source != "bundle "+out {
				t.Errorf("of the manifest: %q %q %v %v %q", got.Name, got.Taken, got.Clocks, got.Warnings, got.Source)
			}
			got.Source, got.Name, got.Taken, got.Clocks, got.Warnings = want.Source, "", "", nil, nil
			for node := range want.Hosts { // what a plain folder lacks is absent, of a bundle nobody asked
				for name, a := range want.Hosts[node].Access {
					if a.State == evidence.Absent {
						delete(want.Hosts[node].Access, name)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// convert writes a recording as collect writes a cluster.
func convert(t *testing.T, from fs.FS, b *evidence.Bundle, out string) {
	t.Helper()
	w, err := pack.Create(out, pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	lists := map[string]evidence.List{}
	for _, l := range evidence.Collected() {
		lists[l.File()] = l
	}
	err = fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return w.File(path, evidence.Origin{}, func(to io.Writer) (int, error) {
			in, err := from.Open(path)
			if err != nil {
				return 0, err
			}
			defer in.Close()
			switch l, isList := lists[path]; {
			case isList:
				list := evidence.NewListWriter(to, l.APIVersion(), l.Kind)
				if _, err := l.Each(in, list.Add); err != nil {
					return 0, err
				}
				return list.Close()
			case path == string(evidence.ConfigMaps)+".json":
				list := evidence.NewListWriter(to, "v1", "ConfigMap")
				if _, err := evidence.DecodeList(in, func(c *evidence.ConfigMap) error { return list.Add(c) }); err != nil {
					return 0, err
				}
				return list.Close()
			}
			_, err = io.Copy(to, in)
			return 0, err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := evidence.WriteAPIGroups(b.Groups)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.File(evidence.APIGroupsFile, evidence.Origin{}, func(to io.Writer) (int, error) { _, err := to.Write(groups); return 0, err }); err != nil {
		t.Fatal(err)
	}
	for asked, a := range b.Access {
		w.Note(evidence.Check{Asked: string(asked), State: a.State, Reason: a.Reason, Rule: a.Rule})
	}
	if _, err := w.Commit(about()); err != nil {
		t.Fatal(err)
	}
}

const node = `{"apiVersion":"v1","kind":"NodeList","items":[
{"metadata":{"name":"n1"},"status":{"nodeInfo":{"kubeletVersion":"v1.34.2"}}}
]}
`

// TestCoverage: a bundle's words are those that were found when it was written.
func TestCoverage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "b")
	rule := &evidence.Rule{Resource: "pods", Verb: "list"}
	err := bundle(t, out, map[string]string{
		"nodes.json": node, "hosts/n1/versions.txt": "6.1.0\n", "kubelets/n1/configz.json": `{"kubeletconfig":{"readOnlyPort":10255}}`,
		"apiservers/10.0.0.1:6443/metrics.txt": `apiserver_storage_objects{resource="pods"} 3`, "what-comes-later.json": "{",
	}, 1,
		evidence.Check{Asked: "nodes", State: evidence.Read},
		evidence.Check{Asked: "pods", State: evidence.Forbidden, Reason: "forbidden; the missing rule is x", Rule: rule},
		evidence.Check{Asked: "configmaps/kube-proxy", State: evidence.Absent, Reason: `configmaps "kube-proxy" not found`},
		evidence.Check{Asked: "hosts/n1/dpkg.txt", State: evidence.Failed, Reason: "sudo: a password is required"},
		evidence.Check{Asked: "hosts/n2/dpkg.txt", State: evidence.Failed, Reason: "no answer"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(evidence.Access{State: evidence.Forbidden, Reason: "forbidden; the missing rule is x", Rule: rule}, b.Access[evidence.Pods]); d != "" {
		t.Error(d)
	}
	if got := b.Access[evidence.ConfigMapResource("kube-proxy")]; got.State != evidence.Absent || got.Reason != `configmaps "kube-proxy" not found` {
		t.Errorf("%+v", got)
	}
	if !b.Was(evidence.Nodes) || b.Access[evidence.Namespaces].State != evidence.NotAsked {
		t.Errorf("%+v", b.Access)
	}
	h := b.Hosts["n1"]
	if h.Kernel != "6.1.0" || h.Configz == nil || h.Access["dpkg.txt"].Reason != "sudo: a password is required" || len(b.Hosts) != 1 {
		t.Errorf("%+v", b.Hosts)
	}
	if b.Access["hosts/n2/dpkg.txt"].State != evidence.Failed || b.ServerMetrics["10.0.0.1:6443"].Objects["pods"] != 3 {
		t.Errorf("%+v, %+v", b.Access, b.ServerMetrics)
	}
}

func TestBadBundles(t *testing.T) {
	for _, tt := range []struct {
		name   string
		files  map[string]string
		checks []evidence.Check
		file   string
		want   string
		line   int
	}{
		{"nothing", nil, nil, "bundle.json", "nothing was asked", 0},
		{"read, but not there", nil, []evidence.Check{{Asked: "pods", State: evidence.Read}}, "bundle.json", "pods.json is not among the files", 0},
		{"also of what is only kept", nil, []evidence.Check{{Asked: "leases", State: evidence.Read}}, "bundle.json", "leases.json is not among the files", 0},
		{"a host's, but not there", nil, []evidence.Check{{Asked: "hosts/n1/dpkg.txt", State: evidence.Read}}, "bundle.json", "hosts/n1/dpkg.txt was read, but it is not among the files", 0},
		{"read, but not in its file", map[string]string{"configmaps-kube-system.json": `{"items":[{"metadata":{"name":"coredns","namespace":"kube-system"}}]}`},
			[]evidence.Check{{Asked: "configmaps/kube-proxy", State: evidence.Read}}, "bundle.json", "configmaps/kube-proxy was read, but: kube-system has no ConfigMap kube-proxy", 0},
		{"read, but a part", map[string]string{"nodes.json": strings.Replace(node, `"items"`, `"metadata":{"continue":"x"},"items"`, 1)},
			[]evidence.Check{{Asked: "nodes", State: evidence.Read}}, "bundle.json", "nodes was read, but: nodes.json is one page", 0},
		{"failed, but there", map[string]string{"nodes.json": node}, []evidence.Check{{Asked: "nodes", State: evidence.Failed, Reason: "x"}}, "bundle.json", "nodes is failed, but nodes.json is among the files", 0},
		{"another number", map[string]string{"pods.json": `{"items":[]}`}, nil, "pods.json", "holds 0 objects, the manifest says 1", 0},
		{"no JSON", map[string]string{"nodes.json": strings.Replace(node, `"name":`, `"name"`, 1)}, nil, "nodes.json", "invalid character", 2},
		{"another kind", map[string]string{"pods.json": node}, nil, "pods.json", "objects of kind Node, not Pod", 0},
	} {
		for _, form := range []string{"", pack.Suffix} {
			t.Run(tt.name+form, func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "b"+form)
				if err := bundle(t, out, tt.files, 1, tt.checks...); err != nil {
					t.Fatal(err)
				}
				_, err := Read(t.Context(), out)
				in, ok := errors.AsType[*InputError](err)
				if !ok || in.File != tt.file || !strings.Contains(in.Error(), tt.want) || in.Line != tt.line {
					t.Errorf("%v, want %q in %s:%d", err, tt.want, tt.file, tt.line)
				}
			})
		}
	}
}

type hinted interface {
	error
	Hint() string
}

// TestEditedBundle: no byte of a packed bundle can be changed unseen.
func TestEditedBundle(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "b.tar.zst")
	if err := bundle(t, out, map[string]string{"nodes.json": node}, 1, evidence.Check{Asked: "nodes", State: evidence.Read}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.tar.zst")
	for at := range whole {
		for _, data := range [][]byte{whole[:at], append(append(append([]byte{}, whole[:at]...), whole[at]^0x10), whole[at+1:]...)} {
			if err := os.WriteFile(bad, data, 0o600); err != nil {
				t.Fatal(err)
			}
			b, err := Read(t.Context(), bad)
			hint, ok := errors.AsType[hinted](err)
			switch {
			case err == nil && len(data) == len(whole) && len(b.Nodes) == 1: // a bit that says nothing, such as one of a reserved field
			case err == nil:
				t.Fatalf("%d of %d bytes, or with byte %d changed, are read as whole", len(data), len(whole), at)
			case !ok || hint.Hint() == "":
				t.Fatalf("%v has no hint", err)
			}
		}
	}
}
