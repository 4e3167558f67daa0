package report

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// advisories is the table of verdicts, then what each rests on.
func (p *printer) advisories(c assess.ClusterResult) {
	shown := sortedAdvisories(c, p.o.All)
	p.section("ADVISORIES")
	if len(shown) == 0 {
		p.wrap(2, "No known advisory is in range for what was read.")
		return
	}
	p.wrap(2, verdictCounts(c)+".")
	p.line(0, "")
	t := layout.Table{Heads: []string{"ID", "SCORE", "VERDICT", "WHERE", "FIXED IN"}, Flexible: []int{3, 4}}
	for _, a := range shown {
		t.Rows = append(t.Rows, []layout.Cell{{Text: a.ID}, {Text: scoreText(a)},
			{Text: string(a.Verdict), Style: p.paint(verdictTone(a.Verdict))}, {Text: whatRuns(a)}, {Text: fixedText(a)}})
	}
	p.table(2, t)
	for _, same := range sameReason(shown) {
		p.line(0, "")
		p.advisory(same)
	}
}

func verdictCounts(c assess.ClusterResult) string {
	n := countVerdicts(c)
	words := []struct {
		verdict assess.Verdict
		text    string
	}{{assess.Affected, "affected"}, {assess.Unknown, "unknown"}, {assess.MitigateOnly, "fixed by no version"},
		{assess.NotReachable, "in range but not reachable"}, {assess.NotAffected, "not affected"}}
	var parts []string
	for _, w := range words {
		if n[w.verdict] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[w.verdict], w.text))
		}
	}
	return strings.Join(parts, ", ")
}

// sameReason puts advisories together that say nothing but the same reason: a
// vendor build makes dozens unknown for one cause, to be read once.
func sameReason(advisories []assess.AdvisoryResult) [][]assess.AdvisoryResult {
	type key struct {
		verdict assess.Verdict
		reason  string
		change  string
	}
	at := map[key]int{}
	var out [][]assess.AdvisoryResult
	for _, a := range advisories {
		plain := len(worthSaying(a)) == 0 && !a.Disputed && a.Accepted == nil
		k := key{a.Verdict, a.Reason, deref(a.WouldChange, "")}
		if i, seen := at[k]; seen && plain {
			out[i] = append(out[i], a)
			continue
		}
		if plain {
			at[k] = len(out)
		}
		out = append(out, []assess.AdvisoryResult{a})
	}
	return out
}

// idsShown caps the advisories named before one shared reason; the table above
// has them all.
const idsShown = 12

func (p *printer) advisory(same []assess.AdvisoryResult) {
	a := same[0]
	ids := make([]string, 0, len(same))
	for _, s := range same {
		ids = append(ids, s.ID)
	}
	if len(ids) > idsShown {
		ids = append(ids[:idsShown], fmt.Sprintf("and %d more", len(same)-idsShown))
	}
	if len(same) == 1 {
		p.hang(2, a.ID+"  ", a.Summary)
	} else {
		p.wrap(2, strings.Join(ids, ", "))
	}
	p.detail(string(a.Verdict), a.Reason)
	if text := acceptedText(a); text != "" {
		p.detail("accepted", text)
	}
	if a.WouldChange != nil {
		p.detail("would change", *a.WouldChange)
	}
	for _, s := range worthSaying(a) {
		p.state(s)
	}
	if a.Disputed {
		p.detail("disputed", disputeText(a))
	}
}

// labelWidth fits "not-reachable" and "would change".
const labelWidth = 15

func (p *printer) detail(label, text string) {
	p.hang(4, layout.Pad(label, labelWidth), text)
}

func stateWord(state string) string { return strings.ReplaceAll(state, "-", " ") }

// statement is a condition or a mitigation with its state.
type statement struct {
	label, state, text, seen, apply string
}

// worthSaying are the conditions and mitigations a person reads here. Where
// the version itself is not decided, what the cluster cannot tell either adds
// nothing; json and html have it all.
func worthSaying(a assess.AdvisoryResult) []statement {
	var out []statement
	add := func(s statement) {
		if a.Verdict != assess.Unknown || s.state != "unknown" {
			out = append(out, s)
		}
	}
	for _, c := range a.Conditions {
		add(statement{"condition", c.State, c.Text, c.Evidence, ""})
	}
	for _, m := range a.Mitigations {
		s := statement{"mitigation", m.State, m.Text, m.Evidence, ""}
		if m.Apply != nil && m.State != "in-place" {
			s.apply = *m.Apply
		}
		add(s)
	}
	return out
}

// seenInline is the longest evidence that stands beside the state.
const seenInline = 40

// state puts the state first, where the eye looks for it.
func (p *printer) state(s statement) {
	word := strings.ToUpper(stateWord(s.state))
	if s.seen != "" && len(s.seen) <= seenInline {
		p.detail(s.label, word+" ("+s.seen+"): "+s.text)
	} else {
		p.detail(s.label, word+": "+s.text)
		if s.seen != "" {
			p.hang(4+labelWidth, "seen: ", s.seen)
		}
	}
	if s.apply != "" {
		p.apply(s.apply)
	}
}

func disputeText(a assess.AdvisoryResult) string {
	text := deref(a.Dispute, "the sources disagree")
	for _, s := range a.Sources {
		if s.Says != "" {
			text += fmt.Sprintf("; %s says: %s", s.Name, s.Says)
		}
	}
	return text
}

// applyShown is how many lines of a manifest text shows.
const applyShown = 8

// apply shows a command or manifest line by line, to be copied; never wrapped,
// because a wrapped one is another one. An instruction in words is wrapped.
func (p *printer) apply(command string) {
	lines := strings.Split(strings.TrimRight(command, "\n"), "\n")
	if len(lines) == 1 && !strings.HasPrefix(command, "kube") {
		p.wrap(4+labelWidth, command)
		return
	}
	whole := len(lines) <= applyShown
	if !whole {
		lines = lines[:applyShown-1]
	}
	indent := 4 + labelWidth
	for _, l := range lines {
		fit := layout.Fit(strings.TrimRight(l, " "), p.o.Width-indent)
		whole = whole && fit == strings.TrimRight(l, " ")
		p.line(indent, fit)
	}
	if !whole {
		p.styled(indent, muted, "… `-o json` shows it whole")
	}
}
