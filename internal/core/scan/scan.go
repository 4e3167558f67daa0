// Package scan makes of what was found in manifests, and of a cluster, the one
// answer of `fixline scan`: which objects use an API version that the target
// does not simply serve, which of them a named person accepted, and what the
// answer could not see. What an API version means is package removal's; it
// reads nothing itself. Start at [Judge].
package scan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Basis is what an answer is made from.
type Basis struct {
	AsOf     time.Time
	Target   version.Version
	Products map[string]version.Minor // targets of add-ons, by product
	Table    *removal.Table
	Uses     []removal.Use
	Counts   Counts
	Gaps     []Gap
	Accepted []policy.Acceptance
}

// Judge makes the answer. Findings come as removal.Join orders them: worst
// first, then by object, file and line.
func Judge(b Basis) Result {
	move := removal.Move{Target: b.Target.Minor(), Products: map[string]removal.Move{}}
	for product, target := range b.Products {
		move.Products[product] = removal.Move{Target: target}
	}
	r := Result{
		APIVersion: "fixline.dev/v1alpha1", Kind: "Scan", AsOf: b.AsOf.Format(time.DateOnly), Target: b.Target.String(),
		Table:    Table{Date: b.Table.Date().Format(time.DateOnly), Through: b.Table.Through(removal.Kubernetes).String()},
		Findings: []Finding{}, Counts: b.Counts, Coverage: Coverage{Gaps: append([]Gap{}, b.Gaps...)},
	}
	uses, gaps := relevant(b.Table, move, b.Uses)
	r.Coverage.Gaps = append(r.Coverage.Gaps, gaps...)
	for _, v := range removal.Join(b.Table, move, uses) {
		r.Findings = append(r.Findings, b.accepted(findingOf(v))...)
	}
	slices.SortStableFunc(r.Findings, func(x, y Finding) int {
		return cmp.Compare(finding.Severity(y.Severity).Rank(), finding.Severity(x.Severity).Rank())
	})
	r.Coverage.Complete = !slices.ContainsFunc(r.Coverage.Gaps, func(g Gap) bool { return g.Required })
	return r
}

// relevant leaves out what no verdict depends on: manifests in versions that
// are simply served. What nothing is known of becomes a gap.
func relevant(t *removal.Table, move removal.Move, uses []removal.Use) ([]removal.Use, []Gap) {
	beyond := move.Target.Compare(t.Through(removal.Kubernetes)) > 0
	judged := map[removal.GVK]removal.Judgement{}
	foreign, unknown := map[string]int{}, 0
	var out []removal.Use
	for _, u := range uses {
		j, ok := judged[u.GVK]
		if !ok {
			j = t.Judge(u.GVK, move)
			judged[u.GVK] = j
		}
		switch {
		case u.Source == removal.File && j.State == removal.Foreign:
			foreign[u.APIVersion()]++
		case u.Source == removal.File && j.State == removal.Served && !j.Life.OffByDefault:
		case beyond && j.State == removal.Unknown && (j.Life.Kind == "" || j.Life.Product == removal.Kubernetes):
			unknown++
		default:
			out = append(out, u)
		}
	}
	var gaps []Gap
	if unknown > 0 {
		gaps = append(gaps, Gap{Check: "API versions of Kubernetes " + move.Target.String(), Required: true,
			Reason: fmt.Sprintf("the table was made from releases through %s: what becomes of %d objects is not known", t.Through(removal.Kubernetes), unknown)})
	}
	for _, api := range sortedKeys(foreign) {
		gaps = append(gaps, Gap{Check: "custom resources of " + api, Reason: fmt.Sprintf("no rule speaks of it (%s); a rule file can", plural(foreign[api], "object"))})
	}
	return out, gaps
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func findingOf(v removal.Verdict) Finding {
	j, u := v.Judgement, v.Use
	f := Finding{Code: v.Code, Severity: string(v.Severity), Object: v.Object, ObjectAPI: u.APIVersion(), ObjectKind: u.Kind,
		DeprecatedIn: minor(j.Life.Deprecated), RemovedIn: minor(j.Life.Removed), Source: string(u.Source), AlsoSeenIn: []string{},
		Message: v.Message, Reason: j.Reason, Remedy: finding.Lookup(v.Code).Remedy,
		Changes: []Change{}, ChangesKnown: j.ChangesKnown}
	if u.Source == removal.File {
		f.File, f.Line, f.Column, f.Document = &u.File, &u.Line, &u.Column, &u.Document
	} else if u.Where != "" {
		f.Object = u.Where
	}
	if to := j.Replacement; !to.Zero() {
		text := to.APIVersion()
		if to.Kind != j.Life.Kind {
			text = to.String()
		}
		f.Replacement = &text
	}
	for _, s := range v.AlsoSeenIn() {
		f.AlsoSeenIn = append(f.AlsoSeenIn, string(s))
	}
	for _, c := range j.Changes {
		f.Changes = append(f.Changes, Change{Field: orNull(c.Field), Kind: c.Kind, Text: c.Text, Source: c.Source})
	}
	return f
}

func minor(m version.Minor) *string {
	if m == (version.Minor{}) {
		return nil
	}
	text := m.String()
	return &text
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// accepted is f as the ignore file leaves it. Where the acceptance has run out,
// that is a finding of its own.
func (b Basis) accepted(f Finding) []Finding {
	file := ""
	if f.File != nil {
		file = *f.File
	}
	out := []Finding{f}
	for _, e := range b.Accepted {
		switch {
		case !e.Covers(f.Code, f.Object, file):
		case !b.AsOf.After(e.Expires):
			f.Accepted = &Accepted{e.Owner, e.Reason, e.Expires.Format(time.DateOnly)}
			f.Severity = string(finding.Info)
			return []Finding{f}
		case len(out) == 1:
			expired := f
			code := finding.Lookup("IGNORE-001")
			expired.Code, expired.Severity, expired.Remedy = code.Code, string(code.Severity), code.Remedy
			expired.Message = fmt.Sprintf("the acceptance of %s by %s expired on %s", f.Code, e.Owner, e.Expires.Format(time.DateOnly))
			expired.Reason = code.Title
			out = append(out, expired)
		}
	}
	return out
}

// Highest is the highest severity of all findings, "none" where there is none.
func (r Result) Highest() string {
	highest := "none"
	for _, f := range r.Findings {
		if finding.Severity(f.Severity).Rank() > finding.Severity(highest).Rank() {
			highest = f.Severity
		}
	}
	return highest
}

// Unused are the entries of an ignore file that cover no finding of r.
func (r Result) Unused(entries []policy.Acceptance) []policy.Acceptance {
	var out []policy.Acceptance
	for _, e := range entries {
		if e.Finding != "" && !slices.ContainsFunc(r.Findings, func(f Finding) bool {
			file := ""
			if f.File != nil {
				file = *f.File
			}
			return e.Covers(f.Code, f.Object, file)
		}) {
			out = append(out, e)
		}
	}
	return out
}
