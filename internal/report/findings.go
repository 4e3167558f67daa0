package report

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// sameFinding is one finding and every object it was made at with the same
// words: a reader needs the sentence once and the objects all.
type sameFinding struct {
	assess.Finding
	Objects []string
}

// sameFindings keeps the order in which each finding first occurs.
func sameFindings(c assess.ClusterResult) []sameFinding {
	var out []sameFinding
	for _, f := range c.Findings {
		i := slices.IndexFunc(out, func(o sameFinding) bool {
			return o.Code == f.Code && o.Severity == f.Severity && o.Message == f.Message && o.Remedy == f.Remedy && slices.Equal(o.Evidence, f.Evidence)
		})
		if i < 0 {
			out = append(out, sameFinding{Finding: f})
			i = len(out) - 1
		}
		out[i].Objects = append(out[i].Objects, f.Object)
	}
	return out
}
