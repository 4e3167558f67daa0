package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/finding"
)

// writeSARIF writes one SARIF 2.1.0 run: a rule per advisory and finding code,
// a result per cluster, rule, component and verdict
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). What is
// in range is a "fail" (error when affected, warning when only mitigated or
// not reachable), unknown is "open", not-affected, shown with All, is "pass".
// Gaps and a stale catalogue are notifications of the invocation.
func writeSARIF(out *bufio.Writer, r assess.Result, o Options) error {
	b := sarifBuilder{rules: []sarifRule{}, results: []sarifResult{}, index: map[string]int{}}
	for _, c := range r.Clusters {
		for _, a := range sortedAdvisories(c, o.All) {
			b.advisory(c, a)
		}
		for _, f := range c.Findings {
			b.finding(c, f)
		}
	}
	driver := sarifDriver{Name: "Fixline", InformationURI: "https://github.com/fixline-dev/fixline", SemanticVersion: o.ToolVersion, Rules: b.rules}
	run := sarifRun{Tool: sarifTool{driver}, AutomationDetails: sarifID{"fixline/assess/" + r.AsOf},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true, Notifications: sarifNotifications(r)}},
		Results:     b.results, ColumnKind: "unicodeCodePoints",
		Properties: map[string]any{"asOf": r.AsOf, "catalog": r.Catalog, "rollout": r.Rollout, "clusters": sarifClusters(r)}}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run}})
}

type sarifBuilder struct {
	rules   []sarifRule
	results []sarifResult
	index   map[string]int // rule id -> position in rules
}

func (b *sarifBuilder) rule(id string, make func() sarifRule) int {
	i, known := b.index[id]
	if !known {
		i = len(b.rules)
		b.index[id] = i
		b.rules = append(b.rules, make())
	}
	return i
}

func (b *sarifBuilder) advisory(c assess.ClusterResult, a assess.AdvisoryResult) {
	index := b.rule(a.ID, func() sarifRule { return advisoryRule(a) })
	type key struct {
		component string
		verdict   assess.Verdict
	}
	locations := map[key][]sarifLocation{}
	texts := map[key][]string{}
	var order []key
	for _, g := range groups(a.Components) {
		k := key{oneLine(g.Component), g.Verdict}
		if locations[k] == nil {
			order = append(order, k)
		}
		texts[k] = append(texts[k], g.String())
		nodes := g.Nodes
		if len(nodes) == 0 {
			nodes = []string{""}
		}
		for _, n := range nodes {
			locations[k] = append(locations[k], sarifAt(c.Name, n, k.component))
		}
	}
	if len(order) == 0 {
		k := key{"", a.Verdict}
		order, locations[k] = []key{k}, []sarifLocation{sarifAt(c.Name, "", "")}
	}
	for _, k := range order {
		level, kind := sarifLevel(k.verdict)
		what := strings.Join(texts[k], "; ")
		if what == "" {
			what = "cluster " + oneLine(c.Name)
		}
		b.results = append(b.results, sarifResult{RuleID: a.ID, RuleIndex: index, Kind: kind, Level: level,
			Message:      sarifText{fmt.Sprintf("%s: %s. %s: %s. Fixed in: %s.", oneLine(c.Name), what, k.verdict, trimStop(a.Reason), fixedText(a))},
			Locations:    locations[k],
			Fingerprints: fingerprint(c.Name, a.ID, k.component, string(k.verdict)),
			Suppressions: suppressions(a),
			Properties:   map[string]any{"cluster": c.Name, "verdict": k.verdict, "fixed": a.Fixed, "target": c.Target.Version, "due": c.Due, "overdue": c.Overdue}})
	}
}

func (b *sarifBuilder) finding(c assess.ClusterResult, f assess.Finding) {
	index := b.rule(f.Code, func() sarifRule { return findingRule(f.Code) })
	level := map[string]string{"blocker": "error", "warning": "warning"}[f.Severity]
	if level == "" {
		level = "note"
	}
	b.results = append(b.results, sarifResult{RuleID: f.Code, RuleIndex: index, Kind: "fail", Level: level,
		Message:      sarifText{oneLine(fmt.Sprintf("%s: %s: %s", c.Name, f.Object, f.Message))},
		Locations:    []sarifLocation{sarifAt(c.Name, "", f.Object)},
		Fingerprints: fingerprint(c.Name, f.Code, f.Object, ""),
		Properties:   map[string]any{"cluster": c.Name, "severity": f.Severity, "evidence": f.Evidence, "remedy": f.Remedy}})
}

