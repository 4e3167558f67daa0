package addonrules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const good = `apiVersion: fixline.dev/v1alpha1
kind: AddonRules
metadata: {name: ours}
spec:
  date: "2026-11-01"
  addons:
  - name: guard
    security: policy-engine
    images: [corp/guard, "corp/guard-*"]
    not: [corp/guard-cli]
    crdGroups: [guard.example.org]
    labels: [app=guard]
    webhooks: ["guard-*"]
    supports:
    - {versions: "1.4 - 1.5", kubernetes: "1.31 - 1.35", source: "https://example.org/matrix"}
    - {versions: "1.6 -", kubernetes: "1.33", outside: unknown, source: "https://example.org/matrix", date: "2026-11-20"}
    - {versions: "0.9", kubernetes: "- 1.30", outside: newer-unknown, source: "https://example.org/matrix"}
    olm:
    - {versions: "1.3", minKubeVersion: 1.25.0, maxOpenShiftVersion: "4.18", source: "https://example.org/csv"}
`

func TestRead(t *testing.T) {
	m := func(a, b int) version.Minor { return version.Minor{Major: a, Minor: b} }
	want := []Rules{{Name: "ours", Date: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Addons: []custom.Rule{{
		Name: "guard", Security: "policy-engine", Images: []string{"corp/guard", "corp/guard-*"}, Not: []string{"corp/guard-cli"},
		Groups: []string{"guard.example.org"}, Labels: []string{"app=guard"}, Webhooks: []string{"guard-*"},
		Supports: []custom.Support{
			{From: m(1, 4), To: m(1, 5), MinKubernetes: m(1, 31), MaxKubernetes: m(1, 35), Source: "https://example.org/matrix", Date: "2026-11-01"},
			{From: m(1, 6), MinKubernetes: m(1, 33), MaxKubernetes: m(1, 33), Tested: true, Source: "https://example.org/matrix", Date: "2026-11-20"},
			{From: m(0, 9), To: m(0, 9), MaxKubernetes: m(1, 30), Tested: true, Older: true, Source: "https://example.org/matrix", Date: "2026-11-01"},
			{From: m(1, 3), To: m(1, 3), MinKubernetes: m(1, 25), MaxKubernetes: m(1, 31), Source: "https://example.org/csv", Date: "2026-11-01"},
		},
	}}}}
	got, err := Read(strings.NewReader(good), "ours.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMistakes: each names its line and field, and all of a document come at once.
func TestMistakes(t *testing.T) {
	head, addon, _ := strings.Cut(good, "  addons:\n")
	head += "  addons:\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":           {"# empty\n", "ours.yaml: holds no rules"},
		"another kind":      {strings.Replace(good, "AddonRules", "APIRules", 1), `ours.yaml:2: kind: "APIRules" is not AddonRules`},
		"another version":   {strings.Replace(good, "v1alpha1", "v2", 1), `apiVersion: "fixline.dev/v2" is not what rule files are written in`},
		"unknown key":       {strings.Replace(good, "images:", "image:", 1), "image"},
		"no add-ons":        {strings.Replace(head, "addons:\n", "addons: []\n", 1), "holds no add-ons"},
		"an empty rule":     {head + "  - {name: x1}\n", "spec.addons[0]: says nothing"},
		"a bad name":        {strings.Replace(good, "name: guard", "name: Guard!", 1), `"Guard!" is no name`},
		"a bad security":    {strings.Replace(good, "policy-engine", "important", 1), "security"},
		"a wide pattern":    {strings.Replace(good, "corp/guard,", `"*/a",`, 1), `"*/a" is no pattern`},
		"a tag":             {strings.Replace(good, "corp/guard,", "corp/guard:v1,", 1), `"corp/guard:v1" is no pattern`},
		"a bad group":       {strings.Replace(good, "[guard.example.org]", "[Guard]", 1), `"Guard" is none`},
		"a bad label":       {strings.Replace(good, "[app=guard]", "[app]", 1), `"app" is none`},
		"a bad range":       {strings.Replace(good, "1.31 - 1.35", "soon", 1), `"soon" is not a minor release`},
		"an empty range":    {strings.Replace(good, "1.31 - 1.35", "-", 1), "names no release"},
		"a range backwards": {strings.Replace(good, "1.31 - 1.35", "1.35 - 1.31", 1), "1.35 is after 1.31"},
		"no source":         {strings.Replace(good, `, source: "https://example.org/csv"`, "", 1), "spec.addons[0].olm[0].source"},
		"a bad source":      {strings.Replace(good, "https://example.org/csv", "http://example.org", 1), "is no https address"},
		"no date":           {strings.Replace(good, "  date: \"2026-11-01\"\n", "", 1), "has no date"},
		"a bad date":        {strings.Replace(good, `"2026-11-20"`, "yesterday", 1), `"yesterday" is no day`},
		"twice":             {good + strings.Replace(addon, "guard\n", "guard\n", 1), "guard has a rule on line 7"},
		"empty OLM":         {strings.Replace(good, `minKubeVersion: 1.25.0, maxOpenShiftVersion: "4.18", `, "", 1), "spec.addons[0].olm[0]: says nothing"},
		"no OpenShift":      {strings.Replace(good, `"4.18"`, `"3.11"`, 1), "is no release of OpenShift"},
		"no version":        {strings.Replace(good, "1.25.0", "soon", 1), "minKubeVersion"},
		"no outside":        {strings.Replace(good, "outside: unknown", "outside: maybe", 1), "outside"},
	} {
		_, err := Read(strings.NewReader(test.text), "ours.yaml")
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v lacks %q", name, err, test.want)
		}
	}
	two := strings.Replace(strings.Replace(good, "name: guard", "name: G!", 1), `"2026-11-20"`, "x", 1)
	if _, err := Read(strings.NewReader(two), "f"); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes come one by one: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("kind: AddonRules\nspec: {addons: [{supports: [{versions: - }]}]}")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := Read(strings.NewReader(text), "f")
		if err != nil {
			return
		}
		for _, r := range rules {
			for _, a := range r.Addons {
				for _, s := range a.Supports {
					if a.Name == "" || s.Source == "" || s.Date == "" {
						t.Errorf("%+v", a)
					}
				}
			}
		}
	})
}
