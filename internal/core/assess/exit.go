package assess

// Severity ranks, as `--fail-on` compares them.
const (
	SeverityNone    = "none"
	SeverityInfo    = "info"
	SeverityWarning = "warning"
	SeverityBlocker = "blocker"
)

// Highest is the highest severity of what a cluster's assessment found:
// an affected advisory is a blocker, not-reachable and mitigate-only are
// warnings (mitigate-only is information once accepted), findings have their
// own. "none" when nothing was found.
func (r *ClusterResult) Highest() string {
	highest := SeverityNone
	raise := func(s string) {
		order := map[string]int{SeverityNone: 0, SeverityInfo: 1, SeverityWarning: 2, SeverityBlocker: 3}
		if order[s] > order[highest] {
			highest = s
		}
	}
	for _, a := range r.Advisories {
		raise(a.Severity())
	}
	for _, f := range r.Findings {
		raise(f.Severity)
	}
	return highest
}

// Severity of one advisory's verdict.
func (a *AdvisoryResult) Severity() string {
	switch a.Verdict {
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

// Clean reports whether nothing is left unsaid: no unknown verdict and no
// required coverage gap. The catalogue's age is the Result's to judge.
func (r *ClusterResult) Clean() bool {
	for _, a := range r.Advisories {
		if a.Verdict == Unknown {
			return false
		}
	}
	return r.Coverage.Complete
}
