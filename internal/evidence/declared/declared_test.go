package declared

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

// full is an inventory that uses every field.
const full = `apiVersion: fixline.dev/v1alpha1
kind: ClusterInventory
metadata: {name: prod, owner: payments-platform}
spec:
  environment: production
  exposure: {connected: true, holds: [registry, ci]}
  provider: kubeadm
  available: ["1.34.4", 1.35.4-1.1]
  components:
  - {component: kube-apiserver, version: v1.34.2, node: cp1}
  - {component: kubelet, version: v1.34.2, node: w1, os: linux, pool: general, zone: a}
  - {component: etcd, version: 3.6.5-0, node: cp1}
  - {component: containerd, version: 1.7.27-1, node: w1}
  - {component: containerd, version: containerd://1.7.27, node: w2}
  - {component: kubectl, version: v1.34.2, host: bastion}
  - {component: kubelet, version: unknown, node: w3}
  - {component: kubelet, node: w4}
  - {component: kubelet, version: ~, node: w5}
  facts:
    featureGates: {kube-apiserver: {SomeGate: true}}
    flags: {kube-apiserver: {anonymous-auth: false, --feature-gates: "Other=false"}}
    cgroupVersion: {w1: v1}
    uses: {gitRepoVolumes: false, windowsNodes: true, "volumePlugin:rbd": false, ingresses: ~}
`

func pkg(name, s string) version.Version {
	v, err := version.ParsePackage(name, s)
	if err != nil {
		panic(err)
	}
	return v
}

func wantFull() inventory.Cluster {
	row := func(component, node, v string) inventory.Instance {
		i := inventory.Instance{Component: component, Node: node, ReadFrom: "inventory"}
		if v == "" {
			i.Unread = "not declared"
			return i
		}
		i.Version = pkg(component, v)
		return i
	}
	w1 := row("kubelet", "w1", "v1.34.2")
	w1.OS, w1.Pool, w1.Zone = "linux", "general", "a"
	etcd := row("etcd", "cp1", "3.6.5")
	etcd.Version = version.MustParse("3.6.5-0")
	kubectl := row("kubectl", "", "v1.34.2")
	kubectl.Host = "bastion"
	said := "declared in the inventory"
	return inventory.Cluster{
		Name: "prod", Owner: "payments-platform", Environment: "production", Connected: true, Holds: []string{"registry", "ci"},
		Provider: "kubeadm", ProviderEvidence: said,
		Available: []version.Version{version.MustParse("1.34.4"), version.MustParse("1.35.4-1.1")}, AvailableSource: "inventory",
		Instances: []inventory.Instance{row("kube-apiserver", "cp1", "v1.34.2"), w1, etcd, row("containerd", "w1", "1.7.27-1"),
			row("containerd", "w2", "1.7.27"), kubectl, row("kubelet", "w3", ""), row("kubelet", "w4", ""), row("kubelet", "w5", "")},
		Facts: inventory.Facts{
			Settings: []inventory.Settings{{Component: "kube-apiserver", Flags: map[string]string{"anonymous-auth": "false"},
				Gates: map[string]bool{"SomeGate": true, "Other": false}, Source: "inventory"}},
			CgroupVersion: map[string]string{"w1": "v1"},
			Uses: map[string]inventory.Answer{"gitRepoVolumes": {State: inventory.No, Evidence: said},
				"windowsNodes": {State: inventory.Yes, Evidence: said}, "volumePlugin:rbd": {State: inventory.No, Evidence: said}},
		},
		Gaps: []inventory.Gap{{Check: "roles and bindings", Reason: "an inventory does not declare RBAC"},
			{Check: "Pod Security levels of namespaces", Reason: "an inventory does not declare namespaces"}},
	}
}

func readAll(t *testing.T, text string) (clusters []inventory.Cluster, mistakes []*strict.Error) {
	t.Helper()
	for c, err := range Read(strings.NewReader(text), "in.yaml") {
		if err == nil {
			clusters = append(clusters, c)
			continue
		}
		var many strict.Errors
		var one *strict.Error
		switch {
		case errors.As(err, &many):
			mistakes = append(mistakes, many...)
		case errors.As(err, &one):
			mistakes = append(mistakes, one)
		default:
			t.Fatalf("%v says neither file nor line", err)
		}
	}
	return clusters, mistakes
}

// byKind compares versions by all they hold.
var byKind = cmp.AllowUnexported(version.Version{})

