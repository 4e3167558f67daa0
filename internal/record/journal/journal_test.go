package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var day = time.Date(2026, 3, 15, 10, 0, 0, 999, time.FixedZone("", 3600))

// written is a journal of the data given.
func written(t testing.TB, data ...any) []byte {
	t.Helper()
	var l Log
	var text bytes.Buffer
	for i, d := range data {
		e, line, err := l.Next(day.Add(time.Duration(i)*time.Minute), Note, d)
		if err != nil {
			t.Fatal(err)
		}
		l.Add(e, line)
		text.Write(line)
	}
	return text.Bytes()
}

// TestForm pins the form that other programs check: RFC 8785 and SHA-256.
func TestForm(t *testing.T) {
	got := string(written(t, map[string]any{"b": "<é>", "a": 1.50}))
	// The hash is what sha256sum says of the line without it.
	const hash = "156e63bd0bf7104177bb48e5dd0d9b409e48201d5378b009f47f686f7904e220"
	want := `{"data":{"a":1.5,"b":"<é>"},"hash":"` + hash + `","kind":"note","prev":"` + Start + `","seq":1,"time":"2026-03-15T09:00:00Z"}` + "\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestEveryByte: no byte of a journal can be another one, missing, or doubled.
func TestEveryByte(t *testing.T) {
	text := written(t, map[string]string{"a": "x"}, map[string]any{"n": 1.5, "s": "A/ü<"}, struct{}{})
	whole, err := Read(bytes.NewReader(text))
	if err != nil || len(whole.Entries) != 3 || len(whole.Torn) > 0 || whole.Bytes() != int64(len(text)) {
		t.Fatalf("%v %+v", err, whole)
	}
	seen := func(what string, changed []byte) {
		t.Helper()
		l, err := Read(bytes.NewReader(changed))
		if err == nil && len(l.Torn) == 0 && l.Head() == whole.Head() && len(l.Entries) == 3 {
			t.Errorf("%s is not seen", what)
		}
	}
	for i := range text {
		for bit := range 8 {
			changed := bytes.Clone(text)
			changed[i] ^= 1 << bit
			seen(fmt.Sprintf("bit %d of byte %d", bit, i), changed)
		}
		seen(fmt.Sprintf("byte %d missing", i), append(bytes.Clone(text[:i]), text[i+1:]...))
		seen(fmt.Sprintf("byte %d doubled", i), append(bytes.Clone(text[:i+1]), text[i:]...))
		seen(fmt.Sprintf("a space at %d", i), append(append(bytes.Clone(text[:i]), ' '), text[i:]...))
	}
}

// TestCut: a cut inside the last line is torn, one inside another line too,
// and what was before it is still there.
func TestCut(t *testing.T) {
	text := written(t, struct{}{}, struct{}{})
	for i := range text {
		l, err := Read(bytes.NewReader(text[:i]))
		if err != nil || l.Bytes()+int64(len(l.Torn)) != int64(i) {
			t.Fatalf("cut at %d: %v %+v", i, err, l)
		}
	}
}

func TestBad(t *testing.T) {
	lines := strings.SplitAfter(string(written(t, struct{}{}, map[string]string{"a": "b"}, struct{}{})), "\n")
	var e Entry
	if err := json.Unmarshal([]byte(lines[1]), &e); err != nil {
		t.Fatal(err)
	}
	e.Data = json.RawMessage(`{"a":"c"}`)
	forged, err := e.seal() // with a hash of its own that is right
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		entry      int
		want       string
	}{
		{"reordered", lines[0] + lines[2] + lines[1], 2, "calls itself entry 3"},
		{"first gone", lines[1] + lines[2], 1, "calls itself entry 2"},
		{"middle gone", lines[0] + lines[2], 2, "calls itself entry 3"},
		{"doubled", lines[0] + lines[0], 2, "calls itself entry 1"},
		{"edited", lines[0] + strings.Replace(lines[1], `"b"`, `"c"`, 1) + lines[2], 2, "hash is not that of its content"},
		{"edited and hashed anew", lines[0] + string(forged) + lines[2], 3, "does not follow"},
		{"another key", lines[0] + strings.Replace(lines[1], `"kind"`, `"x":1,"kind"`, 1), 2, "no journal entry"},
		{"spaced", lines[0] + strings.Replace(lines[1], `,`, `, `, 1), 2, "one form"},
		{"carriage return", lines[0] + strings.Replace(lines[1], "\n", "\r\n", 1), 2, "one form"},
		{"empty line", lines[0] + "\n" + lines[1], 2, "no journal entry"},
		{"too long", lines[0] + strings.Repeat("x", MaxLine+2), 2, "longer"},
	} {
		l, err := Read(strings.NewReader(tt.text))
		bad, ok := errors.AsType[*BadEntry](err)
		if !ok || bad.Entry != tt.entry || !strings.Contains(bad.Error(), tt.want) || bad.Offset != l.Bytes() || len(l.Entries) != tt.entry-1 {
			t.Errorf("%s: %v, want entry %d: %s", tt.name, err, tt.entry, tt.want)
		}
	}
}

func TestNextRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		kind Kind
		data any
		want string
	}{
		"kind":   {"No Kind", struct{}{}, "no kind"},
		"list":   {Note, []int{1}, "no JSON object"},
		"number": {Note, map[string]int64{"n": 1<<53 + 1}, "write it as text"},
		"large":  {Note, map[string]string{"n": strings.Repeat("x", MaxLine)}, "put it into evidence"},
		"func":   {Note, map[string]any{"n": func() {}}, "encoding the data"},
	} {
		if _, _, err := (Log{}).Next(day, tt.kind, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnyData: whatever is appended reads back, and says what was given.
func TestAnyData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.MapOf(rapid.String(), rapid.OneOf(
			rapid.String().AsAny(), rapid.Int32().AsAny(), rapid.Bool().AsAny(), rapid.Float64Range(-1e15, 1e15).AsAny())).Draw(t, "data")
		e, line, err := Log{}.Next(day, Note, data)
		if err != nil {
			t.Fatal(err)
		}
		l, err := Read(bytes.NewReader(line))
		if err != nil || l.Head() != e.Hash {
			t.Fatalf("%v %q", err, line)
		}
		want, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(want, &a) != nil || json.Unmarshal(l.Entries[0].Data, &b) != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%s came back as %s", want, l.Entries[0].Data)
		}
	})
}
