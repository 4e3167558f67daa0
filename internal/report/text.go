package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

const (
	maxWidth = 100
	minWidth = 40
)

// writeText writes what a tired person understands: the answer, the order in
// one sentence, then why, then what was not seen and what to run next.
func writeText(out *bufio.Writer, r assess.Result, o Options) error {
	p := &printer{out: out, o: o}
	p.header(r)
	if r.Since != nil {
		p.since(r)
		return nil
	}
	if len(r.Clusters) == 0 {
		p.wrap(0, "No cluster was assessed.")
		return nil
	}
	if Large(len(r.Clusters)) {
		p.large(briefsOf(r))
		return nil
	}
	if len(r.Clusters) > 1 {
		p.fleet(r)
	}
	for i, c := range r.Clusters {
		if len(r.Clusters) > 1 {
			p.line(0, "")
			p.line(0, strings.Repeat("-", o.Width))
		} else if i > 0 {
			p.line(0, "")
		}
		p.cluster(c, r)
	}
	p.next(r)
	return nil
}

func (p *printer) header(r assess.Result) {
	p.wrap(0, fmt.Sprintf("%s as of %s", oneLine(p.o.Title), r.AsOf))
	p.wrap(0, catalogLine(r.Catalog))
	if stale := staleLine(r.Catalog); stale != "" {
		p.styled(0, warn, "STALE DATA: "+stale)
	}
	p.line(0, "")
}

// fleet is the table over all clusters and the order to move them in.
func (p *printer) fleet(r assess.Result) {
	if p.o.Width < fleetWidth {
		for _, c := range r.Clusters {
			p.status(c, r.Catalog)
		}
	} else {
		p.fleetTable(r)
	}
	if len(r.Rollout) > 1 {
		p.line(0, "")
		p.wrap(0, "Rollout order: "+oneLine(strings.Join(r.Rollout, " -> ")))
	}
}

// fleetWidth is where the eight columns of the fleet's table become unreadable.
const fleetWidth = 72

func (p *printer) fleetTable(r assess.Result) {
	p.briefs(briefsOf(r))
}

func briefsOf(r assess.Result) []Brief {
	out := make([]Brief, 0, len(r.Clusters))
	for _, c := range r.Clusters {
		out = append(out, BriefOf(c, r.Catalog))
	}
	return out
}

// cluster is one cluster, the answer first.
func (p *printer) cluster(c assess.ClusterResult, r assess.Result) {
	p.status(c, r.Catalog)
	p.line(0, "")
	p.wrap(2, c.Sentence)
	p.facts(c)
	p.advisories(c)
	p.findings(c)
	p.target("TARGET", c.Target)
	if c.RehearsalTarget != nil {
		p.target("REHEARSAL TARGET", *c.RehearsalTarget)
	}
	p.otherTargets(c)
	p.questions(c)
	p.ownership(c)
	p.coverage(c)
}

// status is the line a reader looks for first.
func (p *printer) status(c assess.ClusterResult, cat assess.CatalogInfo) {
	s := statusOf(c, cat)
	rest := layout.Wrap(oneLine(c.Name)+"  "+headline(c, cat), p.o.Width-len(s.Word)-3)
	// Wrap joins words by one space; the two after the name are a column.
	rest[0] = strings.Replace(rest[0], oneLine(c.Name)+" ", oneLine(c.Name)+"  ", 1)
	p.line(0, p.colour(s.Tone, s.Word)+"  "+rest[0])
	for _, l := range rest[1:] {
		p.line(len(s.Word)+2, l)
	}
}

func (p *printer) facts(c assess.ClusterResult) {
	p.line(0, "")
	provider := oneLine(c.Provider)
	if c.ProviderEvidence != "" {
		provider += " (" + oneLine(c.ProviderEvidence) + ")"
	}
	t := layout.Table{Heads: []string{"", ""}, Flexible: []int{1}}
	t.Row("environment", deref(c.Environment, "not named"))
	t.Row("owner", deref(c.Owner, "nobody is named"))
	t.Row("provider", provider)
	t.Row("support", supportLine(c.Support))
	p.bare(2, t)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
