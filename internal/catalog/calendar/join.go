package calendar

import (
	"maps"

	"github.com/fixline-dev/fixline/internal/core/support"
)

// Join lays calendars a user added over the embedded ones. A project's own
// files, added later than the embedded were made, come first; a second-hand
// source only fills what the embedded Kubernetes calendar, made from the
// project's files, leaves open, but is as good as the embedded ones of other
// products, and newer. The embedded values are not changed.
func Join(embedded map[string]*support.Calendar, added []Statement) map[string]*support.Calendar {
	out := maps.Clone(embedded)
	if out == nil {
		out = map[string]*support.Calendar{}
	}
	first, last := map[string][]Statement{}, map[string][]Statement{}
	for _, s := range added {
		p := s.Calendar.Product
		if s.SecondHand && p == "kubernetes" && embedded[p] != nil {
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
