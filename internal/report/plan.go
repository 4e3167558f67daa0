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

// shown is p with what acts on a terminal made visible, without what no form
// for people shows: the start and the states.
func shown(p *plan.Plan, notes PlanNotes) planView {
	out := *p
	out.Start = inventory.Cluster{}
	out.Cluster, out.Hash = Visible(p.Cluster), Visible(p.Hash)
	out.Steps = make([]plan.Step, len(p.Steps))
	for i, s := range p.Steps {
		s.ID, s.Node, s.Say, s.Commands, s.State = Visible(s.ID), Visible(s.Node), Visible(s.Say), visibles(s.Commands), plan.State{}
		out.Steps[i] = s
	}
	out.Findings = make([]plan.Finding, len(p.Findings))
	for i, f := range p.Findings {
		f.Object, f.Message, f.Remedy, f.Evidence = Visible(f.Object), Visible(f.Message), Visible(f.Remedy), visibles(f.Evidence)
		out.Findings[i] = f
	}
	return planView{&out, PlanNotes{visibles(notes.Gaps), visibles(notes.Next), visibles(notes.Carried), visibles(notes.Rows)}}
}

func visibles(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = Visible(s)
	}
	return out
}

// planAlike is how many steps of one kind must follow each other before a form
// for people shows them as one line.
const planAlike = 4

// planLine is one step, or several alike that follow each other.
type planLine struct {
	plan.Step

	Last  string // the id of the last; "" of one alone
	Nodes []string
}

// planHop is the steps of one hop.
type planHop struct {
	Version string
	Lines   []planLine
	Minutes float64
}

// ID is "0012-drain-w1", or "0012 to 0031".
func (l planLine) Span() string {
	if l.Last == "" {
		return l.ID
	}
	return number(l.ID) + " to " + number(l.Last)
}

func number(id string) string {
	n, _, _ := strings.Cut(id, "-")
	return n
}

// Where is the node, or several of them.
func (l planLine) Where() string {
	switch n := len(l.Nodes); {
	case n == 0 || n == 1 && l.Nodes[0] == "":
		return "-"
	case n <= 3:
		return strings.Join(l.Nodes, ", ")
	default:
		return fmt.Sprintf("%s, %s and %d more", l.Nodes[0], l.Nodes[1], n-2)
	}
}

// What is the sentence of the step; of several the kind of it.
func (l planLine) What() string {
	if l.Last == "" {
		return l.Say
	}
	return fmt.Sprintf("%d nodes: %s", len(l.Nodes), l.Say)
}

// Hops are the steps, hop by hop.
func (v planView) HopList() []planHop {
	var out []planHop
	for i := 0; i < len(v.Steps); {
		s := v.Steps[i]
		end := i + 1
		for end < len(v.Steps) && v.Steps[end].Kind == s.Kind && v.Steps[end].Batch == s.Batch && v.Steps[end].Hop == s.Hop && v.Steps[end].Phase == s.Phase {
			end++
		}
		if end-i < planAlike {
			end = i + 1
		}
		l := planLine{Step: s}
		minutes := 0.0
		for _, one := range v.Steps[i:end] {
			l.Nodes = append(l.Nodes, one.Node)
			minutes += one.Minutes
		}
		if end-i > 1 {
			l.Last = v.Steps[end-1].ID
		}
		l.Minutes = minutes
		if n := len(out); n == 0 || out[n-1].Version != s.Hop {
			out = append(out, planHop{Version: s.Hop})
		}
		h := &out[len(out)-1]
		h.Lines, h.Minutes = append(h.Lines, l), h.Minutes+minutes
		i = end
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
	case m%60 == 0:
		return fmt.Sprintf("%d h", m/60)
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
