package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// truth is one hand-checked advisory.
type truth struct {
	Components []string `yaml:"components"`
	Ranges     string   `yaml:"ranges"`
	Fix        string   `yaml:"fix"`
}

// verdicts are the ways a version can be judged.
type verdict string

const (
	yes     verdict = "affected"
	no      verdict = "not affected"
	unknown verdict = "unknown"
)

// wrong is one pair of advisory and version on which a source errs.
type wrong struct {
	id, component string
	version       version.Version
	truth, said   verdict
}

// score is what one source, or the catalogue, gets right.
type score struct {
	name     string
	covered  int // advisories it speaks of
	pairs    int
	errors   []wrong
	together []string // ids with at least one error
}

// accuracy writes docs/accuracy.md.
func accuracy(d dirs, out io.Writer) error {
	raw, err := accuracyPage(d)
	if err != nil {
		return err
	}
	path := filepath.Join(d.docs, "accuracy.md")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		return err
	}
	fmt.Fprintln(out, path)
	return nil
}

// measure compares every source, and the catalogue last, with the truth.
func measure(d dirs) ([]score, int, int, error) {
	var all map[string]truth
	if err := loadYAML(filepath.Join(d.truth, "checked.yaml"), &all); err != nil {
		return nil, 0, 0, err
	}
	cal, err := kubernetesCalendar(d)
	if err != nil {
		return nil, 0, 0, err
	}
	table, err := names.Load()
	if err != nil {
		return nil, 0, 0, err
	}
	claims, err := loadClaims(d.claims)
	if err != nil {
		return nil, 0, 0, err
	}
	list, err := merged(d)
	if err != nil {
		return nil, 0, 0, err
	}
	releases := checkedReleases(cal)
	var scores []score
	for _, source := range []string{"mail", "issue", "changelog", "stackrox", "cve-record", "cve-feed-osv", "vulndb", ""} {
		s := score{name: "**Fixline's catalogue**"}
		if source != "" {
			s.name = claim.Title(source)
		}
		for _, id := range slices.SortedFunc(maps.Keys(all), form.CompareIDs) {
			t := all[id]
			want, err := form.ParseIntervals(t.Ranges)
			if err != nil {
				return nil, 0, 0, fmt.Errorf("truth of %s: %w", id, err)
			}
			for i, component := range t.Components {
				said, ok := statement(source, id, component, claims, list, table)
				if !ok {
					continue
				}
				if i == 0 {
					s.covered++
				}
				domain := releases
				if table.Product(component) != names.Kubernetes {
					domain = around(want, said)
				}
				s.compare(id, component, domain, want, said)
			}
		}
		if s.covered > 0 {
			scores = append(scores, s)
		}
	}
	return scores, len(all), len(releases), nil
}

// stated is what a source says of one component.
type stated struct{ affected, unknown []claim.Interval }

// statement collects what source says; source "" is the catalogue.
func statement(source, id, component string, claims []claim.Claim, list []advisory.Advisory, table names.Names) (stated, bool) {
	var out stated
	if source == "" {
		for _, a := range list {
			for _, x := range a.Affected {
				if a.ID != id || x.Component != component {
					continue
				}
				for _, r := range x.Ranges {
					if r.Gate != nil && r.Gate.ByDefault {
						continue // closed unless somebody turned the gate
					}
					i := claim.Interval{From: r.Introduced, Before: r.Before}
					if r.Unknown {
						out.unknown = append(out.unknown, i)
					} else {
						out.affected = append(out.affected, i)
					}
				}
				return out, true
			}
		}
		return out, false
	}
	product, found := table.Product(component), false
	for _, c := range claims {
		if c.CVE != id || c.Source != source {
			continue
		}
		for _, x := range c.Components {
			if table.Product(x.Name) == product && len(x.Intervals) > 0 {
				out.affected, found = append(out.affected, x.Intervals...), true
			}
		}
	}
	return out, found
}

func (s *score) compare(id, component string, domain []version.Version, want []claim.Interval, said stated) {
	before := len(s.errors)
	for _, v := range domain {
		s.pairs++
		truth, got := no, no
		if covers(want, v) {
			truth = yes
		}
		switch {
		case covers(said.affected, v):
			got = yes
		case covers(said.unknown, v):
			got = unknown
		}
		if truth != got {
			s.errors = append(s.errors, wrong{id, component, v, truth, got})
		}
	}
	if len(s.errors) > before && !slices.Contains(s.together, id) {
		s.together = append(s.together, id)
	}
}

