package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// claimFile is one committed file of claims: facts only, no text of a source.
type claimFile struct {
	Source string     `yaml:"source"`
	Claims []claimDoc `yaml:"claims"`
}

// claimDoc is one claim. Ranges are in the form of form.FormatIntervals.
type claimDoc struct {
	CVE        string         `yaml:"cve"`
	Aliases    []string       `yaml:"aliases"`
	URL        string         `yaml:"url"`
	Published  string         `yaml:"published"`
	Vector     string         `yaml:"vector"`
	OS         string         `yaml:"os"`
	Status     string         `yaml:"status"`
	Components []componentDoc `yaml:"components"`
	Unparsed   []string       `yaml:"unparsed"`
}

type componentDoc struct {
	Name   string   `yaml:"name"`
	Ranges string   `yaml:"ranges"`
	Fixed  []string `yaml:"fixed"`
}

// loadYAML reads one strict YAML file.
func loadYAML(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Load(raw, into, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// loadClaims reads every file of claims in dir, in order of name.
func loadClaims(dir string) ([]claim.Claim, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var out []claim.Claim
	for _, path := range paths {
		var f claimFile
		if err := loadYAML(path, &f); err != nil {
			return nil, err
		}
		for i, doc := range f.Claims {
			c, err := doc.claim(f.Source)
			if err != nil {
				return nil, fmt.Errorf("reading %s: claim %d (%s): %w", path, i+1, doc.CVE, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func (d claimDoc) claim(source string) (claim.Claim, error) {
	c := claim.Claim{
		CVE: d.CVE, Aliases: d.Aliases, Source: source, URL: d.URL,
		OS: d.OS, Status: d.Status, Unparsed: d.Unparsed,
	}
	if d.CVE == "" {
		return c, fmt.Errorf("cve is missing")
	}
	if d.Published != "" {
		t, err := time.Parse(time.DateOnly, d.Published)
		if err != nil {
			return c, fmt.Errorf("published: %w", err)
		}
		c.Published = t
	}
	if d.Vector != "" {
		v, _, err := claim.BaseVector(d.Vector)
		if err != nil {
			return c, fmt.Errorf("vector: %w", err)
		}
		c.Vector = v
	}
	for _, x := range d.Components {
		comp := claim.Component{Name: x.Name}
		if x.Ranges != "" {
			in, err := form.ParseIntervals(x.Ranges)
			if err != nil {
				return c, fmt.Errorf("component %q: ranges: %w", x.Name, err)
			}
			comp.Intervals = in
		}
		for _, s := range x.Fixed {
			v, err := version.Parse(s)
			if err != nil {
				return c, fmt.Errorf("component %q: fixed: %w", x.Name, err)
			}
			comp.Fixed = append(comp.Fixed, v)
		}
		c.Components = append(c.Components, comp)
	}
	return c, nil
}

// writeClaims writes one source's claims, in order of CVE, always the same way.
func writeClaims(path, header, source string, claims []claim.Claim) error {
	sorted := slices.Clone(claims)
	slices.SortStableFunc(sorted, func(a, b claim.Claim) int { return form.CompareIDs(a.CVE, b.CVE) })
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n# Made by `go run ./internal/catalog/gen distill`; do not edit.\nsource: %s\nclaims:\n", header, source)
	for _, c := range sorted {
		fmt.Fprintf(&b, "- cve: %s\n", c.CVE)
		if len(c.Aliases) > 0 {
			fmt.Fprintf(&b, "  aliases: [%s]\n", strings.Join(c.Aliases, ", "))
		}
		fmt.Fprintf(&b, "  url: %s\n", c.URL)
		if !c.Published.IsZero() {
			fmt.Fprintf(&b, "  published: %q\n", c.Published.Format(time.DateOnly))
		}
		if c.Vector != "" {
			fmt.Fprintf(&b, "  vector: %s\n", c.Vector)
		}
		if c.OS != "" {
			fmt.Fprintf(&b, "  os: %s\n", c.OS)
		}
		if len(c.Components) > 0 {
			b.WriteString("  components:\n")
		}
		for _, x := range c.Components {
			fmt.Fprintf(&b, "  - name: %q\n", x.Name)
			if len(x.Intervals) > 0 {
				fmt.Fprintf(&b, "    ranges: %q\n", form.FormatIntervals(x.Intervals))
			}
			if len(x.Fixed) > 0 {
				var s []string
				for _, f := range x.Fixed {
					s = append(s, f.String())
				}
				fmt.Fprintf(&b, "    fixed: [%s]\n", strings.Join(s, ", "))
			}
		}
		if len(c.Unparsed) > 0 {
			b.WriteString("  unparsed:\n")
		}
		for _, s := range c.Unparsed {
			fmt.Fprintf(&b, "  - %q\n", s)
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
