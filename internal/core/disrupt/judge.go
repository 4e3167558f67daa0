package disrupt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// Judge says what draining the nodes of q would disturb. nil is a cluster of
// which nothing was read. Findings that are alike are one, with a count and the
// first of their names; each says what it rests on. They come in the order of
// budgets, pods, room, nodes, and what is not known.
func Judge(c *Cluster, q Question) []finding.Found {
	if c == nil {
		return []finding.Found{finding.New("DRAIN-014", "Cluster", "nothing was read of nodes, pods and budgets")}
	}
	x := newIndex(c, q)
	return slices.Concat(x.budgetFindings(), x.severalBudgets(), x.operators(), x.podFindings(), x.roomFindings(), x.nodeFindings(), x.unknown())
}

// roomFindings are pools with a node whose pods the others cannot take: the
// worst node of each is said.
func (x *index) roomFindings() []finding.Found {
	r := newRoom(x)
	pools, order := x.pools()
	var out []finding.Found
	for _, p := range order {
		var short []string
		var most Amounts
		worst := -1
		for _, i := range pools[p] {
			lacks := r.short(i)
			if lacks == (Amounts{}) {
				continue
			}
			short = append(short, x.c.Nodes[i].Name)
			if worst < 0 || lacks.MilliCPU+lacks.Memory>>20 > most.MilliCPU+most.Memory>>20 {
				most, worst = lacks, i
			}
		}
		if worst < 0 {
			continue
		}
		n := x.c.Nodes[worst]
		message := fmt.Sprintf("while %s is drained the other schedulable nodes lack %s", n.Name, most)
		if n.Zone != "" {
			message += " (zone " + n.Zone + ")"
		}
		slices.Sort(short)
		f := finding.New("DRAIN-011", p.object(), message, fmt.Sprintf("%d of %d nodes are short of room: %s", len(short), len(pools[p]), some(short)))
		if without := x.closed(); len(without) > 0 {
			f.Evidence = append(f.Evidence, "not counted, because cordoned, not ready or of unknown size: "+some(without))
		}
		out = append(out, f)
	}
	return out
}

// closed are the nodes that take no pods.
func (x *index) closed() []string {
	var out []string
	for i := range x.c.Nodes {
		if n := &x.c.Nodes[i]; n.closed() {
			out = append(out, n.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (p pool) object() string {
	switch {
	case p.controlPlane:
		return "Pool/control-plane"
	case p.name == "":
		return "Pool/without-name"
	}
	return "Pool/" + p.name
}

// String is what lacks, in words.
func (a Amounts) String() string {
	var parts []string
	if a.MilliCPU > 0 {
		parts = append(parts, cores(a.MilliCPU))
	}
	if a.Memory > 0 {
		parts = append(parts, mebibytes(a.Memory)+" of memory")
	}
	if a.Pods > 0 {
		parts = append(parts, fmt.Sprintf("places for %s", count(int(a.Pods), "pod")))
	}
	return joined(parts)
}

// unknown is what was not read, and what could not be counted.
func (x *index) unknown() []finding.Found {
	var out []finding.Found
	if len(x.c.Unread) > 0 {
		var lists []string
		for _, what := range x.c.Unread {
			list, _, _ := strings.Cut(what, ":")
			lists = append(lists, list)
		}
		out = append(out, finding.New("DRAIN-014", "Cluster", "not read: "+joined(lists), x.c.Unread...))
	}
	var pods, nodes []string
	for i := range x.c.Pods {
		if p := &x.c.Pods[i]; p.Unknown != "" {
			pods = append(pods, p.name()+": "+p.Unknown)
		}
	}
	for _, n := range x.c.Nodes {
		if n.Unknown != "" {
			nodes = append(nodes, n.Name+": "+n.Unknown)
		}
	}
	for _, one := range []struct {
		object, what string
		names        []string
	}{{"Pods/requests", "pod", pods}, {"Nodes/allocatable", "node", nodes}} {
		if len(one.names) == 0 {
			continue
		}
		f := finding.New("DRAIN-014", one.object, fmt.Sprintf("quantities of %s cannot be read, so the room is not known", count(len(one.names), one.what)), first(one.names)...)
		f.Remedy = "look at the quantities the message names"
		out = append(out, f)
	}
	return out
}
