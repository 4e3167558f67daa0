package assess

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// question is one advisory the run asks about, with everything about it that
// no cluster changes: a fleet repeats it ten thousand times.
type question struct {
	adv        *advisory.Advisory
	components []string // names and other names
	static     AdvisoryResult
}

func newQuestion(adv *advisory.Advisory) question {
	q := question{adv: adv, static: AdvisoryResult{
		ID: adv.ID, Summary: adv.Summary, Vector: orNull(adv.Vector), Published: day(adv.Published), FixState: string(adv.Fix),
		Disputed: adv.Disputed, Dispute: orNull(adv.Dispute), Fixed: []string{},
		Conditions: []ConditionResult{}, Mitigations: []MitigationResult{}, Sources: make([]SourceResult, 0, len(adv.Sources)),
	}}
	if adv.Vector != "" {
		q.static.Score = ptr(adv.Score)
	}
	for _, of := range adv.Affected {
		for _, name := range append([]string{of.Component}, of.Aliases...) {
			if !slices.Contains(q.components, name) {
				q.components = append(q.components, name)
			}
		}
		for _, v := range of.Fixed {
			if s := v.String(); !slices.Contains(q.static.Fixed, s) {
				q.static.Fixed = append(q.static.Fixed, s)
			}
		}
	}
	for _, s := range adv.Sources {
		q.static.Sources = append(q.static.Sources, SourceResult{s.Name, s.URL, s.Says})
	}
	return q
}

// byVersion is what a component's version alone says under one advisory, in
// words: the same in every cluster that runs it.
type byVersion struct {
	judgement        advisory.Judgement
	version, fixedIn *string
	reason, would    string
}

// open: inside a range, or not known to be outside of every one.
func (w *byVersion) open() bool {
	return w.judgement.State == advisory.InRange || w.judgement.State == advisory.Unknown
}

type versionKey struct {
	adv       *advisory.Advisory
	component string
	version   version.Version
}

// byVersion judges and words one instance's version, once per run.
func (a *Assessor) byVersion(q *question, in *inventory.Instance) *byVersion {
	key := versionKey{q.adv, in.Component, in.Version}
	cached := in.Unread == "" // why a version is unread differs by instance
	if cached {
		if got := a.memo.versions[key]; got != nil {
			return got
		}
	}
	got := q.adv.Judge(in, a)
	w := &byVersion{judgement: got, version: orNull(in.Version.String()), fixedIn: orNull(got.FixedIn.String())}
	if got.State == advisory.InRange || got.State == advisory.Unknown || a.basis.All {
		w.reason, w.would = got.Reason(), got.WouldChange()
	}
	if cached {
		a.memo.versions[key] = w
	}
	return w
}