func covers(in []claim.Interval, v version.Version) bool {
	return slices.ContainsFunc(in, func(i claim.Interval) bool {
		return !v.Less(i.From) && (!i.Before.Known() || v.Less(i.Before))
	})
}

// checkedReleases are the patch releases the truth was checked on.
func checkedReleases(cal support.Calendar) []version.Version {
	var out []version.Version
	for _, m := range cal.Minors {
		if m.Minor.Minor < 9 {
			continue
		}
		for _, p := range m.Patches {
			out = append(out, p.Version)
		}
	}
	return out
}

// around are the versions at and right below every bound anybody names.
func around(want []claim.Interval, said stated) []version.Version {
	var out []version.Version
	for _, i := range slices.Concat(want, said.affected, said.unknown) {
		for _, v := range []version.Version{i.From, i.Before} {
			if !v.Known() {
				continue
			}
			out = append(out, v)
			if v.PatchNumber() > 0 {
				out = append(out, v.Minor().Patch(v.PatchNumber()-1))
			}
		}
	}
	slices.SortFunc(out, version.Version.Compare)
	return slices.CompactFunc(out, func(a, b version.Version) bool { return a.Compare(b) == 0 })
}

func (s score) count(truth, said verdict) int {
	n := 0
	for _, e := range s.errors {
		if e.truth == truth && e.said == said {
			n++
		}
	}
	return n
}

func accuracyPage(d dirs) ([]byte, error) {
	scores, advisories, releases, err := measure(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# How right each source is

Made by `+"`go run ./internal/catalog/gen accuracy`"+`; a test holds that this page is its output.

Each source, and the catalogue made from all of them, is compared with %d advisories that a person
checked by hand ([the table](../internal/catalog/gen/truth/checked.yaml)). Kubernetes' own are compared on
each of its %d patch releases from 1.9.0 on; other components on the versions around every bound that
anybody names. A pair is one advisory, one component, one version.

The sources are read the way Fixline reads them: events sorted, "<= v1.36.4" in a list meant for its minor
alone, pseudo-versions left out. Read plainly they do worse.

The last row is no measure of luck: the catalogue's corrections were written with this table at hand. It holds
that none of them is lost; how the rules do on an advisory nobody has checked, the rows above tell.

| source | advisories covered | with an error | wrongly affected | missed | unknown | pairs |
|---|---|---|---|---|---|---|
`, advisories, releases)
	for _, s := range scores {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", s.name, s.covered, len(s.together),
			s.count(no, yes), s.count(yes, no), s.count(yes, unknown)+s.count(no, unknown), s.pairs)
	}
	b.WriteString("\n## Where they err\n\nMost wrong pairs are old minors on which a source is silent or too wide. The bounds, by source:\n\n")
	for _, s := range scores {
		if len(s.errors) == 0 {
			fmt.Fprintf(&b, "- %s: nowhere.\n", strings.Trim(s.name, "*"))
			continue
		}
		fmt.Fprintf(&b, "- %s:\n", strings.Trim(s.name, "*"))
		for _, line := range runs(s.errors) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	b.WriteString(`
The reason for each decision that merging alone would not make is in
[curated/ranges-kubernetes.yaml](../internal/catalog/gen/curated/ranges-kubernetes.yaml) and its sibling for
add-ons, with a link to check it.
`)
	return b.Bytes(), nil
}

// runs joins errors of one advisory that follow one another.
func runs(in []wrong) []string {
	var out []string
	for i := 0; i < len(in); {
		j := i
		for j+1 < len(in) && in[j+1].id == in[i].id && in[j+1].component == in[i].component &&
			in[j+1].said == in[i].said && in[j].version.Less(in[j+1].version) {
			j++
		}
		where := in[i].version.String()
		if j > i {
			where += " to " + in[j].version.String()
		}
		out = append(out, fmt.Sprintf("%s, %s: %s called %s (%d)", in[i].id, in[i].component, where, in[i].said, j-i+1))
		i = j + 1
	}
	return out
}
