package report_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"unicode"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/report"
)

func at[T any](v T) *T { return &v }

// scanned is a folder with everything a scan can say.
func scanned() scan.Result {
	ingress := scan.Finding{Code: "API-001", Severity: "blocker", File: at("deploy/web.yaml"), Line: at(3), Column: at(1), Document: at(2), Object: "Ingress/shop/web",
		ObjectAPI: "extensions/v1beta1", ObjectKind: "Ingress", DeprecatedIn: at("1.14"), RemovedIn: at("1.22"), Replacement: at("networking.k8s.io/v1"),
		Source: "file", AlsoSeenIn: []string{"metric"}, Message: "extensions/v1beta1 Ingress is not served from 1.22 on: written in deploy/web.yaml:3",
		Reason: "extensions/v1beta1 Ingress is not served from 1.22 on; write networking.k8s.io/v1 Ingress", Remedy: "write the replacement", ChangesKnown: true,
		Changes: []scan.Change{{Field: at("spec.backend"), Kind: "renamed", Text: "it is spec.defaultBackend", Source: "https://kubernetes.io/"}, {Kind: "behavior", Text: "classes are objects", Source: "https://kubernetes.io/"}}}
	second := ingress
	second.File, second.Line, second.Column, second.Document, second.Object = at("-"), at(40), at(5), at(1), "Ingress/shop/(no name)"
	accepted := ingress
	accepted.Severity, accepted.File, accepted.Accepted = "info", at("/old files/a.yaml"), &scan.Accepted{Owner: "shop", Reason: "goes with the shop", Expires: "2026-12-31"}
	helm := scan.Finding{Code: "API-002", Severity: "blocker", Object: "Secret/shop/sh.helm.release.v1.web.v3", ObjectAPI: "policy/v1beta1", ObjectKind: "PodDisruptionBudget",
		Source: "helm", AlsoSeenIn: []string{}, Message: "written in revision 3", Reason: "policy/v1beta1 PodDisruptionBudget is not served from 1.25 on", Remedy: "upgrade the chart", Changes: []scan.Change{}}
	job := scan.Finding{Code: "API-001", Severity: "blocker", File: at("deploy/job.yaml"), Line: at(1), Column: at(1), Document: at(1), Object: "CronJob/shop/night",
		ObjectAPI: "batch/v1beta1", ObjectKind: "CronJob", DeprecatedIn: at("1.21"), RemovedIn: at("1.25"), Replacement: at("batch/v1"),
		Source: "file", AlsoSeenIn: []string{}, Message: "batch/v1beta1 CronJob is not served from 1.25 on: written in deploy/job.yaml:1",
		Reason: "batch/v1beta1 CronJob is not served from 1.25 on; write batch/v1 CronJob", Remedy: "write the replacement", ChangesKnown: true, Changes: []scan.Change{},
		Patch: &scan.Patch{Line: 1, Column: 13, From: "batch/v1beta1", To: "batch/v1"}}
	alias := job
	alias.File, alias.Patch, alias.NoPatch = at("deploy/alias.yaml"), nil, at("its apiVersion is an alias or an anchor")
	drain := scan.Finding{Code: "DRAIN-001", Severity: "blocker", Object: "PodDisruptionBudget/shop/web", Source: scan.Cluster, AlsoSeenIn: []string{},
		Message: "minAvailable 2 of 2 pods never allows an eviction", Reason: "A budget never lets a pod go", Remedy: "lower minAvailable", Changes: []scan.Change{},
		Evidence: []string{"on w1: shop/web-1", "on w2: shop/web-2"}}
	for _, f := range []*scan.Finding{&ingress, &second, &job, &alias, &helm, &accepted} {
		f.Evidence = []string{}
	}
	return scan.Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Scan", AsOf: "2026-11-20", Target: "1.36.2", Table: scan.Table{Date: "2026-11-20", Through: "1.37"},
		Findings: []scan.Finding{ingress, second, job, alias, helm, drain, accepted}, Counts: scan.Counts{Files: 3, Documents: 4, Objects: 5},
		Coverage: scan.Coverage{Gaps: []scan.Gap{
			{Check: "chart/a.yaml", Reason: "a template", Required: true, File: at("chart/a.yaml"), Line: at(7), Document: at(2), Hint: at("render it: fixline scan -")},
			{Check: "custom resources of example.org/v1", Reason: "no rule speaks of it (1 object)"}}}}
}

