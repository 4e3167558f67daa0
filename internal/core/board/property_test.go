package board_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// drawn is a cluster of some control planes and workers in any versions, legal
// or not.
func drawn(t *rapid.T) inventory.Cluster {
	c := inventory.Cluster{Name: "drawn"}
	v := func(what string) version.Version {
		return version.New(1, rapid.IntRange(31, 35).Draw(t, what), rapid.IntRange(0, 4).Draw(t, "patch"))
	}
	spread := rapid.Bool().Draw(t, "spread")
	base := v("base")
	pick := func(what string) version.Version {
		if spread {
			return v(what)
		}
		return base
	}
	add := func(component, node, server string) {
		c.Instances = append(c.Instances, inventory.Instance{Component: component, Node: node, Version: pick(component), Server: server})
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "control planes") {
		node := fmt.Sprintf("cp%d", i+1)
		add("kube-apiserver", node, "")
		server := rapid.SampledFrom([]string{"own", "own", "all"}).Draw(t, "server")
		add("kube-controller-manager", node, server)
		add("kubelet", node, "")
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "workers") {
		node := fmt.Sprintf("w%d", i+1)
		add("kubelet", node, "")
		add("kube-proxy", node, "")
	}
	return c
}

func illegal(c inventory.Cluster) int {
	n := 0
	for _, r := range skew.Worst(skew.Check(rules(), skew.Upstream, c.Instances)) {
		if r.State == skew.Illegal && !r.Client {
			n++
		}
	}
	return n
}

// TestFollowingTheBoard: whoever does what the board says, move by move, gets
// to the target, holds no illegal state once the cluster is legal, and makes
// nothing worse before. The judge is package skew, asked about the whole
// cluster, not the board's own way of asking.
func TestFollowingTheBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawn(t)
		target := version.New(1, rapid.IntRange(35, 37).Draw(t, "target"), 4)
		in := board.Input{AsOf: asOf(), Rules: rules(), Policy: skew.Upstream, Calendar: calendar(), Goal: board.Goal{Version: target}}
		before := illegal(c)
		for range 200 {
			in.Cluster = c
			b := board.Compute(in)
			if (b.Legal == "no") != (illegal(c) > 0) {
				t.Fatalf("the board says legal %q, and %d rows are illegal", b.Legal, illegal(c))
			}
			if b.Next == nil {
				for _, r := range b.Rows {
					if r.State != board.Done {
						t.Fatalf("nothing is next, and %s on %s is %s, in %v", r.Component, *r.Node, r.State, c.Instances)
					}
				}
				return
			}
			if b.Next.To == nil {
				t.Fatalf("%s because %s, in %v", b.Next.Sentence(), b.Next.Why, c.Instances)
			}
			to := version.MustParse(*b.Next.To)
			moved := false
			for i, inst := range c.Instances {
				if inst.Component != b.Next.Component || inst.Node != *b.Next.Node {
					continue
				}
				server := inst.Component == inventory.KubeAPIServer
				if d := to.Minor().Minor - inst.Version.Minor().Minor; server && (d < 0 || d > 1) || to.Less(inst.Version) && (server || !b.Next.Stop) {
					t.Fatalf("%s %s goes to %s", inst.Component, inst.Version, to)
				}
				c.Instances[i].Version, moved = to, true
			}
			after := illegal(c)
			if !moved || after > before {
				t.Fatalf("%s: moved %t, %d illegal rows before and %d after", b.Next.Sentence(), moved, before, after)
			}
			before = after
		}
		t.Fatalf("no end after 200 moves")
	})
}
