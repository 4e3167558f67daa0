package advisory

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Reason is one sentence on why the judgement came out as it did.
func (j Judgement) Reason() string {
	v, base := j.in.Version.String(), j.in.Version.Base().String()
	switch j.why {
	case byComponent:
		return "the advisory does not speak of " + j.in.Component
	case byUnparsed:
		return "the advisory is known, but its version lines could not be read: " + j.adv.Unparsed
	case byUnread:
		if j.in.Unread != "" {
			return "the version could not be read: " + j.in.Unread
		}
		return "the version could not be read"
	case byPseudo:
		return fmt.Sprintf("%s is a development build; it does not say which release it contains", v)
	case byUnknownRelease:
		return fmt.Sprintf("unknown release: %s is newer than what the catalogue knows of %s; update the catalogue", v, j.in.Component)
	case byVendor:
		return fmt.Sprintf("vendor build: verify the backport (%s is built from %s, and upstream %s is in the affected range %s)", v, base, base, j.rng)
	case byDistribution:
		return fmt.Sprintf("the distribution may have backported the fix (%s is built from %s, and upstream %s is in the affected range %s)", v, base, base, j.rng)
	case byUnknownRange:
		return fmt.Sprintf("the sources cannot decide %s: %s", v, j.rng.Why)
	case byPreRelease:
		return fmt.Sprintf("%s is a pre-release: its minor came after affected ones, and which pre-release was the first with the fix no source says", v)
	}
	if j.State == NotAffected {
		return fmt.Sprintf("%s is outside every affected range (%s)", j.seen(), j.affected.spans())
	}
	return fmt.Sprintf("%s is in the affected range %s; %s", v, j.rng, j.fix())
}

// seen is the version, with its base where that is what was compared.
func (j Judgement) seen() string {
	switch j.in.Version.Kind() {
	case version.Vendor, version.Distribution:
		return fmt.Sprintf("%s (built from %s)", j.in.Version, j.in.Version.Base())
	}
	return j.in.Version.String()
}

// fix says which release closes the defect, and why it is not one of the
// instance's own minor where it is not.
func (j Judgement) fix() string {
	m := j.in.Version.Minor()
	switch {
	case j.adv.Fix == Never:
		return "no version fixes it"
	case !j.FixedIn.Known():
		return "no fixed version is known"
	case j.FixedIn.Minor() == m:
		return "fixed in " + j.FixedIn.String()
	}
	why := ""
	if j.releases != nil {
		eol := j.releases.EndOfLife(j.in.Component, m)
		if pub := j.adv.Published; !eol.IsZero() && !pub.IsZero() && eol.Before(pub) {
			why = ": end of life before it was fixed"
		}
	}
	return fmt.Sprintf("no fix in %s%s; the next fixed version is %s", m, why, j.FixedIn)
}

// WouldChange says what would make a not-affected instance affected: the
// nearest affected stretch below and above. "" for every other state.
func (j Judgement) WouldChange() string {
	if j.State != NotAffected {
		return ""
	}
	base := j.in.Version.Base()
	var below, above *Range
	for i := range j.affected.Ranges {
		r := &j.affected.Ranges[i]
		if r.Before.Known() && !base.Less(r.Before) {
			below = r // ranges ascend: the last one is the nearest
		} else if above == nil {
			above = r
		}
	}
	var parts []string
	if below != nil {
		parts = append(parts, "going below "+below.Before.String())
	}
	if above != nil {
		parts = append(parts, "moving to a version "+above.String())
	}
	if len(parts) == 0 {
		return "a correction of the advisory: it names no affected version of " + j.in.Component
	}
	return strings.Join(parts, ", or ")
}

// String words a range: "from 1.35.0 to before 1.35.9".
func (r *Range) String() string {
	switch {
	case !r.Introduced.Known() && !r.Before.Known():
		return "every version"
	case !r.Introduced.Known():
		return "before " + r.Before.String()
	case !r.Before.Known():
		return "from " + r.Introduced.String() + " on"
	}
	return "from " + r.Introduced.String() + " to before " + r.Before.String()
}

// spans lists every range of the component.
func (a *Affected) spans() string {
	if len(a.Ranges) == 0 {
		return "none is named"
	}
	var s []string
	for i := range a.Ranges {
		s = append(s, a.Ranges[i].String())
	}
	return strings.Join(s, "; ")
}