func TestRead(t *testing.T) {
	clusters, mistakes := readAll(t, full)
	if len(mistakes) > 0 || len(clusters) != 1 {
		t.Fatalf("%d clusters, %v", len(clusters), mistakes)
	}
	ignoreRaw := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".raw" }, cmp.Ignore())
	if diff := cmp.Diff(wantFull(), clusters[0], byKind, ignoreRaw); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadDefaults(t *testing.T) {
	const text = `
apiVersion: fixline.dev/v1alpha1
kind: ClusterInventory
metadata: {name: a}
spec:
  exposure: {connected: false}
  available: []
  components: [{component: kube-apiserver, version: v1.27.4-eks-2d98532}, {component: kubelet, version: v1.34.2}, {component: kubelet, version: v1.34.3}]
---
apiVersion: fixline.dev/v1alpha1
kind: ClusterInventory
metadata: {name: b}
spec: {components: [{component: my-addon, version: 0.3.0}]}
`
	clusters, mistakes := readAll(t, text)
	if len(mistakes) > 0 || len(clusters) != 2 {
		t.Fatalf("%d clusters, %v", len(clusters), mistakes)
	}
	a, b := clusters[0], clusters[1]
	if a.Connected || a.Available == nil || len(a.Available) != 0 || a.Provider != "eks" || a.ProviderEvidence != "version 1.27.4-eks-2d98532 of kube-apiserver" || len(a.Instances) != 3 {
		t.Errorf("a = %+v", a)
	}
	if !b.Connected || b.Available != nil || b.Provider != "unknown" || b.Environment != "" {
		t.Errorf("b = %+v", b)
	}
	for _, g := range append(a.Gaps, b.Gaps...) {
		if g.Required || g.Reason == "" {
			t.Errorf("the gap %+v is what an inventory cannot show: never required, always explained", g)
		}
	}
	if len(b.Gaps) != 8 {
		t.Errorf("b declares nothing, gaps: %+v", b.Gaps)
	}
}

func TestImagesForVersions(t *testing.T) {
	digest := "sha256:" + strings.Repeat("ab", 32)
	for text, want := range map[string]struct{ version, unread string }{
		"v3.6.5@" + digest:                         {"3.6.5", ""},
		"registry.k8s.io/etcd:3.6.5-0":             {"3.6.5", ""},
		"registry.k8s.io/etcd:v3.6.5@" + digest:    {"3.6.5", ""},
		"localhost:5000/etcd:v3.6.5":               {"3.6.5", ""},
		digest:                                     {"unknown", "the image is named by digest alone"},
		"registry.k8s.io/etcd@" + digest:           {"unknown", "the image is named by digest alone"},
		"registry.k8s.io/etcd:latest@" + digest:    {"unknown", `the tag "latest" names no version`},
		"docker-pullable://quay.io/etcd@" + digest: {"unknown", "the image is named by digest alone"},
	} {
		clusters, mistakes := readAll(t, edit(t, "version: 3.6.5-0", fmt.Sprintf("version: %q", text)))
		if len(mistakes) > 0 || len(clusters) != 1 {
			t.Errorf("%s: %d clusters, %v", text, len(clusters), mistakes)
			continue
		}
		got := clusters[0].Instances[2]
		if said(got) != want.version || !strings.HasPrefix(got.Unread, want.unread) || (got.Unread == "") != (want.unread == "") {
			t.Errorf("%s: read as %s, unread %q, want %s, %q", text, said(got), got.Unread, want.version, want.unread)
		}
	}
	for _, text := range []string{"v3.6.5@sha256:12", "1.34/2", "latest", "etcd", "@" + digest} {
		if _, mistakes := readAll(t, edit(t, "version: 3.6.5-0", fmt.Sprintf("version: %q", text))); len(mistakes) != 1 {
			t.Errorf("%s: %v, want one mistake", text, mistakes)
		}
	}
}

// edit replaces one part of full and checks that the part was there.
func edit(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(full, old) {
		t.Fatalf("%q is not part of the example", old)
	}
	return strings.Replace(full, old, new, 1)
}

func TestMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		text, want, hint string
	}{
		"two versions": {edit(t, "node: w5}", "node: w5}\n  - {component: kubelet, version: 1.34.3, node: w1}"),
			"in.yaml:19: spec.components[9].version: kubelet on w1 is declared as 1.34.3 here and as 1.34.2 on line 11", "one instance runs one version: remove the row that is wrong"},
		"same version twice": {edit(t, "node: w5}", "node: w5}\n  - {component: kubelet, version: 1.34.2, node: w1}"),
			"in.yaml:19: spec.components[9]: kubelet on w1 is already declared on line 11", "remove one of the two rows, or correct its node"},
		"a version and unknown": {edit(t, "node: w5}", "node: w5}\n  - {component: kubelet, node: w1}"),
			"in.yaml:19: spec.components[9].version: kubelet on w1 is declared as unknown here and as 1.34.2 on line 11", ""},
		"one host twice": {edit(t, "node: w5}", "node: w5}\n  - {component: kubectl, version: 1.33.0, host: bastion}"),
			"in.yaml:19: spec.components[9].version: kubectl on bastion is declared as 1.33.0", ""},
		"no version": {edit(t, "version: 3.6.5-0", "version: three"), `in.yaml:12: spec.components[2].version: "three" is not a version such as 1.34.2`,
			"write what the component itself reports, such as v1.34.2, or unknown"},
		"unquoted minor": {edit(t, "version: 3.6.5-0", "version: 1.30"),
			`in.yaml:12: spec.components[2].version: "1.30" is a minor line, not a version: the patch number is missing, as in 1.30.0`, ""},
		"a number":            {edit(t, "version: 3.6.5-0", "version: 3"), `in.yaml:12: spec.components[2].version: "3" is not a version`, ""},
		"a map for a version": {edit(t, "version: 3.6.5-0", "version: {a: b}"), "in.yaml:12: spec.components[2].version: expected a text, found a map", ""},
		"offered minor":       {edit(t, `"1.34.4"`, "1.34"), `in.yaml:8: spec.available[0]: "1.34" is a minor line`, `write each version in full, such as "1.34.4"`},
		"wrong kind": {edit(t, "kind: ClusterInventory", "kind: Deployment"), `in.yaml:2: kind: "Deployment" is not a ClusterInventory`,
			"an inventory file holds kind: ClusterInventory"},
		"no kind":           {edit(t, "kind: ClusterInventory\n", ""), "in.yaml:1: kind: is required", "write kind: ClusterInventory"},
		"other API version": {edit(t, "fixline.dev/v1alpha1", "fixline.dev/v2"), `in.yaml:1: apiVersion: "fixline.dev/v2" is not understood`, "write apiVersion: fixline.dev/v1alpha1"},
		"no map":            {"- a\n- b\n", "in.yaml:1: is no ClusterInventory: expected a map", ""},
		"no name":           {edit(t, "name: prod, ", ""), "in.yaml:3: metadata.name: is required", ""},
		"unknown key":       {edit(t, "environment: production", "enviroment: production"), `in.yaml:5: spec.enviroment: unknown key "enviroment"`, `did you mean "environment"?`},
		"environment":       {edit(t, "environment: production", "environment: prod"), `in.yaml:5: spec.environment: "prod" is not one of development, staging, production`, ""},
		"provider":          {edit(t, "provider: kubeadm", "provider: EKS"), `in.yaml:7: spec.provider: "EKS" is not one of`, `did you mean "eks"?`},
		"operating system":  {edit(t, "os: linux", "os: darwin"), `in.yaml:11: spec.components[1].os: "darwin" is not one of linux, windows`, ""},
		"connected":         {edit(t, "connected: true", "connected: maybe"), `in.yaml:6: spec.exposure.connected: expected true or false, found "maybe"`, ""},
		"misspelt component": {edit(t, "component: etcd", "component: kubelett"), `in.yaml:12: spec.components[2].component: "kubelett" is no component`,
			`did you mean "kubelet"?`},
		"letter case":           {edit(t, "component: etcd", "component: Etcd"), `in.yaml:12: spec.components[2].component: "Etcd" is no component`, `did you mean "etcd"?`},
		"no component":          {edit(t, "component: etcd, ", ""), "in.yaml:12: spec.components[2].component: is required", ""},
		"no components":         {full[:strings.Index(full, "  components:")], "in.yaml:5: spec.components: at least one component is required", ""},
		"misspelt in facts":     {edit(t, "flags: {kube-apiserver:", "flags: {kube-apisever:"), `in.yaml:21: spec.facts.flags.kube-apisever: "kube-apisever" is no component`, ""},
		"unknown use":           {edit(t, "gitRepoVolumes", "gitRepoVolume"), "in.yaml:23: spec.facts.uses.gitRepoVolume: is nothing that a cluster is asked about", `did you mean "gitRepoVolumes"?`},
		"use without plugin":    {edit(t, "volumePlugin:rbd", "volumePlugin:"), `in.yaml:23: spec.facts.uses.volumePlugin:: is nothing`, ""},
		"use that is no answer": {edit(t, "gitRepoVolumes: false", "gitRepoVolumes: never"), `in.yaml:23: spec.facts.uses.gitRepoVolumes: expected true or false`, ""},
		"gate":                  {edit(t, "SomeGate: true", "SomeGate: on"), "in.yaml:20: spec.facts.featureGates.kube-apiserver.SomeGate: expected true or false", ""},
		"gates as a flag":       {edit(t, "Other=false", "Other"), `in.yaml:21: spec.facts.flags.kube-apiserver.--feature-gates: "Other" is no list of feature gates`, ""},
		"cgroup":                {edit(t, "{w1: v1}", "{w1: 1}"), `in.yaml:22: spec.facts.cgroupVersion.w1: "1" is not one of v1, v2`, ""},
		"same name":             {full + "---\n" + full, `in.yaml:25: metadata.name: the cluster "prod" is already declared at in.yaml:1`, "give each cluster a name of its own"},
		"empty":                 {"# nothing\n", "in.yaml: holds no ClusterInventory", ""},
		"malformed":             {"a: [", "in.yaml:1: not YAML", ""},
	} {
		_, mistakes := readAll(t, tt.text)
		if len(mistakes) != 1 {
			t.Errorf("%s: %d mistakes, want one: %v", name, len(mistakes), mistakes)
			continue
		}
		got := mistakes[0]
		if !strings.HasPrefix(got.Error(), tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if tt.hint != "" && got.Hint != tt.hint {
			t.Errorf("%s: hint %q, want %q", name, got.Hint, tt.hint)
		}
	}
}

