package report

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// planAlike is how many steps that say the same, or batches that are made alike,
// must follow each other before a form for people shows them as one.
const planAlike = 4

// planLine is one step, or several alike.
type planLine struct {
	Span     string // "0012-drain-w1", "0012 to 0031"; "- drain" of one in a row of batches
	Where    string // the node, or some of them
	What     string
	Commands []string
	Of       string // the node the commands are of, where the line is for several
}

func (l planLine) visible() planLine {
	return planLine{Span: Visible(l.Span), Where: Visible(l.Where), What: Visible(l.What), Commands: visibles(l.Commands), Of: Visible(l.Of)}
}

// planHop is the steps of one hop.
type planHop struct {
	Version string
	Lines   []planLine
	Minutes float64
}

// HopList are the steps hop by hop, with what is alike folded and what acts on a
// terminal made visible.
func (v planView) HopList() []planHop {
	var out []planHop
	for steps := v.Steps; len(steps) > 0; {
		n := same(steps, func(s *plan.Step) string { return s.Hop })
		h := planHop{Version: Visible(steps[0].Hop), Lines: folded(steps[:n])}
		for i := range h.Lines {
			h.Lines[i] = h.Lines[i].visible()
		}
		for i := range steps[:n] {
			h.Minutes += steps[i].Minutes
		}
		out, steps = append(out, h), steps[n:]
	}
	return out
}

// same is how many of the first steps have the key of the first one.
func same(steps []plan.Step, key func(*plan.Step) string) int {
	n := 1
	for first := key(&steps[0]); n < len(steps) && key(&steps[n]) == first; n++ {
	}
	return n
}

// folded makes the lines of one hop: batches, and what is outside of them.
func folded(steps []plan.Step) []planLine {
	var out []planLine
	for len(steps) > 0 {
		if n := same(steps, func(s *plan.Step) string { return fmt.Sprint(s.Batch > 0) }); steps[0].Batch > 0 {
			out, steps = append(out, batched(steps[:n])...), steps[n:]
			continue
		}
		n := same(steps, alike)
		out, steps = append(out, line(steps[:n])...), steps[n:]
	}
	return out
}

// alike is what the steps of one line share: all that is shown of them, but for the node.
func alike(s *plan.Step) string {
	return string(s.Phase) + "\x00" + string(s.Kind) + "\x00" + ofEach(s)
}

// line shows steps alike as one from planAlike on.
func line(steps []plan.Step) []planLine {
	if len(steps) >= planAlike {
		nodes := nodesOf(steps)
		return []planLine{{Span: span(steps), Where: some(nodes), What: fmt.Sprintf("%d nodes: %s", len(nodes), ofEach(&steps[0])), Commands: steps[0].Commands, Of: steps[0].Node}}
	}
	var out []planLine
	for i := range steps {
		s := &steps[i]
		out = append(out, planLine{Span: s.ID, Where: orDash(s.Node), What: s.Say, Commands: s.Commands})
	}
	return out
}

// batch is the steps of one, and how many nodes it takes.
type batch struct {
	steps []plan.Step
	nodes []string
	way   string // what is done to each node, in its order
}

// batched shows batches that are made alike as one list of what is done to each node.
func batched(steps []plan.Step) []planLine {
	var all []batch
	whole := steps
	for len(steps) > 0 {
		n := same(steps, func(s *plan.Step) string { return fmt.Sprint(s.Batch) })
		b := batch{steps: steps[:n], nodes: nodesOf(steps[:n])}
		b.way = way(b.steps)
		all, steps = append(all, b), steps[n:]
	}
	var out []planLine
	for len(all) > 0 {
		n, of := 1, len(all[0].steps)
		for all[0].way != "" && n < len(all) && all[n].way == all[0].way {
			of += len(all[n].steps)
			n++
		}
		out = append(out, inTurn(all[:n], whole[:of])...)
		all, whole = all[n:], whole[of:]
	}
	return out
}

// way is what is done to each node of a batch; "" where it is not the same for all.
func way(steps []plan.Step) string {
	byNode := map[string]*strings.Builder{}
	for i := range steps {
		s := &steps[i]
		if byNode[s.Node] == nil {
			byNode[s.Node] = &strings.Builder{}
		}
		byNode[s.Node].WriteString(alike(s) + "\x01")
	}
	first := byNode[steps[0].Node].String()
	for _, b := range byNode {
		if b.String() != first {
			return ""
		}
	}
	return first
}

// inTurn shows batches alike, whose steps follow each other: one line for all of
// them, then one for each thing done to a node. A few nodes are shown step by step.
func inTurn(all []batch, steps []plan.Step) []planLine {
	most, nodes := 0, 0
	for _, b := range all {
		most, nodes = max(most, len(b.nodes)), nodes+len(b.nodes)
	}
	if nodes < planAlike || all[0].way == "" {
		var out []planLine
		for i := range steps {
			out = append(out, line(steps[i:i+1])...)
		}
		return out
	}
	how := fmt.Sprintf("in %d batches, one after the other, of at most %d side by side", len(all), most)
	switch {
	case len(all) == 1:
		how = "in one batch, side by side"
	case most == 1:
		how = "one after the other"
	}
	out := []planLine{{Span: span(steps), Where: some(nodesOf(steps)), What: fmt.Sprintf("%d nodes %s; each of them in this order:", nodes, how)}}
	for i := range steps {
		if s := &steps[i]; s.Node == steps[0].Node {
			out = append(out, planLine{Span: "- " + string(s.Kind), Where: "each", What: ofEach(s), Commands: s.Commands, Of: s.Node})
		}
	}
	return out
}

// span is "0012-drain-w1", or "0012 to 0031".
func span(steps []plan.Step) string {
	number := func(id string) string { n, _, _ := strings.Cut(id, "-"); return n }
	if len(steps) == 1 {
		return steps[0].ID
	}
	return number(steps[0].ID) + " to " + number(steps[len(steps)-1].ID)
}

func nodesOf(steps []plan.Step) []string {
	var out []string
	seen := map[string]bool{}
	for i := range steps {
		if n := steps[i].Node; !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// some is up to three nodes, or two and how many more.
func some(nodes []string) string {
	switch n := len(nodes); {
	case n == 1 && nodes[0] == "":
		return "-"
	case n <= 3:
		return strings.Join(nodes, ", ")
	default:
		return fmt.Sprintf("%s, %s and %d more", nodes[0], nodes[1], n-2)
	}
}

// ofEach is the sentence of a step for any node: its name becomes "each node".
func ofEach(s *plan.Step) string {
	if s.Node == "" {
		return s.Say
	}
	var out strings.Builder
	rest := s.Say
	for {
		before, after, found := strings.Cut(rest, s.Node)
		if !found {
			return out.String() + rest
		}
		out.WriteString(before)
		if ends(out.String(), after) {
			out.WriteString("each node")
		} else {
			out.WriteString(s.Node)
		}
		rest = after
	}
}

// ends reports whether a name stands alone between what comes before and after
// it: "w1" does not in "w10", "aw1" or "w1.local".
func ends(before, after string) bool {
	inside := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c >= 0x80
	}
	if before != "" && (inside(before[len(before)-1]) || before[len(before)-1] == '.') {
		return false
	}
	dot := strings.HasPrefix(after, ".") && len(after) > 1 && inside(after[1])
	return after == "" || !inside(after[0]) && !dot
}
