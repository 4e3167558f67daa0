package scan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func minorOf(s string) version.Minor { return version.MustParse(s + ".0").Minor() }

func day(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s) // the zero time would fail the tests
	return t
}

func table(t *testing.T) *removal.Table {
	t.Helper()
	ingress := removal.GVK{Group: "extensions", Version: "v1beta1", Kind: "Ingress"}
	to := removal.GVK{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}
	made, err := removal.NewTable(removal.Facts{
		Date: day("2026-11-20"), From: map[string]version.Minor{removal.Kubernetes: minorOf("1.10")}, Through: map[string]version.Minor{removal.Kubernetes: minorOf("1.37")},
		Lives: []removal.Lifecycle{
			{GVK: ingress, Product: removal.Kubernetes, Introduced: minorOf("1.1"), Deprecated: minorOf("1.14"), Removed: minorOf("1.22"), Replacement: to, ChangesKnown: true,
				Changes: []removal.Change{{Field: "spec.backend", Kind: "renamed", Text: "write spec.defaultBackend", Source: "https://example.org"}}},
			{GVK: to, Product: removal.Kubernetes, Introduced: minorOf("1.19")},
			{GVK: removal.GVK{Version: "v1", Kind: "Pod"}, Product: removal.Kubernetes, Introduced: minorOf("1.1")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func uses() []removal.Use {
	use := func(group, v, kind, name string, line int) removal.Use {
		return removal.Use{GVK: removal.GVK{Group: group, Version: v, Kind: kind}, Namespace: "shop", Name: name, Source: removal.File, File: "a.yaml", Line: line, Column: 1, Document: line}
	}
	return []removal.Use{use("", "v1", "Pod", "x", 1), use("extensions", "v1beta1", "Ingress", "web", 2), use("example.org", "v1", "Thing", "y", 3), use("example.org", "v1", "Thing", "z", 4)}
}

func basis(t *testing.T, target string) *Basis {
	b := &Basis{AsOf: day("2026-11-20"), Target: version.MustParse(target), Table: table(t), Counts: Counts{Files: 1, Documents: 4, Objects: 4}}
	for _, u := range uses() {
		b.Add(u)
	}
	return b
}

func TestJudge(t *testing.T) {
	r := Judge(basis(t, "1.36.2"))
	if len(r.Findings) != 1 || r.Highest() != "blocker" || !r.Coverage.Complete {
		t.Fatalf("%+v", r)
	}
	ptr := func(s string) *string { return &s }
	num := func(n int) *int { return &n }
	want := Finding{Code: "API-001", Severity: "blocker", File: ptr("a.yaml"), Line: num(2), Column: num(1), Document: num(2), Object: "Ingress/shop/web",
		ObjectAPI: "extensions/v1beta1", ObjectKind: "Ingress", DeprecatedIn: ptr("1.14"), RemovedIn: ptr("1.22"), Replacement: ptr("networking.k8s.io/v1"),
		Source: "file", AlsoSeenIn: []string{}, Message: r.Findings[0].Message, Reason: r.Findings[0].Reason, Remedy: r.Findings[0].Remedy,
		Evidence: []string{}, Changes: []Change{{ptr("spec.backend"), "renamed", "write spec.defaultBackend", "https://example.org"}}, ChangesKnown: true, NoPatch: ptr("more than the apiVersion changes")}
	if diff := cmp.Diff(want, r.Findings[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if g := r.Coverage.Gaps; len(g) != 1 || g[0].Check != "custom resources of example.org/v1" || g[0].Required {
		t.Errorf("what no rule speaks of: %+v", g)
	}
}

// TestBeyond: of a release the table was not made from, nothing is called clean.
func TestBeyond(t *testing.T) {
	r := Judge(basis(t, "1.40.0"))
	if r.Coverage.Complete || len(r.Findings) != 1 || r.Findings[0].Code != "API-001" {
		t.Errorf("%+v", r)
	}
}

func TestAccepted(t *testing.T) {
	b := basis(t, "1.36.2")
	b.Accepted = []policy.Acceptance{
		{Finding: "API-001", Object: "Ingress/shop/*", Owner: "shop", Reason: "goes with the shop", Expires: day("2026-11-20")},
		{Finding: "API-001", File: "gone.yaml", Owner: "x", Reason: "y", Expires: day("2026-12-31")},
		{Advisory: "CVE-2020-8554", Owner: "x", Reason: "y", Expires: day("2026-12-31")},
	}
	r := Judge(b)
	if r.Highest() != "info" || r.Findings[0].Accepted == nil || r.Findings[0].Accepted.Owner != "shop" {
		t.Errorf("accepted: %+v", r.Findings)
	}
	if u := r.Unused(b.Accepted); len(u) != 1 || u[0].File != "gone.yaml" {
		t.Errorf("entries without a finding: %+v", u)
	}
	b.AsOf = day("2026-11-21")
	r = Judge(b)
	var codes []string
	for _, f := range r.Findings {
		codes = append(codes, f.Code+" "+f.Severity)
	}
	if diff := cmp.Diff([]string{"API-001 blocker", "IGNORE-001 warning"}, codes); diff != "" {
		t.Errorf("expired (-want +got):\n%s", diff)
	}
}
