package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// sortedAdvisories are those to show, most urgent first: by verdict, score, ID.
func sortedAdvisories(c assess.ClusterResult, all bool) []assess.AdvisoryResult {
	var out []assess.AdvisoryResult
	for _, a := range c.Advisories {
		if all || a.Verdict != assess.NotAffected {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b assess.AdvisoryResult) int {
		return cmp.Or(cmp.Compare(a.Verdict.Rank(), b.Verdict.Rank()),
			cmp.Compare(scoreOr(b, -1), scoreOr(a, -1)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func verdictTone(v assess.Verdict) tone {
	switch v {
	case assess.Affected:
		return bad
	case assess.NotAffected:
		return good
	}
	return warn
}

func scoreOr(a assess.AdvisoryResult, none float64) float64 {
	if a.Score == nil {
		return none
	}
	return *a.Score
}

// scoreText is "5.8", or "-" where nobody scored it.
func scoreText(a assess.AdvisoryResult) string {
	if a.Score == nil {
		return "-"
	}
	return strconv.FormatFloat(*a.Score, 'f', 1, 64)
}

// fixedText says which version closes a here: what the instances need, else
// every fixed version there is.
func fixedText(a assess.AdvisoryResult) string {
	if a.FixState == "never" {
		return "no version"
	}
	var here []string
	for _, c := range a.Components {
		if c.FixedIn != nil && c.Verdict != assess.NotAffected && !slices.Contains(here, *c.FixedIn) {
			here = append(here, *c.FixedIn)
		}
	}
	if len(here) == 0 {
		here = a.Fixed
	}
	text := strings.Join(here, ", ")
	switch {
	case a.FixState == "gate" && text == "":
		return "a feature gate"
	case a.FixState == "gate":
		return text + " with a feature gate"
	case text == "":
		return "not known"
	}
	return text
}
