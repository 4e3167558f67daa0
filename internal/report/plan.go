package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// PlanFormats are the forms of a plan. JSON and YAML are the plan's file
// itself, which its own package writes.
func PlanFormats() []Format { return []Format{Text, JSON, YAML, Markdown, HTML} }

// PlanNotes is what the command knows beside the plan.
type PlanNotes struct {
	Gaps []string // what could not be read, and may change the plan
	Next []string // commands to run next
	// Held says which freeze or maintenance window keeps the change waiting, until
	// when, and what would override it; "" = none does.
	Held string
	// Brief leaves out of the text what only who carries the plan out needs: steps
	// after the first ones, and of findings all but the blockers, by code.
	Brief bool
	// Carried is what an earlier record left open; it comes first.
	Carried []string
	// Rows explain the plan's readiness, in its order; "" where nothing is to say.
	Rows []string
}

// WritePlan writes p for people: as text, Markdown or HTML. After an error w may
// hold a part of it.
func WritePlan(w io.Writer, f Format, p *plan.Plan, notes PlanNotes, o Options) error {
	render := map[Format]func(*bufio.Writer, planView, Options) error{Text: planText, Markdown: planMarkdown, HTML: planHTML}[f]
	if render == nil {
		return fmt.Errorf("a plan has no form %q here", f)
	}
	if o.Title == "" {
		o.Title = "Fixline plan"
	}
	out := bufio.NewWriterSize(w, 64<<10)
	err := render(out, shown(p, notes), o.withDefaults())
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("writing the %s plan: %w", f, err)
	}
	return nil
}

// planView is a plan as people read it.
type planView struct {
	*plan.Plan

	PlanNotes
}

// shown is p with what acts on a terminal made visible, without the start, which
// no form for people shows. The steps are as they were: there may be a hundred
// thousand, and [planView.HopList] makes the few lines of them visible.
func shown(p *plan.Plan, notes PlanNotes) planView {
	out := *p
	out.Start = inventory.Cluster{}
	for _, text := range []*string{&out.Cluster, &out.Hash, &out.AsOf, &out.CatalogDate, &out.SkewPolicy, &out.From, &out.Target} {
		*text = Visible(*text)
	}
	out.Strategy, out.Hops = plan.Strategy(Visible(string(p.Strategy))), visibles(p.Hops)
	out.Exposure = slices.Clone(p.Exposure)
	for i := range out.Exposure { // advisories may come from a file of the user's
		out.Exposure[i].Advisory = Visible(out.Exposure[i].Advisory)
	}
	out.Readiness = slices.Clone(p.Readiness)
	for i := range out.Readiness {
		out.Readiness[i].Row, out.Readiness[i].Age = Visible(out.Readiness[i].Row), Visible(out.Readiness[i].Age)
	}
	out.Findings = make([]plan.Finding, len(p.Findings))
	for i, f := range p.Findings {
		f.Code, f.Severity = Visible(f.Code), Visible(f.Severity)
		f.Object, f.Message, f.Remedy, f.Evidence = Visible(f.Object), Visible(f.Message), Visible(f.Remedy), visibles(f.Evidence)
		out.Findings[i] = f
	}
	return planView{&out, PlanNotes{Gaps: visibles(notes.Gaps), Next: visibles(notes.Next), Held: Visible(notes.Held), Brief: notes.Brief, Carried: visibles(notes.Carried), Rows: visibles(notes.Rows)}}
}

func visibles(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = Visible(s)
	}
	return out
}

// Total is the estimate of the whole plan, in minutes.
func (v planView) Total() float64 {
	total := 0.0
	for i := range v.Steps {
		total += v.Steps[i].Minutes
	}
	return total
}

// Status is the answer in a word.
func (v planView) Status() (string, tone) {
	state := func(s string) bool {
		return slices.ContainsFunc(v.Readiness, func(r plan.Readiness) bool { return r.State == s })
	}
	switch {
	case len(v.Steps) == 0:
		return "NOTHING TO DO", good
	case state("fail") || v.Worst() == finding.Blocker:
		return "NOT READY", bad
	case state("unknown"):
		return "NOT READY YET", warn
	}
	return "READY", good
}

// Worst is the highest severity of the plan's findings, "" without any.
func (v planView) Worst() finding.Severity {
	worst := finding.Severity("")
	for _, f := range v.Findings {
		if s := finding.Severity(f.Severity); s.Rank() > worst.Rank() {
			worst = s
		}
	}
	return worst
}

// Answer is the plan in one sentence.
func (v planView) Answer() string {
	if len(v.Steps) == 0 {
		return fmt.Sprintf("cluster %s is at %s already", v.Cluster, v.Target)
	}
	way := ""
	if len(v.Hops) > 1 {
		way = " by way of " + strings.Join(v.Hops[:len(v.Hops)-1], ", ")
	}
	return fmt.Sprintf("cluster %s from %s to %s%s: %d steps, about %s, strategy %s", v.Cluster, v.From, v.Target, way, len(v.Steps), Duration(v.Total()), v.Strategy)
}

// Duration is minutes in words: "3 h 10 min".
func Duration(minutes float64) string {
	m := int(math.Ceil(minutes))
	switch {
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m%60 == 0 && m < 48*60:
		return fmt.Sprintf("%d h", m/60)
	case m >= 48*60 && m%(24*60) < 60:
		return fmt.Sprintf("%d days", m/(24*60))
	case m >= 48*60:
		return fmt.Sprintf("%d days %d h", m/(24*60), m%(24*60)/60)
	}
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// Strategies are those the exposure was computed for, steady first.
func (v planView) StrategyNames() []string {
	var out []string
	for _, name := range []string{string(plan.Steady), string(plan.Fast)} {
		if slices.ContainsFunc(v.Exposure, func(e plan.Exposure) bool { _, ok := e.Strategies[name]; return ok }) {
			out = append(out, name)
		}
	}
	return out
}

// Why explains row i of the readiness.
func (v planView) Why(i int) string {
	if i < len(v.Rows) {
		return v.Rows[i]
	}
	return ""
}

// minutes is an estimate for a table: whole node-minutes.
func minutes(n float64) string { return fmt.Sprintf("%.0f", n) }

// stateOf colours a row of the readiness.
func stateOf(state string) tone {
	switch state {
	case "pass":
		return good
	case "fail":
		return bad
	}
	return warn
}
