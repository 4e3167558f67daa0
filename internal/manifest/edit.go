package manifest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Edit writes another apiVersion where [Text] found From.
type Edit struct {
	Line, Column int // of the key, as in [Object]; [Rewrite] moves Column on to the value
	From, To     string
	Refused      string // why Rewrite left it to a person, "" = made
}

// Rewrite makes those edits of a text that are certain, and says of each of the
// others why it is not: in the result they come as they were given. Certain is a
// value that stands in one line behind its key, in a document without a sign of
// a template, after which the readers of this package find the same objects as
// before, but for the apiVersions meant. Line ends, quotes and comments stay.
// after is data itself where nothing was made; data is not changed.
func Rewrite(path string, data []byte, edits []Edit) (after []byte, done []Edit) {
	done = slices.Clone(edits)
	refuse := func(why string) ([]byte, []Edit) {
		for i := range done {
			if done[i].Refused == "" {
				done[i].Refused = why
			}
		}
		return data, done
	}
	before := Text(path, data)
	body, _ := bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case slices.ContainsFunc(before.Unread, func(u Unread) bool { return u.Reason == Encoding }), bytes.IndexByte(body, 0) >= 0:
		return refuse("the file is not UTF-8")
	case rareBreaks(body):
		return refuse("the file has line breaks that only some programs see")
	case slices.ContainsFunc(before.Unread, func(u Unread) bool { return u.Reason == Template }):
		return refuse("the file is a template")
	}
	lines := slices.Collect(bytes.Lines(body))
	doubts := doubtsOf(body, len(lines))
	made := map[place]Edit{}
	for i := range done {
		e := &done[i]
		at := place{line: e.Line, column: e.Column}
		if e.Refused = e.find(lines); e.Refused == "" {
			e.Refused = doubts[e.Line-1]
		}
		if e.Refused == "" {
			made[at] = *e
		}
	}
	if len(made) == 0 {
		return data, done
	}
	after = slices.Concat(data[:len(data)-len(body)], apply(lines, made))
	if !sameBut(before, Text(path, after), made) {
		return refuse("other objects would change with it: they share it by an anchor, or a list gives it to them")
	}
	return after, done
}

// doubtsOf says of each line why no program should edit its document, "" of most.
func doubtsOf(data []byte, lines int) []string {
	out := make([]string, lines)
	for p := range pieces(data) {
		why := ""
		switch {
		case bytes.Contains(p.data, []byte("{{")) || bytes.Contains(p.data, []byte("{%")):
			why = "the document may be a template"
		case typedList.Match(p.data):
			why = "a typed list holds it, whose own apiVersion must change too"
		}
		for i := range bytes.Count(p.data, []byte("\n")) + 1 {
			if at := p.line - 1 + i; why != "" && at < lines {
				out[at] = why
			}
		}
	}
	return out
}

// typedList is the kind of a list that gives its items their apiVersion.
var typedList = regexp.MustCompile(`\bkind["']?[ \t]*:[ \t]*["']?[A-Za-z]\w*List\b`)

// keyValue is the key with what stands behind it in its line.
var keyValue = regexp.MustCompile(`^(["']?)apiVersion["']?[ \t]*:[ \t]*`)

// find moves Column to the value, or says why there is none to replace.
func (e *Edit) find(lines [][]byte) string {
	if e.Line < 1 || e.Line > len(lines) {
		return "the file has changed"
	}
	line := string(lines[e.Line-1])
	at := 0
	for n := 1; n < e.Column && at < len(line); n++ {
		_, size := utf8.DecodeRuneInString(line[at:])
		at += size
	}
	key := keyValue.FindString(line[at:])
	if key == "" {
		return "its apiVersion is not written at the object: it comes from a list, a merge or an alias"
	}
	value := line[at+len(key):]
	rest := strings.TrimRight(value, "\r\n")
	switch {
	case strings.HasPrefix(rest, `"`+e.From+`"`), strings.HasPrefix(rest, `'`+e.From+`'`):
		e.Column += len(key) + 1
		if rest = strings.TrimLeft(rest[len(e.From)+2:], " \t"); rest == "" || strings.ContainsAny(rest[:1], ",}#") {
			return ""
		}
	case strings.HasPrefix(rest, e.From):
		e.Column += len(key)
		end := rest[len(e.From):]
		if text := strings.TrimLeft(end, " \t"); text == "" || text != end && text[0] == '#' {
			return ""
		}
	case strings.HasPrefix(rest, "*"), strings.HasPrefix(rest, "&"):
		return "its apiVersion is an alias or an anchor"
	}
	return "it is written in a way that only a person should change"
}

// apply replaces the values in lines, the last of a line first.
func apply(lines [][]byte, made map[place]Edit) []byte {
	byLine := map[int][]Edit{}
	for _, e := range made {
		byLine[e.Line] = append(byLine[e.Line], e)
	}
	var out bytes.Buffer
	for i, line := range lines {
		edits := byLine[i+1]
		if len(edits) == 0 {
			out.Write(line)
			continue
		}
		slices.SortFunc(edits, func(a, b Edit) int { return b.Column - a.Column })
		text := []rune(string(line))
		for _, e := range edits {
			text = slices.Concat(text[:e.Column-1], []rune(e.To), text[e.Column-1+len(e.From):])
		}
		out.WriteString(string(text))
	}
	return out.Bytes()
}

// sameBut reports whether two readings hold the same, but for the edits that
// were made, which must all be seen.
func sameBut(before, after File, made map[place]Edit) bool {
	if len(before.Objects) != len(after.Objects) || before.Documents != after.Documents || !slices.Equal(before.Unread, after.Unread) {
		return false
	}
	seen := map[place]bool{}
	for i, was := range before.Objects {
		at, is := place{line: was.Line, column: was.Column}, after.Objects[i]
		if e, ok := made[at]; ok && was.APIVersion == e.From {
			seen[at] = true
			was.APIVersion = e.To
		}
		was.Column, is.Column = 0, 0 // what stands behind it in its line moves
		if was != is {
			return false
		}
	}
	return len(seen) == len(made)
}
