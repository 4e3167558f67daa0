package manifest

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// tester is what *testing.T and *rapid.T share.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// sameAsTree holds every reader to the whole parser, on each document: what a
// faster one accepts, the parser reads the same way.
func sameAsTree(t tester, data []byte) (fast int) {
	t.Helper()
	if data, err := toUTF8(data); err != nil || rareBreaks(data) || invalid(data) < len(data) {
		return 0
	}
	s := newScanner()
	for p := range pieces(data) {
		var want File
		s.tree(&want, p)
		for name, read := range map[string]func(*File, piece) bool{
			"block": func(f *File, p piece) bool { return s.block.read(s, f, p) },
			"json":  s.json,
		} {
			var got File
			if !read(&got, p) {
				if diff := cmp.Diff(File{}, got); diff != "" {
					t.Errorf("%s gave up, and noted in\n%s\n%s", name, p.data, diff)
				}
				continue
			}
			fast++
			if name == "json" && len(want.Unread) > 0 && want.Unread[0].Reason == Syntax {
				continue // JSON whose spaces or escapes YAML does not take
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s differs from the parser (-parser +%s) in\n%q\n%s", name, name, p.data, diff)
			}
		}
	}
	return fast
}

func TestText(t *testing.T) {
	for name, tc := range cases() {
		t.Run(name, func(t *testing.T) {
			got := Text("f.yaml", []byte(tc.in))
			if diff := cmp.Diff(tc.want, got.Objects, cmpopts.EquateEmpty()); diff != "" && !tc.many {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			var unread []string
			for _, u := range got.Unread {
				unread = append(unread, say(u))
			}
			if diff := cmp.Diff(tc.unread, unread); diff != "" {
				t.Errorf("unread (-want +got):\n%s", diff)
			}
			sameAsTree(t, []byte(tc.in))
			if reads := newScanner(); tc.slow == (reads.allFast([]byte(tc.in))) {
				t.Errorf("needs the whole parser: %t, want %t", !tc.slow, tc.slow)
			}
		})
	}
}

// FuzzText: whatever a faster reader accepts, the parser reads the same way, and
// no text makes any of them fail.
//
//	go test ./internal/manifest -run '^$' -fuzz FuzzText -fuzztime 10m
func FuzzText(f *testing.F) {
	for _, tc := range cases() {
		if len(tc.in) < 10_000 {
			f.Add([]byte(tc.in))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sameAsTree(t, data)
		sound(t, data)
	})
}

// sound holds what is true of every answer: it stands in the text, and a text
// with several documents that can be read has the objects of all of them.
func sound(t *testing.T, data []byte) {
	t.Helper()
	f := Text("f", data)
	lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + strings.Count(string(data), "\x00")
	for _, o := range f.Objects {
		if o.Line < 1 || o.Line > lines || o.Column < 1 || o.Document < 1 || o.Document > f.Documents || o.APIVersion == "" || o.Kind == "" {
			t.Errorf("%+v in a text of %d lines and %d documents", o, lines, f.Documents)
		}
	}
	for _, u := range f.Unread {
		if u.Line > lines || u.Document > f.Documents || u.Text == "" {
			t.Errorf("%+v in a text of %d lines and %d documents", u, lines, f.Documents)
		}
	}
}

// TestLikeTheParser: documents made of the lines that manifests are made of, in
// any order and at any indentation.
func TestLikeTheParser(t *testing.T) {
	line := rapid.SampledFrom([]string{"apiVersion: v1", "apiVersion: apps/v1", "kind: Pod", "kind: List", "kind: DaemonSetList", "metadata:", "name: a", "namespace: b", "items:", "items: []",
		"- apiVersion: v1", "- kind: Pod", "-", "- - a", "- x", "- name: x", "-   apiVersion: v1", "spec:", "spec: {}", "a: [b, 'c', \"d\"]", "a: [--b, -c, $(D), -1, e=f;g, h%@~]", "a: [- b]", "a: [-]", "a: [--, -a-]", "a: {-b: --c}", "a: [<b, *c]", "a: {b: c, d: [e]}", "text: |", "text: >-", "text: |2", "- |",
		"words and more", "a: 'open", "close'", "b: \"open", "close\"", "# comment", "a: b # comment", "", " ", "'quoted': x", "\"q\": 'y'", "a: b: c", "c: - d", "x:y", "http://a:8080", "- http://a", "- a: b",
		"? a", ": b", "<<: *a", "a: &a b", "*a", "!!str a", "---", "...", "\ttab", "a:\tb", "a: b\t", "é: ü", "kind: \"Pod\"", "apiVersion: 'v1'", "apiVersion: 1", "kind: null", "name: ~", "name: 12", "metadata: {name: a}",
		"key with spaces: x", "a:", "b:", "-1", "- -1", "--flag", "a: -", "a: [", "a: [b", "]", "}", "a: '' ''", "a: \"\\n\"", "a: \"\\q\"", "a: 'it''s'", "{", "a: %x", "a: @x", "- {apiVersion: v1, kind: Pod}", "- {kind: List, items: [{apiVersion: v1, kind: Pod}]}", "- {}", "- [{kind: Pod, apiVersion: v1}]", "items: [{apiVersion: v1, kind: Pod}]", "metadata: {name: a, namespace: 1}", "metadata: {name: ~}",
		"metadata: []", "{apiVersion: v1, kind: Pod}", "a: {b: {name: c}}", "a: b:", "a: #c", "a:#c", "- #c", "-#c", "a: x#y", "0: 1"})
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		indent := 0
		for range rapid.IntRange(1, 12).Draw(t, "lines") {
			indent = max(0, indent+rapid.SampledFrom([]int{0, 0, 0, 2, 2, -2, -2, -4, 1, -1}).Draw(t, "step"))
			b.WriteString(strings.Repeat(" ", indent) + line.Draw(t, "line") + rapid.SampledFrom([]string{"\n", "\n", "\n", "\r\n", "\n\n"}).Draw(t, "break"))
		}
		read += sameAsTree(t, []byte(b.String()))
	})
	t.Logf("%d documents compared", read)
	if read == 0 {
		t.Error("no document was read without the parser: nothing was compared")
	}
}

