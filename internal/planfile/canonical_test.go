package planfile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/planfile"
)

// TestHashIsOfTheCanonicalForm: whatever stands in the steps, the hash is that
// of the library's form of the whole file, though plain steps do not pass
// through the library.
func TestHashIsOfTheCanonicalForm(t *testing.T) {
	base := small(t)
	rapid.Check(t, func(t *rapid.T) {
		p := base
		text := rapid.OneOf(rapid.StringMatching(`[ -~]{0,12}`), rapid.String())
		p.Steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan.Step {
			s := plan.Step{ID: text.Draw(t, "id"), Node: text.Draw(t, "node"), Say: text.Draw(t, "say"), Commands: rapid.SliceOf(text).Draw(t, "commands"),
				Components: []string{text.Draw(t, "component")}, From: text.Draw(t, "from"), Undo: text.Draw(t, "undo"), Batch: rapid.IntRange(0, 3).Draw(t, "batch"),
				Minutes: rapid.Float64Range(0, 1e9).Draw(t, "minutes"), Hop: text.Draw(t, "hop")}
			s.Also = []plan.Move{{Component: text.Draw(t, "also"), To: text.Draw(t, "to")}}
			s.Exposure = []plan.Exposure{{Advisory: text.Draw(t, "advisory"), NodeMinutes: rapid.Float64Range(0, 1e-3).Draw(t, "node-minutes")}}
			s.State = plan.State{Legal: rapid.Bool().Draw(t, "legal"), Partial: rapid.Bool().Draw(t, "partial"),
				Versions: plan.VersionsOf(map[string]map[string]string{text.Draw(t, "name"): {text.Draw(t, "a"): "1", text.Draw(t, "b"): "2"}, "kubelet": {"w1": text.Draw(t, "version")}})}
			return s
		}), 0, 3).Draw(t, "steps")
		var out bytes.Buffer
		if err := planfile.Write(&out, &p); err != nil {
			t.Fatal(err)
		}
		var m map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "hash")
		rest, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		form, err := jcs.Transform(rest)
		if err != nil {
			t.Fatal(err)
		}
		if want := sha256.Sum256(form); hex.EncodeToString(want[:]) != p.Hash {
			t.Fatalf("the hash is %s, by the library %x of\n%s", p.Hash, want, form)
		}
	})
}
