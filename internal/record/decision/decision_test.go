package decision

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/record.yaml in the form Write has")

func example(t *testing.T) (Decision, string) {
	t.Helper()
	text, err := os.ReadFile("testdata/record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(text, "record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d, string(text)
}

// TestFile: the file is written in the form and order a person reads.
func TestFile(t *testing.T) {
	d, text := example(t)
	got, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/record.yaml", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text, string(got)); diff != "" {
		t.Errorf("-file +written:\n%s", diff)
	}
}

// TestJSON: lists are never null, absent texts are.
func TestJSON(t *testing.T) {
	minimal := "apiVersion: fixline.dev/v1alpha1\nkind: ChangeRecord\nid: a\ncreated: 2026-03-15T10:00:00Z\nasOf: 2026-03-15\nsentence: s\n" +
		"cluster: {name: c}\nreason: {text: r}\nchange: {from: 1.34.1, target: 1.34.2}\nbackup: {required: false, whyNot: no etcd of ours}\n"
	d, err := Read([]byte(minimal), "record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"waivers":[]`, `"advisories":[]`, `"triggers":[]`, `"due":null`, `"requiredSignOffs":[]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
}

func TestRefused(t *testing.T) {
	_, text := example(t)
	for _, tt := range []struct{ from, to, want string }{
		{"kind: ChangeRecord", "kind: Other", "record.yaml:1: is no change record"},
		{"sentence: upgrade", "sentense: upgrade", `unknown key "sentense"`},
		{"  until: '2026-04-01'", "  until: soon", `record.yaml:58: waivers[0].until: "soon" is no date`},
		{"  by: shop\n", "", "waivers[0].by: is required"},
		{"- platform", "- boss", `requiredSignOffs[0]: "boss" is not one of platform, workload-owner, security`},
		{"  required: true", "  required: false", "backup.whyNot: is required where no backup is"},
		{"  required: true\n", "", "backup.required: is required"},
		{"  state: open", "  state: fine", `"fine" is not one of open, closed, needs-review`},
		{"  advisories:\n  - CVE-2025-13281\n", "  advisories: []\n", "reason: names neither"},
		{"id: prod-1.34.2-20260315", "id: ../x", "no name of a change"},
		{"policyHash: 9f", "policyHash: XX", "no SHA-256 sum"},
		{`created: '2026-03-15T10:00:00Z'`, "created: today", "no time"},
	} {
		if !strings.Contains(text, tt.from) {
			t.Fatalf("%q is not in the file", tt.from)
		}
		if _, err := Read([]byte(strings.Replace(text, tt.from, tt.to, 1)), "record.yaml"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %s", tt.to, err, tt.want)
		}
	}
	if _, err := Write(Decision{}); err == nil {
		t.Error("an empty decision was written")
	}
}

// TestAnyText: no text of a finding or a waiver can become something else.
func TestAnyText(t *testing.T) {
	d, _ := example(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		d.Findings[0].Message = "x" + text
		d.Waivers[0].Why, d.Change.Target = text+"x", "1.30"
		d.Findings[0].Note, d.FollowUps[0].Owner = Text(text), Text(text)
		d.Rollback.Triggers = []string{"- " + text}
		out, err := Write(d)
		if err != nil {
			t.Skip(err) // not every character is YAML; what is refused is said
		}
		got, err := Read(out, "record.yaml")
		if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func TestStandings(t *testing.T) {
	d, _ := example(t)
	on := func(day string) time.Time {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tt := range []struct {
		day   string
		later []Waiver
		state string
		want  string
	}{
		{"2026-04-01", nil, Open, ""},
		{"2026-04-02", nil, Open, "API-001 of Ingress/shop/web: the waiver of shop expired after 2026-04-01"},
		{"2026-04-02", []Waiver{{Finding: "API-001", By: "cto", Until: "2026-05-01"}}, Open, ""},
		{"2026-04-02", []Waiver{{Finding: "API-001", Object: "Ingress/other", By: "cto", Until: "2026-05-01"}}, NeedsReview, "API-001 of Ingress/shop/web: the waiver of shop expired after 2026-04-01"},
		{"2026-04-02", nil, Settled, ""},
	} {
		d.Findings[0].State = tt.state
		s := d.Standings(tt.later, on(tt.day))
		if got := s[0].Unsettled(); got != tt.want || s[1].Unsettled() != "" {
			t.Errorf("%s %s: %q %q, want %q", tt.day, tt.state, got, s[1].Unsettled(), tt.want)
		}
	}
	d.Waivers = nil
	d.Findings[1].State = NeedsReview
	s := d.Standings(nil, on("2026-04-01"))
	if s[0].Unsettled() != "API-001 of Ingress/shop/web is an open blocker without a waiver" && d.Findings[0].State == Open {
		t.Error(s[0].Unsettled())
	}
	if s[1].Unsettled() != "SET-013 needs review: nobody has said what it is" {
		t.Error(s[1].Unsettled())
	}
}
