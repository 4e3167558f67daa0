package skew_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

var components = []string{"kube-apiserver", "kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler", "kubectl"}

func drawCluster(t *rapid.T) []inventory.Instance {
	list := []inventory.Instance{{Component: "kube-apiserver", Node: "n0", Version: version.New(1, rapid.IntRange(22, 37).Draw(t, "server"), 0)}}
	for i := range rapid.IntRange(0, 8).Draw(t, "instances") {
		inst := inventory.Instance{
			Component: rapid.SampledFrom(components).Draw(t, "component"),
			Node:      fmt.Sprintf("n%d", i%4),
			Server:    rapid.SampledFrom([]string{"", "own", "all"}).Draw(t, "server of"),
		}
		if rapid.IntRange(0, 9).Draw(t, "readable") > 0 {
			inst.Version = version.New(1, rapid.IntRange(20, 38).Draw(t, "minor"), rapid.IntRange(0, 3).Draw(t, "patch"))
		}
		list = append(list, inst)
	}
	return list
}

// No combination is legal under the conservative policy and illegal upstream;
// nothing unreadable is ever called legal; the judgement does not depend on
// the order in which instances are listed.
func TestCheckProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawCluster(t)
		up, con := skew.Check(rules(), skew.Upstream, list), skew.Check(rules(), skew.Conservative, list)
		for i := range up {
			if up[i].State == skew.Illegal && con[i].State != skew.Illegal {
				t.Fatalf("%+v is illegal upstream and %s under the conservative policy", up[i], con[i].State)
			}
			if !up[i].Version.Known() && up[i].State != skew.Unknown {
				t.Fatalf("%+v has no version and is %s", up[i], up[i].State)
			}
		}
		reversed := make([]inventory.Instance, len(list))
		for i, inst := range list {
			reversed[len(list)-1-i] = inst
		}
		count := map[string]int{}
		for _, r := range up {
			count[fmt.Sprint(r)]++
		}
		for _, r := range skew.Check(rules(), skew.Upstream, reversed) {
			count[fmt.Sprint(r)]--
		}
		for row, n := range count {
			if n != 0 {
				t.Fatalf("the order of instances changes %s", row)
			}
		}
	})
}

// A hop that is called legal leaves no row illegal that clients do not own.
func TestALegalHopLeadsToALegalCluster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawCluster(t)
		from := list[0].Version
		to := version.New(1, from.Minor().Minor+rapid.IntRange(-1, 3).Draw(t, "up"), 1)
		res := skew.Hop(rules(), skew.Upstream, from, to, list)
		if up := to.Minor().Minor - from.Minor().Minor; (up < 0 || up > 1) && res.State != skew.Illegal {
			t.Fatalf("%s to %s is %s", from, to, res.State)
		}
		if res.State != skew.Legal {
			return
		}
		after := append([]inventory.Instance{}, list...)
		for i := range after {
			if after[i].Component == "kube-apiserver" && after[i].Version.Less(to) {
				after[i].Version = to
			}
		}
		for _, r := range skew.Check(rules(), skew.Upstream, after) {
			if r.State == skew.Illegal && !r.Client && r.Component != "kube-apiserver" {
				t.Fatalf("after the legal hop %s to %s: %+v", from, to, r)
			}
		}
	})
}

// A path visits each minor once, in order, and ends at its target.
func TestPathProperties(t *testing.T) {
	var cal support.Calendar
	for n := range 40 {
		m := version.Minor{Major: 1, Minor: n}
		cal.Minors = append(cal.Minors, support.MinorRelease{Minor: m, Patches: []support.Patch{{Version: m.First(), Date: time.Unix(0, 0)}}})
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) version.Version {
			return version.New(1, rapid.IntRange(0, 39).Draw(t, name), rapid.IntRange(0, 5).Draw(t, name+" patch"))
		}
		from, to := draw("from"), draw("to")
		hops, err := skew.Path(from, to, cal, time.Unix(1, 0), nil)
		if to.Less(from) != (err != nil) {
			t.Fatalf("%s to %s: %v", from, to, err)
		}
		at := from
		for _, h := range hops {
			if up := h.Minor().Minor - at.Minor().Minor; up < 0 || up > 1 || !at.Less(h) {
				t.Fatalf("hop %s to %s on the way to %s", at, h, to)
			}
			at = h
		}
		if err == nil && at.Compare(to) != 0 {
			t.Fatalf("%s to %s ends at %s", from, to, at)
		}
	})
}
