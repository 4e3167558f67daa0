package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// maxDetailed is how many clusters a text report shows in full. Nobody reads
// the details of hundreds on a screen: of a larger fleet it shows the table,
// and says where the rest is.
const maxDetailed = 20

// Large reports whether a text report of so many clusters is the table alone.
func Large(clusters int) bool { return clusters > maxDetailed }

// Brief is one cluster as a line of the fleet's table: all that is kept of it
// where the fleet is too large to hold in memory.
type Brief struct {
	status            status
	name, environment string
	from, to, by      string
	affected, unknown int
}

// BriefOf takes from a result what the table shows.
func BriefOf(c assess.ClusterResult, cat assess.CatalogInfo) Brief {
	n := countVerdicts(c)
	return Brief{
		status: statusOf(c, cat), name: Visible(c.Name), environment: deref(c.Environment, "-"),
		from: Visible(currentVersion(c)), to: deref(c.Target.Version, "-"), by: strings.TrimPrefix(deadline(c), " by "),
		affected: n[assess.Affected], unknown: n[assess.Unknown],
	}
}

// WriteTable writes the text report of a large fleet: r without clusters, its
// table made of briefs.
func WriteTable(w io.Writer, r assess.Result, briefs []Brief, o Options) error {
	out := bufio.NewWriter(w)
	o = o.withDefaults()
	o.Title = Visible(o.Title)
	p := &printer{out: out, o: o}
	p.header(r)
	p.large(briefs)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the text report: %w", err)
	}
	return nil
}

// large is the whole report of a large fleet.
func (p *printer) large(briefs []Brief) {
	p.wrap(0, fmt.Sprintf("%d clusters: %s", len(briefs), counts(briefs, func(b Brief) string { return b.status.Word })))
	p.wrap(0, "Rollout order: "+strings.Join(environments(briefs), " -> "))
	p.line(0, "")
	p.briefs(briefs)
	p.line(0, "")
	p.wrap(0, fmt.Sprintf("Of more than %d clusters text shows the table alone; -o html, -o csv and -o json hold every verdict with its evidence.", maxDetailed))
}

// counts says how many briefs have which value, most first seen first.
func counts(briefs []Brief, of func(Brief) string) string {
	n := map[string]int{}
	var order []string
	for _, b := range briefs {
		v := of(b)
		if n[v] == 0 {
			order = append(order, v)
		}
		n[v]++
	}
	var parts []string
	for _, v := range order {
		parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
	}
	return strings.Join(parts, ", ")
}

// environments in the order of a rollout, with how many clusters each has.
func environments(briefs []Brief) []string {
	n := map[string]int{}
	for _, b := range briefs {
		n[b.environment]++
	}
	var out []string
	for _, e := range []string{"development", "staging", "production", "-"} {
		if n[e] > 0 {
			name := e
			if e == "-" {
				name = "no environment named"
			}
			out = append(out, fmt.Sprintf("%s (%d)", name, n[e]))
		}
	}
	return out
}

// briefs prints the table.
func (p *printer) briefs(briefs []Brief) {
	t := layout.Table{Heads: []string{"STATUS", "CLUSTER", "ENVIRONMENT", "FROM", "TO", "BY", "AFFECTED", "UNKNOWN"}, Flexible: []int{1}}
	for _, b := range briefs {
		t.Rows = append(t.Rows, []layout.Cell{{Text: b.status.Word, Style: p.paint(b.status.Tone)}, {Text: oneLine(b.name)},
			{Text: oneLine(b.environment)}, {Text: orDash(b.from)}, {Text: b.to},
			{Text: orDash(b.by)}, {Text: fmt.Sprint(b.affected)}, {Text: fmt.Sprint(b.unknown)}})
	}
	p.table(0, t)
}
