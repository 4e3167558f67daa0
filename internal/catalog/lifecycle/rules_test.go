package lifecycle

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const good = `apiVersion: fixline.dev/v1alpha1
kind: APIRules
metadata: {name: ours}
spec:
  product: our-operator
  from: "1.0"
  through: "2.4"
  source: https://example.org/notes
  rules:
  - apiVersion: things.example.org/v1beta1
    kinds: [Thing, Widget]
    introduced: "1.2"
    deprecated: "2.0"
    removed: "2.3"
    replacement: things.example.org/v1
    changes:
    - {field: spec.size, kind: required, text: it must be written}
  - apiVersion: things.example.org/v1
    kinds: [Thing]
    introduced: "1.8"
    changes: []
  bystanders:
  - {name: our scanner, userAgents: ["scanner/*"], why: it only looks, source: "https://example.org/scanner"}
`

func read(t *testing.T, text string) []Rules {
	t.Helper()
	r, err := ReadRules(strings.NewReader(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRulesReachTheTable(t *testing.T) {
	empty, err := removal.NewTable(removal.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := Apply(empty, read(t, good)...)
	if err != nil {
		t.Fatal(err)
	}
	l, ok := table.Lookup(removal.GVK{Group: "things.example.org", Version: "v1beta1", Kind: "Widget"})
	want := removal.Lifecycle{GVK: removal.GVK{Group: "things.example.org", Version: "v1beta1", Kind: "Widget"}, Product: "our-operator",
		Introduced: version.Minor{Major: 1, Minor: 2}, Deprecated: version.Minor{Major: 2}, Removed: version.Minor{Major: 2, Minor: 3},
		Replacement: removal.GVK{Group: "things.example.org", Version: "v1", Kind: "Widget"}, ChangesKnown: true,
		Changes: []removal.Change{{Field: "spec.size", Kind: "required", Text: "it must be written", Source: "https://example.org/notes"}},
		Source:  "https://example.org/notes", Verified: "hand"}
	if diff := cmp.Diff(want, l); !ok || diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if table.Through("our-operator") != (version.Minor{Major: 2, Minor: 4}) {
		t.Errorf("through %s", table.Through("our-operator"))
	}
}

// TestRuleOverrulesOnlyWhatItSays: a rule that speaks of the replacement leaves
// the dates alone.
func TestRuleOverrulesOnlyWhatItSays(t *testing.T) {
	table, err := Apply(mustTable(t), read(t, good)...)
	if err != nil {
		t.Fatal(err)
	}
	more := strings.NewReplacer("rules:\n", "rules:\n  - {apiVersion: things.example.org/v1beta1, kinds: [Thing], replacement: none, note: ours}\n  #").
		Replace("apiVersion: fixline.dev/v1alpha1\nkind: APIRules\nmetadata: {name: more}\nspec:\n  product: our-operator\n  source: https://example.org/more\n  rules:\n")
	if table, err = Apply(table, read(t, more)...); err != nil {
		t.Fatal(err)
	}
	l, _ := table.Lookup(removal.GVK{Group: "things.example.org", Version: "v1beta1", Kind: "Thing"})
	if !l.Replacement.Zero() || l.Note != "ours" || l.Removed != (version.Minor{Major: 2, Minor: 3}) || l.Source != "https://example.org/notes" || len(l.Changes) != 1 {
		t.Errorf("%+v", l)
	}
}

func mustTable(t *testing.T) *removal.Table {
	t.Helper()
	table, err := removal.NewTable(removal.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestMistakesAreNamed(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{"kind: APIRules", "kind: ApiRules", "rules.yaml:2: kind"},
		{`removed: "2.3"`, `remove: "2.3"`, "rules.yaml:14: spec.rules[0].remove"},
		{`removed: "2.3"`, `removed: "2"`, "rules.yaml:14: spec.rules[0].removed"},
		{`removed: "2.3"`, `removed: "1.1"`, "rules.yaml:14: spec.rules[0].removed"},
		{"things.example.org/v1beta1", "things.example.org/beta", "rules.yaml:10: spec.rules[0].apiVersion"},
		{"[Thing, Widget]", "[thing]", "rules.yaml:11: spec.rules[0].kinds"},
		{"[Thing, Widget]", "[]", "rules.yaml:11: spec.rules[0].kinds"},
		{"[Thing, Widget]", "[Thing, Thing]", "has a rule on line 10"},
		{"replacement: things.example.org/v1", "replacement: v1 thing", "rules.yaml:15: spec.rules[0].replacement"},
		{"kind: required", "kind: other", "rules.yaml:17: spec.rules[0].changes[0].kind"},
		{"  source: https://example.org/notes\n", "", "has no source"},
		{"source: https://example.org/notes", "source: http://example.org/notes", "rules.yaml:8: spec.source"},
		{`["scanner/*"]`, `["*"]`, "matches too much"},
		{`userAgents: ["scanner/*"], `, "", "matches nobody"},
		{"product: our-operator", "product: Our Operator", "rules.yaml:5: spec.product"},
	} {
		if !strings.Contains(good, tt.from) {
			t.Fatalf("%q is not in the example", tt.from)
		}
		_, err := ReadRules(strings.NewReader(strings.Replace(good, tt.from, tt.to, 1)), "rules.yaml")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v\nwant %s", tt.to, err, tt.want)
		}
	}
	if _, err := ReadRules(strings.NewReader("# nothing\n"), "rules.yaml"); err == nil {
		t.Error("an empty file was accepted")
	}
}

// TestBuiltInGroupsStayKubernetes: a rule file may not take a group over.
func TestBuiltInGroupsStayKubernetes(t *testing.T) {
	table, err := Apply(mustTable(t), read(t, strings.Replace(good, "  product: our-operator\n", "", 1))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Apply(table, read(t, good)...); err == nil {
		t.Error("a group has two products")
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("apiVersion: fixline.dev/v1alpha1\nkind: APIRules\nspec: {rules: [{apiVersion: v1, kinds: [A]}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := ReadRules(bytes.NewReader(data), "f")
		if err != nil {
			return
		}
		table, err := removal.NewTable(removal.Facts{})
		if err != nil {
			t.Fatal(err)
		}
		if table, err = Apply(table, rules...); err != nil {
			return
		}
		for _, l := range table.All() {
			if back, err := Of(l).value(); err != nil || cmp.Diff(l, back) != "" {
				t.Fatalf("%v: %s", err, cmp.Diff(l, back))
			}
		}
	})
}
