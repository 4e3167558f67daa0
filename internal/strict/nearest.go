package strict

import (
	"strings"

	"github.com/agext/levenshtein"
)

// Nearest is the candidate that word was likely meant to be: the one with the
// fewest edits, letter case ignored, and no more than a third of its letters.
func Nearest(word string, candidates []string) (string, bool) {
	if len(word) > 64 {
		return "", false
	}
	best, fewest := "", len(word)+1
	for _, c := range candidates {
		d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(c), nil)
		if d < fewest && d <= max(len(word), len(c))/3+1 {
			best, fewest = c, d
		}
	}
	return best, best != ""
}
