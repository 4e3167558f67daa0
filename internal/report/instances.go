package report

import (
	"fmt"
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

// whatRuns says which instances an advisory concerns. Instances that are not
// affected are left out where others are.
func whatRuns(a assess.AdvisoryResult) string {
	all := groups(a.Components)
	var concerned []group
	for _, g := range all {
		if g.Verdict != assess.NotAffected {
			concerned = append(concerned, g)
		}
	}
	if len(concerned) == 0 {
		concerned = all
	}
	var texts []string
	for i, g := range concerned {
		if i == groupsShown && len(concerned) > groupsShown+1 {
			texts = append(texts, fmt.Sprintf("and %d more groups", len(concerned)-i))
			break
		}
		texts = append(texts, g.String())
	}
	return strings.Join(texts, "; ")
}
