package apply

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// Preview is `fixline apply --dry-run -o json`.
type Preview struct {
	APIVersion string          `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string          `json:"kind"`       // ApplyPreview
	Record     string          `json:"record"`
	Cluster    string          `json:"cluster"`
	From       string          `json:"from"`
	Target     string          `json:"target"`
	Hash       string          `json:"hash"` // --yes takes it
	Steps      []PreviewStep   `json:"steps"`
	Readiness  []readiness.Row `json:"readiness"`
}

// PreviewStep is one step and how it stands.
type PreviewStep struct {
	ID          string   `json:"id"`
	State       string   `json:"state"` // to-do | begun | done
	Host        string   `json:"host"`  // "" = through the API
	Say         string   `json:"say"`
	Commands    []string `json:"commands"`
	GatesBefore []string `json:"gatesBefore"`
	GatesAfter  []string `json:"gatesAfter"`
}

func (o *Options) preview(c *change) Preview {
	v := Preview{APIVersion: "fixline.dev/v1alpha1", Kind: "ApplyPreview", Record: o.Dir, Cluster: c.plan.Cluster, From: c.plan.From, Target: c.plan.Target,
		Hash: c.plan.Hash, Steps: []PreviewStep{}, Readiness: c.record.Readiness}
	state := map[string]string{}
	for _, e := range c.events {
		switch {
		case e.Kind == progress.Done || e.Kind == progress.TakenAsDone:
			state[e.Step] = "done"
		case state[e.Step] != "done":
			state[e.Step] = "begun"
		}
	}
	for i := range c.plan.Steps {
		s := &c.plan.Steps[i]
		host := ""
		if onHost(s.Kind) {
			host = s.Node
		}
		v.Steps = append(v.Steps, PreviewStep{s.ID, cmp.Or(state[s.ID], "to-do"), host, s.Say, list(s.Commands), list(s.GatesBefore), list(s.GatesAfter)})
	}
	return v
}

// text shows every command of every step that is left.
func (v Preview) text(w io.Writer) error {
	done := 0
	for _, s := range v.Steps {
		if s.State == "done" {
			done++
		}
	}
	fmt.Fprintf(w, "This would take cluster %s from %s to %s: %s, %d of them done.\nNothing is done now.\n",
		report.Visible(v.Cluster), report.Visible(v.From), report.Visible(v.Target), noun(len(v.Steps), "step"), done)
	for _, s := range v.Steps {
		if s.State == "done" {
			continue
		}
		where := "API"
		if s.Host != "" {
			where = "on " + s.Host
		}
		fmt.Fprintln(w)
		wrapped(w, report.Visible(s.ID)+"  ", s.Say)
		for _, g := range s.GatesBefore {
			fmt.Fprintf(w, "  first   %s\n", report.Visible(g))
		}
		for _, c := range s.Commands { // never wrapped: it is what runs
			fmt.Fprintf(w, "  %s $ %s\n", report.Visible(where), report.Visible(c))
		}
		for _, g := range s.GatesAfter {
			fmt.Fprintf(w, "  then    %s\n", report.Visible(g))
		}
	}
	missing := false
	for _, r := range v.Readiness {
		if r.State != readiness.Pass {
			if !missing {
				fmt.Fprintf(w, "\nNot ready:\n")
			}
			missing = true
			wrapped(w, fmt.Sprintf("  %-18s %-8s ", r.Row, r.State), r.Why)
		}
	}
	_, err := fmt.Fprintf(w, "\nhash %s\n", v.Hash)
	return err
}

// wrapped writes text behind a label in lines of at most 100 columns; those that
// follow begin below the first, or a little in where the label is long.
func wrapped(w io.Writer, label, text string) {
	const width = 100
	indent := len(label)
	if indent > 32 {
		indent = 4
	}
	lines := layout.Wrap(report.Visible(text), width-len(label))
	fmt.Fprintf(w, "%s%s\n", label, lines[0])
	if len(lines) == 1 {
		return
	}
	for _, l := range layout.Wrap(strings.Join(lines[1:], " "), width-indent) {
		fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", indent), l)
	}
}

// Result is `fixline apply -o json`.
type Result struct {
	APIVersion string  `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string  `json:"kind"`       // ApplyResult
	Record     string  `json:"record"`
	Cluster    string  `json:"cluster"`
	Target     string  `json:"target"`
	Ending     string  `json:"ending"` // finished | reached | stopped | blocked | person
	Step       *string `json:"step"`
	Why        string  `json:"why"`
	Next       string  `json:"next"` // what to run or to look at
	Done       int     `json:"done"`
	Steps      int     `json:"steps"`
	Seconds    float64 `json:"seconds"`
}

func (r Result) text(w io.Writer) error {
	word := map[string]string{string(apply.Finished): "FINISHED", string(apply.Reached): "DONE SO FAR", string(apply.Stopped): "STOPPED SAFELY",
		string(apply.Blocked): "NOT BEGUN", string(apply.Person): "A PERSON MUST DECIDE"}[r.Ending]
	fmt.Fprintf(w, "%s  cluster %s to %s: %d of %s done, %s\n", word, report.Visible(r.Cluster), report.Visible(r.Target), r.Done, noun(r.Steps, "step"),
		report.Duration(r.Seconds/60))
	if r.Step != nil && r.Ending != string(apply.Finished) {
		fmt.Fprintf(w, "at    %s\n", report.Visible(*r.Step))
	}
	wrapped(w, "why   ", r.Why)
	_, err := fmt.Fprintf(w, "next  %s\n", report.Visible(r.Next))
	return err
}

// follow says on the screen how it goes: a line where a step begins or ends, and
// on a terminal one that is written over while the world is waited for.
func (o *Options) follow(began time.Time, steps int) func(apply.Told) {
	flying := []string{}
	return func(t apply.Told) {
		at := fmt.Sprintf("[%d/%d]", t.Number, steps)
		left := ""
		if t.Left > 0 {
			left = ", about " + report.Duration(t.Left) + " left by the plan"
		}
		elapsed := report.Duration(o.Factory.Now().Sub(began).Minutes())
		switch t.What {
		case apply.Begins:
			flying = append(flying, t.Step.ID)
			o.Factory.Progress.Done()
			o.Factory.IO.Notef("%s %s, %s: %s (%s so far%s)", at, t.Step.Phase, orAll(t.Step.Node), report.Visible(t.Says), elapsed, left)
			o.Factory.Progress.Step("%s", strings.Join(flying, ", "))
		case apply.Waits:
			o.Factory.Progress.Step("%s: waiting, %s", t.Step.ID, report.Visible(t.Says))
		case apply.Done, apply.Fails, apply.Settled:
			flying = slices.DeleteFunc(flying, func(id string) bool { return id == t.Step.ID })
			o.Factory.Progress.Done()
			word := map[apply.What]string{apply.Done: "done", apply.Fails: "FAILED", apply.Settled: "there already"}[t.What]
			took := ""
			if t.Took > 0 {
				took = " in " + t.Took.Round(100*time.Millisecond).String()
			}
			o.Factory.IO.Notef("%s %s %s%s: %s", at, t.Step.ID, word, took, report.Visible(t.Says))
			if len(flying) > 0 {
				o.Factory.Progress.Step("%s", strings.Join(flying, ", "))
			}
		}
	}
}

func orAll(node string) string {
	if node == "" {
		return "the whole cluster"
	}
	return node
}

func onHost(k plan.Kind) bool { return slices.Contains(host.Kinds(), k) }

func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
