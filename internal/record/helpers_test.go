package record

import (
	"bytes"
	"crypto/ed25519"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

var day = time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)

// clock moves a second with every look.
func clock() func() time.Time {
	at := time.Date(2026, 3, 15, 10, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

func options() Options { return Options{Now: clock(), Program: "fixline test"} }

// example is the decision of package decision's test data.
func example(t testing.TB) decision.Decision {
	t.Helper()
	text, err := os.ReadFile("decision/testdata/record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := decision.Read(text, "record.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// key is a key that only tests have.
func key(n byte) signature.Key {
	return signature.NewKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
}

func trusted() []signature.Trusted {
	return []signature.Trusted{{Public: key(1).Public, Name: "Ada", Roles: []string{"platform"}}, {Public: key(2).Public, Name: "Grace", Roles: []string{"security"}}}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// open opens dir and closes it with the test.
func open(t testing.TB, dir string) *Record {
	t.Helper()
	r := must[*Record](t)(Open(dir, options()))
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// planned is a record as plan leaves it, still open.
func planned(t testing.TB) (*Record, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "change")
	r := must[*Record](t)(Create(dir, example(t), []byte(`{"kind":"Plan"}`), options()))
	t.Cleanup(func() { _ = r.Close() })
	return r, dir
}

// whole is a record in which nothing is missing: both roles signed at its end.
func whole(t testing.TB) string {
	t.Helper()
	r, dir := planned(t)
	entry, signed := must[journal.Entry](t), must[Signed](t)
	entry(r.AddEvidence("restore.log", strings.NewReader("restored\n")))
	entry(r.Append(journal.BackupProven, BackupProof{Evidence: []string{"evidence/restore.log"}, How: "restored into a throw-away etcd"}))
	signed(r.Sign(key(1), "platform", "Ada"))
	entry(r.Append(journal.StepIntent, map[string]string{"step": "1"}))
	entry(r.Append(journal.StepDone, map[string]string{"step": "1"}))
	entry(r.AddEvidence("after.json", strings.NewReader("{}")))
	entry(r.Append(journal.Verification, VerificationResult{Result: Pass, Why: "all checks", Evidence: []string{"evidence/after.json"}}))
	signed(r.Sign(key(1), "platform", "Ada"))
	signed(r.Sign(key(2), "security", "Grace"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// inMemory is a record as a map of its files.
func inMemory(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = &fstest.MapFile{Data: text, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func verify(t testing.TB, dir string) Report {
	t.Helper()
	return must[Report](t)(Verify(dir, VerifyOptions{Keys: trusted(), AsOf: day}))
}

func parts(r Report) string {
	var out []string
	for _, m := range r.Missing {
		out = append(out, m.Part)
	}
	return strings.Join(out, " ")
}
