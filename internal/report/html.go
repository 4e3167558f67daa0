package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// writeHTML writes one page that stands alone: no script, no font, image or
// style from elsewhere. Its Content-Security-Policy allows the one style sheet
// in it, by hash, and nothing else, so that even text that slipped past the
// escaping could load and run nothing.
func writeHTML(out *bufio.Writer, r assess.Result, o Options) error {
	t, err := template.New("page").Funcs(pageFuncs(r, o)).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parsing the page template: %w", err)
	}
	return t.Execute(out, page{Result: r, Options: o, CSS: template.CSS(pageCSS), CSP: policy(pageCSS), Tiles: tiles(r)})
}

// page is what the template sees.
type page struct {
	assess.Result
	Options Options
	CSS     template.CSS
	CSP     string
	Tiles   []tile
}

func policy(css string) string {
	sum := sha256.Sum256([]byte(css))
	return fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
}

// pageFuncs are the phrases all forms share, for the template.
func pageFuncs(r assess.Result, o Options) template.FuncMap {
	return template.FuncMap{
		"status": func(c assess.ClusterResult) status { return statusOf(c, r.Catalog) },
		"headline": func(c assess.ClusterResult) string {
			return strings.ReplaceAll(headline(c, r.Catalog), " -> ", " → ")
		},
		"deadline":   func(c assess.ClusterResult) string { return orDash(strings.TrimPrefix(deadline(c), " by ")) },
		"advisories": func(c assess.ClusterResult) []assess.AdvisoryResult { return sortedAdvisories(c, o.All) },
		"same": func(c assess.ClusterResult) [][]assess.AdvisoryResult {
			return foldMany(sameReason(sortedAdvisories(c, o.All)))
		},
		"counts":    verdictCounts,
		"current":   currentVersion,
		"count":     func(c assess.ClusterResult, v string) int { return countVerdicts(c)[assess.Verdict(v)] },
		"catalog":   func() string { return catalogLine(r.Catalog) },
		"stale":     func() string { return staleLine(r.Catalog) },
		"coverage":  coverageLine,
		"unread":    unreadGroups,
		"support":   func(c assess.ClusterResult) string { return supportLine(c.Support) },
		"questions": func(c assess.ClusterResult) []question { return questions(c.Decision) },
		"shared":    shared,
		"title":     targetTitle,
		"tone":      verdictTone,
		"score":     scoreText,
		"severity":  severityOf,
		"findings":  sameFindings,
		"fixed":     fixedText,
		"where":     whatRuns,
		"groups":    groups,
		"running":   running,
		"change":    changeLine,
		"state":     stateWord,
		"nodes":     nodeList,
		"join":      func(list []string) string { return strings.Join(list, ", ") },
		"or":        deref,
		"accepted":  acceptedText,
		"args":      newTargetView,
		"anchor":    func(i int) string { return fmt.Sprintf("cluster-%d", i+1) },
	}
}

// targetView is a target with what the template needs beside it.
type targetView struct {
	Title, From string
	Target      assess.Target
}

// newTargetView takes a Target or a pointer to one, as templates hand them on.
func newTargetView(title, from string, t any) (targetView, error) {
	switch t := t.(type) {
	case assess.Target:
		return targetView{title, from, t}, nil
	case *assess.Target:
		return targetView{title, from, *t}, nil
	}
	return targetView{}, fmt.Errorf("%T is no target", t)
}

// foldFrom is how many advisories must share a reason before the page folds
// them into one row: a closed row already takes one line only.
const foldFrom = 6

func foldMany(same [][]assess.AdvisoryResult) [][]assess.AdvisoryResult {
	var out [][]assess.AdvisoryResult
	for _, s := range same {
		if len(s) >= foldFrom {
			out = append(out, s)
			continue
		}
		for i := range s {
			out = append(out, s[i:i+1])
		}
	}
	return out
}

// severityOf is the CVSS rating of a score, for the colour of the number
// (https://www.first.org/cvss/v3.1/specification-document, section 5).
func severityOf(a assess.AdvisoryResult) string {
	switch s := scoreOr(a, -1); {
	case s < 0:
		return "none"
	case s >= 9:
		return "critical"
	case s >= 7:
		return "high"
	case s >= 4:
		return "medium"
	}
	return "low"
}

// tile is one number of the summary.
type tile struct {
	Number int
	Label  string
	Tone   tone
}

// tiles count clusters where there are several, else advisories.
func tiles(r assess.Result) []tile {
	if len(r.Clusters) == 1 {
		return clusterTiles(r.Clusters[0])
	}
	var out []tile
	var affected, overdue, undecided, incomplete int
	for _, c := range r.Clusters {
		n := countVerdicts(c)
		affected += one(n[assess.Affected] > 0)
		overdue += one(c.Overdue)
		undecided += one(n[assess.Unknown] > 0)
		incomplete += one(!c.Coverage.Complete)
	}
	return append(out, tile{len(r.Clusters), "clusters", muted}, tile{affected, "affected", toneOf(affected, bad)},
		tile{overdue, "overdue", toneOf(overdue, bad)}, tile{undecided, "with unknown verdicts", toneOf(undecided, warn)},
		tile{incomplete, "not fully read", toneOf(incomplete, warn)})
}

func clusterTiles(c assess.ClusterResult) []tile {
	n := countVerdicts(c)
	required, _ := splitGaps(c)
	gaps := max(len(required), one(!c.Coverage.Complete))
	return []tile{{n[assess.Affected], "affected", toneOf(n[assess.Affected], bad)}, {n[assess.Unknown], "unknown", toneOf(n[assess.Unknown], warn)},
		{n[assess.MitigateOnly], "fixed by no version", toneOf(n[assess.MitigateOnly], warn)},
		{n[assess.NotReachable], "not reachable", toneOf(n[assess.NotReachable], warn)},
		{gaps, "required gaps", toneOf(gaps, warn)}}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func toneOf(n int, t tone) tone {
	if n == 0 {
		return muted
	}
	return t
}

// running groups everything that runs, by component and version.
func running(c assess.ClusterResult) []group {
	verdicts := make([]assess.ComponentVerdict, len(c.Instances))
	for i, x := range c.Instances {
		verdicts[i] = assess.ComponentVerdict{Component: x.Component, Node: x.Node, Version: x.Version, ReadFrom: x.ReadFrom}
	}
	return groups(verdicts)
}
