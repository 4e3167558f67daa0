// Package seed brings a named trouble into a lab's cluster and takes it out again: a budget that blocks a drain, a dead
// webhook, flags edited by hand, an upgrade left half done.
//
// Each scenario is a file in scenarios/: what it makes, what of Fixline it is for, what it needs and how it is undone,
// and steps. This package decides how steps are carried out. It never starts or stops a cluster, and is for clusters
// that nobody will miss: what it does to a lab must not be done to anything else. Start at [Find] and [Lab.Seed].
package seed

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

//go:embed scenarios/*.yaml scripts/*.sh
var files embed.FS

// Need is what a scenario asks of a lab.
type Need string

// The needs.
const (
	// API: an API server is enough. Where nodes are asked for and there are none, paper ones are made.
	API Need = "api"
	// Hosts: it runs commands on the hosts of the nodes.
	Hosts Need = "hosts"
)

// Scenario is one file of scenarios/.
type Scenario struct {
	// Name is the file's, without .yaml.
	Name string `json:"name"`
	// Trouble, For and Undo are sentences: what it makes, which behaviour of Fixline it is for, what undoing does.
	Trouble string `json:"trouble"`
	For     string `json:"for"`
	Undo    string `json:"undo"`
	Needs   Need   `json:"needs"`
	// ControlPlanes is how many it needs at least, 0 for any number.
	ControlPlanes int `json:"controlPlanes,omitempty"`
	// Below is the first minor it cannot be made on: "1.35".
	Below string `json:"below,omitempty"`
	// Other says that a second version must be given and how it lies to the cluster's: "older" or "newer".
	Other string `json:"other,omitempty"`
	// Paper: where the cluster has no nodes, the scenario paper-cluster is seeded first. Undoing leaves it,
	// since other scenarios may stand on it.
	Paper bool `json:"paper,omitempty"`
	// Facts are values that differ by the cluster's minor: facts["1.36"]["gate"].
	Facts map[string]map[string]string `json:"facts,omitempty"`
	// Steps are carried out from first to last, and undone from last to first.
	Steps []Step `json:"steps"`

	text string
}

// List returns every scenario, by name.
func List() ([]Scenario, error) {
	return list(files)
}

func list(fsys fs.FS) ([]Scenario, error) {
	names, err := fs.Glob(fsys, "scenarios/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		s, err := parse(string(data))
		if err != nil {
			return nil, fmt.Errorf("reading scenario %s: %w", path.Base(name), err)
		}
		if s.Name != strings.TrimSuffix(path.Base(name), ".yaml") {
			return nil, fmt.Errorf("reading scenario %s: its name is %q", path.Base(name), s.Name)
		}
		all = append(all, s)
	}
	return all, nil
}

// Find returns a scenario by name. The error names every scenario there is.
func Find(name string) (Scenario, error) {
	all, err := List()
	if err != nil {
		return Scenario{}, err
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("no scenario %q; there are: %s", name, strings.Join(names, ", "))
}

// parse reads a file as it lies there, before its values are filled in.
func parse(text string) (Scenario, error) {
	s := Scenario{text: text}
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		return s, err
	}
	var missing []string
	for _, field := range []struct{ name, value string }{{"name", s.Name}, {"trouble", s.Trouble}, {"for", s.For}, {"undo", s.Undo}} {
		if field.value == "" {
			missing = append(missing, field.name)
		}
	}
	switch {
	case len(missing) > 0:
		return s, fmt.Errorf("no %s", strings.Join(missing, ", no "))
	case s.Needs != API && s.Needs != Hosts:
		return s, fmt.Errorf("needs: %q is neither api nor hosts", s.Needs)
	case !slices.Contains([]string{"", "older", "newer"}, s.Other):
		return s, fmt.Errorf("other: %q is neither older nor newer", s.Other)
	case len(s.Steps) == 0:
		return s, errors.New("no steps")
	}
	for i, step := range s.Steps {
		if err := step.check(); err != nil {
			return s, fmt.Errorf("steps[%d]: %w", i, err)
		}
	}
	return s, nil
}

// values are what a scenario's text may ask for between {{ and }}.
type values struct {
	// Version and Minor are the API server's: "1.37.1", "1.37". Other and OtherMinor are the second version's.
	Version, Minor, Other, OtherMinor string
	// ControlPlane and Worker are the first node of each kind.
	ControlPlane, Worker string
	// Image is one that the lab's hosts have: a busybox.
	Image string
	// Key is 32 bytes in base64, the same at every call in one cluster. It protects nothing.
	Key string

	facts map[string]map[string]string
}

// Fact is a value of the scenario's facts for the cluster's minor.
func (v values) Fact(name string) (string, error) {
	if fact := v.facts[v.Minor][name]; fact != "" {
		return fact, nil
	}
	var minors []string
	for minor := range v.facts {
		minors = append(minors, minor)
	}
	slices.Sort(minors)
	return "", fmt.Errorf("the scenario knows no %s for %s; it does for %s", name, v.Minor, strings.Join(minors, ", "))
}

// fill returns the scenario with its values in place.
func (s Scenario) fill(v values) (Scenario, error) {
	v.facts = s.Facts
	t, err := template.New(s.Name).Option("missingkey=error").Parse(s.text)
	if err != nil {
		return s, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
			err = inner // what a value said, without where the template asked it
		}
		return s, err
	}
	return parse(out.String())
}
