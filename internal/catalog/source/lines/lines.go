// Package lines reads the version lines people write in advisories ("kubelet
// v1.22.0 - v1.22.1", "<= v1.19.14") and decides which stretches of versions
// they mean. It never guesses: a line that holds a version and fits no known
// form is handed back as unparsed, and the rest is used. Start at [Parse].
package lines

import (
	"github.com/fixline-dev/fixline/internal/catalog/claim"
)

// MaxLine bounds one line in bytes; longer ones are unparsed.
const MaxLine = 512

// Parse reads the affected and the fixed lines of one advisory into what they
// say of each component, in order of first mention. A line without a component
// speaks of the component "".
//
// In a list of several "<= vX.Y.Z" (or "< vX.Y.Z") lines of one component each
// line means only minor X.Y, except the lowest of all its lines, which reaches
// down without limit: read as open ranges, "<= v1.36.4" would mark the fixed
// 1.34.12 as affected. Fixed versions end the stretches that run over them.
//
// The second result are the lines that hold a version but were not
// understood, verbatim. Headings and empty lines are neither.
func Parse(affected, fixed []string) ([]claim.Component, []string) {
	var groups []group
	var unparsed []string
	for _, raw := range affected {
		parts, ok := readAffected(raw)
		if !ok {
			unparsed = append(unparsed, raw)
			continue
		}
		for _, p := range parts {
			g := find(&groups, p.component)
			g.bounds = append(g.bounds, p.bound)
			g.fixed = append(g.fixed, p.fixed...)
		}
	}
	for _, raw := range fixed {
		component, version, ok := readFixed(raw)
		if !ok {
			unparsed = append(unparsed, raw)
			continue
		}
		if !version.Known() {
			continue
		}
		if component == "" {
			// "- v1.17.3" speaks of every component named above it.
			for i := range groups {
				groups[i].fixed = append(groups[i].fixed, version)
			}
			if len(groups) > 0 {
				continue
			}
		}
		g := find(&groups, component)
		g.fixed = append(g.fixed, version)
	}
	var out []claim.Component
	for _, g := range spread(groups) {
		out = append(out, g.component())
	}
	return out, unparsed
}

// Range reads one affected line that names no component, such as the range
// strings of other people's files, into its stretches. False: not understood.
func Range(s string) ([]claim.Interval, bool) {
	parts, ok := readAffected(s)
	if !ok || len(parts) == 0 {
		return nil, false
	}
	g := group{}
	for _, p := range parts {
		if p.component != "" {
			return nil, false
		}
		g.bounds = append(g.bounds, p.bound)
		g.fixed = append(g.fixed, p.fixed...)
	}
	return g.component().Intervals, true
}
