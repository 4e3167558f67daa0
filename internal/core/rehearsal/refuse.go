package rehearsal

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// access holds every answer to the expected one. Without a denied question among
// them nothing is proven: a server that allows everything would pass.
func (j *judge) access() {
	bad, open, allowed, denied := 0, 0, 0, 0
	for _, a := range j.s.Answers {
		switch {
		case a.Error != "" || a.Expected == nil:
			open++
			continue
		case a.Allowed:
			allowed++
		default:
			denied++
		}
		if a.Allowed == *a.Expected {
			continue
		}
		f := finding.New("REHEARSE-007", a.Subject, fmt.Sprintf("%s: %s, and at %s %s", a.Question, word(*a.Expected), j.s.Version, word(a.Allowed)), a.From)
		if strings.Contains(a.Subject, "system:") {
			f.Severity = finding.Warning
		} else {
			bad++
		}
		j.find(f)
	}
	asked := allowed + denied
	switch {
	case bad > 0:
		j.check(Access, Fail, fmt.Sprintf("%d of %d answers differ", bad, asked))
	case asked == 0 && open == 0:
		j.check(Access, Unknown, "nothing was asked")
	case open > 0:
		j.check(Access, Unknown, fmt.Sprintf("%d questions have no answer to compare", open))
	case allowed == 0 || denied == 0:
		j.check(Access, Unknown, fmt.Sprintf("of %d questions %d are denied: without both nothing is proven", asked, denied))
	default:
		j.check(Access, Pass, fmt.Sprintf("%d questions are answered as before, %d of them denied", asked, denied))
	}
}

func word(allowed bool) string {
	if allowed {
		return "allowed"
	}
	return "denied"
}

func (j *judge) admission() {
	bad, open, refused := 0, 0, 0
	for _, r := range j.s.Refusals {
		switch {
		case r.Error != "":
			open++
			j.find(finding.New("REHEARSE-012", r.Object, r.What+": it could not be tried: "+r.Error))
		case r.Refused != "":
			refused++
			if r.Expected != nil && !*r.Expected {
				j.find(finding.New("REHEARSE-009", r.Object, fmt.Sprintf("%s is admitted today and refused by %s: %s", r.What, r.Refused, r.Message), r.From))
			}
		case r.Expected == nil:
			// Nobody knows that it should be refused, and it is not.
		case *r.Expected:
			bad++
			j.find(finding.New("REHEARSE-008", r.Object, r.What+" is admitted", r.From))
		}
	}
	switch {
	case bad > 0:
		j.check(Admission, Fail, fmt.Sprintf("%d of %d requests that must be refused are admitted", bad, len(j.s.Refusals)))
	case len(j.s.Refusals) == 0:
		j.check(Admission, Skipped, "nothing in the cluster refuses what could be tried: no policy, and no namespace that enforces Pod Security")
	case open > 0:
		j.check(Admission, Unknown, fmt.Sprintf("%d of %d requests could not be tried", open, len(j.s.Refusals)))
	case refused == 0:
		j.check(Admission, Skipped, fmt.Sprintf("of %d requests none is to be refused", len(j.s.Refusals)))
	default:
		j.check(Admission, Pass, fmt.Sprintf("%d requests are refused as before", refused))
	}
}
