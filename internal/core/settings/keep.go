package settings

import (
	"slices"
	"strings"
)

// keep is what of a flag's value every release on the way takes, so that no
// remedy writes down what stops a component; false where nothing is left.
func (l *loss) keep(component, flag, value string) (string, bool) {
	if value == Hidden {
		return value, true
	}
	refused := func(one string) bool { return l.refused(component, flag, one) }
	if flag == "feature-gates" {
		refused = func(one string) bool { return l.noGate(component, one) }
	}
	if !strings.Contains(value, ",") {
		return value, !refused(value)
	}
	left := slices.DeleteFunc(strings.Split(value, ","), refused)
	return strings.Join(left, ","), len(left) > 0
}

// refused reports whether a rule says that a flag with a value stops the
// component at the target.
func (l *loss) refused(component, flag, value string) bool {
	return slices.ContainsFunc(l.facts.Known.Rules, func(r Rule) bool {
		return r.Component == component && r.Kind == Flag && r.Effect == Stops && slices.Contains(r.Names, flag) &&
			r.From.Compare(l.target().Minor()) <= 0 && r.matches(value)
	})
}

// noGate reports whether a hop knows no gate of "NAME=true", or has it locked
// to the other value.
func (l *loss) noGate(component, one string) bool {
	table := l.facts.Known.Gates
	name, on, _ := strings.Cut(one, "=")
	if !table.of(component) || name == "AllAlpha" || name == "AllBeta" {
		return false
	}
	for _, h := range l.hops {
		if span, ok := table.At(name, h.Minor()); table.Covers(h.Minor()) && (!ok || span.Locked && span.Default != (on == "true")) {
			return true
		}
	}
	return false
}
