package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/reach"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// check refuses a catalogue that contradicts itself, with every reason.
func check(d dirs, out io.Writer) error {
	list, err := merged(d)
	if err != nil {
		return err
	}
	cal, err := kubernetesCalendar(d)
	if err != nil {
		return err
	}
	table, err := names.Load()
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range list {
		for _, err := range faults(a, cal, table) {
			errs = append(errs, fmt.Errorf("%s: %w", a.ID, err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	fmt.Fprintf(out, "%d advisories: no contradiction found\n", len(list))
	return nil
}

// faults are the contradictions inside one advisory.
func faults(a advisory.Advisory, cal support.Calendar, table names.Names) []error {
	var out []error
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	if len(a.Affected) == 0 {
		fault("names no component")
	}
	if len(a.Sources) == 0 {
		fault("has no source")
	}
	for _, s := range a.Sources {
		if s.URL == "" || s.Says == "" {
			fault("source %q: url or says is missing", s.Name)
		}
	}
	seen := map[string]bool{}
	for _, x := range a.Affected {
		if !table.Known(x.Component) {
			fault("component %q is not in components.yaml", x.Component)
		}
		if seen[x.Component] {
			fault("component %q is listed twice", x.Component)
		}
		seen[x.Component] = true
		if len(x.Ranges) == 0 && a.Unparsed == "" {
			fault("%s: no range, and no reason given", x.Component)
		}
		for _, err := range overlaps(x.Ranges) {
			fault("%s: %w", x.Component, err)
		}
		for _, f := range x.Fixed {
			if inside(x.Ranges, f) {
				fault("%s: fixed version %s is inside an affected range", x.Component, f)
			}
			if table.Product(x.Component) == names.Kubernetes && !cal.Knows(f) {
				fault("%s: fixed version %s was never released", x.Component, f)
			}
		}
	}
	for i, c := range a.Conditions {
		if c.Question == nil {
			continue
		}
		if err := reach.Check(fmt.Sprintf("conditions[%d]", i), c.Question); err != nil {
			out = append(out, err)
		}
	}
	for i, m := range a.Mitigations {
		if m.Question == nil {
			continue
		}
		if err := reach.Check(fmt.Sprintf("mitigations[%d]", i), m.Question); err != nil {
			out = append(out, err)
		}
	}
	return out
}

// overlaps: ranges must ascend and not touch the same version twice.
func overlaps(in []advisory.Range) []error {
	var out []error
	for i, r := range in {
		if r.Before.Known() && !r.Introduced.Less(r.Before) {
			out = append(out, fmt.Errorf("range %d is empty", i+1))
		}
		if i == 0 {
			continue
		}
		before := in[i-1].Before
		if !before.Known() || r.Introduced.Less(before) {
			out = append(out, fmt.Errorf("ranges %d and %d overlap", i, i+1))
		}
	}
	return out
}

func inside(in []advisory.Range, v version.Version) bool {
	for _, r := range in {
		if !r.Unknown && r.Gate == nil && !v.Less(r.Introduced) && (!r.Before.Known() || v.Less(r.Before)) {
			return true
		}
	}
	return false
}
