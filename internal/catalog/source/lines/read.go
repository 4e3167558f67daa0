package lines

import (
	"regexp"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// part is one understood piece of a line.
type part struct {
	component string
	bound     bound
	fixed     []version.Version
}

// bound is a stretch as one line words it, before the list is read as a whole.
type bound struct {
	from, before version.Version // zero: none
	stated       bool            // the line says where the stretch begins
	all          bool            // "all versions"
	empty        bool            // understood, and no release is in it
}

const number = `v?(\d{1,9}\.\d{1,9}(?:\.(?:\d{1,9}|x|\?|\*))?(?:-(?:alpha|beta|rc)(?:\.?\d{1,9})*)?)`

var (
	bullet   = regexp.MustCompile(`^\s*(?:[-*+•]\s+)?`)
	link     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	note     = regexp.MustCompile(`(?i)[,;]?\s+\(?(?:resolved|fixed|patched)\s+in\s+` + number + `.*$`)
	trailing = regexp.MustCompile(`(?i)\s*(?:-\s*)?\(?(?:resolved|fixed|patched)\s+(?:by|with|via)\b.*$`)
	anywhere = regexp.MustCompile(`\d+\.\d+`)
	name     = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9 _./-]*?)\s*:?\s*(?:[<>=~^]|v?\d+\.\d|all\b|prior\b|before\b|up to\b|versions?\b|$)`)
	prose    = regexp.MustCompile(`(?:^|-)(?:of|in|the|and|or|next|since|from|is|are|with|to)(?:-|$)|(?:[^-]+-){4}`)
	noise    = regexp.MustCompile(`(?i)^(?:all\s+)?versions?\s+`)

	span    = regexp.MustCompile(`(?i)^` + number + `\s*(?:-|to|through|until|\.\.)\s*` + number + `$`)
	between = regexp.MustCompile(`(?i)^(>=?|=>)\s*` + number + `\s*(?:,|and|&&)?\s*(<=?|=<)\s*` + number + `$`)
	twoTops = regexp.MustCompile(`^(<=?)\s*` + number + `\s*,\s*(<=?)\s*` + number + `$`)
	compare = regexp.MustCompile(`^(<=|>=|==|=<|=>|<|>|=)\s*` + number + `$`)
	single  = regexp.MustCompile(`^` + number + `$`)
	earlier = regexp.MustCompile(`(?i)^(?:prior to|before|earlier than|older than)\s+` + number + `$`)
	upTo    = regexp.MustCompile(`(?i)^(?:up to(?: and including)?\s+` + number + `|` + number + `\s+(?:and|or)\s+(?:earlier|older|below|lower))$`)
	onward  = regexp.MustCompile(`(?i)^` + number + `\s+(?:and|or)\s+(?:later|newer|above|higher|onwards?)$`)
	every   = regexp.MustCompile(`(?i)^(?:all(?:\s+versions)?|\*)$`)
)

// plain drops markup and writes comparison signs and dashes the one way the
// patterns know.
func plain(s string) string {
	return strings.NewReplacer("`", "", "**", "", "≤", "<=", "≥", ">=", "–", "-", "—", "-", "&lt;", "<", "&gt;", ">", "\u00a0", " ").Replace(s)
}

// clean strips list marks and markup, and takes a trailing "resolved in 1.2.3
// by URL" apart. The bool is false where that note's version is no version.
func clean(raw string) (text string, fixed []version.Version, ok bool) {
	s := link.ReplaceAllString(plain(raw), "$1")
	s = strings.TrimSpace(bullet.ReplaceAllString(s, ""))
	if m := note.FindStringSubmatch(s); m != nil {
		v, err := version.Parse(m[1])
		if err != nil {
			return "", nil, false
		}
		fixed = append(fixed, v)
		s = s[:len(s)-len(m[0])]
	}
	s = trailing.ReplaceAllString(s, "")
	return strings.TrimRight(strings.TrimSpace(s), ".,;"), fixed, true
}

// readAffected reads one line. No parts and true: the line holds no version.
func readAffected(raw string) ([]part, bool) {
	if len(raw) > MaxLine {
		return nil, false
	}
	text, fixed, ok := clean(raw)
	if !ok {
		return nil, false
	}
	component, rest := cutName(text)
	if prose.MatchString(component) {
		return nil, !anywhere.MatchString(raw)
	}
	rest = noise.ReplaceAllString(rest, "")
	if every.MatchString(rest) || (rest == "" && noise.MatchString(text+" ")) {
		return []part{{component, bound{all: true}, fixed}}, true
	}
	if rest == "" || !anywhere.MatchString(rest) {
		return nil, !anywhere.MatchString(raw)
	}
	var out []part
	for _, piece := range strings.Split(rest, " / ") {
		b, ok := readBound(strings.TrimSpace(piece))
		if !ok {
			return nil, false
		}
		out = append(out, part{component, b, fixed})
	}
	return out, true
}

