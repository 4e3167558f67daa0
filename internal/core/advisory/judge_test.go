package advisory

import (
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// rng reads "A-B" as [A, B); either side may be empty.
func rng(s string) Range {
	from, before, _ := strings.Cut(s, "..")
	var r Range
	if from != "" {
		r.Introduced = version.MustParse(from)
	}
	if before != "" {
		r.Before = version.MustParse(before)
	}
	return r
}

func versions(list ...string) []version.Version {
	var out []version.Version
	for _, s := range list {
		out = append(out, version.MustParse(s))
	}
	return out
}

func at(component, v string) *inventory.Instance {
	parsed, _ := version.Parse(v)
	return &inventory.Instance{Component: component, Node: "n1", Version: parsed}
}

// calendar knows releases up to 1.37.2 and the end of 1.31 and 1.33.
type calendar struct{}

func (calendar) Known(component string, v version.Version) bool {
	return component != inventory.KubeAPIServer && component != inventory.KubeControllerManager ||
		!version.New(1, 37, 2).Less(v)
}

func (calendar) EndOfLife(_ string, m version.Minor) time.Time {
	switch m.String() {
	case "1.31":
		return time.Date(2025, 11, 11, 0, 0, 0, 0, time.UTC)
	case "1.33":
		return time.Date(2026, 6, 28, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

func portworx() *Advisory {
	return &Advisory{
		ID: "CVE-2025-13281", Fix: Fixed,
		Published: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
		Affected: []Affected{{
			Component: inventory.KubeControllerManager,
			Ranges:    []Range{rng("1.30.0..1.32.10"), rng("1.33.0..1.33.6"), rng("1.34.0..1.34.2")},
			Fixed:     versions("1.32.10", "1.33.6", "1.34.2"),
		}},
	}
}

func TestJudge(t *testing.T) {
	anywhere := func(ranges ...Range) *Advisory {
		return &Advisory{ID: "CVE-0", Fix: Fixed, Affected: []Affected{{
			Component: inventory.KubeControllerManager, Aliases: []string{"kcm"},
			Ranges: ranges, Fixed: versions("1.37.0")}}}
	}
	undecided := rng("1.26.0..1.28.0")
	undecided.Unknown, undecided.Why = true, "every source is silent on 1.26 and 1.27"
	gated := rng("1.32.0..1.33.0")
	gated.Gate = &GateFix{Component: inventory.KubeControllerManager, Gate: "OrderedNamespaceDeletion", Value: true, Since: version.New(1, 32, 3)}
	never := &Advisory{ID: "CVE-2020-8554", Fix: Never, Affected: []Affected{{Component: inventory.KubeAPIServer, Ranges: []Range{{}}}}}

	tests := []struct {
		name   string
		adv    *Advisory
		in     *inventory.Instance
		want   State
		fixed  string
		reason string // part of it
		change string // part of it, for not-affected
		gate   bool
	}{
		{"fixed in its own minor", portworx(), at("kube-controller-manager", "1.34.1"), InRange, "1.34.2", "fixed in 1.34.2", "", false},
		{"minor ended before the fix", portworx(), at("kube-controller-manager", "1.31.14"), InRange, "1.32.10", "no fix in 1.31: end of life before it was fixed; the next fixed version is 1.32.10", "", false},
		{"minor without a fix, end unknown", portworx(), at("kube-controller-manager", "1.30.2"), InRange, "1.32.10", "no fix in 1.30; the next fixed version is 1.32.10", "", false},
		{"first fixed release", portworx(), at("kube-controller-manager", "1.34.2"), NotAffected, "", "outside every affected range", "going below 1.34.2", false},
		{"below every range", portworx(), at("kube-controller-manager", "1.29.15"), NotAffected, "", "1.29.15 is outside", "moving to a version from 1.30.0 to before 1.32.10", false},
		{"between ranges", portworx(), at("kube-controller-manager", "1.32.11"), NotAffected, "", "outside", "going below 1.32.10, or moving to a version from 1.33.0", false},
		{"another component", portworx(), at("kube-apiserver", "1.34.1"), NotConcerned, "", "does not speak of kube-apiserver", "", false},
		{"names compare exactly", portworx(), at("kube-controller-manager-amd64", "1.34.1"), NotConcerned, "", "", "", false},
		{"another name of the component", anywhere(rng("1.30.0..1.37.0")), at("kcm", "1.34.1"), InRange, "1.37.0", "next fixed version is 1.37.0", "", false},
		{"vendor build inside", portworx(), at("kube-controller-manager", "v1.34.1-eks-2d98532"), Unknown, "1.34.2", "vendor build: verify the backport", "", false},
		{"vendor build outside by base", portworx(), at("kube-controller-manager", "1.35.7-gke.1"), NotAffected, "", "1.35.7-gke.1 (built from 1.35.7) is outside", "going below 1.34.2", false},
		{"vendor build of the first fixed release", portworx(), at("kube-controller-manager", "v1.34.2+rke2r1"), NotAffected, "", "", "going below", false},
		{"distribution build inside", portworx(), at("kube-controller-manager", "1.34.1~ds1-1+deb12u3"), Unknown, "1.34.2", "built from 1.34.1", "", false},
		{"distribution build outside", portworx(), at("kube-controller-manager", "1.34.2~ds1-1+deb12u3"), NotAffected, "", "", "going below", false},
		{"unreadable", portworx(), &inventory.Instance{Component: "kube-controller-manager", Unread: "the image is named by digest only"}, Unknown, "", "named by digest only", "", false},
		{"pseudo-version", portworx(), at("kube-controller-manager", "1.34.1-0.20251010123456-0123456789ab"), Unknown, "", "development build", "", false},
		{"newer than the catalogue", portworx(), at("kube-controller-manager", "1.37.3"), Unknown, "", "unknown release", "", false},
		{"next minor", portworx(), at("kube-controller-manager", "1.38.0"), Unknown, "", "unknown release", "", false},
		{"pre-release of the range's start", anywhere(rng("1.36.0..1.37.0")), at("kube-controller-manager", "1.36.0-alpha.1"), InRange, "1.37.0", "", "", false},
		{"pre-release before the range's start", anywhere(rng("1.36.1..1.37.0")), at("kube-controller-manager", "1.36.0-rc.1"), NotAffected, "", "", "moving to", false},
		{"pre-release of the minor after an affected one", anywhere(rng("1.35.0..1.35.4")), at("kube-controller-manager", "1.36.0-alpha.1"), Unknown, "1.37.0", "which pre-release", "", false},
		{"pre-release two minors after an affected one", anywhere(rng("1.35.0..1.35.4")), at("kube-controller-manager", "1.37.0-alpha.1"), NotAffected, "", "", "going below", false},
		{"pre-release a source names as fixed", anywhere(rng("1.35.0..1.35.4"), rng("1.36.0-rc.0..1.36.0-rc.1")), at("kube-controller-manager", "1.36.0-rc.1"), NotAffected, "", "", "going below", false},
		{"pre-release of the fix", anywhere(rng("1.36.0..1.37.0")), at("kube-controller-manager", "1.37.0-rc.1"), InRange, "1.37.0", "fixed in 1.37.0", "", false},
		{"the sources cannot decide", anywhere(undecided), at("kube-controller-manager", "1.27.3"), Unknown, "1.37.0", "every source is silent", "", false},
		{"before the gate exists", anywhere(gated), at("kube-controller-manager", "1.32.2"), InRange, "1.37.0", "", "", false},
		{"where the gate exists", anywhere(gated), at("kube-controller-manager", "1.32.3"), InRange, "1.37.0", "", "", true},
		{"never fixed", never, at("kube-apiserver", "1.37.2"), InRange, "", "no version fixes it", "", false},
		{"never fixed, vendor", never, at("kube-apiserver", "1.35.7-gke.1"), Unknown, "", "verify the backport", "", false},
		{"unparsed", &Advisory{Unparsed: `"kubelet, all of them"`, Affected: []Affected{{Component: "kubelet"}}}, at("kubelet", "1.34.1"), Unknown, "", "all of them", "", false},
		{"unparsed, other component", &Advisory{Unparsed: "x", Affected: []Affected{{Component: "kubelet"}}}, at("etcd", "3.6.5"), NotConcerned, "", "", "", false},
		{"unparsed without components", &Advisory{Unparsed: "x"}, at("etcd", "3.6.5"), Unknown, "", "could not be read", "", false},
		{"client advisory, server", &Advisory{ClientOnly: true, Affected: []Affected{{Component: "kubelet", Ranges: []Range{{}}}}}, at("kubelet", "1.34.1"), NotConcerned, "", "", "", false},
		{"client advisory, client", &Advisory{ClientOnly: true, Affected: []Affected{{Component: "kubectl", Ranges: []Range{rng("..1.35.0")}}}}, at("kubectl", "1.34.1"), InRange, "1.35.0", "next fixed version is 1.35.0", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := tt.adv.Judge(tt.in, calendar{})
			if j.State != tt.want {
				t.Errorf("state = %v, want %v (%s)", j.State, tt.want, j.Reason())
			}
			if got := j.FixedIn.String(); got != tt.fixed {
				t.Errorf("fixed in %q, want %q", got, tt.fixed)
			}
			if !strings.Contains(j.Reason(), tt.reason) || j.Reason() == "" {
				t.Errorf("reason %q does not say %q", j.Reason(), tt.reason)
			}
			if got := j.WouldChange(); (got == "") != (tt.change == "") || !strings.Contains(got, tt.change) {
				t.Errorf("would change: %q, want %q in it", got, tt.change)
			}
			if (j.Gate != nil) != tt.gate {
				t.Errorf("gate = %v, want one: %v", j.Gate, tt.gate)
			}
		})
	}
}

func TestJudgeWithoutCalendar(t *testing.T) {
	if got := portworx().Judge(at("kube-controller-manager", "1.99.0"), nil).State; got != NotAffected {
		t.Errorf("without a calendar the ranges alone decide; got %v", got)
	}
}

func BenchmarkJudge(b *testing.B) {
	adv, in := portworx(), at("kube-controller-manager", "1.34.1")
	for b.Loop() {
		adv.Judge(in, calendar{})
	}
}
