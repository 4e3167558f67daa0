package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func facts(t *testing.T) settings.Facts {
	t.Helper()
	f, err := catalog.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func ver(t *testing.T, s string) version.Version {
	t.Helper()
	v, err := version.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// cluster has one instance of a component and what it was started with, all
// of it read, on a node with cgroup v2.
func cluster(t *testing.T, component, runs string, s inventory.Settings) inventory.Cluster {
	s.Component, s.Node, s.Complete = component, "n1", true
	if s.Source == "" {
		s.Source = "somewhere"
	}
	return inventory.Cluster{
		Instances: []inventory.Instance{{Component: component, Node: "n1", Version: ver(t, runs), OS: "linux"}},
		Facts:     inventory.Facts{Settings: []inventory.Settings{s}, CgroupVersion: map[string]string{"n1": "v2"}},
	}
}

func hops(t *testing.T, all ...string) []version.Version {
	var out []version.Version
	for _, h := range all {
		out = append(out, ver(t, h))
	}
	return out
}

func lines(all []settings.Finding) []string {
	out := []string{}
	for _, f := range all {
		if f.Code != "SET-006" { // of the release, not of the cluster; has its own test
			out = append(out, fmt.Sprintf("%s %s %s=%s at %s %d", f.Code, f.Component, f.Name, f.Value, f.Hop, len(f.Places)))
		}
	}
	return out
}

type (
	flags  = map[string]string
	gates  = map[string]bool
	config = map[string]string
)

func TestJudge(t *testing.T) {
	tests := []struct {
		name, component, runs string
		set                   inventory.Settings
		hops, want            string
	}{
		{"a flag is gone at a hop in between", "kubelet", "1.33.4", inventory.Settings{Flags: flags{"cloud-config": "/etc/x"}}, "1.34.5 1.35.4", "SET-001 kubelet --cloud-config=/etc/x at 1.34.5 1"},
		{"before that hop it is known", "kubelet", "1.32.4", inventory.Settings{Flags: flags{"cloud-config": "/etc/x"}}, "1.33.5", ""},
		{"what runs already got over it", "kubelet", "1.34.1", inventory.Settings{Flags: flags{"cloud-config": "/etc/x"}}, "1.35.4", ""},
		{"a flag of another component", "kube-proxy", "1.33.4", inventory.Settings{Flags: flags{"cloud-config": "/etc/x"}}, "1.34.5", ""},
		{"a gate is gone", "kube-apiserver", "1.36.3", inventory.Settings{Gates: gates{"SidecarContainers": true}}, "1.37.1", "SET-002 kube-apiserver SidecarContainers=true at 1.37.1 1"},
		{"a gate nobody knows", "kube-apiserver", "1.36.3", inventory.Settings{Gates: gates{"Sidecars": true}}, "1.37.1", "SET-002 kube-apiserver Sidecars=true at 1.37.1 1"},
		{"a gate is locked to the other value", "kubelet", "1.35.4", inventory.Settings{Gates: gates{"NodeSwap": true, "DynamicResourceAllocation": false}}, "1.36.3 1.37.1", "SET-003 kubelet DynamicResourceAllocation=false"},
		{"a gate is locked to its value", "kubelet", "1.33.4", inventory.Settings{Gates: gates{"SidecarContainers": true}}, "1.34.2", "SET-004 kubelet SidecarContainers=true at 1.34.2 1"},
		{"a gate is what has become the default", "kube-apiserver", "1.33.4", inventory.Settings{Gates: gates{"MutatingAdmissionPolicy": true}}, "1.34.2 1.35.4 1.36.3", "SET-005"},
		{"all alpha gates", "kubelet", "1.36.3", inventory.Settings{Gates: gates{"AllAlpha": false}}, "1.37.1", ""},
		{"a value is refused", "kube-controller-manager", "1.31.4", inventory.Settings{Flags: flags{"cloud-provider": "aws"}}, "1.32.4", "SET-007 kube-controller-manager --cloud-provider=aws at 1.32.4 1"},
		{"another value is not", "kube-controller-manager", "1.31.4", inventory.Settings{Flags: flags{"cloud-provider": "external"}}, "1.32.4", ""},
		{"one value in a list", "kube-apiserver", "1.29.4", inventory.Settings{Flags: flags{"enable-admission-plugins": "NodeRestriction,SecurityContextDeny"}}, "1.30.4", "SET-007 kube-apiserver --enable-admission-plugins=NodeRestriction,SecurityContextDeny at 1.30.4 1"},
		{"true in another spelling", "kubelet", "1.31.4", inventory.Settings{Config: config{"runOnce": "True"}}, "1.32.4", "SET-007 kubelet runOnce=True at 1.32.4 1"},
		{"ipvs by configuration", "kube-proxy", "1.34.2", inventory.Settings{Config: config{"mode": "ipvs"}}, "1.35.4", "SET-011 kube-proxy mode=ipvs at 1.35.4 1"},
		{"ipvs stays deprecated", "kube-proxy", "1.35.2", inventory.Settings{Config: config{"mode": "ipvs"}}, "1.35.4", "SET-011 kube-proxy mode=ipvs at 1.35.4 1"},
		{"a flag beside a configuration file", "kube-proxy", "1.34.2", inventory.Settings{Flags: flags{"config": "f", "proxy-mode": "ipvs"}, Config: config{"mode": "nftables"}}, "1.35.4", ""},
		{"kubeadm's v1beta3", "kubeadm", "1.36.3", inventory.Settings{Config: config{"apiVersion": "kubeadm.k8s.io/v1beta3"}}, "1.37.1", "SET-012 kubeadm apiVersion=kubeadm.k8s.io/v1beta3 at 1.37.1 1"},
		{"kubeadm's v1beta3, which the hop before writes anew", "kubeadm", "1.35.3", inventory.Settings{Config: config{"apiVersion": "kubeadm.k8s.io/v1beta3"}}, "1.36.3 1.37.1", ""},
		{"kubeadm's own gates", "kubeadm", "1.36.3", inventory.Settings{Gates: gates{"NodeLocalCRISocket": true}}, "1.37.1", "SET-012 kubeadm featureGates.NodeLocalCRISocket=true at 1.37.1 1"},
		{"a setting changes", "kubelet", "1.36.3", inventory.Settings{Config: config{"eventRecordQPS": "0"}}, "1.37.1", "SET-014 kubelet eventRecordQPS=0 at 1.37.1 1"},
		{"beyond the table", "kube-apiserver", "1.37.1", inventory.Settings{Gates: gates{"SidecarContainers": true}}, "1.38.0", "SET-016 Kubernetes settings= at 1.38.0 1"},
		{"no hop", "kubelet", "1.33.4", inventory.Settings{Flags: flags{"cloud-config": "x"}}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(lines(settings.Judge(cluster(t, tt.component, tt.runs, tt.set), hops(t, strings.Fields(tt.hops)...), facts(t))), "\n")
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestJudgeCgroups(t *testing.T) {
	for _, tt := range []struct {
		name, runs, cgroup string
		set                inventory.Settings
		want               string
	}{
		{"nothing written", "1.34.2", "v1", inventory.Settings{Source: "kubelet-config.yaml of n1"}, "SET-008 kubelet failCgroupV1= at 1.35.4 1"},
		{"the exception written", "1.34.2", "v1", inventory.Settings{Source: "kubelet-config.yaml of n1", Config: config{"failCgroupV1": "false"}}, "SET-009 kubelet failCgroupV1=false at 1.35.4 1"},
		{"only the default of today", "1.34.2", "v1", inventory.Settings{Source: "configz of n1", Config: config{"failCgroupV1": "false"}}, "SET-015 kubelet failCgroupV1=false at 1.35.4 1"},
		{"it runs at the release already", "1.35.1", "v1", inventory.Settings{Source: "configz of n1", Config: config{"failCgroupV1": "false"}}, "SET-009 kubelet failCgroupV1=false at 1.35.4 1"},
		{"v2", "1.34.2", "v2", inventory.Settings{}, ""},
		{"not read", "1.34.2", "", inventory.Settings{}, "SET-015 kubelet cgroup version= at 1.35.4 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster(t, "kubelet", tt.runs, tt.set)
			c.Facts.CgroupVersion["n1"] = tt.cgroup
			if got := strings.Join(lines(settings.Judge(c, hops(t, "1.35.4"), facts(t))), "\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestJudgeRuntimes(t *testing.T) {
	c := inventory.Cluster{Instances: []inventory.Instance{
		{Component: "containerd", Node: "n1", Version: ver(t, "1.6.30")}, {Component: "containerd", Node: "n2", Version: ver(t, "1.7.28")},
		{Component: "containerd", Node: "n3", Version: ver(t, "1.7.28")}, {Component: "containerd", Node: "n4", Version: ver(t, "2.1.4")},
	}}
	want := []string{"SET-010 containerd containerd=1.6.30 at 1.36.3 1", "SET-010 containerd containerd=1.7.28 at 1.36.3 2"}
	got := lines(settings.Judge(c, hops(t, "1.36.3"), facts(t)))
	slices.Sort(got)
	// 1.6.30 is below both rules.
	if diff := cmp.Diff([]string{want[0], want[0], want[1]}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was not read is said, once for all nodes it was not read of.
func TestJudgeUnread(t *testing.T) {
	c := inventory.Cluster{Instances: []inventory.Instance{
		{Component: "kube-scheduler", Node: "n1", Version: ver(t, "1.36.3")}, {Component: "kube-scheduler", Node: "n2", Version: ver(t, "1.36.3")},
		{Component: "kube-proxy", Node: "n1", Version: ver(t, "1.36.3")},
		{Component: "kube-apiserver", Hidden: true},
	}, Facts: inventory.Facts{Settings: []inventory.Settings{{Component: "kube-proxy", Node: "n1"}}}}
	want := []string{"SET-015 kube-proxy settings= at  1", "SET-015 kube-scheduler settings= at  2"}
	if diff := cmp.Diff(want, lines(settings.Judge(c, hops(t, "1.37.1"), facts(t)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestJudgeTellsFlips(t *testing.T) {
	c := cluster(t, "kube-apiserver", "1.35.4", inventory.Settings{})
	got := settings.Judge(c, hops(t, "1.36.3", "1.37.1"), facts(t))
	if len(got) != 2 || got[0].Code != "SET-006" || !strings.Contains(got[0].Message, "off to on") || got[0].Message == got[1].Message {
		t.Errorf("got %+v", got)
	}
}

// The kubelets of every kubeadm cluster up to 1.34 have this flag, and kubeadm
// takes it away in the hop to 1.35.
func TestJudgeKnowsWhatKubeadmRemoves(t *testing.T) {
	c := cluster(t, "kubelet", "1.34.2", inventory.Settings{Flags: flags{"pod-infra-container-image": "p"}})
	for provider, want := range map[string]string{"kubeadm": "SET-017", "other": "SET-001"} {
		c.Provider = provider
		if got := lines(settings.Judge(c, hops(t, "1.35.4"), facts(t))); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got %q, want %s", provider, got, want)
		}
	}
}

// Where a runtime is old, but the kubelet beside it has asked more for long, a
// hop changes nothing.
func TestJudgeRuntimesBesideKubelets(t *testing.T) {
	c := cluster(t, "kubelet", "1.34.2", inventory.Settings{})
	c.Instances = append(c.Instances, inventory.Instance{Component: "containerd", Node: "n1", Version: ver(t, "1.6.30")})
	if got := lines(settings.Judge(c, hops(t, "1.35.4"), facts(t))); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// A flag that stops a kubelet is not in the file its settings are named after.
func TestJudgeNamesThePlace(t *testing.T) {
	set := inventory.Settings{Source: "configz of n1", Flags: flags{"pod-infra-container-image": "p"}, Gates: gates{"ComponentSLIs": true}}
	got := settings.Judge(cluster(t, "kubelet", "1.34.2", set), hops(t, "1.35.4"), facts(t))
	want := []string{"command line of the kubelet", "configz of n1"}
	if len(got) < 2 || !strings.HasPrefix(got[0].Places[0].Source, want[0]) || got[1].Places[0] != (settings.Place{Node: "n1", Source: want[1]}) {
		t.Errorf("got %+v", got)
	}
}

// Every rule is raised by what it speaks of, and not by a hop before it.
func TestEveryRuleIsRaised(t *testing.T) {
	all := facts(t)
	if len(all.Rules) < 40 {
		t.Errorf("only %d rules", len(all.Rules))
	}
	for _, r := range all.Rules {
		t.Run(r.ID, func(t *testing.T) {
			one := settings.Facts{Rules: []settings.Rule{r}}
			before := version.Minor{Major: 1, Minor: r.From.Minor - 1}
			c := provoke(t, r, before)
			code, want := r.Code(), max(1, len(r.Names))
			count := func(hop version.Version) int {
				n := 0
				for _, f := range settings.Judge(c, []version.Version{hop}, one) {
					if f.Code == code && f.Message != "" && f.Source == r.Source && f.Remedy == r.Remedy {
						n++
					}
				}
				return n
			}
			if got := count(r.From.First()); got != want {
				t.Errorf("%s is raised %d times at %s, not %d", code, got, r.From, want)
			}
			if got := count(before.Patch(9)); got != 0 {
				t.Errorf("%s is raised %d times at %s", code, got, before)
			}
		})
	}
}

// provoke is a cluster that the rule speaks of.
func provoke(t *testing.T, r settings.Rule, runs version.Minor) inventory.Cluster {
	value := "x"
	if len(r.Values) > 0 {
		value = r.Values[0]
	}
	s := inventory.Settings{Flags: flags{}, Config: config{}}
	for _, name := range r.Names {
		if r.Kind == settings.Flag {
			s.Flags[name] = value
		} else {
			s.Config[name] = value
		}
	}
	if r.Kind == settings.ProxyMode {
		s.Config["mode"] = value
	}
	runsAt := runs.First().String()
	if r.Kind == settings.Runtime {
		runsAt = "1.6.0"
	}
	c := cluster(t, r.Component, runsAt, s)
	if r.Kind == settings.Cgroup {
		c.Facts.CgroupVersion["n1"] = value
	}
	return c
}

// Every rule has a setting here that raises it at the release it names, and not
// at the one before.
func TestEveryRule(t *testing.T) {
	flag := func(name, value string) inventory.Settings { return inventory.Settings{Flags: flags{name: value}} }
	raises := map[string]inventory.Settings{
		"apiserver-api-audiences":            flag("service-account-api-audiences", "api"),
		"apiserver-cloud-provider":           flag("cloud-provider", "external"),
		"apiserver-experimental-encryption":  flag("experimental-encryption-provider-config", "/etc/kubernetes/enc.yaml"),
		"apiserver-gce-cidrs":                flag("cloud-provider-gce-lb-src-cidrs", "10.0.0.0/8"),
		"apiserver-master-service-namespace": flag("master-service-namespace", "default"),
		"apiserver-pod-security-policy":      flag("enable-admission-plugins", "NodeRestriction,PodSecurityPolicy"),
		"apiserver-security-context-deny":    flag("enable-admission-plugins", "SecurityContextDeny"),
		"apiserver-strict-encryption-config": flag("encryption-provider-config", "/etc/kubernetes/enc.yaml"),
		"containerd-1":                       {},
		"containerd-cdi":                     {},
		"kcm-cloud-provider":                 flag("cloud-provider", "vsphere"),
		"kcm-concurrent-service-syncs":       flag("concurrent-service-syncs", "5"),
		"kcm-experimental-signing-duration":  flag("experimental-cluster-signing-duration", "8760h"),
		"kcm-flex-volumes":                   flag("flex-volume-plugin-dir", "/opt/flex"),
		"kcm-gce-cidrs":                      flag("cloud-provider-gce-lb-src-cidrs", "10.0.0.0/8"),
		"kcm-hpa-delays":                     flag("horizontal-pod-autoscaler-upscale-delay", "3m"),
		"kcm-pod-deletion-rates":             flag("deleting-pods-qps", "0.1"),
		"kcm-taint-manager":                  flag("pod-eviction-timeout", "5m"),
		"kcm-volume-host":                    flag("volume-host-cidr-denylist", "10.0.0.0/8"),
		"kube-proxy-cadvisor-flags":          flag("machine-id-file", "/etc/machine-id"),
		"kube-proxy-ipvs":                    flag("proxy-mode", "ipvs"),
		"kube-proxy-port-range":              flag("proxy-port-range", "0-0"),
		"kubeadm-gates":                      {Gates: gates{"PublicKeysECDSA": true}},
		"kubeadm-v1beta2":                    {Config: config{"apiVersion": "kubeadm.k8s.io/v1beta2"}},
		"kubeadm-v1beta3":                    {Config: config{"apiVersion": "kubeadm.k8s.io/v1beta3"}},
		"kubelet-azure-registry":             flag("azure-container-registry-config", "/etc/azure.json"),
		"kubelet-cadvisor-flags":             flag("global-housekeeping-interval", "1m"),
		"kubelet-cgroup-v1":                  {Source: "kubelet-config.yaml of n1"},
		"kubelet-check-node-capabilities":    flag("experimental-check-node-capabilities-before-mount", "true"),
		"kubelet-cloud-config":               flag("cloud-config", "/etc/cloud.conf"),
		"kubelet-container-runtime":          flag("container-runtime", "remote"),
		"kubelet-dockershim-flags":           flag("network-plugin", "cni"),
		"kubelet-event-qps":                  {Config: config{"eventRecordQPS": "0"}},
		"kubelet-experimental-memcg":         flag("experimental-kernel-memcg-notification", "true"),
		"kubelet-iptables-bits":              flag("iptables-drop-bit", "15"),
		"kubelet-keep-terminated-volumes":    flag("keep-terminated-pod-volumes", "false"),
		"kubelet-non-masquerade-cidr":        flag("non-masquerade-cidr", "10.0.0.0/8"),
		"kubelet-pod-infra-container-image":  flag("pod-infra-container-image", "registry.k8s.io/pause:3.9"),
		"kubelet-register-schedulable":       flag("register-schedulable", "false"),
		"kubelet-runonce-field":              {Config: config{"runOnce": "true"}},
		"kubelet-runonce-flag":               flag("runonce", "true"),
		"scheduler-insecure-flags":           flag("port", "0"),
	}
	all := facts(t)
	for _, r := range all.Rules {
		set, ok := raises[r.ID]
		delete(raises, r.ID)
		if !ok {
			t.Errorf("%s: nothing here raises it", r.ID)
			continue
		}
		one := settings.Facts{Rules: []settings.Rule{r}, Gates: all.Gates}
		before := version.Minor{Major: r.From.Major, Minor: r.From.Minor - 1}
		c := cluster(t, r.Component, before.String()+".1", set)
		if r.Kind == settings.Runtime { // its versions are its own
			c.Instances[0].Version = ver(t, "1.6.30")
		}
		c.Facts.CgroupVersion["n1"] = "v1"
		raised := func(hop string) bool {
			return slices.ContainsFunc(settings.Judge(c, hops(t, hop), one), func(f settings.Finding) bool {
				return f.Code == r.Code() && strings.Contains(f.Message, r.Message) && f.Remedy == r.Remedy && f.Source == r.Source
			})
		}
		if !raised(r.From.String() + ".2") {
			t.Errorf("%s: %+v does not raise it at %s", r.ID, set, r.From)
		}
		if raised(before.String() + ".9") {
			t.Errorf("%s: it is raised at %s", r.ID, before)
		}
	}
	for id := range raises {
		t.Errorf("%s: no such rule", id)
	}
}
