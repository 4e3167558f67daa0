package policyfile

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones also on hosts that have none

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

// windows reads freezes or maintenance windows. Only a freeze is overridden: a
// change that need not wait for maintenance is an emergency.
func windows(n *strict.Node, freeze bool) []policy.Window {
	var out []policy.Window
	for _, item := range n.Items() {
		keys := []string{"name", "environments", "from", "to", "timezone"}
		if freeze {
			keys = append(keys, "overrides")
		}
		item.Fields(keys...)
		w := policy.Window{Name: item.Get("name").Required(), Environments: texts(item.Get("environments"), environments())}
		if slices.ContainsFunc(out, func(o policy.Window) bool { return o.Name == w.Name }) && w.Name != "" {
			item.Get("name").Report(fmt.Sprintf("%q is the name of another one", w.Name), "give each its own")
		}
		zone := location(item.Get("timezone"))
		if weekly(item.Get("from").Text()) {
			w.Weekly = everyWeek(item, zone)
		} else {
			w.From, w.To = moment(item.Get("from"), zone, false), moment(item.Get("to"), zone, true)
			if !w.From.Before(w.To) && !n.Failed() {
				item.Get("to").Report("is not after from", "a window ends after it begins")
			}
		}
		if freeze {
			w.Overrides = overrides(item.Get("overrides"))
		}
		out = append(out, w)
	}
	return out
}

// location is a name of the IANA time zone database; none is UTC.
func location(n *strict.Node) *time.Location {
	name := n.Text()
	if name == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		n.Report(fmt.Sprintf("%q is no time zone", name), "such as Europe/Berlin or UTC")
		return time.UTC
	}
	return zone
}

// daysOfWeek in the order of time.Weekday.
func daysOfWeek() []string { return []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"} }

func weekly(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return slices.Contains(daysOfWeek(), first)
}

func everyWeek(n *strict.Node, zone *time.Location) *policy.Weekly {
	w := &policy.Weekly{Location: zone}
	w.FromDay, w.FromMinute = dayAndTime(n.Get("from"))
	w.ToDay, w.ToMinute = dayAndTime(n.Get("to"))
	if w.FromDay == w.ToDay && w.FromMinute == w.ToMinute && !n.Failed() {
		n.Get("to").Report("is when it begins", "a window ends after it begins")
	}
	return w
}

// dayAndTime is "Fri 16:00".
func dayAndTime(n *strict.Node) (time.Weekday, int) {
	text := n.Required()
	name, clock, _ := strings.Cut(text, " ")
	day := slices.Index(daysOfWeek(), name)
	at, err := time.Parse("15:04", clock)
	if (day < 0 || err != nil) && text != "" {
		n.Report(fmt.Sprintf("%q is no time of a week", text), `such as "Fri 16:00", as from is written`)
		return 0, 0
	}
	return time.Weekday(max(day, 0)), at.Hour()*60 + at.Minute()
}

// moment is "2026-12-18 18:00", a time of RFC 3339, or a day, which counts
// whole: it begins at midnight and, as the end of a window, ends at the next.
func moment(n *strict.Node, zone *time.Location, end bool) time.Time {
	text := n.Required()
	if text == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", text, zone); err == nil {
		return t
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		n.Report(fmt.Sprintf("%q is no time", text), `such as "2026-12-18 18:00", 2026-12-18 or, every week, "Fri 16:00"`)
	}
	if end {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

func overrides(n *strict.Node) []policy.Override {
	var out []policy.Override
	for _, item := range n.Items() {
		item.Fields("severity", "affectedScore", "approver")
		o := policy.Override{Severity: item.Get("severity").Enum(policy.Severities()...), Approver: item.Get("approver").Enum(policy.Roles()...)}
		score, ok := item.Get("affectedScore").Float()
		switch {
		case ok && (score <= 0 || score > 10):
			item.Get("affectedScore").Reportf("%v is no CVSS base score: above 0, and 10 at most", score)
		case !ok && o.Severity == "" && !n.Failed():
			item.Report("says nothing of how urgent a change must be", "add severity: critical, or affectedScore: 9")
		case o.Approver == "" && !n.Failed():
			item.Get("approver").Report("is required", "the role of the person who must approve")
		}
		o.AffectedScore = score
		out = append(out, o)
	}
	return out
}
