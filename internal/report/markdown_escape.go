package report

import (
	"fmt"
	"net/url"
	"strings"
)

// md makes any text literal Markdown on one line: nothing in it can start
// markup, close a table cell or become HTML. https://github.github.com/gfm/#backslash-escapes
func md(s string) string {
	s = oneLine(s)
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]|~", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	// Elsewhere these are text, at the start they make a heading, list or rule.
	if out := b.String(); out != "" && strings.ContainsRune("#+-=", rune(out[0])) {
		return `\` + out
	}
	return b.String()
}

// code puts a name into a code span, where trackers neither mark up nor notify
// (@name). A pipe still ends a table cell, so it is escaped also here.
func code(s string) string {
	s = strings.ReplaceAll(oneLine(s), "|", `\|`)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// codes is nodeList in code spans.
func codes(names []string) string {
	shown := names
	if len(names) > nodesShown {
		shown = names[:nodesShown-1]
	}
	spans := make([]string, len(shown))
	for i, n := range shown {
		spans[i] = code(n)
	}
	text := strings.Join(spans, ", ")
	if rest := len(names) - len(shown); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// link is a Markdown link where target is a web address, else the text alone.
func link(text, target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return md(text)
	}
	return "[" + md(text) + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", "`", "%60").Replace(u.String()) + ">)"
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
