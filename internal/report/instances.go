package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// group is the instances of one component that run one version and share a
// verdict: one line for a reader instead of one per node.
type group struct {
	Component, Version string // Version "" = not read
	Verdict            assess.Verdict
	Nodes              []string
	FixedIn            string // "" = none known
	ReadFrom, Reason   string // of the first instance
}

// groups keeps the order in which component, version and verdict first occur.
func groups(verdicts []assess.ComponentVerdict) []group {
	type key struct {
		component, version string
		verdict            assess.Verdict
		fixed              string
	}
	at := map[key]int{}
	var out []group
	for _, v := range verdicts {
		k := key{v.Component, deref(v.Version, ""), v.Verdict, deref(v.FixedIn, "")}
		i, seen := at[k]
		if !seen {
			i = len(out)
			at[k] = i
			out = append(out, group{Component: k.component, Version: k.version, Verdict: k.verdict,
				FixedIn: k.fixed, ReadFrom: v.ReadFrom, Reason: v.Reason})
		}
		if v.Node != nil {
			out[i].Nodes = append(out[i].Nodes, *v.Node)
		}
	}
	return out
}

// String is "kubelet 1.34.2 on w1, w2 and 14 more".
func (g group) String() string {
	s := oneLine(g.Component) + " "
	if g.Version == "" {
		s += "(version not read)"
	} else {
		s += oneLine(g.Version)
	}
	if len(g.Nodes) > 0 {
		s += " on " + nodeList(g.Nodes)
	}
	return s
}

// nodesShown is how many nodes a sentence names before it counts the rest.
const nodesShown = 3

// nodeList names the first nodes and counts the others; it never writes
// "and 1 more" where the name is as short.
func nodeList(nodes []string) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = oneLine(n)
	}
	if len(names) <= nodesShown {
		return strings.Join(names, ", ")
	}
	shown := nodesShown - 1
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// groupsShown caps the groups of one cell; a fleet in the middle of an upgrade
// can have many.
const groupsShown = 4

// concerned are the groups an advisory is about: those that are not affected
// are left out where others are, and components that run the same version on
// the same nodes are one.
func concerned(a assess.AdvisoryResult) []group {
	all := groups(a.Components)
	in := slices.DeleteFunc(slices.Clone(all), func(g group) bool { return g.Verdict == assess.NotAffected })
	if len(in) == 0 {
		in = all
	}
	var out []group
	for _, g := range in {
		i := slices.IndexFunc(out, func(o group) bool { return o.Version == g.Version && slices.Equal(o.Nodes, g.Nodes) })
		if i < 0 {
			out = append(out, g)
		} else if !slices.Contains(strings.Split(out[i].Component, ", "), g.Component) {
			out[i].Component += ", " + g.Component
		}
	}
	return out
}

// whatRuns says which instances an advisory concerns.
func whatRuns(a assess.AdvisoryResult) string {
	var texts []string
	all := concerned(a)
	for i, g := range all {
		if i == groupsShown && len(all) > groupsShown+1 {
			texts = append(texts, fmt.Sprintf("and %d more groups", len(all)-i))
			break
		}
		texts = append(texts, g.String())
	}
	return strings.Join(texts, "; ")
}
