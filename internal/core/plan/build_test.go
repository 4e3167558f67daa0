package plan_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

var update = flag.Bool("update", false, "write the golden plans anew")

// TestGolden: whole plans as they are written.
func TestGolden(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   plan.Input
	}{
		{"one-control-plane", input(t, cluster(1, 2, "1.34.2", "3.6.5"), "1.35.4")},
		{"three-control-planes-etcd-stop", input(t, cluster(3, 2, "1.33.5", "3.5.21"), "1.35.4")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := build(t, tc.in)
			got, err := json.MarshalIndent(p, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", tc.name+".json")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got)+"\n", "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var again plan.Plan
			if err := json.Unmarshal(got, &again); err != nil {
				t.Fatal(err)
			}
			for i := range again.Steps {
				if line(again.Steps[i]) != line(p.Steps[i]) || again.Steps[i].Undo != p.Steps[i].Undo {
					t.Fatalf("step %d reads as %+v", i, again.Steps[i])
				}
			}
		})
	}
}

// kinds of steps as words on one line, those of hosts left out.
func kinds(p plan.Plan, phases ...plan.Phase) string {
	var out []string
	for _, s := range p.Steps {
		if slices.Contains(phases, s.Phase) {
			out = append(out, string(s.Kind)+" "+s.Node)
		}
	}
	return strings.Join(out, ", ")
}

func TestControlPlanes(t *testing.T) {
	for _, tc := range []struct {
		cps  int
		want string
		says string // of the first control plane's step
	}{
		{1, "kubeadm-package cp1, kubeadm-apply cp1, addon , pause , drain cp1, kubelet-package cp1, uncordon cp1, pause ", "the API is away while its API server restarts"},
		{2, "kubeadm-package cp1, kubeadm-apply cp1, kubeadm-package cp2, kubeadm-node cp2, addon , pause , drain cp1, kubelet-package cp1, uncordon cp1, drain cp2, kubelet-package cp2, uncordon cp2, pause ",
			"both are needed for quorum"},
		{3, "kubeadm-package cp1, kubeadm-apply cp1, kubeadm-package cp2, kubeadm-node cp2, kubeadm-package cp3, kubeadm-node cp3, addon , pause , drain cp1, kubelet-package cp1, uncordon cp1, " +
			"drain cp2, kubelet-package cp2, uncordon cp2, drain cp3, kubelet-package cp3, uncordon cp3, pause ", "Quorum of 3 etcd members is 2"},
		{4, "", "Quorum of 4 etcd members is 3: while this one restarts no other may fail, no better than with 3 members"},
		{5, "", "Quorum of 5 etcd members is 3: it holds while this one restarts, and meanwhile one more may fail"},
	} {
		p := build(t, input(t, cluster(tc.cps, 2, "1.34.2", "3.6.5"), "1.35.4"))
		if got := kinds(p, plan.ControlPlane, plan.Addons); tc.want != "" && got != tc.want {
			t.Errorf("%d control planes: %s\nwant %s", tc.cps, got, tc.want)
		}
		if s := p.Steps[at(t, &p, plan.KubeadmApply, "")]; !strings.Contains(s.Say, tc.says) {
			t.Errorf("%d control planes: %q does not say %q", tc.cps, s.Say, tc.says)
		}
	}
}

func TestAPatchDrainsNoControlPlane(t *testing.T) {
	in := input(t, cluster(3, 1, "1.34.2", "3.6.5"), "1.34.4")
	if p := build(t, in); strings.Contains(kinds(p, plan.ControlPlane), "drain") || !strings.Contains(kinds(p, plan.Workers), "drain") || strings.Contains(kinds(p, plan.Prepare, plan.Workers), "repository") {
		t.Errorf("%s, %s", kinds(p, plan.ControlPlane), kinds(p, plan.Workers))
	}
	in.DrainControlPlanes = true
	if p := build(t, in); !strings.Contains(kinds(p, plan.ControlPlane), "drain cp1") {
		t.Errorf("asked for, and no control plane is drained: %s", kinds(p, plan.ControlPlane))
	}
}

