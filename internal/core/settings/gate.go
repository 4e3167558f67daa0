package settings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// gates judges the feature gates of one instance.
func (j *judge) gates(s inventory.Settings) {
	for _, name := range slices.Sorted(maps.Keys(s.Gates)) {
		if name == "AllAlpha" || name == "AllBeta" { // every release has them
			continue
		}
		f, ok := j.gate(s, name, s.Gates[name])
		if !ok {
			continue
		}
		f.Component, f.Name, f.Value, f.Source = s.Component, name, strconv.FormatBool(s.Gates[name]), j.facts.Gates.Source
		j.add(f, "", Place{s.Node, s.Source})
	}
}

// gate is what becomes of one gate that is set: the first hop that stops the
// component, else what the last one makes of it.
func (j *judge) gate(s inventory.Settings, name string, value bool) (Finding, bool) {
	table := j.facts.Gates
	now, known := j.now(s.Component, s.Node)
	was, had := table.At(name, now)
	out, found := Finding{}, false
	for _, h := range j.hops {
		m := h.Minor()
		if !table.Covers(m) || known && m.Compare(now) <= 0 {
			continue
		}
		span, ok := table.At(name, m)
		switch {
		case !ok:
			return Finding{Code: "SET-002", Hop: h,
				Message: fmt.Sprintf("%s knows no feature gate %s, and a component that is given it does not start", m, name)}, true
		case span.Locked && span.Default != value:
			return Finding{Code: "SET-003", Hop: h,
				Message: fmt.Sprintf("%s has %s locked to %t, and a component that is given %t does not start", m, name, span.Default, value)}, true
		case span.Locked:
			out, found = Finding{Code: "SET-004", Hop: h,
				Message: fmt.Sprintf("%s has %s locked to %t: setting it does nothing, and stops the component once the gate is gone", m, name, span.Default)}, true
		case span.Default == value && known && had && was.Default != value:
			out, found = Finding{Code: "SET-005", Hop: h,
				Message: fmt.Sprintf("%s has %s %s by default", m, name, word(value))}, true
		default:
			found = false
		}
	}
	return out, found
}

func word(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