// readFixed reads one line of a list of fixed versions. A zero version and
// true: the line holds none ("master - fixed by #120134").
func readFixed(raw string) (string, version.Version, bool) {
	if len(raw) > MaxLine {
		return "", version.Version{}, false
	}
	text, fixed, ok := clean(raw)
	if !ok {
		return "", version.Version{}, false
	}
	component, rest := cutName(text)
	rest = strings.TrimSpace(strings.TrimLeft(noise.ReplaceAllString(rest, ""), ">= "))
	rest, _, _ = strings.Cut(rest, " ")
	if v, err := version.Parse(strings.TrimRight(rest, ",;:")); err == nil {
		return component, v, true
	}
	if len(fixed) == 1 {
		return component, fixed[0], true
	}
	return component, version.Version{}, !anywhere.MatchString(raw)
}

// cutName takes a leading component name off: "kubelet:", "Kubelet", or the
// doubled "kubelet kubelet" of one real advisory. "Kubernetes" names none.
func cutName(s string) (component, rest string) {
	m := name.FindStringSubmatch(s)
	if m == nil {
		return "", s
	}
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s[len(m[1]):]), ":"))
	switch word := strings.ToLower(m[1]); word {
	case "v", "all", "prior to", "before", "up to", "versions", "version", "all versions", "earlier than", "older than":
		return "", s
	default:
		words := strings.Fields(word)
		for len(words) > 0 && (words[len(words)-1] == "versions" || words[len(words)-1] == "version" || words[len(words)-1] == "all") {
			if words[len(words)-1] == "all" {
				rest = "all " + rest
			}
			words = words[:len(words)-1]
		}
		if len(words) > 1 && words[0] == "kubernetes" {
			words = words[1:]
		}
		if len(words) == 2 && words[0] == words[1] {
			words = words[:1]
		}
		component = strings.Join(words, "-")
		if component == "kubernetes" || component == "k8s" {
			component = ""
		}
		return component, rest
	}
}

func readBound(s string) (bound, bool) {
	if m := span.FindStringSubmatch(s); m != nil {
		from, ok1 := floor(m[1])
		before, ok2 := above(m[2])
		return bound{from: from, before: before, stated: true}, ok1 && ok2 && from.Less(before)
	}
	if m := between.FindStringSubmatch(s); m != nil {
		from, ok1 := start(m[1], m[2])
		before, ok2 := end(m[3], m[4])
		if _, minor := wholeMinor(m[2]); minor && ok2 && from.Minor() == before.Minor() && !from.Less(before) {
			// ">= 1.10, < 1.10.0-beta.3": only pre-releases, which nobody runs.
			return bound{empty: true}, true
		}
		return bound{from: from, before: before, stated: true}, ok1 && ok2 && from.Less(before)
	}
	if m := twoTops.FindStringSubmatch(s); m != nil {
		// "< 1.11.0, <= 1.11.7" is a real typing error for both at once.
		a, ok1 := end(m[1], m[2])
		b, ok2 := end(m[3], m[4])
		if a.Less(b) {
			a = b
		}
		return bound{before: a}, ok1 && ok2
	}
	if m := compare.FindStringSubmatch(s); m != nil {
		switch m[1] {
		case "<", "<=", "=<":
			before, ok := end(m[1], m[2])
			return bound{before: before}, ok
		case ">", ">=", "=>":
			from, ok := start(m[1], m[2])
			if from.Compare(version.New(0, 0, 0)) == 0 {
				return bound{all: true}, ok // ">= 0.0.0"
			}
			return bound{from: from, stated: true}, ok
		}
		return exactly(m[2])
	}
	if m := single.FindStringSubmatch(s); m != nil {
		return exactly(m[1])
	}
	if m := earlier.FindStringSubmatch(s); m != nil {
		before, ok := end("<", m[1])
		return bound{before: before}, ok
	}
	if m := upTo.FindStringSubmatch(s); m != nil {
		before, ok := above(m[1] + m[2])
		return bound{before: before}, ok
	}
	if m := onward.FindStringSubmatch(s); m != nil {
		from, ok := floor(m[1])
		return bound{from: from, stated: true}, ok
	}
	return bound{}, false
}

func exactly(s string) (bound, bool) {
	from, ok1 := floor(s)
	before, ok2 := above(s)
	return bound{from: from, before: before, stated: true}, ok1 && ok2
}

func start(op, s string) (version.Version, bool) {
	if op == ">" {
		return above(s)
	}
	return floor(s)
}

func end(op, s string) (version.Version, bool) {
	if op == "<" {
		return floor(s)
	}
	return above(s)
}
