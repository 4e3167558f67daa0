package admission

import "slices"

// answer is three-valued, ordered so that "and" is the least of several and
// "or" the greatest.
type answer int

const (
	no answer = iota
	maybe
	yes
)

func truth(b bool) answer {
	if b {
		return yes
	}
	return no
}

// Selector is a label selector; the zero Selector selects everything.
type Selector struct {
	Labels      map[string]string
	Expressions []Expression
}

// Expression is a requirement of a Selector.
type Expression struct {
	Key, Operator string // In | NotIn | Exists | DoesNotExist
	Values        []string
}

func (s Selector) empty() bool { return len(s.Labels) == 0 && len(s.Expressions) == 0 }

// selects decides whether labels are selected, as LabelSelectorAsSelector of
// the API machinery does: NotIn and DoesNotExist hold where the key is missing.
// whole: labels are all there are; otherwise a missing key may be there.
func (s Selector) selects(labels map[string]string, whole bool) answer {
	out := yes
	for key, want := range s.Labels {
		out = min(out, Expression{key, "In", []string{want}}.holds(labels, whole))
	}
	for _, e := range s.Expressions {
		out = min(out, e.holds(labels, whole))
	}
	return out
}

func (e Expression) holds(labels map[string]string, whole bool) answer {
	value, has := labels[e.Key]
	if !has && !whole {
		return maybe
	}
	switch e.Operator {
	case "In":
		return truth(has && slices.Contains(e.Values, value))
	case "NotIn":
		return truth(!has || !slices.Contains(e.Values, value))
	case "Exists":
		return truth(has)
	case "DoesNotExist":
		return truth(!has)
	}
	return maybe // no operator of this API: what the server makes of it is not known
}
