// Package curated_test holds the curated reachability files to what package
// reach can answer.
package curated_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/reach"
)

type entry struct {
	Summary     string            `yaml:"summary"`
	Conditions  []form.Condition  `yaml:"conditions"`
	Mitigations []form.Mitigation `yaml:"mitigations"`
	Sources     []form.Source     `yaml:"sources"`
}

func load(t *testing.T) map[string]entry {
	t.Helper()
	paths, err := filepath.Glob("reach-*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no reach-*.yaml here: %v", err)
	}
	all := map[string]entry{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var f map[string]entry
		if err := yaml.Load(raw, &f, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for id, e := range f {
			if _, twice := all[id]; twice {
				t.Errorf("%s: %s is in another file as well", path, id)
			}
			all[id] = e
		}
	}
	return all
}

// Every structured question can be answered: a name nobody reads would stay
// unknown for ever.
func TestEveryQuestionIsAnswerable(t *testing.T) {
	for id, e := range load(t) {
		for _, c := range e.Conditions {
			check(t, id+": condition "+c.Text, c.Question)
		}
		for _, m := range e.Mitigations {
			check(t, id+": mitigation "+m.Text, m.Question)
		}
	}
}

func check(t *testing.T, place string, f *form.Question) {
	t.Helper()
	q, err := f.Decode()
	if err != nil {
		t.Errorf("%s: %v", place, err)
		return
	}
	if q == nil {
		return
	}
	if err := reach.Check(place, q); err != nil {
		t.Error(err)
	}
}

var idPattern = regexp.MustCompile(`^(CVE-\d{4}-\d{4,7}|GHSA(-[0-9a-z]{4}){3})$`)

// Entries are one-line facts with a source.
func TestEntriesAreComplete(t *testing.T) {
	for id, e := range load(t) {
		if !idPattern.MatchString(id) {
			t.Errorf("%q is no id of an advisory", id)
		}
		if e.Summary == "" || strings.Contains(e.Summary, "\n") || !strings.HasSuffix(e.Summary, ".") {
			t.Errorf("%s: the summary is one sentence on one line", id)
		}
		if len(e.Conditions) == 0 {
			t.Errorf("%s: what does an attacker need?", id)
		}
		if len(e.Sources) == 0 {
			t.Errorf("%s: no source", id)
		}
		for _, s := range e.Sources {
			if s.Name == "" || s.Says == "" || !strings.HasPrefix(s.URL, "https://") {
				t.Errorf("%s: source %q needs a name, an https URL and what it says", id, s.Name)
			}
		}
	}
}

// A gate has the same defaults wherever it is asked about.
func TestGateDefaultsAgree(t *testing.T) {
	seen := map[string][]advisory.GateDefault{}
	var walk func(id string, q *advisory.Question)
	walk = func(id string, q *advisory.Question) {
		if q == nil {
			return
		}
		if g := q.Gate; g != nil {
			if d, ok := seen[g.Gate]; ok && !reflect.DeepEqual(d, g.Defaults) {
				t.Errorf("%s: the defaults of %s differ from those elsewhere", id, g.Gate)
			}
			seen[g.Gate] = g.Defaults
		}
		for i := range q.Any {
			walk(id, &q.Any[i])
		}
		for i := range q.All {
			walk(id, &q.All[i])
		}
	}
	for id, e := range load(t) {
		for _, c := range e.Conditions {
			q, _ := c.Question.Decode()
			walk(id, q)
		}
		for _, m := range e.Mitigations {
			q, _ := m.Question.Decode()
			walk(id, q)
		}
	}
	if len(seen) == 0 {
		t.Error("no gate is asked about anywhere")
	}
}

// Manifests use API versions that are served and not deprecated.
func TestManifestsUseCurrentAPIs(t *testing.T) {
	current := map[string]string{
		"ValidatingAdmissionPolicy":        "admissionregistration.k8s.io/v1",
		"ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
		"NetworkPolicy":                    "networking.k8s.io/v1",
	}
	found := 0
	for id, e := range load(t) {
		for _, m := range e.Mitigations {
			if !strings.Contains(m.Apply, "apiVersion:") {
				continue
			}
			for doc := range strings.SplitSeq(m.Apply, "\n---\n") {
				var o struct {
					APIVersion string `yaml:"apiVersion"`
					Kind       string `yaml:"kind"`
				}
				if err := yaml.Load([]byte(doc), &o); err != nil {
					t.Errorf("%s: apply is no manifest: %v", id, err)
					continue
				}
				if want, ok := current[o.Kind]; !ok || o.APIVersion != want {
					t.Errorf("%s: %s %s is not among the API versions known to be current", id, o.APIVersion, o.Kind)
				}
				found++
			}
		}
	}
	if found == 0 {
		t.Error("no manifest found: did apply change its form?")
	}
}
