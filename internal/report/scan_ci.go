package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/scan"
)

// scanSARIF writes one SARIF 2.1.0 run: a rule per finding code, a result per
// finding at its line and column, and what could not be read as notifications
// of the invocation.
func scanSARIF(out *bufio.Writer, r scan.Result, o Options) error {
	b := sarifBuilder{rules: []sarifRule{}, index: map[string]int{}}
	for _, f := range r.Findings {
		b.rule(f.Code, func() sarifRule { return findingRule(f.Code) })
	}
	summary, _ := scanSummary(r)
	notes := []sarifNotification{{Level: "note", Message: sarifText{summary}}}
	for _, g := range r.Coverage.Gaps {
		level := "note"
		if g.Required {
			level = "warning"
		}
		notes = append(notes, sarifNotification{Level: level, Message: sarifText{oneLine("not read: " + gapPlace(g) + ": " + g.Reason)}})
	}
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "Fixline", InformationURI: "https://github.com/fixline-dev/fixline", SemanticVersion: o.ToolVersion, Rules: b.rules}},
		AutomationDetails: sarifID{"fixline/scan/" + r.Target}, Invocations: []sarifInvocation{{ExecutionSuccessful: true, Notifications: notes}},
		Results: []sarifResult{}, ColumnKind: "unicodeCodePoints", Properties: map[string]any{"asOf": r.AsOf, "target": r.Target, "table": r.Table, "coverageComplete": r.Coverage.Complete}}
	log := sarifLog{Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	times := map[string]int{}
	return eachJSON(out, log, "      ", "results", len(r.Findings), func(i int) any {
		f := &r.Findings[i]
		key := strings.Join([]string{f.Code, deref(f.File, ""), f.Object, string(f.ObjectAPI)}, "\x00")
		times[key]++
		return scanResult(f, b.index[f.Code], fingerprint(key, fmt.Sprint(times[key])))
	})
}

// scanResult is one finding, whose rule is at index.
func scanResult(f *scan.Finding, index int, fingerprints map[string]string) sarifResult {
	level := map[string]string{"blocker": "error", "warning": "warning"}[f.Severity]
	if level == "" {
		level = "note"
	}
	out := sarifResult{RuleID: f.Code, RuleIndex: index, Kind: "fail", Level: level,
		Message:   sarifText{oneLine(strings.Join(append([]string{f.Object + ": " + f.Message}, changeLines(f)...), "; "))},
		Locations: []sarifLocation{scanAt(f)}, Fingerprints: fingerprints,
		Properties: map[string]any{"severity": f.Severity, "apiVersion": f.ObjectAPI, "replacement": f.Replacement, "removedIn": f.RemovedIn, "source": f.Source, "alsoSeenIn": f.AlsoSeenIn}}
	if f.Patch != nil {
		out.Fixes = []sarifFix{scanFix(f)}
	}
	if f.Accepted != nil {
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: oneLine(acceptedBy(f))}}
	}
	return out
}

func scanAt(f *scan.Finding) sarifLocation {
	at := sarifAt("", "", f.Object)
	if f.File == nil {
		return at
	}
	at.Physical.Artifact.URI = fileURI(*f.File)
	if f.Line != nil && *f.Line > 0 {
		at.Physical.Region = &sarifRegion{StartLine: *f.Line}
		if f.Column != nil {
			at.Physical.Region.StartColumn = *f.Column
		}
	}
	return at
}

// scanFix is the patch of a finding in a file: what editors offer to apply.
func scanFix(f *scan.Finding) sarifFix {
	p := f.Patch
	region := sarifRegion{StartLine: p.Line, StartColumn: p.Column, EndColumn: p.Column + len(p.From)}
	return sarifFix{Description: sarifText{"write " + oneLine(p.To)}, Changes: []sarifArtifactChange{{
		Artifact: sarifArtifact{fileURI(*f.File)}, Replacements: []sarifReplacement{{Deleted: region, Inserted: sarifText{p.To}}}}}}
}

// fileURI is a path as a relative reference, or a file: URI where it is absolute.
func fileURI(path string) string {
	if path == "-" {
		return "stdin"
	}
	u := url.URL{Path: path}
	if strings.HasPrefix(path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

// scanJUnit is one suite. As with an assessment, a blocker is a failure and
// what was not read an error, so that no pipeline is greener than the exit code.
func scanJUnit(out *bufio.Writer, r scan.Result, o Options) error {
	s := junitSuite{Name: "manifests", Properties: []junitProperty{{"asOf", r.AsOf}, {"target", r.Target}, {"tableDate", r.Table.Date}, {"tableThrough", r.Table.Through}}}
	for _, f := range r.Findings {
		t := junitCase{Name: oneLine(f.Code + " " + f.Object), Classname: junitPath(deref(f.File, f.Source))}
		m := &junitMessage{Type: f.Severity, Message: oneLine(f.Message), Data: strings.Join(append([]string{"remedy: " + oneLine(f.Remedy)}, changeLines(&f)...), "\n")}
		switch f.Severity {
		case "blocker":
			t.Failure = m
		case "warning":
			t.Skipped = m
		}
		s.add(t)
	}
	summary, _ := scanSummary(r)
	whole := junitCase{Name: "every manifest was read", Classname: "coverage"}
	if !r.Coverage.Complete {
		whole.Error = &junitMessage{Message: oneLine(summary), Type: "incomplete"}
	}
	s.add(whole)
	for _, g := range r.Coverage.Gaps {
		t := junitCase{Name: oneLine(gapPlace(g)), Classname: "coverage"}
		m := &junitMessage{Message: oneLine(g.Reason), Type: "gap"}
		if g.Required {
			t.Error = m
		} else {
			t.Skipped = m
		}
		s.add(t)
	}
	all := junitSuites{Name: o.Title, Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Skipped: s.Skipped, Suites: []junitSuite{s}}
	fmt.Fprint(out, xml.Header)
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

// junitPath: readers split class names at dots.
func junitPath(path string) string { return "manifests." + strings.ReplaceAll(oneLine(path), ".", "_") }
