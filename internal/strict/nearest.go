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

// Misspelt is the candidate that word is almost: one edit away, two where it is
// long, letter case alone where it is short (runsc is not runc). It is for
// names that may be others' as well; a candidate itself is not misspelt.
func Misspelt(word string, candidates []string) (string, bool) {
	lower := strings.ToLower(word)
	for _, c := range candidates {
		if word == c {
			return "", false
		}
	}
	for _, c := range candidates {
		allowed := 1
		switch {
		case len(c) < 5:
			allowed = 0
		case len(c) > 8:
			allowed = 2
		}
		if len(word) <= len(c)+allowed && levenshtein.Distance(lower, c, nil) <= allowed {
			return c, true
		}
	}
	return "", false
}