func nothing() scan.Result {
	return scan.Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Scan", AsOf: "2026-11-20", Target: "1.36.2", Table: scan.Table{Date: "2026-11-20", Through: "1.37"},
		Findings: []scan.Finding{}, Counts: scan.Counts{Files: 1, Documents: 1, Objects: 1}, Coverage: scan.Coverage{Complete: true, Gaps: []scan.Gap{}}}
}

func writeScan(t *testing.T, f report.Format, r scan.Result) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteScan(&out, f, r, report.Options{Title: "Fixline scan", ToolVersion: "0.1.0"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestScanGoldens(t *testing.T) {
	extension := map[report.Format]string{report.Text: "txt", report.JSON: "json", report.YAML: "yaml", report.Markdown: "md", report.SARIF: "sarif", report.JUnit: "xml", report.CSV: "csv"}
	for _, f := range report.ScanFormats() {
		golden(t, "scan."+extension[f], writeScan(t, f, scanned()))
		golden(t, "scan-nothing."+extension[f], writeScan(t, f, nothing()))
	}
	if err := report.WriteScan(&bytes.Buffer{}, report.HTML, nothing(), report.Options{}); err == nil {
		t.Error("a form that is not offered was written")
	}
}

func TestScanSARIFValidates(t *testing.T) {
	schema := compile(t, "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", officialSchema(t))
	for _, r := range []scan.Result{scanned(), nothing()} {
		if err := schema.Validate(decode(t, writeScan(t, report.SARIF, r))); err != nil {
			t.Error(err)
		}
	}
	run := readSARIF(t, writeScan(t, report.SARIF, scanned()))
	where := run.Results[0].Locations[0].PhysicalLocation
	if *where.ArtifactLocation.URI != "deploy/web.yaml" || *where.Region.StartLine != 3 || *where.Region.StartColumn != 1 {
		t.Errorf("the first result is at %s:%d:%d", *where.ArtifactLocation.URI, *where.Region.StartLine, *where.Region.StartColumn)
	}
	seen := map[string]bool{}
	for _, x := range run.Results {
		if id := x.PartialFingerprints["primaryLocationLineHash"]; seen[id] {
			t.Errorf("two results share the fingerprint %s", id)
		} else {
			seen[id] = true
		}
	}
}

// A pipeline that counts failures and errors must not be greener than the exit
// code.
func TestScanJUnitAgreesWithTheExitCode(t *testing.T) {
	gap := nothing()
	gap.Coverage = scan.Coverage{Gaps: []scan.Gap{{Check: "a.yaml", Reason: "no YAML", Required: true}}}
	for name, tc := range map[string]struct {
		r                scan.Result
		failures, errors bool
	}{"found": {scanned(), true, true}, "nothing": {nothing(), false, false}, "unread": {gap, false, true}} {
		var got junit.Testsuites
		if err := xml.Unmarshal(writeScan(t, report.JUnit, tc.r), &got); err != nil {
			t.Fatal(err)
		}
		if (got.Failures > 0) != tc.failures || (got.Errors > 0) != tc.errors {
			t.Errorf("%s: %d failures, %d errors", name, got.Failures, got.Errors)
		}
	}
}

// Whoever may write a manifest must not be able to write to a terminal.
func TestScanCarriesNoControlCharacters(t *testing.T) {
	r := scanned()
	r.Findings[0].Object, r.Findings[0].File, r.Coverage.Gaps[0].Reason = "Ingress/"+bomb, at(bomb), bomb
	for _, f := range report.ScanFormats() {
		doc := string(writeScan(t, f, r))
		if f == report.CSV {
			doc = strings.ReplaceAll(doc, "\r\n", "\n")
		}
		for i, c := range doc {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c) && f != report.JSON && f != report.YAML) {
				t.Errorf("%s holds %U near %q", f, c, doc[max(0, i-30):min(len(doc), i+30)])
				break
			}
		}
	}
}
