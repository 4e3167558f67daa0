package kubeadm

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/evidence"
)

var update = flag.Bool("update", false, "write the golden file anew")

// bundle reads testdata/NAME.yaml: objects as the API has them, the texts of
// ConfigMaps, and the kubeconfigs of hosts.
func bundle(t *testing.T, name string) *evidence.Bundle {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Objects    []map[string]any             `yaml:"objects"`
		ConfigMaps map[string]map[string]string `yaml:"configmaps"`
		Hosts      map[string]string            `yaml:"hosts"`
	}
	if err := yaml.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	b := evidence.New("test")
	for _, l := range slices.Concat(evidence.Lists(), evidence.Upgrade()) {
		var items []map[string]any
		for _, o := range f.Objects {
			if o["kind"] == l.Kind {
				items = append(items, o)
			}
		}
		text, err := json.Marshal(map[string]any{"items": items})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Decode(l, strings.NewReader(string(text))); err != nil {
			t.Fatal(err)
		}
		b.Access[l.Resource] = evidence.Access{State: evidence.Read}
	}
	for name, texts := range f.ConfigMaps {
		c := evidence.ConfigMap{Meta: evidence.Meta{Name: name, Namespace: "kube-system"}, Data: texts}
		if err := evidence.TrimConfigMap(&c); err != nil { // what a bundle holds is always trimmed
			t.Fatal(err)
		}
		b.ConfigMaps = append(b.ConfigMaps, c)
	}
	for node, text := range f.Hosts {
		var h evidence.Host
		if err := evidence.ReadHostJSON([]byte(text), &h.Kubeconfigs); err != nil {
			t.Fatal(err)
		}
		b.Hosts[node] = h
	}
	return b
}

func TestOf(t *testing.T) {
	for _, name := range []string{"hand-edited", "external-etcd"} {
		got, err := json.MarshalIndent(Of(bundle(t, name)), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name + ".json"
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestOfNothing: what was not read says so.
func TestOfNothing(t *testing.T) {
	b := evidence.New("test")
	b.Access[evidence.ConfigMapResource("kubeadm-config")] = evidence.Access{State: evidence.Forbidden, Reason: "no right to it"}
	k := Of(b)
	if k.Unread != "the ConfigMap kube-system/kubeadm-config was not read: no right to it" || k.DNS.Unread == "" || k.DNS.CorefileUnread == "" {
		t.Errorf("%+v", k)
	}
	b.ConfigMaps = []evidence.ConfigMap{{Meta: evidence.Meta{Name: "kubeadm-config", Namespace: "kube-system"}, Data: map[string]string{"ClusterConfiguration": "apiServer: [1]"}}}
	if k := Of(b); !strings.Contains(k.Unread, "no document of kubeadm") {
		t.Errorf("%+v", k)
	}
}

func TestCorefile(t *testing.T) {
	for text, want := range map[string]string{
		"import ../snippets/*\n":              "line 1 of the Corefile imports another file",
		"# nothing\n":                         "the ConfigMap coredns has no Corefile that was kept",
		".:53 {\n    errors\n}\n":             "",
		"cluster.local .:53 {\n    errors\n}": "",
	} {
		b := evidence.New("test")
		c := evidence.ConfigMap{Meta: evidence.Meta{Name: "coredns", Namespace: "kube-system"}, Data: map[string]string{"Corefile": text}}
		if err := evidence.TrimConfigMap(&c); err != nil {
			t.Fatal(err)
		}
		b.ConfigMaps = append(b.ConfigMaps, c)
		servers, why := servers(b)
		if why != want || want == "" && (len(servers) != 1 || servers[0].Plugins[0].Name != "errors") {
			t.Errorf("%q: %q, %+v", text, why, servers)
		}
	}
}

func TestServers(t *testing.T) {
	const own, other = "10.0.0.1", "10.0.0.2"
	for _, test := range []struct{ server, endpoint, want string }{
		{"https://10.0.0.1:6443", "", "own"},
		{"https://127.0.0.1:6443", "", "own"},
		{"https://[::1]:6443", "", "own"},
		{"https://localhost:6443", "", "own"},
		{"https://CP1:6443", "api.example.org:6443", "own"},
		{"https://api.example.org:6443", "api.example.org:6443", "all"},
		{"https://API.example.org.:6443", "api.example.org", "all"},
		{"https://10.0.0.9:6443", "10.0.0.9:6443", "all"}, // virtual: an interface has it, the Node has not
		{"https://10.0.0.1:6443", "10.0.0.1:6443", "own"}, // one control plane: the same
		{"https://[fd00:0::1]:6443", "[fd00::1]:6443", "all"},
		{"https://10.0.0.2:6443", "api.example.org:6443", ""},
		{"", "api.example.org:6443", ""},
		{"https://%zz", "api.example.org:6443", ""},
	} {
		b := evidence.New("test")
		n := evidence.Node{Meta: evidence.Meta{Name: "cp1"}}
		n.Status.Addresses = []evidence.NodeAddress{{Type: "InternalIP", Address: own}}
		o := evidence.Node{Meta: evidence.Meta{Name: "cp2"}}
		o.Status.Addresses = []evidence.NodeAddress{{Type: "InternalIP", Address: other}}
		b.Nodes = []evidence.Node{n, o}
		b.ConfigMaps = []evidence.ConfigMap{{Meta: evidence.Meta{Name: "kubeadm-config", Namespace: "kube-system"},
			Data: map[string]string{"ClusterConfiguration": `controlPlaneEndpoint: "` + test.endpoint + `"`}}}
		b.Hosts["cp1"] = evidence.Host{System: &evidence.System{Hostname: "cp1.example.org", Addresses: []string{own, "10.0.0.9/32"}},
			Kubeconfigs: []evidence.Kubeconfig{{Path: "/etc/kubernetes/scheduler.conf", Server: test.server}, {Path: "/etc/kubernetes/admin.conf", Server: "https://10.0.0.1:6443"}}}
		want := map[Client]string{}
		if test.want != "" {
			want[Client{inventory.KubeScheduler, "cp1"}] = test.want
		}
		if diff := cmp.Diff(want, Servers(b)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test, diff)
		}
	}
}

// TestHidden: a value that evidence drops arrives as one nobody kept.
func TestHidden(t *testing.T) {
	if evidence.Redacted != settings.Hidden {
		t.Errorf("%q, but judgements look for %q", evidence.Redacted, settings.Hidden)
	}
}
