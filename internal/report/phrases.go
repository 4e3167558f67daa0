package report

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// undated: nobody can say what these facts cover.
func undated(cat assess.CatalogInfo) bool { return cat.Date == "" || cat.AdvisoriesThrough == "" }

// catalogLine dates the facts; every form carries it.
func catalogLine(cat assess.CatalogInfo) string {
	if undated(cat) {
		return "Catalogue without a date"
	}
	return fmt.Sprintf("Catalogue of %s, advisories read through %s (%s old)",
		cat.Date, cat.AdvisoriesThrough, plural(cat.AgeDays, "day", "days"))
}

// staleLine warns of facts that are too old; "" when they are not.
func staleLine(cat assess.CatalogInfo) string {
	if undated(cat) {
		return "The catalogue names no day its advisories were read through: nobody can say what it covers."
	}
	if !cat.Stale {
		return ""
	}
	return fmt.Sprintf("The catalogue is stale: advisories published in the last %s are unknown to it. "+
		"What it does not report may still affect you.", plural(cat.AgeDays, "day", "days"))
}

// coverageLine says whether the answer saw everything it asked for.
func coverageLine(c assess.ClusterResult) string {
	required, other := splitGaps(c)
	if c.Coverage.Complete && len(required) == 0 {
		if len(other) == 0 {
			return "Complete: everything that was asked was read."
		}
		return "Complete for what was asked; not looked at:"
	}
	if len(required) == 0 {
		return "INCOMPLETE: the answer may be wrong."
	}
	return fmt.Sprintf("INCOMPLETE: %s could not be answered, so the answer may be wrong there.",
		plural(len(required), "required check", "required checks"))
}

func splitGaps(c assess.ClusterResult) (required, other []assess.Gap) {
	for _, g := range c.Coverage.Gaps {
		if g.Required {
			required = append(required, g)
		} else {
			other = append(other, g)
		}
	}
	return required, other
}

// unread lists the instances whose version nobody could read.
func unread(c assess.ClusterResult) []assess.InstanceResult {
	var out []assess.InstanceResult
	for _, i := range c.Instances {
		if i.Version == nil {
			out = append(out, i)
		}
	}
	return out
}

// supportLine is the release-calendar state of the minor in words.
func supportLine(s assess.Support) string {
	if s.Minor == nil {
		return "The minor of the API server could not be read, so its support is unknown."
	}
	end := func(before string) string {
		if s.EndOfLife == nil {
			return ""
		}
		return before + *s.EndOfLife
	}
	switch s.Status {
	case "supported":
		return *s.Minor + " is supported" + end(" until ")
	case "maintenance":
		return *s.Minor + " is in maintenance, critical fixes only" + end(", until ")
	case "end-of-life":
		return *s.Minor + " is end-of-life" + end(" since ") + ": no more fixes"
	}
	return "Support of " + *s.Minor + " is unknown: the release calendar does not know it"
}

// question is one of the four of a security upgrade.
type question struct {
	Text, Answer string
	Note         string // what the answer rests on
	Tone         tone
}

func questions(d assess.Decision) []question {
	q := func(text, answer, fine, note string) question {
		switch answer {
		case fine:
			return question{text, answer, note, good}
		case "unknown":
			return question{text, answer, note, warn}
		}
		return question{text, answer, note, bad}
	}
	e := d.Evidence
	return []question{
		q("Does it affect a component you run?", d.Affected, "no", e.Affected),
		q("Is the minor supported?", d.MinorSupported, "yes", e.MinorSupported),
		q("Is exploitation reachable here?", d.Reachable, "no", e.Reachable),
		q("Is the way clear of blockers?", d.Clear, "yes", e.Clear),
	}
}

// shared: somebody else than the reader moves a part of the cluster.
func shared(c assess.ClusterResult) bool {
	return slices.ContainsFunc(c.Ownership, func(o assess.Ownership) bool { return o.By != "you" })
}

// targetTitle names the target: "1.34.2, a patch release".
func targetTitle(t assess.Target) string {
	if t.Version == nil {
		if t.Kind == "unreachable" {
			return "None can be reached"
		}
		return "No other version" // that none is needed is for the reason to say
	}
	kinds := map[string]string{"patch": "a patch release of the same minor", "minor": "a new minor", "provider": "the provider's release"}
	if k := kinds[t.Kind]; k != "" {
		return *t.Version + ", " + k
	}
	return *t.Version
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func deref(s *string, none string) string {
	if s == nil {
		return none
	}
	return *s
}
