package manifest

import (
	"bytes"
	"unicode/utf8"
)

// ordinary reports whether data holds only characters whose reading is beyond
// doubt: printable ASCII, tabs, breaks, and what is no control character beyond
// ASCII.
func ordinary(data []byte) bool {
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			continue // lone \r were ruled out before
		}
		if c < 0x80 {
			return false
		}
		r, n := utf8.DecodeRune(data[i:])
		if r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff || r == utf8.RuneError {
			return false
		}
		i += n - 1
	}
	return true
}

func spaces(s []byte) int {
	n := 0
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return n
}

func trimSpaces(s []byte) []byte { return s[spaces(s):] }

// isDash: an entry of a list.
func isDash(s []byte) bool { return len(s) > 0 && s[0] == '-' && (len(s) == 1 || s[1] == ' ') }

// trailing: nothing but a comment may follow a value.
func trailing(s []byte) bool {
	n := spaces(s)
	return n == len(s) || n > 0 && s[n] == '#'
}

// startsPlain: these begin no plain scalar, or a doubtful one.
func startsPlain(s []byte) bool {
	switch s[0] {
	case ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '\t':
		return false
	case '-', '?', ':':
		return len(s) > 1 && s[1] != ' ' && s[1] != '\t'
	}
	return true
}

// maxKey is below what a YAML parser still takes for a key (1024 characters).
const maxKey = 1000

// key finds the key that s begins with: where it ends, and where what follows
// its colon begins. end is -1 where s begins with none, or a doubtful one.
func key(s []byte) (end, after int) {
	if len(s) == 0 {
		return -1, 0
	}
	if s[0] == '"' || s[0] == '\'' {
		end = quoted(s)
		if end < 0 || end >= len(s) || s[end] != ':' || end > maxKey {
			return -1, 0
		}
	} else {
		if !startsPlain(s) {
			return -1, 0
		}
		for end = 1; end < len(s); end++ {
			if s[end] == ':' && (end+1 == len(s) || s[end+1] == ' ') {
				break
			}
			if s[end] == '\t' || s[end] == '#' && s[end-1] == ' ' {
				return -1, 0
			}
		}
		if end == len(s) || end > maxKey || s[end-1] == ' ' || s[0] == '<' {
			return -1, 0
		}
	}
	if end+1 < len(s) && s[end+1] != ' ' {
		return -1, 0
	}
	return end, end + 1
}

// plainScalar is where the plain scalar ends that a value is, and whether a
// comment follows; -1 where it is none or a doubtful one.
func plainScalar(s []byte) (end int, comment bool) {
	if !startsPlain(s) {
		return -1, false
	}
	end = len(s)
	for i := 0; i < end; i++ {
		switch s[i] {
		case '\t':
			return -1, false
		case ':':
			if i+1 == end || s[i+1] == ' ' {
				return -1, false
			}
		case '#':
			if i > 0 && s[i-1] == ' ' {
				end, comment = i, true
			}
		}
	}
	for end > 0 && s[end-1] == ' ' {
		end--
	}
	return end, comment
}

// continuation: a further line of a plain scalar.
func continuation(s []byte) bool {
	for i, c := range s {
		switch {
		case c == '\t', c == ':' && (i+1 == len(s) || s[i+1] == ' '), c == '#' && i > 0 && s[i-1] == ' ':
			return false
		}
	}
	return true
}

// isText reports whether a plain scalar is a text beyond doubt. Of a name it is
// enough that it is not nothing, for names may look like numbers.
func isText(s []byte, name bool) bool {
	if len(s) == 0 || !name && !alphanumeric(s[0]) || !name && '0' <= s[0] && s[0] <= '9' {
		return false
	}
	switch string(bytes.ToLower(s)) {
	case "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return true
}

// quoted is the offset behind the quote that closes the one s begins with; -1
// where it is not closed in s, or by way of an escape that is doubtful.
func quoted(s []byte) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote && quote == '\'' && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		case s[i] == '\\' && quote == '"':
			if i++; i >= len(s) || !simpleEscape(s[i]) {
				return -1
			}
		}
	}
	return -1
}

func simpleEscape(c byte) bool { return bytes.IndexByte([]byte(`"\/0abtnvfre `), c) >= 0 }

// quotedLines reads a quoted scalar that goes on in the next lines.
func (b *block) quotedLines(indent int, value []byte) bool {
	quote, line := value[0], value[1:]
	for {
		for i := 0; i < len(line); i++ {
			switch {
			case line[i] == quote && quote == '\'' && i+1 < len(line) && line[i+1] == quote:
				i++
			case line[i] == quote:
				return trailing(line[i+1:])
			case line[i] == '\\' && quote == '"':
				if i++; i < len(line) && !simpleEscape(line[i]) {
					return false
				}
			}
		}
		if b.at >= len(b.data) {
			return false
		}
		line = b.nextLine()
		n := spaces(line)
		if n < len(line) && (n <= indent || line[n] == '\t') {
			return false
		}
	}
}

// literal reads a block scalar (| or >) and the lines it holds.
func (b *block) literal(parent int, header []byte) bool {
	want, i := 0, 1
	for ; i < len(header) && header[i] != ' '; i++ {
		switch c := header[i]; {
		case c == '-' || c == '+':
			if i > 1 && (header[i-1] == '-' || header[i-1] == '+') {
				return false
			}
		case c >= '1' && c <= '9' && want == 0:
			want = parent + int(c-'0')
		default:
			return false
		}
	}
	if i > 3 || !trailing(header[i:]) {
		return false
	}
	blank := 0
	for b.at < len(b.data) {
		start := b.at
		line := b.nextLine()
		n := spaces(line)
		switch {
		case n == len(line):
			blank = max(blank, n)
			continue
		case want == 0 && n > parent && n >= blank && line[n] != '\t':
			want = n
		case want == 0 && n > parent, line[n] == '\t' && (want == 0 || n < want):
			return false
		}
		if want == 0 || n < want {
			b.unread(start)
			return true
		}
	}
	return true
}