// TestStrategies: fast takes the control plane through every hop first, and
// stops for kubelets where the policy demands it.
func TestStrategies(t *testing.T) {
	kubelets := func(p plan.Plan) []string {
		var out []string
		for _, s := range p.Steps {
			if s.Kind == plan.KubeletPackage && s.Node == "w0001" {
				out = append(out, s.From+"->"+s.To)
			}
		}
		return out
	}
	for _, tc := range []struct {
		name   string
		s      plan.Strategy
		policy skew.Policy
		target string
		want   []string
	}{
		{"steady", plan.Steady, skew.Upstream, "1.36.3", []string{"1.33.5->1.34.4", "1.34.4->1.35.4", "1.35.4->1.36.3"}},
		{"fast", plan.Fast, skew.Upstream, "1.36.3", []string{"1.33.5->1.36.3"}},
		{"fast, over four minors", plan.Fast, skew.Upstream, "1.37.1", []string{"1.33.5->1.36.3", "1.36.3->1.37.1"}},
		{"fast, conservative", plan.Fast, skew.Conservative, "1.36.3", []string{"1.33.5->1.35.4", "1.35.4->1.36.3"}},
	} {
		in := input(t, cluster(3, 1, "1.33.5", "3.5.26"), tc.target)
		in.Strategy, in.SkewPolicy = tc.s, tc.policy
		if got := kubelets(build(t, in)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: the worker's kubelet goes %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestEarliest: where only the control plane is affected it goes first.
func TestEarliest(t *testing.T) {
	in := input(t, cluster(1, 5, "1.33.5", "3.5.26"), "1.36.3")
	in.Strategy = plan.Earliest
	affects := func(component string) plan.Advisory {
		return plan.Advisory{ID: "CVE-2026-1", Affected: func(c string, v version.Version) bool {
			return c == component && v.Less(version.MustParse("1.36.3"))
		}}
	}
	in.Advisories = []plan.Advisory{affects("kube-apiserver")}
	p := build(t, in)
	if p.Strategy != plan.Fast || len(p.Exposure) != 1 || len(p.Exposure[0].Strategies) != 2 || p.Exposure[0].Strategies["fast"] >= p.Exposure[0].Strategies["steady"] ||
		p.Exposure[0].NodeMinutes != p.Exposure[0].Strategies["fast"] {
		t.Errorf("%s: %+v", p.Strategy, p.Exposure)
	}
	total := 0.0
	for _, s := range p.Steps {
		for _, e := range s.Exposure {
			total += e.NodeMinutes
		}
	}
	if d := total - p.Exposure[0].NodeMinutes; d > 1 || d < -1 || total == 0 {
		t.Errorf("the steps' exposure is %v, the plan's %v", total, p.Exposure[0].NodeMinutes)
	}
	in.Advisories = nil
	if p := build(t, in); p.Strategy != plan.Steady || len(p.Exposure) != 0 {
		t.Errorf("nothing to close, and the strategy is %s", p.Strategy)
	}
}

// TestEtcd: stops, pins and what is not known.
func TestEtcd(t *testing.T) {
	path := func(p plan.Plan) (out []string) {
		for _, s := range p.Steps {
			switch {
			case s.Kind == plan.EtcdImageTag:
				out = append(out, "tag "+s.To)
			case s.Kind == plan.KubeadmApply && len(s.Also) > 0:
				out = append(out, s.Also[0].From+"->"+s.Also[0].To)
			}
		}
		return out
	}
	for _, tc := range []struct {
		name, kubernetes, etcd, tag, target string
		want, hops                          []string
	}{
		{"a stop inside the minor", "1.33.5", "3.5.21", "", "1.34.4", []string{"tag 3.5.26-0", "3.5.21->3.5.26", "tag ", "3.5.26->3.6.5"}, []string{"1.33.5", "1.34.4"}},
		{"the hop before carries the stop", "1.32.13", "3.5.24", "", "1.34.4", []string{"tag 3.5.26-0", "3.5.24->3.5.26", "tag ", "3.5.26->3.6.5"}, []string{"1.33.13", "1.34.4"}},
		{"no stop needed", "1.33.5", "3.5.26", "", "1.34.4", []string{"3.5.26->3.6.5"}, []string{"1.34.4"}},
		{"a pin is cleared once kubeadm brings no less", "1.34.2", "3.6.4", "3.6.4-0", "1.35.4", []string{"tag ", "3.6.4->3.6.6"}, []string{"1.35.4"}},
		{"etcd stays where kubeadm brings less", "1.34.2", "3.6.9", "3.6.9-0", "1.35.4", nil, []string{"1.35.4"}},
		{"a pin left two minors behind", "1.36.3", "3.5.26", "3.5.26-0", "1.37.1", []string{"tag 3.6.8-0", "3.5.26->3.6.8", "tag ", "3.6.8->3.7.0"}, []string{"1.36.3", "1.37.1"}},
	} {
		in := input(t, cluster(3, 1, tc.kubernetes, tc.etcd), tc.target)
		in.EtcdTag = tc.tag
		p := build(t, in)
		if got := path(p); !slices.Equal(got, tc.want) || !slices.Equal(p.Hops, tc.hops) {
			t.Errorf("%s: %q by way of %q, want %q by %q", tc.name, got, p.Hops, tc.want, tc.hops)
		}
	}
}

func codes(p plan.Plan) (out []string) {
	for _, f := range p.Findings {
		out = append(out, f.Code)
	}
	return out
}

func TestFindings(t *testing.T) {
	external := cluster(1, 1, "1.34.2", "3.5.20")
	for i := range external.Instances {
		if external.Instances[i].Component == "etcd" {
			external.Instances[i].Node = "db1"
		}
	}
	in := input(t, external, "1.35.4")
	if p := build(t, in); !slices.Contains(codes(p), "PLAN-012") || !slices.Contains(codes(p), "PLAN-013") {
		t.Errorf("an external etcd that is too old: %v", codes(p))
	}
	in = input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.35.1") // 1.35.1 was not read, its neighbours agree
	in.Limits = []plan.Limit{{Object: "PodDisruptionBudget/shop/web", Nodes: []string{"w0001"}, Most: 0}}
	in.Hosts = map[string]plan.Host{}
	for _, n := range []string{"cp1", "w0001"} {
		in.Hosts[n] = plan.Host{Exact: map[string]string{"1.35.1": "1.35.1-1.1"}}
	}
	if p := build(t, in); !slices.Equal(codes(p), []string{"PLAN-011"}) {
		t.Errorf("a budget without room: %v", codes(p))
	}
	in = input(t, cluster(1, 1, "1.36.0", "3.6.6"), "1.36.1") // of 1.36 only 1.36.3 was read
	if p := build(t, in); !slices.Contains(codes(p), "PLAN-010") {
		t.Errorf("an etcd that is not certain: %v", codes(p))
	}
}

func TestNoPlan(t *testing.T) {
	change := func(f func(c *inventory.Cluster)) plan.Input {
		c := cluster(2, 2, "1.34.2", "3.6.5")
		f(&c)
		return input(t, c, "1.35.4")
	}
	registry := func(name string) plan.Input {
		in := change(func(*inventory.Cluster) {})
		in.Registry = name
		return in
	}
	set := func(component, node, to string, name ...string) plan.Input {
		return change(func(c *inventory.Cluster) {
			for i := range c.Instances {
				if c.Instances[i].Component == component && c.Instances[i].Node == node {
					c.Instances[i].Version, _ = version.Parse(to)
					for _, n := range name {
						c.Instances[i].Node = n
					}
				}
			}
		})
	}
	for _, tc := range []struct {
		name string
		in   plan.Input
		want string
		is   error
	}{
		{"eks", change(func(c *inventory.Cluster) { c.Provider = "eks" }), "eksctl upgrade cluster", plan.ErrProvider},
		{"rke2", change(func(c *inventory.Cluster) { c.Provider = "rke2" }), "servers one at a time", plan.ErrProvider},
		{"nobody knows", change(func(c *inventory.Cluster) { c.Provider = "unknown" }), "spec.provider: kubeadm", plan.ErrProvider},
		{"another", change(func(c *inventory.Cluster) { c.Provider = "other" }), "fixline board", plan.ErrProvider},
		{"an unread kubelet", set("kubelet", "w0001", ""), "kubelet on w0001", plan.ErrUnread},
		{"a kubelet too old", set("kubelet", "w0001", "1.30.1"), "SKEW-002: kubelet 1.30 is 4 minors older than kube-apiserver 1.34 (kubelet must not be newer than kube-apiserver and at most 3 minors older): move kubelet on w0001 to 1.34.2 first", nil},
		{"a kubelet too new", set("kubelet", "w0001", "1.35.1"), "move kubelet on w0001 to 1.34.2 first", nil},
		{"a controller-manager too new", set("kube-controller-manager", "cp2", "1.35.1"), "SKEW-003", nil},
		{"API servers too far apart", set("kube-apiserver", "cp2", "1.32.1"), "move kube-apiserver on cp2 to 1.33.13 first", nil},
		{"behind a load balancer", change(func(c *inventory.Cluster) {
			for i := range c.Instances {
				if c.Instances[i].Component == "kube-scheduler" {
					c.Instances[i].Server = "all"
				}
			}
		}), "kubeadm moves it with that of its node: point server: in its kubeconfig at the API server of cp1", nil},
		{"a node's name that is a command", set("kubelet", "w0001", "1.34.2", "w1; reboot"), `node "w1; reboot"`, plan.ErrName},
		{"a registry with a scheme", registry("https://registry.example.com/"), `image repository "https://registry.example.com/"`, plan.ErrName},
		{"a registry that is a command", registry("x$(reboot)"), "image repository", plan.ErrName},
		{"a package version that is a command", func() plan.Input {
			in := change(func(*inventory.Cluster) {})
			in.Hosts = map[string]plan.Host{"cp1": {Exact: map[string]string{"1.35.4": "1.35.4'; reboot #"}}}
			return in
		}(), "is no version of a package", plan.ErrName},
		{"down", input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.33.9"), "never goes down", skew.ErrDown},
		{"kubeadm below 1.28", input(t, cluster(3, 1, "1.26.1", "3.5.6"), "1.27.3"), "PLAN-005", nil},
		{"a pool's limit that is none", func() plan.Input {
			in := change(func(*inventory.Cluster) {})
			in.Pools = []plan.Pool{{Name: "general", MaxUnavailable: "some"}}
			return in
		}(), `maxUnavailable "some"`, nil},
	} {
		_, err := plan.Build(tc.in)
		if err == nil || !strings.Contains(err.Error(), tc.want) || tc.is != nil && !errors.Is(err, tc.is) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	if p := build(t, input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.34.2")); len(p.Steps) != 0 {
		t.Errorf("a cluster at its target has a plan of %d steps", len(p.Steps))
	}
}

// TestCommands: of other package managers, registries and systems.
func TestCommands(t *testing.T) {
	c := cluster(1, 2, "1.34.2", "3.6.5")
	for i := range c.Instances {
		if c.Instances[i].Node == "w0002" {
			c.Instances[i].OS = "windows"
		}
	}
	in := input(t, c, "1.35.4")
	in.Registry = "registry.example.com/k8s"
	in.Hosts = map[string]plan.Host{"w0001": {Packages: "dnf", Exact: map[string]string{"1.35.4": "1.35.4-150500.1.1"}}, "cp1": {Exact: map[string]string{"1.35.4": "1.35.4-1.1"}}}
	p := build(t, in)
	all := map[string]bool{}
	for _, s := range p.Steps {
		for _, command := range s.Commands {
			all[s.Node+": "+command] = true
		}
	}
	for _, want := range []string{
		"cp1: sudo crictl pull registry.example.com/k8s/kube-apiserver:v1.35.4",
		"cp1: sudo crictl pull registry.example.com/k8s/coredns:v1.13.1",
		"cp1: sudo crictl pull registry.example.com/k8s/etcd:3.6.6-0",
		"cp1: sudo apt-get install -y --allow-downgrades kubeadm='1.35.4-1.1'",
		"cp1: sudo apt-mark hold kubelet",
		`cp1: sudo sed -i -E 's#/v1\.[0-9]+/#/v1.35/#' /etc/apt/sources.list.d/kubernetes.list`,
		"w0001: sudo dnf install -y 'kubelet-1.35.4-150500.1.1' --disableexcludes=kubernetes",
		`w0001: sudo sed -i -E 's#/v1\.[0-9]+/#/v1.35/#' /etc/yum.repos.d/kubernetes.repo`,
		`w0002: curl.exe -Lo C:\k\kubelet.exe https://dl.k8s.io/v1.35.4/bin/windows/amd64/kubelet.exe`,
		"w0001: kubectl drain w0001 --ignore-daemonsets --delete-emptydir-data --timeout=15m",
	} {
		if !all[want] {
			t.Errorf("no step says %s", want)
		}
	}
	repository := p.Steps[at(t, &p, plan.PackageRepository, "cp1")]
	if !strings.Contains(repository.Undo, "/v1.34/") {
		t.Errorf("the repository is not switched back: %q", repository.Undo)
	}
}

// TestEtcdStopsTwice: where one stop is not enough each has its leg, and to
// whoever judges etcd the steps take care of all.
func TestEtcdStopsTwice(t *testing.T) {
	in := input(t, cluster(1, 1, "1.36.3", "3.5.24"), "1.37.1")
	p := build(t, in)
	if want := []string{"1.36.3", "1.36.3", "1.37.1"}; !slices.Equal(p.Hops, want) {
		t.Errorf("by way of %q, want %q", p.Hops, want)
	}
	hop := v("1.37.1")
	want := []datastore.Action{{Hop: hop, Set: "3.5.26-0", Stop: true}, {Hop: hop, Set: "3.6.8-0", Stop: true}, {Hop: hop, Clear: true}}
	if diff := cmp.Diff(want, p.EtcdActions(), cmp.Comparer(func(a, b version.Version) bool { return a.Compare(b) == 0 })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in = input(t, cluster(1, 1, "1.32.13", "3.5.24"), "1.34.4") // the hop before carries the stop
	p = build(t, in)
	want = []datastore.Action{{Hop: v("1.33.13"), Set: "3.5.26-0"}, {Hop: v("1.34.4"), Clear: true}}
	if diff := cmp.Diff(want, p.EtcdActions(), cmp.Comparer(func(a, b version.Version) bool { return a.Compare(b) == 0 })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRegistries: etcd and CoreDNS may come from elsewhere than the rest.
func TestRegistries(t *testing.T) {
	in := input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.35.4")
	in.EtcdRegistry, in.DNSRegistry = "etcd.example.com/e", "dns.example.com/d"
	p := build(t, in)
	want := []string{"sudo crictl pull registry.k8s.io/kube-apiserver:v1.35.4", "sudo crictl pull etcd.example.com/e/etcd:3.6.6-0", "sudo crictl pull dns.example.com/d/coredns:v1.13.1", "sudo crictl pull registry.k8s.io/pause:3.10.1"}
	got := p.Steps[at(t, &p, plan.ImagePull, "cp1")].Commands
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q is not among %q", w, got)
		}
	}
}

// TestEtcdIsHeld: where kubeadm would bring less than runs, the tag is set to
// what runs, so that a control plane joined later starts no older one.
func TestEtcdIsHeld(t *testing.T) {
	p := build(t, input(t, cluster(1, 1, "1.34.2", "3.6.9"), "1.35.4"))
	if i := at(t, &p, plan.EtcdImageTag, "cp1"); p.Steps[i].To != "3.6.9-0" || !strings.Contains(p.Steps[i].Say, "kubeadm 1.35.4 brings 3.6.6, and 3.6.9 runs") {
		t.Errorf("%s: %s", p.Steps[i].To, p.Steps[i].Say)
	}
}
