// Package selector decides whether labels are selected by a label selector, also
// where not all labels are known. It never looks at an object and knows no API
// type. Start at [Selector.Selects].
package selector

import "slices"

// Answer is three-valued, ordered so that "and" is the least of several and
// "or" the greatest.
type Answer int

// Answers.
const (
	No Answer = iota
	Maybe
	Yes
)

// Truth is the answer where everything is known.
func Truth(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// Selector is a label selector; the zero Selector selects everything.
type Selector struct {
	Labels      map[string]string
	Expressions []Expression
}

// Expression is one requirement of a Selector.
type Expression struct {
	Key, Operator string // In | NotIn | Exists | DoesNotExist
	Values        []string
}

// Empty reports whether s selects everything.
func (s Selector) Empty() bool { return len(s.Labels) == 0 && len(s.Expressions) == 0 }

// Selects decides whether labels are selected, as LabelSelectorAsSelector of
// the API machinery does: NotIn and DoesNotExist hold where the key is missing.
// whole: labels are all there are; otherwise a missing key may be there. What a
// server makes of an operator that its API does not know is not known.
func (s Selector) Selects(labels map[string]string, whole bool) Answer {
	out := Yes
	for key, want := range s.Labels {
		switch value, has := labels[key]; {
		case !has && !whole:
			out = min(out, Maybe)
		case !has || value != want:
			return No
		}
	}
	for _, e := range s.Expressions {
		if out = min(out, e.holds(labels, whole)); out == No {
			return No
		}
	}
	return out
}

func (e Expression) holds(labels map[string]string, whole bool) Answer {
	value, has := labels[e.Key]
	if !has && !whole {
		return Maybe
	}
	switch e.Operator {
	case "In":
		return Truth(has && slices.Contains(e.Values, value))
	case "NotIn":
		return Truth(!has || !slices.Contains(e.Values, value))
	case "Exists":
		return Truth(has)
	case "DoesNotExist":
		return Truth(!has)
	}
	return Maybe
}
