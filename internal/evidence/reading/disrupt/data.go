package disrupt

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence"
)

//go:embed operators.yaml
var operatorsYAML []byte

// names is what the data file says.
type names struct {
	Operators []struct {
		Name      string   `yaml:"name"`
		Labels    []string `yaml:"labels"`
		Owners    []string `yaml:"owners"`
		Ownerless bool     `yaml:"ownerless"`
		Text      string   `yaml:"text"`
		Source    string   `yaml:"source"`

		value *disrupt.Operator
	} `yaml:"operators"`
	LocalDrivers []struct {
		Driver string `yaml:"driver"`
		Source string `yaml:"source"`
	} `yaml:"localDrivers"`
	// byKey are the operators that ask for a label of this key.
	byKey map[string][]int
}

// load parses the embedded file. It is part of the program and a test parses
// it, so damage is a broken build and panics.
func load() names {
	n := names{byKey: map[string][]int{}}
	if err := yaml.Unmarshal(operatorsYAML, &n); err != nil {
		panic(fmt.Sprintf("reading the embedded operators.yaml: %v", err))
	}
	for i := range n.Operators {
		o := &n.Operators[i]
		o.value = &disrupt.Operator{Name: o.Name, Text: o.Text, Source: o.Source}
		for _, l := range o.Labels {
			key, _, _ := strings.Cut(l, "=")
			if !slices.Contains(n.byKey[key], i) {
				n.byKey[key] = append(n.byKey[key], i)
			}
		}
	}
	return n
}

// operator is the index of the one whose labels these are, -1 for none.
func (n *names) operator(labels map[string]string) int {
	found := -1
	for k, v := range labels {
		for _, i := range n.byKey[k] {
			if slices.ContainsFunc(n.Operators[i].Labels, func(l string) bool { return l == k || l == k+"="+v }) && (found < 0 || i < found) {
				found = i
			}
		}
	}
	return found
}

// ofPod is the operator of a pod, nil where none is known.
func (n *names) ofPod(labels map[string]string) *disrupt.Operator {
	if i := n.operator(labels); i >= 0 {
		return n.Operators[i].value
	}
	return nil
}

// ofBudget is the operator that keeps a budget, nil where a person does.
func (n *names) ofBudget(x evidence.DisruptionBudget) *disrupt.Operator {
	i := n.operator(x.Labels)
	if i < 0 && x.Spec.Selector != nil {
		i = n.operator(x.Spec.Selector.MatchLabels)
	}
	if i < 0 {
		return nil
	}
	o := n.Operators[i]
	owned := slices.ContainsFunc(x.Owners, func(w evidence.Owner) bool { return slices.Contains(o.Owners, w.Kind) })
	if owned || o.Ownerless && len(x.Owners) == 0 {
		return o.value
	}
	return nil
}

// localDriver reports whether a CSI driver keeps its volumes on one node.
func (n *names) localDriver(driver string) bool {
	for _, d := range n.LocalDrivers {
		if d.Driver == driver {
			return true
		}
	}
	return false
}
