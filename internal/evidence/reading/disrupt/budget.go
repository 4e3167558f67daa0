package disrupt

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/core/selector"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// budget is one PodDisruptionBudget.
func (r *reader) budget(x evidence.DisruptionBudget) disrupt.Budget {
	return disrupt.Budget{
		Namespace: x.Namespace, Name: x.Name, Selector: selectorOf(x.Spec.Selector),
		Min: bound(x.Spec.MinAvailable), Max: bound(x.Spec.MaxUnavailable), AlwaysAllow: x.Spec.Unhealthy == "AlwaysAllow",
		Allowed: x.Status.Allowed, Healthy: x.Status.Healthy, Desired: x.Status.Desired, Expected: x.Status.Expected,
		Operator: r.names.ofBudget(x),
	}
}

func selectorOf(s *evidence.Selector) *selector.Selector {
	if s == nil {
		return nil
	}
	out := &selector.Selector{Labels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		out.Expressions = append(out.Expressions, selector.Expression{Key: e.Key, Operator: e.Operator, Values: e.Values})
	}
	return out
}

// bound is a number, or a percentage as a text; null is not set.
func bound(raw json.RawMessage) disrupt.Bound {
	text := strings.TrimSpace(string(raw))
	if text == "" || text == "null" {
		return disrupt.Bound{}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return disrupt.Bound{Set: true, Value: n}
	}
	var said string
	if json.Unmarshal(raw, &said) == nil {
		if number, percent := strings.CutSuffix(said, "%"); percent {
			if n, err := strconv.Atoi(number); err == nil && n >= 0 {
				return disrupt.Bound{Set: true, Percent: true, Value: n}
			}
		}
	}
	return disrupt.Bound{Set: true, Unread: text}
}
