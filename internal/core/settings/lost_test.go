package settings_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// world is a small kubeadm: what it writes by itself is two flags of the API
// server and one each of the others.
func world() (inventory.Cluster, *kubeadm.Told, settings.LostFacts) {
	m := func(n int) version.Minor { return version.Minor{Major: 1, Minor: n} }
	facts := settings.LostFacts{
		Written: settings.Written{From: m(34), Through: m(36), Source: "https://example.org/written",
			Flags: []settings.WrittenFlag{
				{Component: "kube-apiserver", Name: "advertise-address", Value: "*"},
				{Component: "kube-apiserver", Name: "client-ca-file", Value: "{certificatesDir}/ca.crt"},
				{Component: "kube-apiserver", Name: "authorization-mode", Value: "Node,RBAC", Unless: "authorization-config"},
				{Component: "etcd", Name: "feature-gates", Value: "InitialCorruptCheck=true", From: m(34), Optional: true},
				{Component: "etcd", Name: "old", Value: "1", Through: m(35), Optional: true},
			},
			Volumes: map[string][]string{"kube-apiserver": {"k8s-certs", "etc-pki-*"}}, MountedPaths: map[string][]string{"kube-apiserver": {"{certificatesDir}"}},
			Security: map[string][]string{"kube-apiserver": {"audit-*", "client-ca-file"}}, Inputs: map[string][]string{"kube-apiserver": {"audit-policy-file"}}},
		Corefile: settings.Corefile{Source: "https://example.org/corefile", Newest: map[version.Minor]string{m(35): "1.13.1", m(36): "1.13.1"},
			Releases: []settings.CoreDNSRelease{
				{Version: "1.11.3", Plugins: map[string]settings.CorefilePlugin{"kubernetes": {}}},
				{Version: "1.12.1", Plugins: map[string]settings.CorefilePlugin{"kubernetes": {Options: []string{"pods"}}, "hosts": {Patterns: []*regexp.Regexp{regexp.MustCompile(`^\d`)}}}},
				{Version: "1.13.1", Plugins: map[string]settings.CorefilePlugin{"kubernetes": {Options: []string{"pods"}}}},
				{Version: "1.14.0", Plugins: map[string]settings.CorefilePlugin{"kubernetes": {}}},
			}},
		CoreDNS: func(version.Version) (version.Version, bool) { return version.New(1, 13, 1), true },
		AsOf:    time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), Window: 30 * 24 * time.Hour,
	}
	k := &kubeadm.Told{APIVersion: "kubeadm.k8s.io/v1beta4", CertificatesDir: "/pki", Declared: map[string]kubeadm.Declared{},
		DNS: kubeadm.DNS{Repository: "registry.k8s.io", Images: []kubeadm.Image{{Repository: "registry.k8s.io/coredns/coredns", Tag: "v1.13.1"}}}}
	c := inventory.Cluster{Provider: inventory.Kubeadm}
	for _, node := range []string{"cp1", "cp2"} {
		set := func(component string, flags map[string]string, gates map[string]bool) {
			c.Instances = append(c.Instances, inventory.Instance{Component: component, Node: node, Version: version.New(1, 34, 2)})
			c.Facts.Settings = append(c.Facts.Settings, inventory.Settings{Component: component, Node: node, Flags: flags, Gates: gates, Complete: true,
				Source: "static pod " + component + "-" + node + " on " + node})
		}
		set("kube-apiserver", map[string]string{"advertise-address": node, "client-ca-file": "/pki/ca.crt", "authorization-mode": "Node,RBAC"}, nil)
		set("kube-controller-manager", map[string]string{}, nil)
		set("kube-scheduler", map[string]string{}, nil)
		set("etcd", map[string]string{"old": "1"}, map[string]bool{"InitialCorruptCheck": true})
	}
	return c, k, facts
}

