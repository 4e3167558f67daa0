package disrupt

import "slices"

// Selector is a label selector; an empty one selects everything.
type Selector struct {
	Labels      map[string]string
	Expressions []Expression
}

// Expression is one requirement: Operator is In, NotIn, Exists or DoesNotExist.
type Expression struct {
	Key, Operator string
	Values        []string
}

// matches reports whether labels are selected. An operator nobody knows
// selects nothing, as the API would refuse it.
func (s *Selector) matches(labels map[string]string) bool {
	if s == nil {
		return false
	}
	for k, v := range s.Labels {
		if has, ok := labels[k]; !ok || has != v {
			return false
		}
	}
	for _, e := range s.Expressions {
		if !e.matches(labels) {
			return false
		}
	}
	return true
}

func (e Expression) matches(labels map[string]string) bool {
	value, has := labels[e.Key]
	switch e.Operator {
	case "In":
		return has && slices.Contains(e.Values, value)
	case "NotIn":
		return !has || !slices.Contains(e.Values, value)
	case "Exists":
		return has
	case "DoesNotExist":
		return !has
	}
	return false
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
