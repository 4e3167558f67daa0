package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// wire is a step as the library for JSON would write it.
func wire(s *Step) stepJSON {
	null := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	w := stepJSON{s.ID, s.Phase, s.Kind, null(s.Node), list(s.Components), s.Also, nil, s.Hop, null(s.From), null(s.To), s.Say,
		list(s.Commands), list(s.GatesBefore), list(s.GatesAfter), null(s.Undo), s.Minutes, s.Exposure, s.State}
	if s.Batch != 0 {
		w.Batch = &s.Batch
	}
	return w
}

func encoded(t *rapid.T, value any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func anyStep(t *rapid.T) Step {
	word := rapid.OneOf(rapid.StringMatching(`[a-z0-9 .-]{0,12}`), rapid.String(), rapid.SampledFrom([]string{"<&>", "\u2028", "a\"b\\", "\x00", "w1"}))
	words := rapid.SliceOfN(word, 0, 3)
	number := rapid.OneOf(rapid.Float64Range(0, 1e4), rapid.SampledFrom([]float64{0, -0.5, 1e-7, 1e21, 12345.6}))
	exposure := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Exposure {
		return Exposure{Advisory: word.Draw(t, "advisory"), NodeMinutes: number.Draw(t, "minutes"),
			Strategies: rapid.MapOfN(rapid.StringMatching(`[a-z]{1,6}`), number, 0, 2).Draw(t, "strategies")}
	}), 0, 2)
	moves := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Move {
		return Move{word.Draw(t, "component"), word.Draw(t, "from"), word.Draw(t, "node"), word.Draw(t, "to")}
	}), 0, 2)
	versions := rapid.MapOfN(word, rapid.MapOfN(word, word, 1, 3), 0, 3)
	return Step{ID: word.Draw(t, "id"), Phase: Phase(word.Draw(t, "phase")), Kind: Kind(word.Draw(t, "kind")), Node: word.Draw(t, "node"),
		Components: words.Draw(t, "components"), Also: moves.Draw(t, "also"), Batch: rapid.IntRange(0, 3).Draw(t, "batch"), Hop: word.Draw(t, "hop"),
		From: word.Draw(t, "from"), To: word.Draw(t, "to"), Say: word.Draw(t, "say"), Commands: words.Draw(t, "commands"),
		GatesBefore: words.Draw(t, "before"), GatesAfter: words.Draw(t, "after"), Undo: word.Draw(t, "undo"), Minutes: number.Draw(t, "minutes"),
		Exposure: exposure.Draw(t, "exposure"), State: State{rapid.Bool().Draw(t, "legal"), rapid.Bool().Draw(t, "partial"), VersionsOf(versions.Draw(t, "versions"))}}
}

// TestStepsAreWrittenAsTheLibraryWouldWriteThem: in one line, indented, and with
// their members in order.
func TestStepsAreWrittenAsTheLibraryWouldWriteThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStep(t)
		want := encoded(t, wire(&s))
		got, err := s.MarshalJSON()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("in one line\n%s (%v), the library\n%s", got, err, want)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, want, "    ", "  "); err != nil {
			t.Fatal(err)
		}
		if got := NewEncoder().Indented([]byte("x"), &s, "    "); !bytes.Equal(got[1:], pretty.Bytes()) || got[0] != 'x' {
			t.Fatalf("indented\n%s, the library\n%s", got, pretty.Bytes())
		}
		var members map[string]any // the library writes maps in order
		if err := json.Unmarshal(want, &members); err != nil {
			t.Fatal(err)
		}
		if got, want := NewEncoder().Sorted(nil, &s), encoded(t, members); !bytes.Equal(got, want) {
			t.Fatalf("in order\n%s, the library\n%s", got, want)
		}
	})
}

// TestEveryMemberIsWritten: what is read is written, in the same order.
func TestEveryMemberIsWritten(t *testing.T) {
	d := json.NewDecoder(bytes.NewReader(func() []byte {
		b, err := json.Marshal(stepJSON{Also: []Move{{}}, Hop: "h", Minutes: 1, Exposure: []Exposure{{}}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}()))
	var want []string
	depth, key := 0, true
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			if depth--; depth == 1 {
				key = true
			}
		default:
			if depth == 1 {
				if key {
					want = append(want, token.(string))
				}
				key = !key
			}
		}
	}
	var got []string
	for _, m := range members() {
		got = append(got, m.name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("written %v, read %v", got, want)
	}
}
