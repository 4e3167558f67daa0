// Package layout fits words and tables into a number of terminal columns. It
// counts what a terminal shows (a wide character takes two columns), and it
// decides nothing about content. Start at [Wrap] and [Table].
package layout

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// Width is the number of columns s takes. It does not depend on the locale, so
// that a report reads the same on every machine.
func Width(s string) int { return measure().StringWidth(s) }

func measure() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// Wrap breaks s into lines of at most width columns, at spaces. A word that
// does not fit is broken, except a URL: half a URL is of no use, so it may be
// wider. Runs of white space become one space. The result has at least one line.
func Wrap(s string, width int) []string {
	return wrap(s, width, func(word string) bool {
		return strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")
	})
}

// wrap is Wrap, with keep naming the words that are never broken.
func wrap(s string, width int, keep func(word string) bool) []string {
	width = max(width, 1)
	var lines []string
	line, used := "", 0
	flush := func() {
		if used > 0 {
			lines = append(lines, line)
		}
		line, used = "", 0
	}
	for _, word := range strings.Fields(s) {
		w := Width(word)
		if used > 0 && used+1+w > width {
			flush()
		}
		for w > width && !keep(word) {
			head := cut(word, width)
			lines = append(lines, head)
			word = word[len(head):]
			w = Width(word)
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += w
	}
	flush()
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// cut is the longest start of word that fits into width columns, at least one
// character; where one is near the end it ends after a separator, so that
// names break where a reader expects it.
func cut(word string, width int) string {
	used, end, nice := 0, 0, 0
	for i, r := range word {
		w := measure().RuneWidth(r)
		if i > 0 && used+w > width {
			break
		}
		used += w
		end = i + len(string(r))
		if strings.ContainsRune("/-.,:=_@", r) {
			nice = end
		}
	}
	if nice > end*2/3 {
		return word[:nice]
	}
	return word[:end]
}

// Fit shortens s to one line of at most width columns; what is cut off is
// marked with "…".
func Fit(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	return measure().Truncate(s, width, "…")
}

// Pad fills s with spaces to width columns.
func Pad(s string, width int) string {
	if gap := width - Width(s); gap > 0 {
		return s + strings.Repeat(" ", gap)
	}
	return s
}
