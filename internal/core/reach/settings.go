package reach

import (
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// lookup finds a value in the settings of an instance. What was read of this
// very instance goes before what was declared for the component as a whole.
// complete: what is absent has its default.
func (a *Asker) lookup(in *inventory.Instance, get func(*inventory.Settings) (string, bool)) (value, source string, found, complete bool) {
	places := []place{{in.Component, in.Node}, {in.Component, ""}}
	if in.Node == "" {
		places = places[:1]
	}
	for _, at := range places {
		for _, s := range a.settings[at] {
			complete = complete || s.Complete
			if v, ok := get(s); ok && !found {
				value, source, found = v, s.Source, true
			}
		}
	}
	return value, source, found, complete
}

// flagOf and configOf are the two things most lookups look for.
func (a *Asker) flagOf(in *inventory.Instance, flag string) (value, source string, found, complete bool) {
	return a.lookup(in, func(s *inventory.Settings) (string, bool) {
		v, ok := s.Flags[flag]
		return v, ok
	})
}

func (a *Asker) configOf(in *inventory.Instance, field string) (value, source string, found, complete bool) {
	return a.lookup(in, func(s *inventory.Settings) (string, bool) {
		v, ok := s.Config[field]
		return v, ok
	})
}

func (a *Asker) gateOf(in *inventory.Instance, gate string) (value bool, source string, found, complete bool) {
	v, source, found, complete := a.lookup(in, func(s *inventory.Settings) (string, bool) {
		v, ok := s.Gates[gate]
		return strconv.FormatBool(v), ok
	})
	return v == "true", source, found, complete
}

func notRead(in *inventory.Instance, what string) string {
	return what + " of " + name(in) + " was not read: read its command line and configuration, or declare it under facts"
}

func from(source string) string {
	if source == "" {
		return ""
	}
	return " (" + source + ")"
}

// flag compares a command-line flag.
func (a *Asker) flag(q *advisory.SettingQuestion, in *inventory.Instance) inventory.Answer {
	value, source, found, complete := a.flagOf(in, q.Name)
	return setting{"--" + q.Name, value, source, found, complete}.judge(q, in)
}

// config compares a field of the configuration file.
func (a *Asker) config(q *advisory.SettingQuestion, in *inventory.Instance) inventory.Answer {
	value, source, found, complete := a.configOf(in, q.Name)
	return setting{q.Name, value, source, found, complete}.judge(q, in)
}

// setting is what a lookup found.
type setting struct {
	label, value, source string
	found, complete      bool
}

func (s setting) judge(q *advisory.SettingQuestion, in *inventory.Instance) inventory.Answer {
	value, evidence := s.value, name(in)+" has "+s.label+"="+s.value+from(s.source)
	if !s.found {
		switch {
		case !s.complete:
			return unknown(notRead(in, s.label))
		case q.Op == "set" || q.Default == nil:
			return inventory.Answer{State: inventory.No, Evidence: name(in) + " does not set " + s.label}
		}
		value, evidence = *q.Default, name(in)+" does not set "+s.label+", and its default is "+quoted(*q.Default)
	}
	state, problem := compare(q.Op, value, q.Value)
	if problem != "" {
		evidence += ", " + problem
	}
	return inventory.Answer{State: state, Evidence: evidence}
}

func quoted(s string) string {
	if s == "" {
		return "empty"
	}
	return s
}

// Ops are the comparisons a setting question may use.
func Ops() []string { return []string{"equals", "not-equals", "at-least", "contains", "set"} }

// compare applies an op; the second result says why it could not.
func compare(op, got, want string) (inventory.State, string) {
	switch op {
	case "set":
		return inventory.Yes, ""
	case "equals":
		return yes(same(got, want)), ""
	case "not-equals":
		return yes(!same(got, want)), ""
	case "contains":
		for _, part := range strings.Split(got, ",") {
			if strings.TrimSpace(part) == want {
				return inventory.Yes, ""
			}
		}
		return inventory.No, ""
	case "at-least":
		g, errG := strconv.Atoi(strings.TrimSpace(got))
		w, errW := strconv.Atoi(want)
		if errG != nil || errW != nil {
			return inventory.Unknown, "which is not a number"
		}
		return yes(g >= w), ""
	}
	return inventory.Unknown, "and the catalogue compares in a way this version of Fixline does not know: " + strconv.Quote(op)
}

// same compares as the components do: True, T and 1 are ways to write true.
func same(got, want string) bool {
	if want == "true" || want == "false" {
		if b, err := strconv.ParseBool(strings.TrimSpace(got)); err == nil {
			return strconv.FormatBool(b) == want
		}
	}
	return strings.TrimSpace(got) == want
}

// gate answers what a feature gate amounts to: what is locked is so, what is
// set is so, and what is absent has the default of the version, but only
// where everything was read.
func (a *Asker) gate(q *advisory.GateQuestion, in *inventory.Instance) inventory.Answer {
	def, hasDefault := defaultAt(q.Defaults, in.Version)
	holds := func(value bool, evidence string) inventory.Answer {
		return inventory.Answer{State: yes(value == q.Value), Evidence: evidence}
	}
	if hasDefault && def.Locked {
		return holds(def.Value, name(in)+" is "+in.Version.String()+": "+q.Gate+" is "+onOff(def.Value)+" and cannot be changed there")
	}
	value, source, found, complete := a.gateOf(in, q.Gate)
	if found {
		return holds(value, name(in)+" sets "+q.Gate+"="+strconv.FormatBool(value)+from(source))
	}
	if !hasDefault {
		return unknown(notRead(in, "feature gate "+q.Gate) + ", and which default its version has is not known either")
	}
	if !complete {
		return unknown(notRead(in, "feature gate "+q.Gate) + " (" + in.Version.Minor().String() + " has it " + onOff(def.Value) + " by default)")
	}
	if why := a.defaultsMoved(in); why != "" {
		return unknown(name(in) + " does not set " + q.Gate + ", but " + why + ", which moves defaults")
	}
	return holds(def.Value, name(in)+" does not set "+q.Gate+", and "+in.Version.Minor().String()+" has it "+onOff(def.Value)+" by default")
}

// defaultAt is the last default at or below v; before the first the gate does
// not exist, which is off and cannot be changed. A pre-release of the version
// where a default begins may have the one or the other: not known.
func defaultAt(defaults []advisory.GateDefault, v version.Version) (advisory.GateDefault, bool) {
	if !v.Known() || v.Kind() == version.Pseudo || len(defaults) == 0 {
		return advisory.GateDefault{}, false
	}
	base := v.Base()
	last := advisory.GateDefault{Locked: true}
	for _, d := range defaults {
		if base.Less(d.From) {
			begins := advisory.Range{Introduced: d.From}
			return last, !begins.Covers(base)
		}
		last = d
	}
	return last, true
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// defaultsMoved says which setting changes the defaults of gates at large.
func (a *Asker) defaultsMoved(in *inventory.Instance) string {
	for _, all := range []string{"AllAlpha", "AllBeta"} {
		if v, _, found, _ := a.gateOf(in, all); found {
			return all + "=" + strconv.FormatBool(v) + " is set"
		}
	}
	for _, flag := range []string{"emulated-version", "emulation-version"} {
		if v, _, found, _ := a.flagOf(in, flag); found {
			return "--" + flag + "=" + v + " is set"
		}
	}
	return ""
}