// TestFlowLikeTheParser: the same of what stands in brackets, in any order, with breaks anywhere.
func TestFlowLikeTheParser(t *testing.T) {
	part := rapid.SampledFrom([]string{"{", "{", "[", "}", "]", "}", "]", ",", ", ", ", ", ": ", ": ", ":", "apiVersion: v1, ", "kind: Pod, ", "kind: List, ", "kind: PodList, ", "items: [", "metadata: {", "name: a", "namespace: ~", "namespace: 1, ",
		"\"apiVersion\":\"v1\", ", "'kind': 'Pod', ", "a: ", "a", "b c", "-", "- ", "-1", "--x", "x:y", "http://a:8/b", "it's", "'", "\"", "\"\\n\"", "'it''s'", "é", "#", " # c\n", "\n", "\n ", "\r\n", " ", "\t", "&a", "*a", "!t", "? ", "a?b", "%", "@", "`", "|", ">", "<", "<<: ", "=",
		"...", "\n...\n", "{a: b}, ", "[a, b], ", "{}, ", "[], ", "{apiVersion: v1, kind: Pod}, ", "{kind: Pod, metadata: {name: x}, apiVersion: v1}, ", "~", "null", "true", "a: [b: c]", "a&b", "a*b", "a!b", "a|b", "a=b", "a%b", "a@b", "a\"b", "a'b", "a$b", "(a)", "a~", "a;b", "a<b>", "a+b", "a^b"})
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"{", "[", "--- {", "# c\n[", "- {", "items:\n- {", "a: [", "[{", "{apiVersion: v1, kind: List, items: [{"}).Draw(t, "begin")
		for range rapid.IntRange(1, 10).Draw(t, "parts") {
			text += part.Draw(t, "part")
		}
		var open []byte
		for _, c := range []byte(text) {
			switch {
			case c == '{' || c == '[':
				open = append(open, c+2)
			case len(open) > 0 && c == open[len(open)-1]:
				open = open[:len(open)-1]
			}
		}
		for i := range open {
			text += string(open[len(open)-1-i])
		}
		read += sameAsTree(t, []byte(text+rapid.SampledFrom([]string{"", "\n", " # c\n", "\n# c\n\n", ": x\n", "\nb\n", "\n..."}).Draw(t, "end")))
	})
	t.Logf("%d documents compared", read)
	if read == 0 {
		t.Error("no document was read without the parser: nothing was compared")
	}
}

// allFast reports whether no document of data needs the whole parser.
func (s *scanner) allFast(data []byte) bool {
	data, err := toUTF8(data)
	if err != nil || rareBreaks(data) || invalid(data) < len(data) {
		return false
	}
	for p := range pieces(data) {
		var f File
		if !s.json(&f, p) && !s.block.read(s, &f, p) {
			return false
		}
	}
	return true
}

// wide is s in UTF-16.
func wide(s string, low, high int) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		pair := [2]byte{}
		pair[low], pair[high] = byte(u), byte(u>>8)
		out = append(out, pair[0], pair[1])
	}
	return string(out)
}

func TestManyDocuments(t *testing.T) {
	text := strings.Repeat("---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n", 1000)
	got := Text("f", []byte(text))
	if len(got.Objects) != 1000 || got.Documents != 1000 || got.Objects[999].Line != 999*5+2 || got.Objects[999].Document != 1000 {
		t.Errorf("%d objects in %d documents, the last %+v", len(got.Objects), got.Documents, got.Objects[len(got.Objects)-1])
	}
}
