package strict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plain is a node as Go values, scalars as text, for comparison.
func plainValue(n *Node) any {
	switch n.Kind() {
	case Map:
		m := map[string]any{}
		n.Pairs(func(key string, value *Node) { m[key] = plainValue(value) })
		return m
	case List:
		l := []any{}
		for _, item := range n.Items() {
			l = append(l, plainValue(item))
		}
		return l
	case Scalar:
		return n.Text()
	}
	return nil
}

func decodeAll(t *testing.T, text string, limits Limits) (values []any, messages []string) {
	t.Helper()
	for v, err := range Decode(strings.NewReader(text), "in.yaml", limits, plainValue) {
		if err != nil {
			messages = append(messages, err.Error())
			continue
		}
		values = append(values, v)
	}
	return values, messages
}

func TestDecode(t *testing.T) {
	a := map[string]any{"a": "1"}
	b := map[string]any{"b": "2"}
	for name, tt := range map[string]struct {
		in   string
		want []any
	}{
		"empty":                  {"", nil},
		"comments only":          {"# nothing\n\n# here\n", nil},
		"empty documents":        {"---\n---\n# c\n---\n", nil},
		"empty before content":   {"---\n# c\n---\na: 1\n--- # d\nb: 2\n--- c\n", []any{a, b, "c"}},
		"one":                    {"a: 1\n", []any{a}},
		"several":                {"# first\na: 1\n---\nb: 2\n---\n# none\n", []any{a, b}},
		"marker first":           {"---\na: 1\n---\nb: 2", []any{a, b}},
		"document end":           {"a: 1\n...\n# c\n---\nb: 2\n...\n", []any{a, b}},
		"directive":              {"%YAML 1.2\n---\na: 1\n", []any{a}},
		"byte order mark":        {"\xef\xbb\xbfa: 1\n", []any{a}},
		"windows line ends":      {"a: 1\r\n---\r\nb: 2\r\n", []any{a, b}},
		"dashes inside a text":   {"a: |\n  ---\n  x\n", []any{map[string]any{"a": "---\nx\n"}}},
		"dashes that mark none":  {"---a: 1\n", []any{map[string]any{"---a": "1"}}},
		"text stays text":        {"v: 1.30\nw: 0x1F\nx: 1e3\ny: 2026-03-15\nz: yes\n", []any{map[string]any{"v": "1.30", "w": "0x1F", "x": "1e3", "y": "2026-03-15", "z": "yes"}}},
		"nulls":                  {"v: ~\nw:\nx: null\ny: ''\n", []any{map[string]any{"v": nil, "w": nil, "x": nil, "y": ""}}},
		"flow":                   {"{a: 1}\n---\n{b: 2}", []any{a, b}},
		"json":                   {`{"a": 1}`, []any{a}},
		"json numbers":           {`{"v": 1.30, "w": true, "x": null}`, []any{map[string]any{"v": "1.30", "w": "true", "x": nil}}},
		"json lines":             {"{\"a\": 1}\n{\"b\": 2}\n", []any{a, b}},
		"json without space":     {`{"a":1}{"b":2}`, []any{a, b}},
		"json between markers":   {"---\n{\"a\": 1}\n---\nb: 2\n", []any{a, b}},
		"json with braces":       {`{"a": "}{\"\\"}`, []any{map[string]any{"a": `}{"\`}}},
		"empty json":             {"{}", []any{map[string]any{}}},
		"list":                   {"apiVersion: v1\nkind: List\nitems:\n- a: 1\n- b: 2\n", []any{a, b}},
		"list in json":           {`{"kind": "List", "apiVersion": "v1", "metadata": {}, "items": [{"a": 1}, {"b": 2}]}`, []any{a, b}},
		"empty list":             {"kind: List\nitems: []\n", nil},
		"list without items":     {"kind: List\n", nil},
		"alias":                  {"a: &x [1]\nb: *x\n", []any{map[string]any{"a": []any{"1"}, "b": []any{"1"}}}},
		"merge key":              {"a: &x {p: 1, q: 2}\nb: {<<: *x, p: 3}\n", []any{map[string]any{"a": map[string]any{"p": "1", "q": "2"}, "b": map[string]any{"p": "3", "q": "2"}}}},
		"merge key with a list":  {"a: &x {p: 1}\nb: {<<: [*x, {q: 2}]}\n", []any{map[string]any{"a": map[string]any{"p": "1"}, "b": map[string]any{"p": "1", "q": "2"}}}},
		"trailing tabs are fine": {"a: 1\t\n", []any{a}},
	} {
		values, messages := decodeAll(t, tt.in, Limits{})
		if diff := cmp.Diff(tt.want, values); diff != "" || len(messages) > 0 {
			t.Errorf("%s: errors %q, (-want +got):\n%s", name, messages, diff)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	deep := strings.Repeat("[", 1<<18)
	for name, tt := range map[string]struct {
		in     string
		limits Limits
		want   string
		hint   string
	}{
		"unclosed":            {in: "a: 1\n---\nb: [1,\nc: 2\n", want: "in.yaml:5: not YAML: did not find expected ',' or ']'", hint: "see line 3: while parsing a flow sequence"},
		"tab":                 {in: "a:\n\tb: 1\n", want: "in.yaml:2: not YAML: found", hint: "YAML indents with spaces: replace the tab"},
		"two colons":          {in: "a: b: c\n", want: "in.yaml:1: not YAML: mapping values are not allowed"},
		"unknown alias":       {in: "a: *x\n", want: "in.yaml:1: not YAML: unknown anchor 'x'"},
		"alias of itself":     {in: "a: &x [*x]\n", want: "in.yaml:1: the alias *x contains itself"},
		"alias bomb":          {in: bomb(), want: "aliases expand to more than 10000 values"},
		"merge bomb":          {in: mergeBomb(), want: "aliases expand to more than 10000 values"},
		"merge of a text":     {in: "<<: x\n", want: "in.yaml:1: << takes a map or a list of maps"},
		"duplicate":           {in: "x:\n  a: 1\n  b: 2\n  a: 3\n", want: `in.yaml:4: x.a: the key "a" is already set on line 2`, hint: "keep one of the two"},
		"duplicate in json":   {in: "{\"x\": {\n\"a\": 1,\n\"a\": 2}}", want: `in.yaml:3: x.a: the key "a" is already set on line 2`},
		"tag":                 {in: "a: !!binary aGk=\n", want: "in.yaml:1: the tag !!binary is not taken here"},
		"own tag":             {in: "a: !x {b: 1}\n", want: "in.yaml:1: the tag !x is not taken here"},
		"key that is a map":   {in: "? {a: 1}\n: b\n", want: "in.yaml:1: a key must be a plain text"},
		"deep yaml":           {in: deep, want: "in.yaml:1: nested deeper than 64 levels"},
		"deep block":          {in: strings.Repeat("- ", 1<<16), want: "in.yaml:1: nested deeper than 64 levels"},
		"deep json":           {in: `{"a":` + deep, want: "in.yaml:1: nested deeper than 64 levels"},
		"deep json objects":   {in: strings.Repeat(`{"a":`, 1<<16), want: "in.yaml:1: nested deeper than 64 levels"},
		"no utf-8":            {in: "a: 1\nb: \xff\n", want: "in.yaml:2: not UTF-8 text", hint: "save the file as UTF-8"},
		"no utf-8 in json":    {in: "{\"a\":\n\"\xff\"}", want: "in.yaml:2: not UTF-8 text"},
		"zero byte":           {in: "a: 1\nb: \x00\n", want: "in.yaml:2: not UTF-8 text"},
		"utf-16":              {in: "\xff\xfea\x00:\x00", want: "in.yaml:1: the text is UTF-16", hint: "save the file as UTF-8"},
		"json value missing":  {in: "{\"a\": 1,\n\"b\": }", want: "in.yaml:2: not JSON: ", hint: `text that begins with {" is read as JSON`},
		"json comma missing":  {in: "{\"a\": 1\n\"b\": 2}", want: "in.yaml:2: not JSON: "},
		"json cut off":        {in: "{\"a\": 1,\n\"b\": {\"c\": 2", want: "in.yaml:2: not JSON: a closing brace, bracket or quote is missing"},
		"json closed wrongly": {in: `{"a": [1}`, want: "in.yaml:1: not JSON: "},
		"json and more":       {in: "{\"a\": 1}\nb", want: "in.yaml:2: not JSON: "},
		"unknown in a list":   {in: "kind: List\nitemz: []\n", want: `in.yaml:2: itemz: unknown key "itemz"`, hint: `did you mean "items"?`},
		"items no list":       {in: "kind: List\nitems: 3\n", want: `in.yaml:2: items: expected a list, found "3"`},
		"too large":           {in: "a: 1111111111", limits: Limits{Bytes: 8}, want: "in.yaml: larger than 8 bytes", hint: "split it into several files"},
		"values":              {in: "a: 1\n---\n[1, 2,\n 3, 4, 5]\n", limits: Limits{Values: 4}, want: "in.yaml:2: one document holds more than 4 values"},
		"values in json":      {in: "\n{\"a\": [1, 2,\n 3, 4, 5]}\n", limits: Limits{Values: 4}, want: "in.yaml:2: one document holds more than 4 values"},
		"too many":            {in: "a: 1\n---\nb: 1\n---\nc: 1", limits: Limits{Documents: 2}, want: "in.yaml:5: more than 2 documents"},
	} {
		var got []error
		for _, err := range Decode(strings.NewReader(tt.in), "in.yaml", tt.limits, plainValue) {
			if err != nil {
				got = append(got, err)
			}
		}
		if len(got) == 0 || !strings.HasPrefix(got[0].Error(), tt.want) && !strings.HasSuffix(got[0].Error(), tt.want) {
			t.Errorf("%s: %q, want one that begins or ends with %q", name, got, tt.want)
			continue
		}
		var e *Error
		if !errors.As(got[0], &e) || tt.hint != "" && e.Hint != tt.hint {
			t.Errorf("%s: hint %+v, want %q", name, e, tt.hint)
		}
	}
}

// bomb is the "billion laughs" of YAML.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		alias := fmt.Sprintf("*a%d", i-1)
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.Join([]string{alias, alias, alias, alias, alias, alias, alias, alias, alias}, ", "))
	}
	return b.String()
}

func mergeBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 {k: v}\n")
	for i := 1; i < 24; i++ {
		fmt.Fprintf(&b, "a%d: &a%d {l: *a%d, r: *a%d, <<: *a%d}\n", i, i, i-1, i-1, i-1)
	}
	return b.String()
}

// TestErrorsDoNotHideTheRest: the object after a wrong one is still read.
func TestErrorsDoNotHideTheRest(t *testing.T) {
	values, messages := decodeAll(t, "a: 1\n---\nb: [\n---\nc: 3\n", Limits{})
	if len(values) != 2 || len(messages) != 1 {
		t.Errorf("got %v and %q, want two values and one error", values, messages)
	}
}

// TestLongList: a list that is cut before it is parsed reads as a short one.
func TestLongList(t *testing.T) {
	const n = 3000
	filler := strings.Repeat("x", 100)
	yamlItem := func(i int) string {
		return fmt.Sprintf("- name: c%d\n  text: |\n    - no item\n    items:\n  flow: {a: [1, '- 2']}\n\n  # comment\n  list:\n  - %s\n", i, filler)
	}
	jsonItem := func(i int) string {
		return fmt.Sprintf(`{"name":"c%d","text":"- no item\nitems:\n","flow":{"a":[1,"- 2"]},"list":["%s"]}`, i, filler)
	}
	build := func(item func(int) string, sep string) string {
		var parts []string
		for i := range n {
			parts = append(parts, item(i))
		}
		return strings.Join(parts, sep)
	}
	want := func(i int) any {
		return map[string]any{"name": fmt.Sprintf("c%d", i), "text": "- no item\nitems:\n", "flow": map[string]any{"a": []any{"1", "- 2"}}, "list": []any{filler}}
	}
	for name, text := range map[string]string{
		"yaml":          "apiVersion: v1\nkind: List\nitems:\n" + build(yamlItem, "") + "metadata: {}\n",
		"yaml indented": "items:\n  " + strings.ReplaceAll(build(yamlItem, ""), "\n", "\n  ") + "\nkind: List\n",
		"yaml anchors":  "kind: List\nitems:\n" + build(yamlItem, "") + "metadata: {a: &a {}, b: *a}\n",
		"json":          `{"items": [` + build(jsonItem, " ,\n") + `], "kind": "List"}`,
		"json inside":   `{"kind":"List","metadata":{"items":[]},"items":[` + build(jsonItem, ",") + `]}`,
	} {
		if len(text) < longList {
			t.Fatalf("%s: the text is too short to be cut", name)
		}
		values, messages := decodeAll(t, text, Limits{})
		if len(messages) > 0 || len(values) != n {
			t.Errorf("%s: %d values, errors %.300q", name, len(values), messages)
			continue
		}
		for i, v := range values {
			if diff := cmp.Diff(want(i), v); diff != "" {
				t.Fatalf("%s: item %d (-want +got):\n%s", name, i, diff)
			}
		}
	}
	// Only the outermost list is one: what an item is, its reader says.
	for name, text := range map[string]string{
		"short nested": "kind: List\nitems:\n- kind: List\n  items: [{a: 1}]\n",
		"long nested":  "kind: List\nitems:\n- kind: List\n  items: [{a: 1}]\n" + build(yamlItem, ""),
	} {
		values, messages := decodeAll(t, text, Limits{})
		want := map[string]any{"kind": "List", "items": []any{map[string]any{"a": "1"}}}
		if len(messages) > 0 || len(values) == 0 || !cmp.Equal(values[0], any(want)) {
			t.Errorf("%s: %.200v, %q", name, values, messages)
		}
	}
	for name, tt := range map[string]struct{ text, want string }{
		"yaml line":     {"kind: List\nitems:\n" + build(yamlItem, "") + "- name: [\n", fmt.Sprintf("in.yaml:%d: not YAML", 2+n*9+2)},
		"json line":     {"{\"kind\":\"List\",\"items\":[\n" + build(jsonItem, ",\n") + ",\n{\"a\":1,\"a\":2}]}", fmt.Sprintf("in.yaml:%d: items[%d].a: the key", n+2, n)},
		"comma missing": {"{\"kind\":\"List\",\"items\":[\n" + build(jsonItem, ",\n") + "\n{}]}", fmt.Sprintf("in.yaml:%d: not JSON", n+2)},
		"comma twice":   {"{\"kind\":\"List\",\"items\":[" + build(jsonItem, ",") + ",,{}]}", "in.yaml:1: not JSON"},
		"no comma":      {"{\"kind\":\"List\",\"items\":[" + build(jsonItem, ",") + ",{\"a\":1}5{\"b\":2}]}", "in.yaml:1: not JSON"},
		"comma last":    {"{\"kind\":\"List\",\"items\":[" + build(jsonItem, ",") + ",]}", "in.yaml:1: not JSON"},
		"unknown key":   {"kind: List\nitems:\n" + build(yamlItem, "") + "itemz: 1\n", fmt.Sprintf("in.yaml:%d: itemz: unknown key", 2+n*9+1)},
	} {
		_, messages := decodeAll(t, tt.text, Limits{})
		if len(messages) == 0 || !strings.HasPrefix(messages[len(messages)-1], tt.want) {
			t.Errorf("%s: %.200q, want %q", name, messages, tt.want)
		}
	}
}

// TestStopEarly: leaving the loop ends the goroutines; the race detector and
// a deadlock would show otherwise.
func TestStopEarly(t *testing.T) {
	text := strings.Repeat("a: 1\n---\n", 50_000)
	for _, err := range Decode(strings.NewReader(text), "in.yaml", Limits{}, plainValue) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a: 1\n---\nb: [1]\n", `{"kind": "List", "items": [{"a": 1}]}`, "a: &x [1]\nb: *x\n", "<<: {a: 1}\n",
		"kind: List\nitems:\n- a: 1\n", "\xef\xbb\xbf{}", "%YAML 1.2\n---\n", "{\"a\":1}{\"b\":2}", "--- |\n x\n...\n", ":\r0"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
		for _, err := range Decode(bytes.NewReader(data), "in.yaml", Limits{}, plainValue) {
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			if e != nil && e.Line > lines+1 {
				t.Fatalf("%v names a line beyond the %d of the input", e, lines)
			}
		}
	})
}

func TestOne(t *testing.T) {
	for in, want := range map[string]string{
		"a: 1\n":                "",
		"# c\n---\na: 1\n---\n": "",
		"# c\n":                 "in.yaml: holds nothing but comments",
		"a: 1\n---\nb: 2\n":     "in.yaml:3: holds a second document",
		"a: [\n":                "in.yaml:2: not YAML",
	} {
		got, err := One(strings.NewReader(in), "in.yaml", Limits{}, plainValue)
		if want == "" && (err != nil || got == nil) || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("One(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
}
