package evidence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// trimCorefile keeps of a CoreDNS configuration the zones, the names of plugins
// and options, and arguments where data/kept.json says so; comments are
// dropped, and [Redacted] stands for what is not kept. The form of the file:
// https://coredns.io/manual/configuration/.
func trimCorefile(text string) (string, error) {
	c := corefile{words: keptWords()}
	lines, err := corefileLines(text)
	if err != nil {
		return "", err
	}
	for _, line := range lines {
		if err := c.line(line); err != nil {
			return "", err
		}
	}
	if len(c.blocks) > 0 {
		return "", fmt.Errorf("it ends inside a block; it was not kept")
	}
	return c.out.String(), nil
}

// corefile writes what is kept, line by line.
type corefile struct {
	words  wordList
	out    strings.Builder
	blocks []plugin // the blocks a line is in; the first is a server's
}

var (
	zone       = regexp.MustCompile(`^[A-Za-z0-9._:/\[\]*{}$%,()-]{1,260}$`)
	pluginName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,60}$`)
)

// line is one line's words; block says that "{" ends it.
type corefileLine struct {
	number int
	words  []string
	block  bool
	end    bool // it is "}"
}

func (c *corefile) line(l corefileLine) error {
	depth := len(c.blocks)
	switch {
	case l.end && depth == 0:
		return fmt.Errorf("line %d: a block ends that never began; it was not kept", l.number)
	case l.end:
		c.blocks = c.blocks[:depth-1]
		c.write(depth-1, []string{"}"})
		return nil
	case depth == 0 && !l.block && l.words[0] != "import":
		return fmt.Errorf("line %d: a server block without braces is not understood; it was not kept", l.number)
	}
	var kept []string
	var inside plugin
	switch {
	case depth == 0 && l.words[0] != "import":
		for _, word := range l.words {
			if !zone.MatchString(word) {
				word = Redacted
			}
			kept = append(kept, word)
		}
	case depth <= 1:
		inside = c.words.Plugins[l.words[0]]
		kept = words(l.words, pluginName.MatchString(l.words[0]), inside.Args)
	default:
		// Below a plugin's own block nothing is known.
		of, name := c.blocks[depth-1], l.words[0]
		keep := slices.Contains(of.Keep, name)
		kept = words(l.words, keep || slices.Contains(of.Name, name), keep)
	}
	if l.block {
		kept = append(kept, "{")
		c.blocks = append(c.blocks, inside)
	}
	c.write(depth, kept)
	return nil
}

// words are a name and its arguments, as far as they may be kept.
func words(line []string, name, args bool) []string {
	if !name {
		return []string{Redacted}
	}
	if !args && len(line) > 1 {
		return []string{line[0], Redacted}
	}
	kept := []string{line[0]}
	for _, word := range line[1:] {
		kept = append(kept, keptValue(word))
	}
	return kept
}

func (c *corefile) write(depth int, words []string) {
	c.out.WriteString(strings.Repeat("    ", depth))
	for i, word := range words {
		if i > 0 {
			c.out.WriteByte(' ')
		}
		if word == "" || strings.ContainsAny(word, " \t\"#") {
			word = `"` + strings.ReplaceAll(word, `"`, `\"`) + `"`
		}
		c.out.WriteString(word)
	}
	c.out.WriteByte('\n')
}

// corefileLines splits the text as CoreDNS does: words between spaces, "#"
// begins a comment, quotes keep spaces
// (https://github.com/coredns/caddy/blob/master/caddyfile/lexer.go). A brace
// that stands alone ends its line.
func corefileLines(text string) ([]corefileLine, error) {
	var out []corefileLine
	var line corefileLine
	var word []rune
	number := 1
	inWord, quoted, escaped, comment := false, false, false, false
	endLine := func() {
		if len(line.words) > 0 {
			out = append(out, line)
		}
		line = corefileLine{}
	}
	endWord := func(plain bool) error {
		w := string(word)
		word, inWord = word[:0], false
		switch {
		case plain && w == "{":
			if len(line.words) == 0 {
				return fmt.Errorf("line %d: a block without a name; it was not kept", number)
			}
			line.block = true
			endLine()
		case plain && w == "}":
			endLine()
			out = append(out, corefileLine{number: number, end: true})
		default:
			line.number, line.words = number, append(line.words, w)
		}
		return nil
	}
	for _, ch := range text + "\n" {
		switch {
		case quoted && escaped:
			if ch != '"' {
				word = append(word, '\\')
			}
			word, escaped = append(word, ch), false
		case quoted && ch == '\\':
			escaped = true
		case quoted && ch == '"':
			quoted = false
			if err := endWord(false); err != nil {
				return nil, err
			}
		case quoted:
			word = append(word, ch)
		case unicode.IsSpace(ch):
			if inWord {
				if err := endWord(true); err != nil {
					return nil, err
				}
			}
			if ch == '\n' {
				comment = false
				endLine()
			}
		case comment:
		case ch == '#':
			comment = true
		case !inWord && ch == '"':
			quoted, inWord = true, true
		default:
			word, inWord = append(word, ch), true
		}
		if ch == '\n' {
			number++
		}
	}
	if quoted {
		return nil, fmt.Errorf("it ends inside quotes; it was not kept")
	}
	return out, nil
}
