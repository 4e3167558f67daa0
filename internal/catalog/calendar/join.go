package calendar

import (
	"maps"

	"github.com/fixline-dev/fixline/internal/core/support"
)

// Join lays calendars a user added over the embedded ones. What was read later
// than the embedded calendar comes first, with one exception: a second-hand
// source never overrules the embedded Kubernetes calendar, which is made from
// the project's own files; it only fills what that leaves open. What is older
// than the embedded calendar fills gaps too. The embedded values are not
// changed.
func Join(embedded map[string]*support.Calendar, added []Statement) map[string]*support.Calendar {
	out := maps.Clone(embedded)
	if out == nil {
		out = map[string]*support.Calendar{}
	}
	first, last := map[string][]Statement{}, map[string][]Statement{}
	for _, s := range added {
		p := s.Calendar.Product
		e := embedded[p]
		if e != nil && (s.SecondHand && p == "kubernetes" || s.Calendar.Through.Before(e.Through)) {
			last[p] = append(last[p], s)
		} else {
			first[p] = append(first[p], s)
		}
	}
	for _, s := range added {
		p := s.Calendar.Product
		list := first[p]
		var sources []string
		for _, x := range first[p] {
			sources = append(sources, x.Source)
		}
		if e := embedded[p]; e != nil {
			list = append(list[:len(list):len(list)], Statement{Source: "the embedded calendar", Calendar: *e})
			sources = append(sources, e.Sources...)
		}
		for _, x := range last[p] {
			list = append(list[:len(list):len(list)], x)
			sources = append(sources, x.Source)
		}
		c := Merge(p, list)
		c.Sources = sources
		out[p] = &c
	}
	return out
}
