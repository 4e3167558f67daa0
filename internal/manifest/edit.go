package manifest

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
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
	spots := found(body, done)
	if len(spots) == 0 {
		return data, done
	}
	after = bytes.Clone(data[:len(data)-len(body)])
	made := map[place]Edit{}
	from := 0
	for _, s := range spots {
		made[place{line: s.Line, column: s.Column}] = s.Edit
		after = append(append(after, body[from:s.offset]...), s.To...)
		from = s.offset + len(s.From)
	}
	after = append(after, body[from:]...)
	if !sameBut(before, Text(path, after), made) {
		return refuse("other objects would change with it: they share it by an anchor, or a list gives it to them")
	}
	return after, done
}

// spot is an edit, as it was asked for, with the offset of its value.
type spot struct {
	Edit
	offset int
}

// found finds the values to replace, in the order of the text, each once. It
// moves the columns of edits to them, or says in Refused why there is none. It
// goes through the text once, however many edits are in one line.
func found(data []byte, edits []Edit) []spot {
	order := make([]int, len(edits))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(edits[a].Line, edits[b].Line), cmp.Compare(edits[a].Column, edits[b].Column))
	})
	doubts := doubtsOf(data)
	var out []spot
	at := place{line: 1, column: 1} // at.at is the offset
	for _, i := range order {
		e := &edits[i]
		wanted := *e
		for at.line < e.Line && at.at < len(data) {
			n := bytes.IndexByte(data[at.at:], '\n') + 1
			if n == 0 {
				n = len(data) - at.at
			}
			at = place{at: at.at + n, line: at.line + 1, column: 1}
		}
		for at.line == e.Line && at.column < e.Column && at.at < len(data) && data[at.at] != '\n' {
			_, size := utf8.DecodeRune(data[at.at:])
			at.at += size
			at.column++
		}
		if at.line != e.Line || at.column != e.Column || at.at == len(data) {
			e.Refused = "the file has changed"
			continue
		}
		offset, why := value(data[at.at:], e.From)
		if e.Refused = cmp.Or(why, doubts[e.Line-1]); e.Refused != "" {
			continue
		}
		e.Column += offset // key and blanks are ASCII
		if len(out) == 0 || out[len(out)-1].offset != at.at+offset {
			out = append(out, spot{wanted, at.at + offset})
		}
	}
	return out
}

// doubtsOf says of each line why no program should edit its document, "" of most.
func doubtsOf(data []byte) []string {
	out := make([]string, bytes.Count(data, []byte("\n"))+1)
	for p := range pieces(data) {
		why := ""
		switch {
		case bytes.Contains(p.data, []byte("{{")) || bytes.Contains(p.data, []byte("{%")):
			why = "the document may be a template"
		case bytes.Contains(p.data, []byte("List")) && typedList.Match(p.data):
			why = "a typed list holds it, whose own apiVersion must change too"
		}
		for i := range bytes.Count(p.data, []byte("\n")) + 1 {
			if at := p.line - 1 + i; why != "" && at < len(out) {
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

// value is the offset of a value in text, which begins with its key, or why it
// is not to be replaced.
func value(text []byte, from string) (offset int, why string) {
	key := keyValue.Find(text)
	if key == nil {
		return 0, "its apiVersion is not written at the object: it comes from a list, a merge or an alias"
	}
	rest := text[len(key):min(len(text), len(key)+len(from)+1024)] // a file may be one line
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		rest = rest[:n]
	}
	rest = bytes.TrimSuffix(rest, []byte("\r"))
	switch {
	case bytes.HasPrefix(rest, []byte(`"`+from+`"`)), bytes.HasPrefix(rest, []byte(`'`+from+`'`)):
		if end := bytes.TrimLeft(rest[len(from)+2:], " \t"); len(end) == 0 || bytes.IndexByte([]byte(",}#"), end[0]) >= 0 {
			return len(key) + 1, ""
		}
	case bytes.HasPrefix(rest, []byte(from)):
		end := rest[len(from):]
		if words := bytes.TrimLeft(end, " \t"); len(words) == 0 || len(words) < len(end) && words[0] == '#' {
			return len(key), ""
		}
	case bytes.HasPrefix(rest, []byte("*")), bytes.HasPrefix(rest, []byte("&")):
		return 0, "its apiVersion is an alias or an anchor"
	}
	return 0, "it is written in a way that only a person should change"
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
