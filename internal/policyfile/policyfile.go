// Package policyfile reads what a team decided: the policy file with its
// deadlines and the rules of a change, and the ignore files with the risks a
// named person accepted. It decides what is well-formed there; what a deadline or an
// acceptance does to a judgement is package policy's. Start at [ReadPolicy].
package policyfile

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

// APIVersion of the files this package reads.
const APIVersion = "fixline.dev/v1alpha1"

//go:embed policy.yaml
var defaultPolicy string

// DefaultText is the embedded policy file, with its comments: what a team
// copies and changes.
func DefaultText() string { return defaultPolicy }

// DefaultPolicy is the embedded policy file as a value. An error means that
// the program was built from a broken file.
func DefaultPolicy() (policy.Policy, error) {
	return ReadPolicy(strings.NewReader(defaultPolicy), "the embedded policy.yaml")
}

// limits: both files are pages, not data sets.
func limits() strict.Limits { return strict.Limits{Bytes: 1 << 20} }

// maxDays bounds every number of days: ten years is no deadline any more.
const maxDays = 3650

// LoadPolicy reads the policy file at path.
func LoadPolicy(path string) (policy.Policy, error) {
	f, err := strict.Open(path, limits())
	if err != nil {
		return policy.Policy{}, err
	}
	p, err := ReadPolicy(f, path)
	_ = f.Close() // only read from
	return p, err
}

// ReadPolicy reads a policy; what it leaves out keeps the default's value.
// file names the input in errors, which are [strict.Errors].
func ReadPolicy(r io.Reader, file string) (policy.Policy, error) {
	return strict.One(r, file, limits(), readPolicy)
}

func readPolicy(n *strict.Node) policy.Policy {
	p := policy.Default()
	if !header(n, "Policy") {
		return p
	}
	n.Fields("apiVersion", "kind", "deadlines", "noVectorDays", "reachableInProduction", "notReachable", "supportMarginDays", "staleAfterDays",
		"signers", "waivers", "freezes", "maintenance", "rehearsal", "maxAge", "rollback", "emergency", "kubeadm")
	if n.Has("deadlines") {
		p.Deadlines = deadlines(n.Get("deadlines"))
	}
	days(n.Get("noVectorDays"), &p.NoVectorDays)
	days(n.Get("supportMarginDays"), &p.SupportMarginDays)
	days(n.Get("staleAfterDays"), &p.StaleAfterDays)
	factor(n.Get("reachableInProduction"), &p.ReachableProductionFactor, 0, 1, "it shortens a deadline")
	factor(n.Get("notReachable"), &p.NotReachableFactor, 1, 100, "it lengthens a deadline")
	rules(n, &p)
	return p
}

// header checks what an object is before it is read as fields.
func header(n *strict.Node, want string) bool {
	if n.Kind() != strict.Map {
		n.Report("expected a map", fmt.Sprintf("begin with apiVersion: %s and kind: %s", APIVersion, want))
		return false
	}
	apiVersion, kind := n.Get("apiVersion"), n.Get("kind")
	if got := kind.Text(); got != want {
		kind.Report(fmt.Sprintf("%q is not of kind %s", got, want), "write kind: "+want)
		return false
	}
	if got := apiVersion.Text(); got != APIVersion {
		apiVersion.Report(fmt.Sprintf("%q is not understood", got), "write apiVersion: "+APIVersion)
		return false
	}
	return true
}

// deadlines must fall with the score and reach down to 0, so that every
// advisory has one.
func deadlines(n *strict.Node) []policy.Deadline {
	var out []policy.Deadline
	for _, item := range n.Items() {
		item.Fields("score", "days")
		d := policy.Deadline{}
		score, ok := item.Get("score").Float()
		switch {
		case !ok && !n.Failed():
			item.Get("score").Report("is required", "a CVSS base score from 0 to 10")
		case ok && (score < 0 || score > 10):
			item.Get("score").Reportf("%v is no CVSS base score: 0 to 10", score)
		case ok && len(out) > 0 && score >= out[len(out)-1].MinScore:
			item.Get("score").Report(fmt.Sprintf("%v does not fall: the line before has %v", score, out[len(out)-1].MinScore), "list the highest score first")
		}
		d.MinScore, d.Days = score, -1
		days(item.Get("days"), &d.Days)
		if d.Days < 0 && !n.Failed() {
			item.Get("days").Report("is required", "a number of days")
		}
		out = append(out, d)
	}
	if !n.Failed() && (len(out) == 0 || out[len(out)-1].MinScore != 0) {
		n.Report("the last line must have score 0, so that every advisory has a deadline", "add - {score: 0, days: 90}")
	}
	return out
}

func days(n *strict.Node, into *int) {
	value, ok := n.Int()
	switch {
	case !ok:
	case value < 0 || value > maxDays:
		n.Reportf("%d is no number of days: 0 to %d", value, maxDays)
	default:
		*into = value
	}
}

func factor(n *strict.Node, into *float64, low, high float64, why string) {
	value, ok := n.Float()
	switch {
	case !ok:
	case value < low || value > high || value == 0:
		n.Reportf("%v is out of range: above %v and up to %v, for %s", value, low, high, why)
	default:
		*into = value
	}
}
