package assess

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

func v(s string) version.Version { return version.MustParse(s) }

// kubernetesCalendar is the real window around March 2026, without its patches' exact days.
func kubernetesCalendar() *support.Calendar {
	minor := func(m, patches int, released, eol string) support.MinorRelease {
		r := support.MinorRelease{Minor: version.Minor{Major: 1, Minor: m}, Released: on(released), EndOfLife: on(eol)}
		for p := range patches {
			r.Patches = append(r.Patches, support.Patch{Version: version.New(1, m, p), Date: on(released).AddDate(0, p, 0)})
		}
		return r
	}
	return &support.Calendar{Product: "kubernetes", Through: on("2026-11-20"), Minors: []support.MinorRelease{
		minor(32, 13, "2024-12-11", "2026-02-28"), minor(33, 10, "2025-04-23", "2026-06-28"),
		minor(34, 6, "2025-08-27", "2026-10-27"), minor(35, 3, "2025-12-17", "2027-02-28"),
	}}
}

// containerdCalendar has one line that ended.
func containerdCalendar() *support.Calendar {
	return &support.Calendar{Product: "containerd", Minors: []support.MinorRelease{
		{Minor: version.Minor{Major: 1, Minor: 6}, EndOfLife: on("2025-08-23"), Patches: []support.Patch{{Version: v("1.6.0")}, {Version: v("1.6.39"), Date: on("2025-08-01")}}},
		{Minor: version.Minor{Major: 2, Minor: 2}, EndOfLife: on("2026-11-06"), Patches: []support.Patch{{Version: v("2.2.1"), Date: on("2025-12-01")}}},
	}}
}

func span(from, before string) advisory.Range {
	r := advisory.Range{Before: v(before)}
	if from != "" {
		r.Introduced = v(from)
	}
	return r
}

func versions(vs ...string) []version.Version {
	var out []version.Version
	for _, s := range vs {
		out = append(out, v(s))
	}
	return out
}

// portworx is CVE-2025-13281 as the contract's example has it.
func portworx() *advisory.Advisory {
	return &advisory.Advisory{
		ID: "CVE-2025-13281", Summary: "half-blind request forgery by the Portworx volume plugin", Published: on("2025-12-01"),
		Vector: "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:C/C:H/I:N/A:N", Score: 5.8, Fix: advisory.Fixed,
		Affected: []advisory.Affected{{
			Component: inventory.KubeControllerManager,
			Ranges:    []advisory.Range{span("1.30.0", "1.32.10"), span("1.33.0", "1.33.6"), span("1.34.0", "1.34.2")},
			Fixed:     versions("1.32.10", "1.33.6", "1.34.2"),
		}},
		Conditions:  []advisory.Condition{{Text: "the in-tree Portworx plugin is used", Question: &advisory.Question{Uses: "volumePlugin:portworxVolume"}}},
		Mitigations: []advisory.Mitigation{{Text: "enable CSIMigrationPortworx"}},
	}
}

func externalIPs() *advisory.Advisory {
	return &advisory.Advisory{
		ID: "CVE-2020-8554", Published: on("2020-12-07"), Vector: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:L", Score: 6.3, Fix: advisory.Never,
		Affected:   []advisory.Affected{{Component: inventory.KubeAPIServer, Ranges: []advisory.Range{{}}}},
		Conditions: []advisory.Condition{{Text: "somebody may create Services"}},
	}
}

func etcdAuth() *advisory.Advisory {
	return &advisory.Advisory{
		ID: "CVE-2026-33413", Published: on("2026-03-10"), Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.Etcd, Ranges: []advisory.Range{span("", "3.5.28"), span("3.6.0", "3.6.9")}, Fixed: versions("3.5.28", "3.6.9")}},
	}
}

func kubectlOnly() *advisory.Advisory {
	return &advisory.Advisory{
		ID: "CVE-2026-19444", Published: on("2026-01-28"), Fix: advisory.Fixed, ClientOnly: true,
		Affected: []advisory.Affected{{Component: inventory.Kubectl, Ranges: []advisory.Range{span("1.34.0", "1.34.5")}, Fixed: versions("1.34.5")}},
	}
}

func gated() *advisory.Advisory {
	r := span("1.3.0", "1.35.0")
	r.Gate = &advisory.GateFix{Component: inventory.KubeControllerManager, Gate: "OrderedNamespaceDeletion", Value: true, Since: v("1.34.0")}
	return &advisory.Advisory{
		ID: "CVE-2024-7598", Published: on("2025-03-20"), Vector: "x", Score: 3.1, Fix: advisory.GateOnly,
		Affected: []advisory.Affected{{Component: inventory.KubeControllerManager, Ranges: []advisory.Range{r}, Fixed: versions("1.35.0")}},
	}
}

func basis(asOf string, advisories ...*advisory.Advisory) Basis {
	return Basis{
		AsOf: on(asOf), Advisories: advisories, Policy: policy.Default(),
		Calendars: map[string]*support.Calendar{"kubernetes": kubernetesCalendar(), "containerd": containerdCalendar()},
		Skew: skew.Rules{Rules: []skew.Rule{
			{Code: "SKEW-001", Component: inventory.KubeAPIServer, Against: inventory.KubeAPIServer, MaxOlder: 1, MaxNewer: 1},
			{Code: "SKEW-002", Component: inventory.Kubelet, Against: inventory.KubeAPIServer, MaxOlder: 3},
			{Code: "SKEW-003", Component: inventory.KubeScheduler, Against: inventory.KubeAPIServer, MaxOlder: 1},
			{Code: "SKEW-004", Component: inventory.KubeProxy, Against: inventory.KubeAPIServer, MaxOlder: 3},
			{Code: "SKEW-005", Component: inventory.Kubectl, Against: inventory.KubeAPIServer, MaxOlder: 1, MaxNewer: 1, Client: true},
			{Code: "SKEW-008", Component: inventory.Etcd, Against: inventory.Etcd, MaxOlder: 1, MaxNewer: 1},
		}, Steps: []skew.Step{
			{Code: "SKEW-009", Component: inventory.KubeAPIServer, MaxMinors: 1},
		}},
	}
}

// cluster is one control plane and one worker, all at k, etcd at e.
func cluster(name, k, e string) inventory.Cluster {
	c := inventory.Cluster{Name: name, Connected: true, Provider: "kubeadm", ProviderEvidence: "kubeadm-config ConfigMap", Environment: "production", Owner: "payments-platform"}
	for _, component := range movesTogether() {
		c.Instances = append(c.Instances, inventory.Instance{Component: component, Node: "cp1", Version: v(k), ReadFrom: "test", OS: "linux"})
	}
	c.Instances = append(c.Instances,
		inventory.Instance{Component: inventory.Etcd, Node: "cp1", Version: v(e), ReadFrom: "test"},
		inventory.Instance{Component: inventory.Kubelet, Node: "w1", Version: v(k), ReadFrom: "test", OS: "linux"},
	)
	return c
}
