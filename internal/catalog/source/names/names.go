// Package names decides which running component a package name of an advisory
// source stands for, and which components share one release number. The table
// is data (components.yaml); a name it does not hold is not guessed at. Start
// at [Load].
package names

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	yaml "go.yaml.in/yaml/v4"
)

//go:embed components.yaml
var table []byte

// Kubernetes is the product of the components upstream releases together.
const Kubernetes = "kubernetes"

// Names is the table. It is not changed after Load.
type Names struct {
	Products map[string][]string `yaml:"products"`
	Aliases  map[string][]string `yaml:"aliases"`
	Packages map[string]Package  `yaml:"packages"`

	product map[string]string // component -> product
	alias   map[string]string // other name -> component
}

// Package is what one package name stands for.
type Package struct {
	Product string `yaml:"product"`
	// Components is empty where the package names no part of its product.
	Components []string `yaml:"components"`
	// Staging: versions 0.N.P are Kubernetes 1.N.P.
	Staging bool `yaml:"staging"`
}

// Load reads the embedded table, once; its maps are for reading only.
func Load() (Names, error) { return load() }

// load: the same bytes give the same table, and thousands of records ask.
var load = sync.OnceValues(read) //nolint:gochecknoglobals // a function that remembers its one result, never assigned

func read() (Names, error) {
	var n Names
	if err := yaml.Load(table, &n, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return Names{}, fmt.Errorf("reading components.yaml: %w", err)
	}
	n.product = map[string]string{}
	for p, components := range n.Products {
		for _, c := range components {
			n.product[c] = p
		}
	}
	n.alias = map[string]string{}
	for c, others := range n.Aliases {
		if n.product[c] == "" {
			return Names{}, fmt.Errorf("reading components.yaml: aliases: unknown component %q", c)
		}
		for _, other := range others {
			n.alias[other] = c
		}
	}
	for name, p := range n.Packages {
		if _, ok := n.Products[p.Product]; !ok {
			return Names{}, fmt.Errorf("reading components.yaml: package %q: unknown product %q", name, p.Product)
		}
		for _, c := range p.Components {
			if n.product[c] != p.Product {
				return Names{}, fmt.Errorf("reading components.yaml: package %q: component %q is not of product %q", name, c, p.Product)
			}
		}
	}
	return n, nil
}

// Package looks a package name up: exactly, else in whatever letter case as a
// package, as the bare name of a component ("kubelet", as the Kubernetes
// ecosystem of OSV has it) or as one of its other names.
func (n Names) Package(name string) (Package, bool) {
	bare := strings.ToLower(name)
	for _, key := range []string{name, bare} {
		if p, ok := n.Packages[key]; ok {
			return p, true
		}
	}
	if c, ok := n.alias[bare]; ok {
		bare = c
	}
	if p, ok := n.product[bare]; ok {
		return Package{Product: p, Components: []string{bare}}, true
	}
	return Package{}, false
}

// Product is what releases component; "" and names the table does not hold
// stand alone: "" is kubernetes, another name is its own product.
func (n Names) Product(component string) string {
	if component == "" {
		return Kubernetes
	}
	if p, ok := n.product[component]; ok {
		return p
	}
	return component
}

// Known reports whether the table lists component.
func (n Names) Known(component string) bool {
	_, ok := n.product[component]
	return ok
}

// Components lists every known component in order.
func (n Names) Components() []string {
	var out []string
	for c := range n.product {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}
