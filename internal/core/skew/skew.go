// Package skew decides whether the versions running next to each other in one
// cluster are a combination the version-skew policy allows, and which minors
// an upgrade must pass through. The rules come in as values with their source;
// the package never looks at support dates except to pick the patch of a hop,
// and never moves anything. Start at [Check].
package skew

import "github.com/fixline-dev/fixline/internal/core/version"

// Policy names how strictly kubelets and kube-proxies are held.
type Policy string

const (
	// Upstream is the project's own policy.
	Upstream Policy = "upstream"
	// Conservative holds kubelets and kube-proxies to two minors.
	Conservative Policy = "conservative"
)

// Rules is the version-skew policy as data.
type Rules struct {
	URL   string // of the policy page
	Date  string // YYYY-MM-DD the page was read
	Rules []Rule
	Steps []Step
}

// Rule bounds how far Component may be from Against, in minors.
type Rule struct {
	Code      string // finding code, SKEW-002
	Component string
	// Against is kube-apiserver, kubelet or Component itself (its peers).
	Against string
	// SameNode: only the instance of Against on the same node counts.
	SameNode           bool
	MaxNewer, MaxOlder int
	// Below holds instead where the component itself is below a minor.
	Below *Exception
	// Conservative is MaxOlder under the conservative policy; nil = the same.
	Conservative *int
	// Client: the component is a client and never holds a hop up.
	Client bool
	URL    string
}

// Exception replaces the bounds of a rule for instances below Minor.
type Exception struct {
	Minor              version.Minor
	MaxNewer, MaxOlder int
}

// Step bounds how many minors a component may move up at once.
type Step struct {
	Code      string
	Component string
	MaxMinors int
	URL       string
}

// State of one row.
type State string

const (
	Legal State = "legal"
	// LastLegal: legal, but one more minor of the API servers would make it
	// illegal; this instance must move first.
	LastLegal State = "last-legal"
	Illegal   State = "illegal"
	Unknown   State = "unknown"
)

// Row is one instance judged under one rule.
type Row struct {
	Code      string
	Component string
	Against   string // what the rule compares it with
	Node      string // or host
	Version   version.Version
	State     State
	// Rule is the policy as a sentence with the numbers that hold here, e.g.
	// "kubelet must not be newer than kube-apiserver and at most 3 minors older".
	Rule   string
	Why    string // one sentence: what makes it illegal, last-legal or unknown; "" when legal
	Client bool
}

// severity orders states from best to worst.
func (s State) severity() int {
	switch s {
	case LastLegal:
		return 1
	case Unknown:
		return 2
	case Illegal:
		return 3
	}
	return 0
}

// Worst folds rows to one per instance, the worst of each, in the order in
// which the instances first appear.
func Worst(rows []Row) []Row {
	type key struct{ component, node, version string }
	at := map[key]int{}
	out := []Row{}
	for _, r := range rows {
		k := key{r.Component, r.Node, r.Version.String()}
		i, seen := at[k]
		if !seen {
			at[k] = len(out)
			out = append(out, r)
		} else if r.State.severity() > out[i].State.severity() {
			out[i] = r
		}
	}
	return out
}
