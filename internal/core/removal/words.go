package removal

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// OnlyVersion reports whether writing Replacement's apiVersion is all there is
// to do: the kind stays, and somebody has looked and found no other change.
// Only then may a program offer a patch.
func (j Judgement) OnlyVersion() bool { return j.ByHand() == "" }

// ByHand says why a person must move a manifest to the replacement, "" where
// its apiVersion is all there is to write.
func (j Judgement) ByHand() string {
	switch {
	case j.State != Removed && j.State != Deprecated:
		return "there is nothing that is known to be right in its place"
	case j.Replacement.Zero() && known(j.ReplacementAt):
		return "the replacement is not yet served at the target"
	case j.Replacement.Zero():
		return "there is no replacement"
	case j.Replacement.Kind != j.Life.Kind:
		return "the kind changes too"
	case j.ReplacementTooNew:
		return "the cluster serves the replacement only after the upgrade"
	case len(j.Changes) > 0:
		return "more than the apiVersion changes"
	case !j.ChangesKnown:
		return "what else differs between the two is not known"
	}
	return ""
}

// reason is one sentence without a full stop.
func (t *Table) reason(j Judgement, m Move) string {
	l := j.Life
	product := ""
	if l.Product != Kubernetes {
		product = l.Product + " "
	}
	switch j.State {
	case Removed:
		if j.Planned {
			return fmt.Sprintf("%s is announced to go in %s%s%s", l.GVK, product, l.Removed, instead(j))
		}
		return fmt.Sprintf("%s is not served from %s%s on%s", l.GVK, product, l.Removed, instead(j))
	case Deprecated:
		if !known(l.Removed) {
			return fmt.Sprintf("%s is deprecated since %s%s, and no removal is announced%s", l.GVK, product, l.Deprecated, instead(j))
		}
		return fmt.Sprintf("%s is deprecated since %s%s and goes in %s%s", l.GVK, product, l.Deprecated, l.Removed, instead(j))
	case NotYet:
		return fmt.Sprintf("%s is first served by %s%s", l.GVK, product, l.Introduced)
	case Unknown:
		if through := t.Through(l.Product); known(through) && m.Target.Compare(through) > 0 {
			return fmt.Sprintf("the table was made from releases through %s%s and says nothing of %s", product, through, m.Target)
		}
		return fmt.Sprintf("whether %s%s serves %s is not known: the table begins with %s", product, m.Target, l.GVK, t.facts.From[l.Product])
	}
	if l.OffByDefault {
		return fmt.Sprintf("%s is served by %s%s only where it is switched on", l.GVK, product, m.Target)
	}
	return fmt.Sprintf("%s is served by %s%s", l.GVK, product, m.Target)
}

// instead says what to write, after a comma.
func instead(j Judgement) string {
	switch {
	case !j.Replacement.Zero() && j.ReplacementTooNew && !j.Bridge.Zero():
		return fmt.Sprintf("; %s comes with the upgrade, %s is served before and after it", j.Replacement, j.Bridge)
	case !j.Replacement.Zero() && j.ReplacementTooNew:
		return fmt.Sprintf("; %s comes with the upgrade, so it can only be written after it", j.Replacement)
	case !j.Replacement.Zero():
		return "; write " + j.Replacement.String()
	case known(j.ReplacementAt):
		return fmt.Sprintf("; the replacement %s is not yet served at the target, %s is the first that does", j.Chain[len(j.Chain)-1], j.ReplacementAt)
	}
	return "; there is no replacement"
}

// object names what a verdict is about.
func (u *Use) object() string {
	if u.requested() {
		name := u.Resource + "." + u.Version
		if u.Group != "" {
			name += "." + u.Group
		}
		return name
	}
	parts := []string{u.Kind}
	if u.Namespace != "" {
		parts = append(parts, u.Namespace)
	}
	if u.Name == "" {
		return strings.Join(append(parts, "(no name)"), "/")
	}
	return strings.Join(append(parts, u.Name), "/")
}

// place is where a use is, for a person: "a.yaml:3", "Secret/ns/name".
func (u *Use) place() string {
	switch {
	case u.File != "" && u.Line > 0:
		return fmt.Sprintf("%s:%d", u.File, u.Line)
	case u.File != "":
		return u.File
	}
	return u.Where
}

// message is one sentence: what is wrong, and where it is from.
func (s sight) message() string { return s.judgement.Reason + ": " + s.evidence() }

// evidence says what was seen, and why it weighs what it does.
func (s sight) evidence() string {
	u := s.use
	switch u.Source {
	case File:
		return "written in " + cmp.Or(u.place(), "a manifest")
	case Helm:
		return fmt.Sprintf("%s is written in revision %d of the Helm release %q%s", u.object(), u.Revision, u.Release, line(u.Line))
	case ManagedFields:
		text := fmt.Sprintf("written by %q%s", u.Manager, day(" on ", u.Time))
		switch s.verdict.code {
		case "API-005":
			return text + ", when it was still served; nobody can write it any more"
		case "API-007":
			return text + ", which depends on no version: " + s.verdict.by
		}
		return text
	case LastApplied:
		if s.verdict.code == "API-005" {
			return "only the last-applied annotation holds it, a copy of what was once written"
		}
		return "the last-applied annotation holds it, and who writes the object now could not be read"
	case Metric:
		return s.requested()
	}
	text := fmt.Sprintf("%s by %s", times(u.Count), cmp.Or(u.UserAgent, u.User, "an unnamed caller"))
	if u.UserAgent != "" && u.User != "" {
		text += " as " + u.User
	}
	if s.verdict.by != "" {
		text += ", which depends on no version: " + s.verdict.by
	}
	return text + day(", last on ", u.Time)
}

// requested words a gauge, which never returns to 0 while its process runs.
func (s sight) requested() string {
	text := "requested"
	if s.use.Server != "" {
		text += " of " + s.use.Server
	}
	if s.use.Since.IsZero() {
		text += " at least once since its process started, whenever that was"
	} else {
		text += " at least once since " + s.use.Since.UTC().Format("2006-01-02 15:04") + " UTC, when its process started"
	}
	if s.verdict.code == "API-007" {
		return text + "; every caller in the audit log depends on no version"
	}
	return text + "; the gauge stays 1 ever after, so this may be over"
}

// line says where in a release's manifest it is.
func line(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", in line %d of its manifest", n)
}

func times(n int) string {
	switch n {
	case 0:
		return "requested"
	case 1:
		return "requested once"
	}
	return fmt.Sprintf("requested %d times", n)
}

func day(before string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return before + t.UTC().Format(time.DateOnly)
}

// advice is the remedy of the code, or where nothing replaces an API version
// what is left to do.
func (s sight) advice(code finding.Code) string {
	j := s.judgement
	if j.State == Removed && j.Replacement.Zero() && !known(j.ReplacementAt) {
		return "nothing replaces it: decide what takes over its purpose, then let nothing write or call it before the upgrade"
	}
	return code.Remedy
}
