package policy

import (
	"fmt"
	"slices"
	"time"
)

// Window is a span of time with a name: once, or every week.
type Window struct {
	Name         string
	Environments []string // empty = all
	// From and To bound one that happens once; To itself is outside.
	From, To time.Time
	// Weekly bounds one that comes back; nil = it happens once.
	Weekly *Weekly
	// Overrides let a change through a freeze; the first that fits counts.
	Overrides []Override
}

// Weekly is a span of every week, by the clock of a place: over a change of
// summer time it still begins and ends when the clocks there say so.
type Weekly struct {
	FromDay, ToDay       time.Weekday
	FromMinute, ToMinute int // of the day
	Location             *time.Location
}

// Override is what is urgent enough for a freeze: an advisory of at least a
// severity, or one that affects the cluster with at least a score. One person
// of the role must have approved it, by name.
type Override struct {
	Severity      string  // "" = not by severity
	AffectedScore float64 // 0 = not by score
	Approver      string  // role
}

// Hold says whether a change must wait.
type Hold struct {
	Held   bool
	Window string    // what holds it, or was overridden; "" = nothing
	Until  time.Time // when it ends; zero = not known
	// Overridden says by what and whom a window was overridden; "" = it was not.
	Overridden string
	Why        string // of Held: what would override it
}

// Frozen says whether a change must wait at a moment: inside a freeze, or
// outside every maintenance window of its environment where there are any.
// approved are those who approved it in spite of that.
func (p Policy) Frozen(at time.Time, c Change, approved ...Declaration) Hold {
	hold := Hold{}
	for _, w := range p.Freezes {
		until, inside := w.holds(at)
		if !inside || !in(w.Environments, c.Environment) {
			continue
		}
		one := Hold{Window: w.Name, Until: until}
		if by := w.override(c, approved); by != "" {
			one.Overridden = by
		} else if p.declared(c) && p.Emergency.IgnoresFreezes {
			one.Overridden = emergencyOf(c)
		} else {
			one.Held, one.Why = true, w.wants(c)
		}
		if one.Held {
			return one
		}
		if hold.Window == "" {
			hold = one
		}
	}
	if out := p.outside(at, c); out.Held || hold.Window == "" {
		return out
	}
	return hold
}

// outside: maintenance windows are a choice; without any, every hour is one.
func (p Policy) outside(at time.Time, c Change) Hold {
	any := false
	for _, w := range p.Maintenance {
		if !in(w.Environments, c.Environment) {
			continue
		}
		any = true
		if _, inside := w.holds(at); inside {
			return Hold{}
		}
	}
	const name = "outside every maintenance window"
	switch {
	case !any:
		return Hold{}
	case p.declared(c) && p.Emergency.IgnoresMaintenance:
		return Hold{Window: name, Overridden: emergencyOf(c)}
	}
	return Hold{Held: true, Window: name, Why: "wait for the next one, or declare an emergency"}
}

func emergencyOf(c Change) string {
	return fmt.Sprintf("an emergency, declared by %s (%s): %s", c.Emergency.Name, c.Emergency.Role, c.Emergency.Reason)
}

// fits: what has no score reaches no severity; a person can still rate it.
func (o Override) fits(c Change) bool {
	rank, least := slices.Index(Severities(), c.Severity), slices.Index(Severities(), o.Severity)
	return rank >= 0 && least >= 0 && rank <= least || o.AffectedScore > 0 && c.Affected && c.Score >= o.AffectedScore
}

func (o Override) text() string {
	switch {
	case o.Severity != "" && o.AffectedScore > 0:
		return fmt.Sprintf("a severity of %s or worse, or being affected with a score of %v or higher", o.Severity, o.AffectedScore)
	case o.Severity != "":
		return fmt.Sprintf("a severity of %s or worse", o.Severity)
	}
	return fmt.Sprintf("being affected with a score of %v or higher", o.AffectedScore)
}

func (w Window) override(c Change, approved []Declaration) string {
	for _, o := range w.Overrides {
		for _, a := range approved {
			if o.fits(c) && a.Role == o.Approver && a.Name != "" {
				return fmt.Sprintf("%s, approved by %s (%s)", o.text(), a.Name, a.Role)
			}
		}
	}
	return ""
}

// wants says what would let the change through.
func (w Window) wants(c Change) string {
	if len(w.Overrides) == 0 {
		return "nothing overrides it but an emergency the policy allows for"
	}
	for _, o := range w.Overrides {
		if o.fits(c) {
			return fmt.Sprintf("it is urgent enough; a person of the role %s must approve it by name", o.Approver)
		}
	}
	o := w.Overrides[0]
	return fmt.Sprintf("it takes %s, approved by a person of the role %s", o.text(), o.Approver)
}

// holds reports whether a moment is inside, and when the window ends then.
func (w Window) holds(at time.Time) (until time.Time, inside bool) {
	if w.Weekly == nil {
		return w.To, !at.Before(w.From) && at.Before(w.To)
	}
	return w.Weekly.holds(at)
}

const week = 7 * 24 * 60

func (w Weekly) holds(at time.Time) (until time.Time, inside bool) {
	local := at.In(w.Location)
	now := int(local.Weekday())*24*60 + local.Hour()*60 + local.Minute()
	from, to := int(w.FromDay)*24*60+w.FromMinute, int(w.ToDay)*24*60+w.ToMinute
	length := (to - from + week) % week
	if (now-from+week)%week >= length {
		return time.Time{}, false
	}
	days := (int(w.ToDay) - int(local.Weekday()) + 7) % 7
	if days == 0 && now >= to {
		days = 7
	}
	return time.Date(local.Year(), local.Month(), local.Day()+days, w.ToMinute/60, w.ToMinute%60, 0, 0, w.Location), true
}
