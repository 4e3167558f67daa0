// Package board decides what stands on the version-skew board: of each
// component and node its version, where it is to go, whether it is legal now
// beside the others, and the one move that comes next. It never moves
// anything, reads no clock, and knows no rule of its own: those are package
// skew's. Start at [Compute].
package board

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Input is what a board is made of.
type Input struct {
	Cluster inventory.Cluster
	AsOf    time.Time
	Rules   skew.Rules
	Policy  skew.Policy
	Goal    Goal
	// Calendar of Kubernetes: it names the patch release of a hop in between.
	Calendar support.Calendar
}

// Goal says where the cluster is to go. The zero Goal is "not known".
type Goal struct {
	// Version is the target of Kubernetes.
	Version version.Version
	// Hops on the way, the target last; nil = worked out as by [skew.Path].
	Hops []version.Version
	// Moves are those of a plan, in its order.
	Moves []Move
}

// Move brings one component on one node to a version; without a node, on every
// node that runs it.
type Move struct {
	Step            string // of the plan
	Component, Node string
	To              version.Version
}

// Board is the whole answer for one cluster; its JSON form is public.
type Board struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Cluster    string  `json:"cluster"`
	AsOf       string  `json:"asOf"`  // YYYY-MM-DD
	Taken      *string `json:"taken"` // RFC 3339: when the versions were read; null = just now, or nobody wrote it down
	SkewPolicy string  `json:"skewPolicy"`
	Target     *string `json:"target"`
	Rows       []Row   `json:"rows"`
	// Legal is "no" where a component of the cluster stands where the policy
	// does not allow it, else "unknown" where one cannot be judged. Clients
	// alone (kubectl) make no cluster illegal.
	Legal string `json:"legal"`
	Next  *Next  `json:"next"`
	// Gaps are what could not be read and might hide a row.
	Gaps []Gap `json:"gaps"`
}

// Row is one running instance.
type Row struct {
	Component string  `json:"component"`
	Node      *string `json:"node"` // or host
	Current   *string `json:"current"`
	Target    *string `json:"target"`
	State     State   `json:"state"`
	// Rule is the sentence of the policy that decided, Code its finding code.
	Rule string `json:"rule"`
	Code string `json:"code"`
	Why  string `json:"why"` // "" where there is nothing to say
}

// State of a row.
type State string

const (
	Legal State = "legal"
	// LastLegal: one more minor of the API servers would make the row illegal.
	LastLegal State = "last-legal"
	Illegal   State = "illegal"
	// Done: at the target, and legal.
	Done    State = "done"
	Unknown State = "unknown"
)

// Gap is something that was asked for and not read.
type Gap struct {
	Check  string `json:"check"`
	Reason string `json:"reason"`
}

// Next is the one move that comes next.
type Next struct {
	Component string  `json:"component"`
	Node      *string `json:"node"`
	From      *string `json:"from"`
	To        *string `json:"to"` // null: its version must be read before anything moves
	Why       string  `json:"why"`
	// Stop: the cluster is in an illegal state and nothing else may move first.
	Stop bool `json:"stop"`
	// Step of the plan that says so; null without a plan.
	Step *string `json:"step"`
}

// List is the answer for several clusters.
type List struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	AsOf       string  `json:"asOf"`
	Clusters   []Board `json:"clusters"`
}

const apiVersion = "fixline.dev/v1alpha1"

// NewList joins the boards of several clusters in their order.
func NewList(asOf time.Time, boards []Board) List {
	return List{APIVersion: apiVersion, Kind: "BoardList", AsOf: asOf.Format(time.DateOnly), Clusters: append([]Board{}, boards...)}
}

// Highest is the severity of the worst row, as the finding codes have it: ""
// where every row is legal. What could not be judged is information, as in an
// assessment: Legal and Gaps say it louder.
func (b Board) Highest() finding.Severity {
	var worst finding.Severity
	for _, r := range b.Rows {
		s := finding.Severity("")
		switch r.State {
		case Illegal:
			s = finding.Lookup(r.Code).Severity
		case LastLegal, Unknown:
			s = finding.Info
		}
		if s.Rank() > worst.Rank() {
			worst = s
		}
	}
	return worst
}

// Complete reports whether the answer rests on everything it asked for.
func (b Board) Complete() bool { return b.Legal != "unknown" && len(b.Gaps) == 0 }
