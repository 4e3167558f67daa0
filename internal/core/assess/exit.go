package assess

import "github.com/fixline-dev/fixline/internal/core/finding"

// Severities of a verdict or finding, as `--fail-on` compares them.
const (
	SeverityNone    = "none"
	SeverityInfo    = string(finding.Info)
	SeverityWarning = string(finding.Warning)
	SeverityBlocker = string(finding.Blocker)
)

// Highest is the highest severity of what a cluster's assessment found:
// an affected advisory is a blocker, not-reachable and mitigate-only are
// warnings (mitigate-only is information once accepted), findings have their
// own. "none" when nothing was found.
func (r *ClusterResult) Highest() string {
	highest := SeverityNone
	for _, a := range r.Advisories {
		highest = graver(highest, a.Severity())
	}
	for _, f := range r.Findings {
		highest = graver(highest, f.Severity)
	}
	return highest
}

func graver(a, b string) string {
	if finding.Severity(b).Rank() > finding.Severity(a).Rank() {
		return b
	}
	return a
}

// Severity of one advisory: that of its gravest instance, so that an unknown
// one beside it hides nothing.
func (a *AdvisoryResult) Severity() string {
	s := a.severityOf(a.Verdict)
	for _, c := range a.Components {
		s = graver(s, a.severityOf(c.Verdict))
	}
	return s
}

func (a *AdvisoryResult) severityOf(v Verdict) string {
	switch v {
	case Affected:
		return SeverityBlocker
	case NotReachable:
		return SeverityWarning
	case MitigateOnly:
		if a.Accepted != nil {
			return SeverityInfo
		}
		return SeverityWarning
	}
	return SeverityNone
}

// Clean reports whether nothing is left unsaid: no unknown verdict of any
// instance, and no required coverage gap. The catalogue's age is the Result's
// to judge.
func (r *ClusterResult) Clean() bool {
	for _, a := range r.Advisories {
		if a.Verdict == Unknown {
			return false
		}
		for _, c := range a.Components {
			if c.Verdict == Unknown {
				return false
			}
		}
	}
	return r.Coverage.Complete
}
