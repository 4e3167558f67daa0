package selector

import "testing"

func TestSelectors(t *testing.T) {
	expression := func(key, op string, values ...string) Selector {
		return Selector{Expressions: []Expression{{Key: key, Operator: op, Values: values}}}
	}
	labels := map[string]string{"app": "web", "tier": ""}
	for _, tt := range []struct {
		name     string
		s        Selector
		all, few Answer // with all labels known, and with some
	}{
		{"empty", Selector{}, Yes, Yes},
		{"labels", Selector{Labels: map[string]string{"app": "web"}}, Yes, Yes},
		{"another value", Selector{Labels: map[string]string{"app": "db"}}, No, No},
		{"a missing key", Selector{Labels: map[string]string{"x": "y"}}, No, Maybe},
		{"an empty value", Selector{Labels: map[string]string{"tier": ""}}, Yes, Yes},
		{"an empty value is not a missing one", Selector{Labels: map[string]string{"x": ""}}, No, Maybe},
		{"in", expression("app", "In", "db", "web"), Yes, Yes},
		{"in, missing", expression("x", "In", "a"), No, Maybe},
		{"not in", expression("app", "NotIn", "web"), No, No},
		{"not in, another value", expression("app", "NotIn", "db"), Yes, Yes},
		{"not in, missing", expression("x", "NotIn", "a"), Yes, Maybe},
		{"exists", expression("tier", "Exists"), Yes, Yes},
		{"exists, missing", expression("x", "Exists"), No, Maybe},
		{"does not exist", expression("app", "DoesNotExist"), No, No},
		{"does not exist, missing", expression("x", "DoesNotExist"), Yes, Maybe},
		{"no operator", expression("app", "Near", "web"), Maybe, Maybe},
		{"all must hold", Selector{Labels: map[string]string{"app": "web"}, Expressions: []Expression{{Key: "tier", Operator: "DoesNotExist"}}}, No, No},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.s.Selects(labels, true); got != tt.all {
				t.Errorf("with all labels: %d, want %d", got, tt.all)
			}
			if got := tt.s.Selects(labels, false); got != tt.few {
				t.Errorf("with some labels: %d, want %d", got, tt.few)
			}
		})
	}
}
