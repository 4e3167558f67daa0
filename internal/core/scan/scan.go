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
	From     version.Minor            // that the cluster runs now; zero: not known, as of manifests alone
	Products map[string]version.Minor // targets of add-ons, by product
	Table    *removal.Table
	Counts   Counts
	Gaps     []Gap
	Accepted []policy.Acceptance
	// Broken is what the upgrade would break of the cluster itself, as package
	// compat judged it.
	Broken []finding.Found

	uses    []removal.Use // on which a verdict may depend
	judged  map[removal.GVK]removal.Judgement
	foreign map[string]int // objects by apiVersion that no rule speaks of
	unknown int            // objects of a release the table does not reach
}

// Add takes in where an API version was seen. Table, Target and Products must
// be set before. Of manifests and releases whose version is simply served, on which no
// verdict depends, nothing is kept: there may be hundreds of thousands.
func (b *Basis) Add(u removal.Use) {
	if b.judged == nil {
		b.judged, b.foreign = map[removal.GVK]removal.Judgement{}, map[string]int{}
	}
	j, ok := b.judged[u.GVK]
	if !ok {
		j = b.Table.Judge(u.GVK, b.Move())
		b.judged[u.GVK] = j
	}
	beyond := b.Target.Minor().Compare(b.Table.Through(removal.Kubernetes)) > 0
	written := u.Source == removal.File || u.Source == removal.Helm
	switch {
	case written && j.State == removal.Foreign:
		b.foreign[u.APIVersion()]++
	case written && j.State == removal.Served && !j.Life.OffByDefault:
	case beyond && j.State == removal.Unknown && (j.Life.Kind == "" || j.Life.Product == removal.Kubernetes):
		b.unknown++
	default:
		b.uses = append(b.uses, u)
	}
}

// Move is the upgrade that is judged.
func (b *Basis) Move() removal.Move {
	move := removal.Move{From: b.From, Target: b.Target.Minor(), Products: map[string]removal.Move{}}
	for product, target := range b.Products {
		move.Products[product] = removal.Move{Target: target}
	}
	return move
}

// Judge makes the answer of what was added. Findings come as removal.Join orders them: worst
// first, then by object, file and line.
func Judge(b *Basis) Result {
	r := Result{
		APIVersion: "fixline.dev/v1alpha1", Kind: "Scan", AsOf: b.AsOf.Format(time.DateOnly), Target: b.Target.String(),
		Table:    Table{Date: b.Table.Date().Format(time.DateOnly), Through: b.Table.Through(removal.Kubernetes).String()},
		Findings: []Finding{}, Counts: b.Counts, Coverage: Coverage{Gaps: append([]Gap{}, b.Gaps...)},
	}
	r.Coverage.Gaps = append(r.Coverage.Gaps, b.unjudged()...)
	made := drafts{}
	verdicts := removal.Join(b.Table, b.Move(), b.uses)
	r.Findings = slices.Grow(r.Findings, len(verdicts)+len(b.Broken))
	for _, v := range verdicts {
		r.Findings = append(r.Findings, b.accepted(made.finding(v))...)
	}
	for _, f := range b.Broken {
		r.Findings = append(r.Findings, b.accepted(broken(f))...)
	}
	worstFirst := func(x, y Finding) int {
		return cmp.Compare(finding.Severity(y.Severity).Rank(), finding.Severity(x.Severity).Rank())
	}
	if !slices.IsSortedFunc(r.Findings, worstFirst) { // most often it is, and ten thousand findings are slow to move
		slices.SortStableFunc(r.Findings, worstFirst)
	}
	r.Coverage.Complete = !slices.ContainsFunc(r.Coverage.Gaps, func(g Gap) bool { return g.Required })
	return r
}

// unjudged are the gaps of what nothing is known of.
func (b *Basis) unjudged() []Gap {
	var gaps []Gap
	if b.unknown > 0 {
		gaps = append(gaps, Gap{Check: "API versions of Kubernetes " + b.Target.Minor().String(), Required: true,
			Reason: fmt.Sprintf("the table was made from releases through %s: what becomes of %d objects is not known", b.Table.Through(removal.Kubernetes), b.unknown)})
	}
	for _, api := range sortedKeys(b.foreign) {
		gaps = append(gaps, Gap{Check: "custom resources of " + api, Reason: fmt.Sprintf("no rule speaks of it (%s); a rule file can", plural(b.foreign[api], "object"))})
	}
	return gaps
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

// drafts are findings without what differs between the objects of one API
// version: there may be tens of thousands of these.
type drafts map[*removal.Judgement]Finding

func (d drafts) of(j *removal.Judgement, k removal.GVK) Finding {
	f, ok := d[j]
	if ok {
		return f
	}
	f = Finding{ObjectAPI: Text(k.APIVersion()), ObjectKind: Text(k.Kind), DeprecatedIn: minor(j.Life.Deprecated), RemovedIn: minor(j.Life.Removed),
		AlsoSeenIn: []string{}, Reason: j.Reason, Evidence: []string{}, Changes: []Change{}, ChangesKnown: j.ChangesKnown}
	if why := j.ByHand(); why != "" {
		f.NoPatch = &why
	}
	if to := j.Replacement; !to.Zero() {
		text := to.APIVersion()
		if to.Kind != j.Life.Kind {
			text = to.String()
		}
		f.Replacement = &text
	}
	for _, c := range j.Changes {
		f.Changes = append(f.Changes, Change{Field: orNull(c.Field), Kind: c.Kind, Text: c.Text, Source: c.Source})
	}
	d[j] = f
	return f
}

func (d drafts) finding(v removal.Verdict) Finding {
	u, f := v.Use, d.of(v.Judgement, v.Use.GVK)
	f.Code, f.Severity, f.Object, f.Source, f.Message, f.Remedy = v.Code, string(v.Severity), v.Object, string(u.Source), v.Message, v.Advice
	if u.Source == removal.File {
		f.File, f.Line, f.Column, f.Document = &u.File, &u.Line, &u.Column, &u.Document
		if f.NoPatch == nil {
			f.Patch = &Patch{u.Line, u.Column, string(f.ObjectAPI), v.Judgement.Replacement.APIVersion()}
		}
	} else {
		f.NoPatch = nil
		if u.Where != "" {
			f.Object = u.Where
		}
	}
	if seen := v.AlsoSeenIn(); len(seen) > 0 {
		f.AlsoSeenIn = make([]string, len(seen))
		for i, s := range seen {
			f.AlsoSeenIn[i] = string(s)
		}
	}
	return f
}

// Cluster is the source of what concerns a cluster itself.
const Cluster = "cluster"

// broken is the finding of something else that the upgrade would break.
func broken(f finding.Found) Finding {
	return Finding{Code: f.Code, Severity: string(f.Severity), Object: f.Object, Source: Cluster, AlsoSeenIn: []string{},
		Message: f.Message, Reason: finding.Lookup(f.Code).Title, Remedy: f.Remedy, Evidence: append([]string{}, f.Evidence...), Changes: []Change{}}
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
func (b *Basis) accepted(f Finding) []Finding {
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
			f.leave("the finding is accepted")
			return []Finding{f}
		case len(out) == 1:
			expired := f
			code := finding.Lookup("IGNORE-001")
			expired.Code, expired.Severity, expired.Remedy = code.Code, string(code.Severity), code.Remedy
			expired.Message = fmt.Sprintf("the acceptance of %s by %s expired on %s", f.Code, e.Owner, e.Expires.Format(time.DateOnly))
			expired.Reason = code.Title
			expired.leave("the finding it is about has it, if there is one")
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
