package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/report"
)

// failedRehearsal is one with everything a form shows, hostile names included.
func failedRehearsal() rehearsal.Rehearsal {
	program := rehearsal.Program{Version: "1.35.4", SHA256: strings.Repeat("a", 64), Image: at("registry.example.org/kube-apiserver:v1.35.4"), Digest: at("sha256:" + strings.Repeat("b", 64))}
	return rehearsal.Rehearsal{
		APIVersion: "fixline.dev/v1alpha1", Kind: "Rehearsal", Cluster: at("prod"), At: "2026-03-15T09:00:00Z", Program: "fixline 1", From: at("1.34.4"),
		Target: "1.35.4", Result: rehearsal.Fail, Catalogue: rehearsal.Catalog{Date: "2026-03-10", AdvisoriesThrough: "2026-03-09"},
		Snapshot: rehearsal.Snapshot{SHA256: strings.Repeat("c", 64), Revision: 4711, Keys: 216, Bytes: 299008,
			Backup: &rehearsal.Backup{Name: "prod\x1b[31m.tar.age", SHA256: strings.Repeat("e", 64), Cluster: "prod", Taken: "2026-03-15T08:00:00Z", Snapshot: strings.Repeat("c", 64)}},
		Etcd:    rehearsal.Program{Version: "3.6.6", SHA256: strings.Repeat("d", 64)},
		Private: rehearsal.Private{InMemory: true}, Changes: []rehearsal.Change{{What: "--oidc-issuer-url left out", Why: "the issuer would be asked"}},
		Hops: []rehearsal.Hop{{Program: program, Checks: []rehearsal.Check{
			{Check: rehearsal.Flags, State: rehearsal.Pass, Why: "it knows every flag", Seconds: 0.2},
			{Check: rehearsal.Readable, State: rehearsal.Fail, Why: "1 resources are not listed as they are stored", Seconds: 1.5},
			{Check: rehearsal.Access, State: rehearsal.Unknown, Why: "nothing was asked"},
			{Check: rehearsal.Admission, State: rehearsal.Skipped, Why: "nothing refuses"}},
			Resources: []rehearsal.Resource{{Resource: "pods", Objects: 12, Seconds: 0.01}}, Objects: 12}},
		Findings: []rehearsal.Finding{
			{Code: "REHEARSE-002", Severity: "blocker", Version: "1.35.4", Object: "configmaps/shop/\x1b[31m|<b>", Message: "it cannot be read: a\nb", Remedy: "write it anew", Evidence: []string{"a line of the log"}},
			{Code: "REHEARSE-011", Severity: "info", Version: "1.35.4", Object: "KubeAPIServer/1.35.4", Message: "webhooks were not called", Evidence: []string{}}},
	}
}

func TestRehearsalGoldens(t *testing.T) {
	extension := map[report.Format]string{report.Text: "txt", report.JSON: "json", report.YAML: "yaml", report.Markdown: "md"}
	for _, f := range report.RehearsalFormats() {
		var out bytes.Buffer
		if err := report.WriteRehearsal(&out, f, failedRehearsal(), report.Options{}); err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsRune(out.Bytes(), 0x1b) {
			t.Errorf("%s holds what acts on a terminal", f)
		}
		golden(t, "rehearsal."+extension[f], out.Bytes())
	}
	passed := failedRehearsal()
	passed.Result, passed.From, passed.Cluster = rehearsal.Pass, nil, nil
	passed.Private = rehearsal.Private{Accepted: true}
	passed.Findings, passed.Changes, passed.Hops[0].Checks = nil, nil, passed.Hops[0].Checks[:1]
	var out bytes.Buffer
	if err := report.WriteRehearsal(&out, report.Text, passed, report.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "rehearsal-passed.txt", out.Bytes())
	if err := report.WriteRehearsal(&out, report.CSV, passed, report.Options{}); err == nil {
		t.Error("a rehearsal has no table of rows")
	}
}
