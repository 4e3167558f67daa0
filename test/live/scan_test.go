package live

import (
	"bytes"
	"encoding/json"
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
	s.old(t)
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

// old writes what was once applied in an old version.
func (s server) old(t *testing.T) {
	t.Helper()
	cfg := rest.CopyConfig(s.as(s.Admin()))
	cfg.UserAgent = "old-operator/1.0"
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{
		"/apis/batch/v1/namespaces/default/cronjobs": cronJob,
	} {
		answer, err := client.Post(s.Host()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 201 {
			t.Fatalf("%s: %s", path, answer.Status)
		}
	}
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
