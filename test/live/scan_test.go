package live

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

// cronJob is an object in the version of today that carries a copy of how it was once applied.
const cronJob = `{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"night","annotations":{"kubectl.kubernetes.io/last-applied-configuration":
"{\"apiVersion\":\"batch/v1beta1\",\"kind\":\"CronJob\"}"}},"spec":{"schedule":"0 3 * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"a"}]}}}}}}`

// scanFinding is what the test looks at of a finding.
type scanFinding struct {
	Code, Severity, Object, Source, Message string
}

// TestScan scans a real server with a Helm release, an object that was once applied in an old version, and its audit
// log, which shows that the scan itself asked for no deprecated version and changed nothing.
func TestScan(t *testing.T) {
	v := versions()[0]
	s := start(t, v)
	s.release(t, "secrets", "Secret", "web", 1, "deployed")
	s.call(t, "old-operator/1.0", "POST", "/apis/batch/v1/namespaces/default/cronjobs", cronJob)
	before := s.deprecated(t)
	p, kubeconfig := build(t), s.kubeconfig(t, s.Admin())
	minor := v[:strings.LastIndexByte(v, '.')]

	got := p.run(t, "scan", "--kubeconfig", kubeconfig, "--helm", "--audit-log", s.AuditLog(), "--target", minor, "-o", "json")
	var r struct {
		Findings []scanFinding
		Counts   struct{ Objects, Releases, Requests int }
	}
	if err := json.Unmarshal(got.stdout, &r); err != nil {
		t.Fatalf("%v: code %d, %s", err, got.code, got.stderr)
	}
	if r.Counts.Objects == 0 || r.Counts.Releases != 1 || r.Counts.Requests == 0 {
		t.Errorf("looked at %+v", r.Counts)
	}
	stale := func(f scanFinding) bool {
		return f.Object == "CronJob/default/night" && f.Source == "last-applied" && f.Code == "API-005" && f.Severity == "info"
	}
	if !slices.ContainsFunc(r.Findings, stale) {
		t.Errorf("no stale annotation: %+v", r.Findings)
	}
	for _, f := range r.Findings {
		if strings.Contains(f.Message, "fixline/") {
			t.Errorf("the scan is in its own evidence: %s", f.Message)
		}
	}
	if after := s.deprecated(t); !slices.Equal(before, after) {
		t.Errorf("apiserver_requested_deprecated_apis before %q, after %q", before, after)
	}
	s.noTrace(t)
}

// noTrace holds every request of the program to the audit log: none was of a version that the server calls deprecated, and
// none but the question who one is (a create that stores nothing) was more than reading.
func (s server) noTrace(t *testing.T) {
	t.Helper()
	log, err := os.ReadFile(s.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for line := range bytes.Lines(log) {
		var e struct {
			UserAgent, Verb, RequestURI string
			Annotations                 map[string]string
		}
		if json.Unmarshal(line, &e) != nil || !strings.HasPrefix(e.UserAgent, "fixline/") {
			continue // the line being written, or somebody else
		}
		ours++
		if e.Annotations["k8s.io/deprecated"] == "true" || e.Verb != "get" && e.Verb != "list" && !strings.HasPrefix(e.RequestURI, "/apis/authentication.k8s.io/v1/selfsubjectreviews") {
			t.Errorf("the scan asked: %s %s", e.Verb, e.RequestURI)
		}
	}
	if ours == 0 {
		t.Error("the audit log shows no request of the scan")
	}
}

// resourceClaim is written in a version that goes: in 1.37 resource.k8s.io/v1beta1 is deprecated and goes in 1.38
// (https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/).
const resourceClaim = `{"apiVersion":"resource.k8s.io/v1beta1","kind":"ResourceClaim","metadata":{"name":"gpu","labels":{"app":"gpu"}},"spec":{}}`

// TestScanCallers: who still uses a version that goes is told from everything a real server keeps of it: managedFields,
// its gauge, its audit log, and the releases of Helm. Before, a scan alone leaves nothing in the gauge and the log.
func TestScanCallers(t *testing.T) {
	v := versions()[0]
	if !strings.HasPrefix(v, "1.37.") {
		t.Skip("the deprecated version is one of 1.37")
	}
	s := start(t, v, "--runtime-config=resource.k8s.io/v1beta1=true")
	p, kubeconfig := build(t), s.kubeconfig(t, s.Admin())
	scan := func(args ...string) []scanFinding {
		t.Helper()
		got := p.run(t, append([]string{"scan", "--kubeconfig", kubeconfig, "--target", "1.37", "-o", "json"}, args...)...)
		var r struct{ Findings []scanFinding }
		if err := json.Unmarshal(got.stdout, &r); err != nil {
			t.Fatalf("%v: code %d, %s", err, got.code, got.stderr)
		}
		return r.Findings
	}
	goes := func(text string) bool {
		return strings.Contains(text, "resource.k8s.io") && strings.Contains(text, "v1beta1")
	}

	scan("--helm", "--audit-log", s.AuditLog())
	if traces := s.deprecated(t); slices.ContainsFunc(traces, goes) {
		t.Errorf("a scan alone is in apiserver_requested_deprecated_apis: %q", traces)
	}
	s.noTrace(t)

	s.call(t, "old-operator/1.0", "POST", "/apis/resource.k8s.io/v1beta1/namespaces/default/resourceclaims", resourceClaim)
	for range 3 {
		s.call(t, "legacy-caller/2.0", "GET", "/apis/resource.k8s.io/v1beta1/namespaces/default/resourceclaims/gpu", "")
	}
	s.releaseOf(t, "secrets", "Secret", "gpus", 1, "deployed", "---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: gpus}\n")
	if traces := s.deprecated(t); !slices.ContainsFunc(traces, goes) {
		t.Fatalf("the server counts no deprecated request: %q", traces)
	}
	findings := scan("--helm")
	expect(t, findings, "API-003", "warning", "managed-fields", "ResourceClaim/default/gpu", `written by "old-operator"`)
	expect(t, findings, "API-002", "blocker", "helm", "Secret/default/sh.helm.release.v1.gpus.v1", `revision 1 of the Helm release "gpus"`)
	expect(t, findings, "API-003", "warning", "metric", "resourceclaims.v1beta1.resource.k8s.io", "at least once since 20")
	expect(t, scan("--audit-log", s.AuditLog()), "API-003", "warning", "audit", "resourceclaims.v1beta1.resource.k8s.io", "requested 3 times by legacy-caller/2.0 as ")
	s.noTrace(t)
}

// expect wants one finding whose message holds text.
func expect(t *testing.T, findings []scanFinding, code, severity, source, object, text string) {
	t.Helper()
	for _, f := range findings {
		if f.Code == code && f.Severity == severity && f.Source == source && f.Object == object && strings.Contains(f.Message, text) {
			return
		}
	}
	t.Errorf("no %s %s of %s from %s with %q in %+v", severity, code, object, source, text, findings)
}

// call makes one request as a program that is not Fixline.
func (s server) call(t *testing.T, agent, verb, path, body string) {
	t.Helper()
	cfg := rest.CopyConfig(s.as(s.Admin()))
	cfg.UserAgent = agent
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), verb, s.Host()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", verb, path, answer.Status)
	}
}
