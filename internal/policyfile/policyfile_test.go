package policyfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

// TestDefault: the file users copy and the values the program starts from are
// the same.
func TestDefault(t *testing.T) {
	empty := "apiVersion: fixline.dev/v1alpha1\nkind: Policy\n"
	for name, text := range map[string]string{"policy.yaml": defaultPolicy, "empty": empty} {
		got, err := ReadPolicy(strings.NewReader(text), name)
		if diff := cmp.Diff(policy.Default(), got); diff != "" || err != nil {
			t.Errorf("%s: %v (-built in +file):\n%s", name, err, diff)
		}
	}
}

func TestReadPolicy(t *testing.T) {
	const text = `{"apiVersion": "fixline.dev/v1alpha1", "kind": "Policy", "deadlines": [{"score": 9.5, "days": 1}, {"score": 0, "days": 20}], "notReachable": 3, "staleAfterDays": 0}`
	want := policy.Default()
	want.Deadlines = []policy.Deadline{{MinScore: 9.5, Days: 1}, {MinScore: 0, Days: 20}}
	want.NotReachableFactor, want.StaleAfterDays = 3, 0
	path := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadPolicy(path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := LoadPolicy(path + ".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

const head = "apiVersion: fixline.dev/v1alpha1\nkind: "

func TestPolicyMistakes(t *testing.T) {
	for in, want := range map[string]string{
		"Policy\ndeadline: []\n":                                                           `p.yaml:3: deadline: unknown key "deadline"`,
		"Policy\ndeadlines: []\n":                                                          "p.yaml:3: deadlines: the last line must have score 0",
		"Policy\ndeadlines:\n- {score: 9, days: 7}\n":                                      "p.yaml:4: deadlines: the last line must have score 0",
		"Policy\ndeadlines:\n- {score: 0, days: 7}\n- {score: 9, days: 7}\n":               "p.yaml:5: deadlines[1].score: 9 does not fall",
		"Policy\ndeadlines:\n- {score: 11, days: 7}\n":                                     "p.yaml:4: deadlines[0].score: 11 is no CVSS base score",
		"Policy\ndeadlines:\n- {score: high, days: 7}\n":                                   `p.yaml:4: deadlines[0].score: expected a number, found "high"`,
		"Policy\ndeadlines:\n- {days: 7}\n":                                                "p.yaml:4: deadlines[0].score: is required",
		"Policy\ndeadlines:\n- {score: 0}\n":                                               "p.yaml:4: deadlines[0].days: is required",
		"Policy\ndeadlines:\n- {score: 0, days: -1}\n":                                     "p.yaml:4: deadlines[0].days: -1 is no number of days",
		"Policy\nnoVectorDays: soon\n":                                                     `p.yaml:3: noVectorDays: expected a whole number, found "soon"`,
		"Policy\nreachableInProduction: 2\n":                                               "p.yaml:3: reachableInProduction: 2 is out of range",
		"Policy\nreachableInProduction: 0\n":                                               "p.yaml:3: reachableInProduction: 0 is out of range",
		"Policy\nnotReachable: 0.5\n":                                                      "p.yaml:3: notReachable: 0.5 is out of range",
		"Policy\nnotReachable: .inf\n":                                                     `p.yaml:3: notReachable: expected a number, found ".inf"`,
		"Ignore\n":                                                                         `p.yaml:2: kind: "Ignore" is not of kind Policy`,
		"Policy\n---\n" + head + "Policy\n":                                                "p.yaml:4: holds a second document",
		strings.Repeat("Policy # far too long for a policy ", 40_000):                      "p.yaml: larger than 1 MiB",
		"Policy\nstaleAfterDays: 4000\nsupportMarginDays: [1]\nreachableInProduction: 0.5": "p.yaml:4: supportMarginDays: expected a whole number, found a list",
	} {
		_, err := ReadPolicy(strings.NewReader(head+in), "p.yaml")
		expect(t, in, err, want)
	}
}

func TestReadIgnore(t *testing.T) {
	const text = head + `Ignore
entries:
- {advisory: CVE-2020-8554, clusters: [prod, dev], owner: payments, reason: no tenant may create Services, expires: 2026-12-31}
- advisory: CVE-2020-8561
  owner: platform
  reason: webhooks are reviewed
  expires: "2027-01-31"
`
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	want := []policy.Acceptance{
		{Advisory: "CVE-2020-8554", Clusters: []string{"prod", "dev"}, Owner: "payments", Reason: "no tenant may create Services", Expires: day("2026-12-31")},
		{Advisory: "CVE-2020-8561", Owner: "platform", Reason: "webhooks are reviewed", Expires: day("2027-01-31")},
	}
	path := filepath.Join(t.TempDir(), "ignore.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadIgnore(path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestIgnoreMistakes(t *testing.T) {
	const good = "{advisory: CVE-2020-8554, owner: o, reason: r, expires: 2026-12-31}"
	entry := func(old, new string) string {
		return "Ignore\nentries:\n- " + strings.Replace(good, old, new, 1) + "\n"
	}
	for in, want := range map[string]string{
		"Ignore\n":                                                                "i.yaml:1: entries: is required",
		entry("advisory: CVE-2020-8554, ", ""):                                    "i.yaml:4: entries[0].advisory: is required",
		entry("owner: o, ", ""):                                                   "i.yaml:4: entries[0].owner: is required",
		entry("reason: r", "reason: ''"):                                          "i.yaml:4: entries[0].reason: is required",
		entry(", expires: 2026-12-31", ""):                                        "i.yaml:4: entries[0].expires: is required",
		entry("2026-12-31", "31.12.2026"):                                         `i.yaml:4: entries[0].expires: "31.12.2026" is no date`,
		entry("2026-12-31", "2026-02-30"):                                         `i.yaml:4: entries[0].expires: "2026-02-30" is no date`,
		entry("CVE-2020-8554", "cve-2020-8554"):                                   `i.yaml:4: entries[0].advisory: "cve-2020-8554" is no CVE identifier`,
		entry("CVE-2020-8554", "'CVE 2020'"):                                      `i.yaml:4: entries[0].advisory: "CVE 2020" is no advisory`,
		entry("owner: o", "owner: o, until: x"):                                   `i.yaml:4: entries[0].until: unknown key "until"`,
		entry("owner: o", "owner: o, clusters: []"):                               "i.yaml:4: entries[0].clusters: names no cluster",
		entry("", "") + "- " + good:                                               "i.yaml:5: entries[1]: CVE-2020-8554 is already accepted for the same clusters on line 4",
		"Policy\n":                                                                `i.yaml:2: kind: "Policy" is not of kind Ignore`,
		entry("advisory: CVE-2020-8554", "finding: READ-001"):                     "i.yaml:4: entries[0].finding: would be accepted everywhere",
		entry("advisory: CVE-2020-8554", "finding: API-999, object: Ingress/a/b"): `i.yaml:4: entries[0].finding: "API-999" is no finding`,
		entry("owner: o", "owner: o, finding: READ-001"):                          "i.yaml:4: entries[0].finding: stands beside an advisory",
		entry("owner: o", "owner: o, file: a.yaml"):                               "i.yaml:4: entries[0].file: narrows a finding, not an advisory",
	} {
		_, err := ReadIgnore(strings.NewReader(head+in), "i.yaml")
		expect(t, in, err, want)
	}
}

// TestAcceptedFindings: an entry accepts a finding where it says, until its day.
func TestAcceptedFindings(t *testing.T) {
	const in = head + `Ignore
entries:
- {finding: READ-001, object: Ingress/shop/*, owner: o, reason: r, expires: 2026-12-31}
- {finding: READ-001, file: old/a.yaml, owner: o, reason: r, expires: 2026-12-31}
`
	got, err := ReadIgnore(strings.NewReader(in), "i.yaml")
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, tc := range []struct {
		code, object, file string
		want               [2]bool
	}{
		{"READ-001", "Ingress/shop/web", "new/a.yaml", [2]bool{true, false}},
		{"READ-001", "Ingress/other/web", "old/a.yaml", [2]bool{false, true}},
		{"READ-002", "Ingress/shop/web", "old/a.yaml", [2]bool{false, false}},
		{"READ-001", "Ingress/other/web", "old/a.yaml.bak", [2]bool{false, false}},
	} {
		if found := [2]bool{got[0].Covers(tc.code, tc.object, tc.file), got[1].Covers(tc.code, tc.object, tc.file)}; found != tc.want {
			t.Errorf("%+v: covered %v", tc, found)
		}
	}
	if got[0].Holds("CVE-2020-8554", "", time.Time{}) {
		t.Error("an accepted finding accepts an advisory")
	}
}

func expect(t *testing.T, in string, err error, want string) {
	t.Helper()
	var e *strict.Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
		t.Errorf("%.200q: %v, want %q", in, err, want)
	}
}
