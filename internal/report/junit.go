package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// writeJUnit writes one test suite per cluster. What ends with exit code 3 is
// a failure, what ends with 4 an error: a pipeline that only counts failures
// and errors cannot be greener than the exit code. Warnings (not-reachable,
// mitigate-only until it is accepted) are skipped with a message, so they stay
// visible.
//
// The types are our own because go-junit-report's write an empty time
// attribute, which some readers refuse, and this package knows no durations.
func writeJUnit(out *bufio.Writer, r assess.Result, o Options) error {
	all := junitSuites{Name: o.Title}
	for i, c := range r.Clusters {
		s := junitCluster(r, c, o)
		s.ID = i
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	fmt.Fprint(out, xml.Header)
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

func junitCluster(r assess.Result, c assess.ClusterResult, o Options) junitSuite {
	s := junitSuite{Name: oneLine(c.Name), Properties: []junitProperty{
		{"asOf", r.AsOf}, {"catalogDate", r.Catalog.Date}, {"advisoriesThrough", r.Catalog.AdvisoriesThrough},
		{"catalogAgeDays", strconv.Itoa(r.Catalog.AgeDays)}, {"catalogStale", strconv.FormatBool(r.Catalog.Stale)},
		{"status", statusOf(c, r.Catalog).Word}, {"sentence", oneLine(c.Sentence)},
	}}
	s.add(junitCatalog(r, c))
	for _, a := range sortedAdvisories(c, o.All) {
		for _, t := range junitAdvisory(c, a) {
			s.add(t)
		}
	}
	for _, f := range c.Findings {
		s.add(junitFinding(c, f))
	}
	for _, t := range junitCoverage(c) {
		s.add(t)
	}
	return s
}

func junitCatalog(r assess.Result, c assess.ClusterResult) junitCase {
	t := junitCase{Name: "the catalogue is fresh", Classname: junitClass(c, "catalogue")}
	if stale := staleLine(r.Catalog); stale != "" {
		t.Error = &junitMessage{Message: stale, Type: "stale"}
	}
	return t
}

// junitAdvisory is one test case per component the advisory concerns, with the
// most urgent verdict of its instances.
func junitAdvisory(c assess.ClusterResult, a assess.AdvisoryResult) []junitCase {
	byComponent := map[string][]assess.ComponentVerdict{}
	var order []string
	for _, i := range a.Components {
		if byComponent[i.Component] == nil {
			order = append(order, i.Component)
		}
		byComponent[i.Component] = append(byComponent[i.Component], i)
	}
	if len(order) == 0 {
		return []junitCase{junitVerdict(junitCase{Name: a.ID, Classname: junitClass(c, "advisories")}, a, a.Verdict, nil)}
	}
	var out []junitCase
	for _, component := range order {
		instances := byComponent[component]
		worst := instances[0].Verdict
		for _, i := range instances {
			if i.Verdict.Rank() < worst.Rank() {
				worst = i.Verdict
			}
		}
		out = append(out, junitVerdict(junitCase{Name: a.ID, Classname: junitClass(c, component)}, a, worst, instances))
	}
	return out
}

func junitVerdict(t junitCase, a assess.AdvisoryResult, v assess.Verdict, instances []assess.ComponentVerdict) junitCase {
	var where []string
	for _, g := range groups(instances) {
		where = append(where, fmt.Sprintf("%s: %s (read from %s)", g, g.Verdict, oneLine(g.ReadFrom)))
	}
	m := &junitMessage{Type: string(v), Message: oneLine(fmt.Sprintf("%s: %s", v, a.Reason)),
		Data: strings.Join(append([]string{oneLine(a.Summary), "fixed in: " + fixedText(a)}, where...), "\n")}
	switch v {
	case assess.Affected:
		t.Failure = m
	case assess.Unknown:
		t.Error = m
	case assess.NotReachable:
		t.Skipped = m
	case assess.MitigateOnly:
		if a.Accepted == nil {
			t.Skipped = m
		}
	}
	return t
}

func junitFinding(c assess.ClusterResult, f assess.Finding) junitCase {
	t := junitCase{Name: oneLine(f.Code + " " + f.Object), Classname: junitClass(c, "findings")}
	m := &junitMessage{Type: f.Severity, Message: oneLine(f.Message), Data: oneLine("remedy: " + f.Remedy)}
	switch f.Severity {
	case "blocker":
		t.Failure = m
	case "warning":
		t.Skipped = m
	}
	return t
}

// junitCoverage makes a suite without findings say what it rests on. A
// required gap is an error: skipped would read as green.
func junitCoverage(c assess.ClusterResult) []junitCase {
	complete := junitCase{Name: "everything required was read", Classname: junitClass(c, "coverage")}
	if !c.Coverage.Complete {
		complete.Error = &junitMessage{Message: coverageLine(c), Type: "incomplete"}
	}
	out := []junitCase{complete}
	for _, g := range c.Coverage.Gaps {
		t := junitCase{Name: oneLine(g.Check), Classname: junitClass(c, "coverage")}
		m := &junitMessage{Message: oneLine(g.Reason), Type: "gap"}
		if g.Required {
			t.Error = m
		} else {
			t.Skipped = m
		}
		out = append(out, t)
	}
	return out
}

// junitClass is "cluster.component"; readers split it at dots, so names lose theirs.
func junitClass(c assess.ClusterResult, part string) string {
	return strings.ReplaceAll(oneLine(c.Name), ".", "_") + "." + strings.ReplaceAll(oneLine(part), ".", "_")
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	ID         int             `xml:"id,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

func (s *junitSuite) add(t junitCase) {
	s.Cases = append(s.Cases, t)
	s.Tests++
	switch {
	case t.Failure != nil:
		s.Failures++
	case t.Error != nil:
		s.Errors++
	case t.Skipped != nil:
		s.Skipped++
	}
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Skipped   *junitMessage `xml:"skipped"`
	Error     *junitMessage `xml:"error"`
	Failure   *junitMessage `xml:"failure"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Data    string `xml:",chardata"`
}
