package report

import (
	"bufio"
	"encoding/csv"
	"strconv"
	"strings"
	"unicode"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// csvHeader names the columns; new ones are only ever added at the end.
func csvHeader() []string {
	return []string{"cluster", "environment", "provider", "owner", "status", "advisory", "score", "published", "verdict",
		"component", "node", "version", "instanceVerdict", "fixedIn", "readFrom", "reason", "target", "due", "overdue",
		"coverageComplete", "asOf", "catalogDate", "advisoriesThrough", "catalogAgeDays", "catalogStale"}
}

// writeCSV writes RFC 4180: one row per cluster, advisory and instance. A
// cluster without an advisory to show has one row with these columns empty, so
// that no cluster is missing and its status is seen.
func writeCSV(out *bufio.Writer, r assess.Result, o Options) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	rows := [][]string{csvHeader()}
	for _, c := range r.Clusters {
		before := len(rows)
		for _, a := range sortedAdvisories(c, o.All) {
			components := a.Components
			if len(components) == 0 {
				components = []assess.ComponentVerdict{{}}
			}
			for _, i := range components {
				rows = append(rows, csvRow(r, c, a, i))
			}
		}
		if len(rows) == before {
			rows = append(rows, csvRow(r, c, assess.AdvisoryResult{}, assess.ComponentVerdict{}))
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = csvCell(row[i])
		}
	}
	return w.WriteAll(rows)
}

func csvRow(r assess.Result, c assess.ClusterResult, a assess.AdvisoryResult, i assess.ComponentVerdict) []string {
	score := ""
	if a.Score != nil {
		score = scoreText(a)
	}
	reason := i.Reason
	if reason == "" {
		reason = a.Reason
	}
	return []string{c.Name, deref(c.Environment, ""), c.Provider, deref(c.Owner, ""), statusOf(c, r.Catalog).Word,
		a.ID, score, deref(a.Published, ""), string(a.Verdict),
		i.Component, deref(i.Node, ""), deref(i.Version, ""), string(i.Verdict), deref(i.FixedIn, ""), i.ReadFrom, reason,
		deref(c.Target.Version, ""), deref(c.Due, ""), strconv.FormatBool(c.Overdue), strconv.FormatBool(c.Coverage.Complete),
		r.AsOf, r.Catalog.Date, r.Catalog.AdvisoriesThrough, strconv.Itoa(r.Catalog.AgeDays), strconv.FormatBool(r.Catalog.Stale)}
}

// csvCell keeps a cell on one line and keeps a spreadsheet from running it: a
// cell that starts like a formula gets an apostrophe in front
// (https://owasp.org/www-community/attacks/CSV_Injection).
func csvCell(s string) string {
	s = oneLine(s)
	start := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '\'' })
	if start != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(start)[0]) {
		return "'" + s
	}
	return s
}