func advisoryRule(a assess.AdvisoryResult) sarifRule {
	help := []string{a.Summary, "Fixed in: " + orNone(a.Fixed) + "."}
	for _, m := range a.Mitigations {
		help = append(help, "Until then: "+trimStop(m.Text)+".")
	}
	rule := sarifRule{ID: a.ID, Short: sarifText{firstOf(oneLine(a.Summary), a.ID)},
		Properties: map[string]any{"tags": []string{"security", "kubernetes"}}}
	if a.Score != nil {
		rule.Properties["security-severity"] = scoreText(a) // a string, as GitHub reads it
	}
	for _, s := range a.Sources {
		if u, err := url.Parse(s.URL); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
			if rule.HelpURI == "" {
				rule.HelpURI = u.String()
			}
			help = append(help, "See "+u.String())
		}
	}
	rule.Help = sarifText{strings.Join(help, "\n")}
	return rule
}

func findingRule(code string) sarifRule {
	known := finding.Lookup(code)
	rule := sarifRule{ID: code, Short: sarifText{known.Title}, HelpURI: known.Source, Help: sarifText{oneLine(known.Means + " Remedy: " + known.Remedy)},
		Properties: map[string]any{"tags": []string{"kubernetes"}}}
	if rule.HelpURI == "" {
		rule.HelpURI = "https://github.com/fixline-dev/fixline/blob/main/docs/reference/findings/" + code + ".md"
	}
	return rule
}

// sarifLevel: a level other than none is allowed for "fail" only (section 3.27.10).
func sarifLevel(v assess.Verdict) (level, kind string) {
	switch v {
	case assess.Affected:
		return "error", "fail"
	case assess.MitigateOnly, assess.NotReachable:
		return "warning", "fail"
	case assess.NotAffected:
		return "none", "pass"
	}
	return "none", "open"
}

// sarifAt is a place in a cluster. There are no files, but readers that insist
// on a physical location (GitHub code scanning does) get the same path as one.
func sarifAt(cluster, node, object string) sarifLocation {
	var parts, escaped []string
	for _, s := range []string{cluster, node, object} {
		if s = oneLine(s); s != "" {
			parts = append(parts, s)
			escaped = append(escaped, url.PathEscape(s))
		}
	}
	return sarifLocation{
		Physical: sarifPhysical{Artifact: sarifArtifact{URI: "clusters/" + strings.Join(escaped, "/")}},
		Logical:  []sarifLogical{{Name: parts[len(parts)-1], FullyQualifiedName: strings.Join(parts, "/"), Kind: "resource"}},
	}
}

func suppressions(a assess.AdvisoryResult) []sarifSuppression {
	if a.Accepted == nil || a.Verdict != assess.MitigateOnly {
		return nil
	}
	return []sarifSuppression{{Kind: "external", Status: "accepted", Justification: oneLine(acceptedText(a))}}
}

// fingerprint names a result independent of versions and wording, so that the
// same problem keeps its identity from run to run. GitHub code scanning reads
// primaryLocationLineHash alone, and would compute it from a file we have not.
func fingerprint(parts ...string) map[string]string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	id := hex.EncodeToString(sum[:16])
	return map[string]string{"fixline/v1": id, "primaryLocationLineHash": id + ":1"}
}

func sarifNotifications(r assess.Result) []sarifNotification {
	out := []sarifNotification{{Level: "note", Message: sarifText{catalogLine(r.Catalog) + ", judged as of " + r.AsOf + "."}}}
	if stale := staleLine(r.Catalog); stale != "" {
		out = append(out, sarifNotification{Level: "warning", Message: sarifText{stale}})
	}
	for _, c := range r.Clusters {
		if !c.Coverage.Complete {
			out = append(out, sarifNotification{Level: "warning", Message: sarifText{oneLine(c.Name) + ": " + coverageLine(c)}})
		}
		for _, g := range c.Coverage.Gaps {
			level := "note"
			if g.Required {
				level = "warning"
			}
			out = append(out, sarifNotification{Level: level, Message: sarifText{oneLine(fmt.Sprintf("%s: not read: %s: %s", c.Name, g.Check, g.Reason))}})
		}
		for _, text := range unreadGroups(c) {
			out = append(out, sarifNotification{Level: "warning", Message: sarifText{oneLine(c.Name) + ": unread: " + text}})
		}
	}
	return out
}

func sarifClusters(r assess.Result) []map[string]any {
	out := []map[string]any{}
	for _, c := range r.Clusters {
		out = append(out, map[string]any{"name": c.Name, "status": statusOf(c, r.Catalog).Word, "sentence": c.Sentence,
			"target": c.Target.Version, "due": c.Due, "overdue": c.Overdue, "coverageComplete": c.Coverage.Complete})
	}
	return out
}

func trimStop(s string) string { return strings.TrimSuffix(oneLine(s), ".") }

func orNone(versions []string) string {
	if len(versions) == 0 {
		return "no version"
	}
	return strings.Join(versions, ", ")
}

func firstOf(texts ...string) string {
	return texts[max(slices.IndexFunc(texts, func(s string) bool { return s != "" }), 0)]
}
