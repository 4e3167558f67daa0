package disrupt

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/selector"
)

// selects reports whether labels are selected: none are where there is no
// selector, and none by an operator that nobody knows, as the API refuses it.
func selects(s *selector.Selector, labels map[string]string) bool {
	return s != nil && s.Selects(labels, true) == selector.Yes
}

// tolerates reports whether a pod may be scheduled onto a node with a taint.
func tolerates(tolerations []Toleration, t Taint) bool {
	if t.Effect == "PreferNoSchedule" { // keeps nobody off
		return true
	}
	return slices.ContainsFunc(tolerations, func(o Toleration) bool {
		if o.Effect != "" && o.Effect != t.Effect {
			return false
		}
		if o.Exists {
			return o.Key == "" || o.Key == t.Key
		}
		return o.Key == t.Key && o.Value == t.Value
	})
}
