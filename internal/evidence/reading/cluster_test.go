package reading

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixture is one cluster as testdata/*.yaml tells it. Lists that are not
// forbidden are read; what is not told is empty.
type fixture struct {
	Version    string                       `yaml:"version"`
	Forbidden  []string                     `yaml:"forbidden"`
	Absent     []string                     `yaml:"absent"`
	Groups     []string                     `yaml:"groups"`
	Counts     map[string]int64             `yaml:"counts"` // as the server counts
	ConfigMaps map[string]map[string]string `yaml:"configmaps"`
	Objects    []map[string]any             `yaml:"objects"`
	Hosts      map[string]struct {
		Dpkg       string `yaml:"dpkg"`
		RPM        string `yaml:"rpm"`
		Madison    string `yaml:"madison"`
		Versions   string `yaml:"versions"`
		Flags      string `yaml:"flags"`
		Configz    string `yaml:"configz"`
		Config     string `yaml:"config"`
		StaticPods string `yaml:"staticPods"`
		Holds      string `yaml:"holds"`
		// Documents are the JSON files, by name.
		Documents map[string]string `yaml:"documents"`
	} `yaml:"hosts"`
}

func bundle(t *testing.T, file string) *evidence.Bundle {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	b := evidence.New("test")
	read := evidence.Access{State: evidence.Read}
	if f.Version != "" {
		b.Version.GitVersion, b.Access[evidence.ServerVersionFile] = f.Version, read
	} else {
		b.Access[evidence.ServerVersionFile] = evidence.Access{State: evidence.Failed, Reason: "broken"}
	}
	b.Access[evidence.APIGroups] = read
	b.Groups = map[string][]string{}
	for _, l := range evidence.Lists() {
		b.Groups[l.Group] = []string{"v1"}
		rule := l.Rule()
		switch {
		case slices.Contains(f.Forbidden, string(l.Resource)):
			b.Access[l.Resource] = evidence.Access{State: evidence.Forbidden, Rule: &rule, Reason: "forbidden; the missing rule is " + rule.String()}
			continue
		case slices.Contains(f.Absent, string(l.Resource)):
			b.Access[l.Resource] = evidence.Access{State: evidence.Absent, Reason: string(l.Resource) + ".json is not in the folder"}
			continue
		}
		var items []map[string]any
		for _, o := range f.Objects {
			if o["kind"] == l.Kind {
				items = append(items, o)
			}
		}
		list, err := json.Marshal(map[string]any{"items": items})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Decode(l, strings.NewReader(string(list))); err != nil {
			t.Fatalf("%s: %s: %v", file, l.Resource, err)
		}
		b.Access[l.Resource] = read
	}
	if f.Groups != nil {
		b.Groups = map[string][]string{}
		for _, g := range f.Groups {
			b.Groups[g] = []string{"v1"}
		}
	}
	b.Metrics, b.Access[evidence.MetricsText] = &evidence.Metrics{Objects: f.Counts}, read
	for _, name := range evidence.ConfigMapNames() {
		b.Access[evidence.ConfigMapResource(name)] = evidence.Access{State: evidence.Absent, Reason: "not found"}
		if data, ok := f.ConfigMaps[name]; ok {
			b.ConfigMaps = append(b.ConfigMaps, evidence.ConfigMap{Meta: evidence.Meta{Name: name, Namespace: "kube-system"}, Data: data})
			b.Access[evidence.ConfigMapResource(name)] = read
		}
	}
	for name, h := range f.Hosts {
		var host evidence.Host
		host.ReadVersions([]byte(h.Versions))
		for _, step := range []struct {
			text string
			read func([]byte) error
		}{
			{h.Dpkg, func(d []byte) (err error) {
				host.PackagesFrom = "dpkg"
				host.Packages, err = evidence.ReadDpkg(d)
				return
			}},
			{h.RPM, func(d []byte) (err error) {
				host.PackagesFrom = "rpm"
				host.Packages, err = evidence.ReadRPM(d)
				return
			}},
			{h.Madison, func(d []byte) (err error) {
				host.OffersFrom = "apt-cache madison"
				host.Offers, err = evidence.ReadMadison(d)
				return
			}},
			{h.Flags, func(d []byte) (err error) { host.KubeletFlags, err = evidence.ReadKubeletFlags(d); return }},
			{h.Configz, func(d []byte) (err error) { host.Configz, err = evidence.ReadConfigz(d); return }},
			{h.Config, func(d []byte) (err error) { host.KubeletConfig, err = evidence.ReadKubeletConfig(d); return }},
			{h.StaticPods, func(d []byte) (err error) { host.StaticPods, err = evidence.ReadStaticPods(d); return }},
		} {
			if step.text == "" {
				continue
			}
			if err := step.read([]byte(step.text)); err != nil {
				t.Fatalf("%s: host %s: %v", file, name, err)
			}
		}
		if h.Holds != "" {
			if host.Holds, err = evidence.ReadHolds([]byte(h.Holds)); err != nil {
				t.Fatal(err)
			}
		}
		for name, to := range map[string]any{"repositories": &host.Repositories, "updates": &host.Updates, "clock": &host.Clock,
			"certificates": &host.Certificates, "kubeconfigs": &host.Kubeconfigs} {
			if text := h.Documents[name]; text != "" {
				if err := evidence.ReadHostJSON([]byte(text), to); err != nil {
					t.Fatalf("%s: %s: %v", file, name, err)
				}
			}
		}
		b.Hosts[name] = host
	}
	return b
}

// TestGolden reads each testdata/*.yaml and compares what it says of the
// cluster with the .txt beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			c := Cluster(bundle(t, file), Options{Name: "test"})
			got := describe(c)
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, o := range c.Observed {
				if finding.Lookup(o.Code).Title == "unregistered finding" {
					t.Errorf("%s is no registered finding", o.Code)
				}
			}
		})
	}
}

// describe is a cluster as text. Answers that are No are left out, as are
// gaps of hosts, unless the fixture is about them.
func describe(c inventory.Cluster) string {
	var s strings.Builder
	fmt.Fprintf(&s, "provider: %s, by %s\n", c.Provider, c.ProviderEvidence)
	if c.Available != nil {
		fmt.Fprintf(&s, "available: %v, by %s\n", c.Available, c.AvailableSource)
	}
	s.WriteString("instances:\n")
	for _, i := range c.Instances {
		what := i.Version.String()
		if i.Unread != "" {
			what = "unread"
		}
		line := fmt.Sprintf("- %s on %q: %s, from %s", i.Component, i.Where(), what, i.ReadFrom)
		for _, more := range []string{i.OS, i.Pool, i.Zone, i.Server, i.Unread} {
			if more != "" {
				line += "; " + more
			}
		}
		s.WriteString(line + "\n")
	}
	if len(c.Observed) > 0 {
		s.WriteString("observed:\n")
	}
	for _, o := range c.Observed {
		fmt.Fprintf(&s, "- %s %s: %s %q\n", o.Code, o.Object, o.Message, o.Evidence)
	}
	if len(c.Gaps) > 0 {
		s.WriteString("gaps:\n")
	}
	for _, g := range c.Gaps {
		required := "not required"
		if g.Required {
			required = "required"
		}
		fmt.Fprintf(&s, "- %s (%s): %s\n", g.Check, required, g.Reason)
	}
	if len(c.Facts.Settings) > 0 {
		s.WriteString("settings:\n")
	}
	for _, x := range c.Facts.Settings {
		fmt.Fprintf(&s, "- %s on %s, complete %t, from %s: flags %v gates %v config %v\n", x.Component, x.Node, x.Complete, x.Source, x.Flags, x.Gates, x.Config)
	}
	s.WriteString("uses:\n")
	for _, use := range sortedKeys(c.Facts.Uses) {
		if a := c.Facts.Uses[use]; a.State == inventory.Yes {
			fmt.Fprintf(&s, "- %s: %s\n", use, a.Evidence)
		} else if a.State == inventory.Unknown {
			fmt.Fprintf(&s, "- %s: unknown: %s\n", use, a.Evidence)
		}
	}
	return s.String()
}

// TestEveryUse: from a bundle where everything was read, every question has an
// answer; from one where nothing was, none has.
func TestEveryUse(t *testing.T) {
	all := []string{
		inventory.UseWindowsNodes, inventory.UseGitRepoVolumes, inventory.UseSubPathVolumes, inventory.UseAggregatedAPIs, inventory.UseExternalIPServices,
		inventory.UseLoadBalancers, inventory.UseNetworkPolicies, inventory.UsePrivilegedPods, inventory.UseHostPathPods, inventory.UseHostPIDPods,
		inventory.UseHostNetworkPods, inventory.UseSeccompLocalhost, inventory.UseSeccompUnconfined, inventory.UseAppArmorUnconfined, inventory.UseRunAsNonRoot,
		inventory.UseNodeWebhooks, inventory.UseWebhooks, inventory.UseEphemeralContainer, inventory.UseCustomResources, inventory.UseClusterScopedCRs,
		inventory.UseDynamicResources, inventory.UseIngresses, inventory.UseAdmissionPolicies, inventory.UseVolumePlugin,
	}
	c := Cluster(bundle(t, filepath.Join("testdata", "uses.yaml")), Options{})
	for _, use := range all {
		if a, ok := c.Facts.Uses[use]; !ok || a.Evidence == "" {
			t.Errorf("%s is not answered: %+v", use, a)
		}
	}
	for plugin, want := range map[string]inventory.State{
		"kubernetes.io/portworx-volume": inventory.Yes, "portworxVolume": inventory.Yes, "kubernetes.io/rbd": inventory.No, "cephfs": inventory.No,
	} {
		if got := c.Facts.Uses[inventory.UseVolumePlugin+":"+plugin]; got.State != want {
			t.Errorf("volume plugin %s: %+v, want state %d", plugin, got, want)
		}
	}
	if c.Facts.RBAC == nil || c.Facts.Namespaces == nil {
		t.Error("RBAC or namespaces are missing")
	}
	none := Cluster(evidence.New("nothing"), Options{})
	if len(none.Facts.Uses) > 0 || none.Facts.RBAC != nil || none.Facts.Namespaces != nil {
		t.Errorf("answers from nothing: %+v", none.Facts)
	}
	required := 0
	for _, g := range none.Gaps {
		if g.Required {
			required++
		}
	}
	if required < 15 || len(none.Instances) == 0 {
		t.Errorf("from nothing: %d required gaps, instances %v", required, none.Instances)
	}
	for _, i := range none.Instances {
		if i.Unread == "" {
			t.Errorf("%+v is read from nothing", i)
		}
	}
}

// TestWarned: a warning of the API server becomes finding READ-005.
func TestWarned(t *testing.T) {
	b := evidence.New("test")
	b.Warnings = []string{"v1 Endpoints is deprecated"}
	c := Cluster(b, Options{})
	if len(c.Observed) != 1 || c.Observed[0].Code != Warned || Warned != "READ-005" {
		t.Errorf("observed %+v, want READ-005", c.Observed)
	}
}

// BenchmarkLarge reads a cluster of 5,000 nodes and 50,000 pods.
func BenchmarkLarge(b *testing.B) {
	bundle := evidence.New("bench")
	for _, l := range evidence.Lists() {
		bundle.Access[l.Resource] = evidence.Access{State: evidence.Read}
	}
	for n := range 5000 {
		var node evidence.Node
		node.Name = fmt.Sprint("n", n)
		node.Status.NodeInfo = evidence.NodeInfo{KubeletVersion: "v1.34.2", ContainerRuntimeVersion: "containerd://1.7.27", OperatingSystem: "linux"}
		bundle.Nodes = append(bundle.Nodes, node)
		for p := range 10 {
			bundle.Pods = append(bundle.Pods, evidence.Pod{Meta: evidence.Meta{Namespace: "kube-system", Name: fmt.Sprint(node.Name, "-", p)},
				Spec: evidence.PodSpec{NodeName: node.Name, Containers: []evidence.Container{{Name: "c", Image: "registry.k8s.io/kube-proxy:v1.34.2"}},
					Volumes: []evidence.Volume{{Sources: []string{"projected"}}}}})
		}
	}
	for b.Loop() {
		Cluster(bundle, Options{})
	}
}