func TestLost(t *testing.T) {
	flag := func(c *inventory.Cluster, node, component, name, value string) {
		for _, s := range c.Facts.Settings {
			if s.Node == node && s.Component == component {
				s.Flags[name] = value
			}
		}
	}
	declare := func(k *kubeadm.Told, name, value string) {
		d := k.Declared["kube-apiserver"]
		d.Args = append(d.Args, kubeadm.Argument{Name: name, Value: value})
		k.Declared["kube-apiserver"] = d
	}
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	type input struct {
		c *inventory.Cluster
		k *kubeadm.Told
		f *settings.LostFacts
	}
	for _, test := range []struct {
		name   string
		change func(in input)
		want   string // "CODE severity object", one per line
	}{
		{"as kubeadm wrote it", func(input) {}, ""},
		{"an audit log by hand on both", func(in input) {
			flag(in.c, "cp1", "kube-apiserver", "audit-log-path", "/var/log/a")
			flag(in.c, "cp2", "kube-apiserver", "audit-log-path", "/var/log/a")
		}, "SET-018 blocker kube-apiserver/--audit-log-path"},
		{"an audit log by hand on one", func(in input) { flag(in.c, "cp1", "kube-apiserver", "audit-log-path", "/var/log/a") },
			"SET-018 blocker kube-apiserver/--audit-log-path\nSET-021 warning kube-apiserver/--audit-log-path"},
		{"declared and running", func(in input) {
			flag(in.c, "cp1", "kube-apiserver", "audit-log-path", "/var/log/a")
			flag(in.c, "cp2", "kube-apiserver", "audit-log-path", "/var/log/a")
			declare(in.k, "audit-log-path", "/var/log/a")
		}, ""},
		{"declared, and another value runs", func(in input) {
			flag(in.c, "cp1", "kube-apiserver", "audit-log-path", "/var/log/b")
			flag(in.c, "cp2", "kube-apiserver", "audit-log-path", "/var/log/b")
			declare(in.k, "audit-log-path", "/var/log/a")
		}, "SET-018 blocker kube-apiserver/--audit-log-path"},
		{"declared and not running", func(in input) { declare(in.k, "v", "4") }, "SET-020 warning kube-apiserver/--v"},
		{"not about security", func(in input) {
			flag(in.c, "cp1", "kube-scheduler", "v", "4")
			flag(in.c, "cp2", "kube-scheduler", "v", "4")
		}, "SET-019 warning kube-scheduler/--v"},
		{"kubeadm's own value changed", func(in input) {
			flag(in.c, "cp1", "kube-apiserver", "client-ca-file", "/other.crt")
			flag(in.c, "cp2", "kube-apiserver", "client-ca-file", "/other.crt")
		}, "SET-018 blocker kube-apiserver/--client-ca-file"},
		{"kubeadm's own flag taken out", func(in input) { delete(in.c.Facts.Settings[0].Flags, "client-ca-file") }, "SET-020 warning kube-apiserver/--client-ca-file"},
		{"authorization by a file instead of modes", func(in input) {
			for _, n := range []string{"cp1", "cp2"} {
				flag(in.c, n, "kube-apiserver", "authorization-config", "/pki/authz.yaml")
			}
			delete(in.c.Facts.Settings[0].Flags, "authorization-mode")
			delete(in.c.Facts.Settings[4].Flags, "authorization-mode")
			declare(in.k, "authorization-config", "/pki/authz.yaml")
		}, ""},
		{"a list in another order, true in capitals", func(in input) {
			for _, n := range []string{"cp1", "cp2"} {
				flag(in.c, n, "kube-apiserver", "x", "b,a")
				flag(in.c, n, "kube-apiserver", "y", "True")
			}
			declare(in.k, "x", "a,b")
			declare(in.k, "y", "true")
		}, ""},
		{"a value nobody kept", func(in input) {
			for _, n := range []string{"cp1", "cp2"} {
				flag(in.c, n, "kube-apiserver", "x", settings.Hidden)
				flag(in.c, n, "kube-apiserver", "z", settings.Hidden)
			}
			declare(in.k, "x", settings.Hidden)
		}, "SET-019 warning kube-apiserver/--z\nSET-026 info static pods/values"},
		{"a volume by hand", func(in input) {
			in.k.Running = []kubeadm.Running{{Component: "kube-apiserver", Node: "cp1", Volumes: []string{"k8s-certs", "etc-pki-ca-trust", "declared", "audit"}}}
			in.k.Declared["kube-apiserver"] = kubeadm.Declared{Volumes: []kubeadm.Volume{{Name: "declared"}}}
		}, "SET-019 warning kube-apiserver/volume/audit"},
		{"a file that is not mounted", func(in input) {
			for _, n := range []string{"cp1", "cp2"} {
				flag(in.c, n, "kube-apiserver", "audit-policy-file", "/etc/audit/p.yaml")
			}
			declare(in.k, "audit-policy-file", "/etc/audit/p.yaml")
		}, "SET-022 blocker kube-apiserver/--audit-policy-file"},
		{"a file that is mounted", func(in input) {
			for _, n := range []string{"cp1", "cp2"} {
				flag(in.c, n, "kube-apiserver", "audit-policy-file", "/etc/audit/p.yaml")
			}
			in.k.Declared["kube-apiserver"] = kubeadm.Declared{Volumes: []kubeadm.Volume{{Name: "audit", MountPath: "/etc/audit"}}}
			declare(in.k, "audit-policy-file", "/etc/audit/p.yaml")
		}, ""},
		{"a command line read in part", func(in input) { in.c.Facts.Settings[0].Complete = false }, "SET-026 warning Node/cp1/kube-apiserver"},
		{"no static pod", func(in input) { in.c.Facts.Settings = in.c.Facts.Settings[4:5] },
			"SET-026 warning etcd\nSET-026 warning kube-controller-manager\nSET-026 warning kube-scheduler"},
		{"nothing read of kubeadm", func(in input) { *in.k = kubeadm.Told{Unread: "forbidden"} }, "SET-026 warning ConfigMap/kube-system/kubeadm-config"},
		{"not kubeadm's", func(in input) { in.c.Provider = "rke2" }, ""},
		{"external etcd is not kubeadm's", func(in input) { in.k.ExternalEtcd = &kubeadm.ExternalEtcd{}; flag(in.c, "cp1", "etcd", "x", "1") }, ""},
		{"a gate by hand", func(in input) {
			for i := range in.c.Facts.Settings {
				if in.c.Facts.Settings[i].Component == "kube-scheduler" {
					in.c.Facts.Settings[i].Gates = map[string]bool{"B": true, "A": false}
				}
			}
		}, "SET-019 warning kube-scheduler/--feature-gates"},
		{"beyond the facts", func(in input) { in.f.Written.Through = version.Minor{Major: 1, Minor: 34} }, "SET-026 warning kubeadm 1.35"},
		{"kubelet.conf with a certificate", func(in input) {
			in.k.Kubeconfigs = []kubeadm.Kubeconfig{
				{Node: "w1", Path: "/etc/kubernetes/kubelet.conf", Embedded: true, NotAfter: day("2027-06-01")},
				{Node: "w2", Path: "/etc/kubernetes/kubelet.conf", Embedded: true, NotAfter: day("2026-12-10")},
				{Node: "w3", Path: "/etc/kubernetes/kubelet.conf", Embedded: true, NotAfter: day("2026-11-01")},
				{Node: "w4", Path: "/etc/kubernetes/kubelet.conf", Embedded: true},
				{Node: "w5", Path: "/etc/kubernetes/kubelet.conf"},
				{Node: "w6", Path: "/etc/kubernetes/admin.conf", Embedded: true},
			}
			in.k.HostsUnread = []string{"w7"}
		}, "SET-024 warning Node/w1\nSET-024 warning Node/w4\nSET-025 blocker Node/w2\nSET-025 blocker Node/w3\nSET-026 info Host/kubelet.conf"},
		{"an unknown plugin", func(in input) {
			in.k.DNS.Images[0].Tag = "v1.12.1"
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "kubernetes", Options: []string{"pods"}}, {Name: "k8s_crossplane"}}}}
		}, "SET-023 blocker ConfigMap/kube-system/coredns"},
		{"an unknown option", func(in input) {
			in.k.DNS.Images[0].Tag = "v1.11.3"
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "kubernetes", Options: []string{"nope"}}}}}
		}, "SET-023 blocker ConfigMap/kube-system/coredns"},
		{"an unknown plugin, but CoreDNS stays", func(in input) {
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "k8s_crossplane"}}}}
		}, ""},
		{"an unknown plugin, but DNS is left alone", func(in input) {
			in.k.DNS.Disabled, in.k.DNS.Images[0].Tag = true, "v1.12.1"
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "k8s_crossplane"}}}}
		}, ""},
		{"known plugins", func(in input) {
			in.k.DNS.Images[0].Tag = "v1.12.1"
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "kubernetes", Options: []string{"pods"}}}}}
		}, ""},
		{"a build of one's own", func(in input) { in.k.DNS.Images[0].Tag = "v1.12.1-acme" }, "SET-023 blocker Deployment/kube-system/coredns"},
		{"newer than kubeadm knows", func(in input) { in.k.DNS.Images[0].Tag = "1.14.0" }, "SET-023 blocker Deployment/kube-system/coredns"},
		{"newer than kubeadm brings", func(in input) {
			in.f.CoreDNS = func(version.Version) (version.Version, bool) { return version.New(1, 12, 1), true }
		}, "SET-023 blocker Deployment/kube-system/coredns"},
		{"a mirror nobody declared, and a pinned tag", func(in input) {
			in.k.DNS.Images[0].Repository, in.k.DNS.Tag = "mirror.example.org/coredns", "v1.13.1"
		}, "SET-027 warning Deployment/kube-system/coredns\nSET-027 warning Deployment/kube-system/coredns/imageTag"},
		{"Corefile not read", func(in input) { in.k.DNS.Images[0].Tag, in.k.DNS.CorefileUnread = "v1.12.1", "forbidden" }, "SET-026 warning Deployment/kube-system/coredns"},
		{"what is brought is not known", func(in input) { in.f.CoreDNS = nil }, "SET-026 warning Deployment/kube-system/coredns"},
		{"an image without a tag", func(in input) { in.k.DNS.Images[0].Tag = "" }, "SET-026 warning Deployment/kube-system/coredns"},
		{"a scheduler with a file and gates", func(in input) {
			for i, s := range in.c.Facts.Settings {
				if s.Component == "kube-scheduler" {
					in.c.Facts.Settings[i].Complete, in.c.Facts.Settings[i].Gates = false, map[string]bool{"A": true}
					in.c.Facts.Settings[i].Flags["config"] = "/etc/s.yaml"
				}
			}
			in.k.Declared["kube-scheduler"] = kubeadm.Declared{Args: []kubeadm.Argument{{Name: "feature-gates", Value: "A=true"}, {Name: "config", Value: "/etc/s.yaml"}}}
		}, ""},
		{"an option nobody kept", func(in input) {
			in.k.DNS.Images[0].Tag = "v1.12.1"
			in.k.DNS.Servers = []kubeadm.Server{{Plugins: []kubeadm.Plugin{{Name: "kubernetes", Options: []string{settings.Hidden}}}}}
		}, "SET-026 info ConfigMap/kube-system/coredns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, k, facts := world()
			test.change(input{&c, k, &facts})
			var got []string
			for _, f := range settings.Lost(c, k, []version.Version{version.New(1, 35, 4)}, facts) {
				got = append(got, fmt.Sprintf("%s %s %s", f.Code, f.Severity, f.Object))
				if strings.Contains(f.Message, "  ") || f.Remedy == "" {
					t.Errorf("%s: %q, %q", f.Code, f.Message, f.Remedy)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLostRemedy: the remedy is a line to paste, in the form the
// ClusterConfiguration has, with the volume a file needs.
func TestLostRemedy(t *testing.T) {
	for form, want := range map[string]string{
		"v1beta3": "apiServer.extraArgs add `audit-log-path: \"/var/log/a\"`, with the host path of /var/log/a under apiServer.extraVolumes",
		"v1beta4": "apiServer.extraArgs add `- {name: audit-log-path, value: \"/var/log/a\"}`, with the host path of /var/log/a under apiServer.extraVolumes",
	} {
		c, k, facts := world()
		k.APIVersion = "kubeadm.k8s.io/" + form
		c.Facts.Settings[0].Flags["audit-log-path"] = "/var/log/a"
		found := settings.Lost(c, k, []version.Version{version.New(1, 35, 4)}, facts)
		if len(found) == 0 || !strings.Contains(found[0].Remedy, want) {
			t.Errorf("%s: %+v lacks %q", form, found, want)
		}
	}
}

// TestLostKeepsNothingRefused: no remedy has anyone declare what stops a
// component on the way; that is told by its own finding.
func TestLostKeepsNothingRefused(t *testing.T) {
	m := func(n int) version.Minor { return version.Minor{Major: 1, Minor: n} }
	known := settings.Facts{
		Gates: settings.Gates{From: m(30), Through: m(36), Components: []string{"kube-apiserver"}, ByName: map[string][]settings.Span{"Stays": {{From: m(30), To: m(36)}}, "Goes": {{From: m(30), To: m(34)}}}},
		Rules: []settings.Rule{
			{Component: "kube-apiserver", Kind: settings.Flag, From: m(35), Effect: settings.Stops, Names: []string{"gone"}},
			{Component: "kube-apiserver", Kind: settings.Flag, From: m(35), Effect: settings.Stops, Names: []string{"plugins"}, Values: []string{"Old"}},
			{Component: "kube-apiserver", Kind: settings.Flag, From: m(36), Effect: settings.Stops, Names: []string{"later"}},
		},
	}
	for _, test := range []struct {
		flag, value string
		gates       map[string]bool
		want        string // "" = no finding
	}{
		{"gone", "1", nil, ""},
		{"later", "1", nil, `{name: later, value: "1"}`},
		{"plugins", "Old", nil, ""},
		{"plugins", "Node,Old", nil, `{name: plugins, value: "Node"}`},
		{"", "", map[string]bool{"Goes": true}, ""},
		{"", "", map[string]bool{"Goes": true, "Stays": false}, `{name: feature-gates, value: "Stays=false"}`},
	} {
		c, k, facts := world()
		facts.Known = known
		c.Facts.Settings[0].Gates = test.gates
		if test.flag != "" {
			c.Facts.Settings[0].Flags[test.flag] = test.value
		}
		got := ""
		for _, f := range settings.Lost(c, k, []version.Version{version.New(1, 35, 4)}, facts) {
			if f.Code == "SET-018" || f.Code == "SET-019" {
				got += f.Remedy
			}
		}
		if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// TestLostOfEtcd: kubeadm writes etcd's manifest anew at an equal version, too,
// so a flag set by hand is not said to last until another etcd comes.
func TestLostOfEtcd(t *testing.T) {
	c, k, facts := world()
	for _, s := range c.Facts.Settings {
		if s.Component == "etcd" {
			s.Flags["quota-backend-bytes"] = "8589934592"
		}
	}
	var got []string
	for _, f := range settings.Lost(c, k, []version.Version{version.New(1, 35, 4)}, facts) {
		if strings.HasPrefix(f.Object, "etcd/") {
			got = append(got, f.Code+" "+f.Message)
		}
	}
	want := "`kubeadm upgrade` to 1.35.4, even with the etcd that runs now, writes the manifest without it"
	if len(got) != 1 || !strings.HasPrefix(got[0], "SET-019 --quota-backend-bytes=8589934592 of etcd on cp") || !strings.HasSuffix(got[0], want) {
		t.Errorf("%q, want one that ends in %q", got, want)
	}
}
