package cverecord

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// said is what all blocks of one component say.
type said struct {
	name      string
	intervals []claim.Interval
	fixed     []version.Version
}

// components reads the affected blocks, joined by component, in order of
// first mention.
func components(table names.Names, blocks []affected) ([]claim.Component, []string) {
	var all []said
	var unparsed []string
	for _, b := range blocks {
		intervals, fixed, bad := b.read()
		for _, s := range bad {
			unparsed = append(unparsed, strings.TrimSpace(b.Product+" "+s))
		}
		for _, name := range b.names(table) {
			i := slices.IndexFunc(all, func(s said) bool { return s.name == name })
			if i < 0 {
				all, i = append(all, said{name: name}), len(all)
			}
			all[i].intervals = append(all[i].intervals, intervals...)
			all[i].fixed = append(all[i].fixed, fixed...)
		}
	}
	out := []claim.Component{}
	for _, s := range all {
		if len(s.intervals) == 0 {
			continue
		}
		fixed := lines.Ascending(s.fixed)
		out = append(out, claim.Component{Name: s.name, Intervals: lines.Split(lines.Fold(s.intervals), fixed), Fixed: fixed})
	}
	if len(out) == 0 { // what it is in may be known, but no version is
		for _, s := range all {
			out = append(out, claim.Component{Name: s.name})
		}
	}
	return out, unparsed
}

// names are the running components of a block: its modules, else its package
// or product. Kubernetes as a whole is "".
func (a affected) names(table names.Names) []string {
	var out []string
	add := func(word string) bool {
		word = strings.ToLower(strings.TrimSpace(word))
		p, ok := table.Package(word)
		if !ok {
			p, ok = table.Package(strings.ReplaceAll(word, " ", "-"))
		}
		for _, c := range p.Components {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
		return ok
	}
	for _, m := range a.Modules {
		add(m)
	}
	if len(out) > 0 {
		return out
	}
	known := add(a.PackageName)
	if len(out) == 0 {
		known = add(a.Product) || known
	}
	if product := strings.ToLower(strings.TrimSpace(a.Product)); len(out) == 0 && !known && product != "" && product != "n/a" {
		return []string{strings.ReplaceAll(product, " ", "-")}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// read gives the affected stretches and the fixed versions of a block, and
// what was not understood.
func (a affected) read() ([]claim.Interval, []version.Version, []string) {
	var intervals []claim.Interval
	var fixed []version.Version
	var bad []string
	for _, s := range a.Versions {
		switch strings.ToLower(s.Status) {
		case "unaffected":
			if v, err := version.Parse(s.Version); err == nil {
				fixed = append(fixed, v)
			}
		case "unknown":
			// "next of 1.22.2 .. unspecified": the authority does not know.
			bad = append(bad, "status unknown: "+s.text())
		default:
			in, fx, ok := s.read()
			if !ok {
				bad = append(bad, s.text())
				continue
			}
			intervals, fixed = append(intervals, in...), append(fixed, fx...)
		}
	}
	if strings.EqualFold(a.DefaultStatus, "affected") && len(intervals) == 0 && len(bad) == 0 {
		return a.allBut(fixed)
	}
	return intervals, fixed, bad
}

// allBut reads a block whose versions are affected unless listed: everything
// below the unaffected versions of each minor.
func (a affected) allBut(fixed []version.Version) ([]claim.Interval, []version.Version, []string) {
	return lines.Split([]claim.Interval{{}}, lines.Ascending(fixed)), fixed, nil
}

// read one entry whose versions are affected.
func (s stretch) read() ([]claim.Interval, []version.Version, bool) {
	lower, stated, ok := begin(s.Version)
	upper := s.LessThanOrEqual
	if upper == "" && s.LessThan == "" && looksLikeVersion(s.VersionType) && (!lower.Known() || ok) {
		upper = s.VersionType // CVE-2021-25736 holds its bound there
	}
	switch {
	case upper != "" || s.LessThan != "":
		if !ok {
			return nil, nil, false
		}
		in := claim.Interval{From: lower, FromStated: stated}
		var fixed []version.Version
		switch {
		case open(upper) || open(s.LessThan):
		case upper != "":
			top, ok := lines.Range("<= " + strings.TrimLeft(upper, "<= "))
			if !ok || len(top) != 1 {
				return nil, nil, false
			}
			in.Before = top[0].Before
		default:
			v, err := version.Parse(strings.TrimLeft(s.LessThan, "< "))
			if err != nil {
				top, ok := lines.Range("< " + strings.TrimLeft(s.LessThan, "< "))
				if !ok || len(top) != 1 {
					return nil, nil, false
				}
				v = top[0].Before
			} else {
				fixed = append(fixed, v)
			}
			in.Before = v
		}
		for _, c := range s.Changes {
			if v, err := version.Parse(c.At); err == nil && strings.EqualFold(c.Status, "unaffected") {
				fixed = append(fixed, v)
			}
		}
		if in.From.Known() && in.Before.Known() && !in.From.Less(in.Before) {
			return nil, nil, false
		}
		return []claim.Interval{in}, fixed, true
	case ok && !lower.Known():
		return nil, nil, false // "0" or "unspecified" alone is one version nobody runs
	}
	in, ok := lines.Range(s.Version)
	return in, nil, ok && len(in) > 0
}

// begin reads a lower bound. Zero and true: it reaches down without limit.
func begin(s string) (v version.Version, stated, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "", "0", "unspecified", "n/a", "*", "-":
		return version.Version{}, false, true
	}
	if in, ok := lines.Range(">= " + s); ok && len(in) == 1 {
		return in[0].From, true, true
	}
	return version.Version{}, false, false
}

// open bounds: no end is known.
func open(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "*", "unspecified":
		return true
	}
	return false
}

func looksLikeVersion(s string) bool {
	_, err := version.Parse(s)
	return err == nil
}

func (s stretch) text() string {
	out := fmt.Sprintf("version %q", s.Version)
	if s.LessThan != "" {
		out += fmt.Sprintf(" lessThan %q", s.LessThan)
	}
	if s.LessThanOrEqual != "" {
		out += fmt.Sprintf(" lessThanOrEqual %q", s.LessThanOrEqual)
	}
	return out
}