func TestLegalNames(t *testing.T) {
	for _, name := range []string{"runsc", "crun", "csi-driver-nfs", "kube-rbac-proxy", "metrics-server", "cilium-agent", "calico-node", "etcd-defrag", "kube-vip"} {
		text := edit(t, "component: etcd", "component: "+name)
		if _, mistakes := readAll(t, text); len(mistakes) > 0 {
			t.Errorf("%s: %v", name, mistakes)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, cluster string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Replace(full, "name: prod", "name: "+cluster, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("b.yaml", "two")
	write("a.yml", "one")
	if err := os.Mkdir(filepath.Join(dir, "more"), 0o700); err != nil {
		t.Fatal(err)
	}
	extra := write("more/c.yaml", "one")
	var names, failed []string
	for c, err := range Open([]string{dir, "-", extra, filepath.Join(dir, "missing.yaml")}, strings.NewReader(full)) {
		if err != nil {
			failed = append(failed, err.Error())
			continue
		}
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"one", "two", "prod"}, names); diff != "" {
		t.Error(diff)
	}
	want := fmt.Sprintf("the cluster %q is already declared at %s:1", "one", filepath.Join(dir, "a.yml"))
	if len(failed) != 2 || !strings.Contains(failed[0], want) || !strings.Contains(failed[1], "missing.yaml") {
		t.Errorf("errors %q", failed)
	}
	for _, err := range Open([]string{dir, dir}, nil) {
		if err != nil {
			t.Error(err)
		}
		break // leaving early must not hang
	}
}

func FuzzInventory(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(strings.Replace(full, "1.34.2", "1.30", 1)))
	f.Add([]byte(`{"apiVersion":"fixline.dev/v1alpha1","kind":"ClusterInventory","metadata":{"name":"a"},"spec":{"components":[{"component":"etcd","version":"3.6.5"}]}}`))
	f.Add([]byte("kind: List\nitems: [{kind: ClusterInventory}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for c, err := range Read(strings.NewReader(string(data)), "in.yaml") {
			var mistake *strict.Error
			if err != nil {
				if !errors.As(err, &mistake) {
					t.Fatalf("%v says neither file nor line", err)
				}
				continue
			}
			for _, i := range c.Instances {
				if i.Component == "" || i.Version.Known() == (i.Unread != "") {
					t.Fatalf("%+v: a version or a reason, never both or neither", i)
				}
			}
			text, err := json.Marshal(Encode(c))
			if err != nil {
				t.Fatal(err)
			}
			for again, err := range Read(strings.NewReader(string(text)), "again") {
				if err != nil || len(again.Instances) != len(c.Instances) {
					t.Fatalf("%s: read %d instances of %d, %v", text, len(again.Instances), len(c.Instances), err)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "---\napiVersion: %s\nkind: %s\nmetadata: {name: c%d, owner: payments}\nspec:\n  environment: production\n  components:\n", APIVersion, Kind, i)
		for k := range 12 {
			fmt.Fprintf(&text, "  - {component: kubelet, version: v1.34.%d, node: w%d, os: linux, pool: general}\n", k%3, k)
		}
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range Read(strings.NewReader(text.String()), "in.yaml") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
