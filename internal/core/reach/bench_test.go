package reach

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// A fleet asks thousands of small clusters, most of them declared with few
// facts: preparing and asking must stay in microseconds.
func BenchmarkExploitable(b *testing.B) {
	adv := &advisory.Advisory{Conditions: []advisory.Condition{
		{Text: "os", Question: &advisory.Question{OS: "windows"}},
		{Text: "gate", Question: logQuery()},
		{Text: "who", Question: &advisory.Question{Who: []advisory.Permission{{Verb: "create", Resource: "pods"}}}},
	}}
	c := cluster()
	c.Facts = inventory.Facts{}
	in := []*inventory.Instance{find(c, "kubelet", "w1"), find(c, "kubelet", "w2")}
	for b.Loop() {
		For(c).Exploitable(adv, in)
	}
}
