package record

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

func TestCreate(t *testing.T) {
	r, dir := planned(t)
	d := must[decision.Decision](t)(r.Decision())
	if diff := cmp.Diff(example(t), d); diff != "" {
		t.Error(diff)
	}
	var kinds []journal.Kind
	for _, e := range r.Entries() {
		kinds = append(kinds, e.Kind)
	}
	if diff := cmp.Diff([]journal.Kind{journal.Created, journal.Decision, journal.Plan}, kinds); diff != "" {
		t.Error(diff)
	}
	entries := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(dir)))
	if len(entries) != 1 {
		t.Errorf("left %v", entries)
	}
	empty := t.TempDir()
	if err := must[*Record](t)(Create(empty, example(t), nil, options())).Close(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ dir, want string }{
		"there":     {dir, "file already exists"},
		"no parent": {filepath.Join(dir, "x", "y"), "no such file"},
		"a file":    {filepath.Join(dir, DecisionFile), "not a directory"},
	} {
		if _, err := Create(tt.dir, example(t), nil, options()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Create(filepath.Join(t.TempDir(), "x"), decision.Decision{}, nil, options()); err == nil {
		t.Error("an empty decision was taken")
	}
}

func TestEvidenceNames(t *testing.T) {
	r, dir := planned(t)
	for _, name := range []string{"", "a", "../x", "a/b", `a\b`, "/etc/passwd", ".hidden", "x.", "con.txt", "a b", "a\x00b", "ü.txt", strings.Repeat("a", 129)} {
		if _, err := r.AddEvidence(name, strings.NewReader("x")); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	first := must[journal.Entry](t)(r.AddEvidence("scan.json", strings.NewReader("x")))
	if again := must[journal.Entry](t)(r.AddEvidence("scan.json", strings.NewReader("x"))); again.Seq != first.Seq {
		t.Errorf("the same once more is entry %d, want %d", again.Seq, first.Seq)
	}
	for _, name := range []string{"scan.json", "Scan.json"} {
		if _, err := r.AddEvidence(name, strings.NewReader("y")); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v := verify(t, dir); len(v.Mismatches) > 0 {
		t.Error(v.Summary)
	}
}

// TestLinks: nothing of a record is reached by a link, nor written through one.
func TestLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	r, dir := planned(t)
	if err := os.Symlink(outside, filepath.Join(dir, EvidenceDir)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddEvidence("a.txt", strings.NewReader("x")); err == nil {
		t.Error("written through a link")
	}
	if entries := must[[]os.DirEntry](t)(os.ReadDir(outside)); len(entries) > 0 {
		t.Errorf("outside: %v", entries)
	}
	r2, dir2 := planned(t)
	if err := r2.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir2, DecisionFile), filepath.Join(outside, "r.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{filepath.Join(outside, "r.yaml"), PlanFile} {
		_ = os.Remove(filepath.Join(dir2, DecisionFile))
		if err := os.Symlink(target, filepath.Join(dir2, DecisionFile)); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, dir2); v.State != Altered || !strings.Contains(v.Summary, "record.yaml is a link") {
			t.Errorf("%s: %s", target, v.Summary)
		}
	}
	if err := os.Symlink(filepath.Join(outside, "victim"), filepath.Join(dir2, lockFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir2, options()); err == nil || !strings.Contains(err.Error(), ".lock is a link") {
		t.Errorf("%v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	r, _ := planned(t)
	for name, tt := range map[string]struct {
		kind journal.Kind
		data any
		want string
	}{
		"own":         {journal.Signed, struct{}{}, "only the record itself"},
		"waiver":      {journal.Waiver, decision.Waiver{Finding: "API-001", By: "x", Why: "y"}, "until which day"},
		"waiver's":    {journal.Waiver, map[string]string{"finding": "x", "untill": "y"}, "unknown field"},
		"proof":       {journal.BackupProven, BackupProof{How: "x"}, "names the evidence"},
		"proof's":     {journal.BackupProven, BackupProof{How: "x", Evidence: []string{"evidence/none"}}, "add it first"},
		"result":      {journal.Verification, VerificationResult{Result: "fine"}, "pass, fail or unknown"},
		"result's":    {journal.Verification, VerificationResult{Result: Pass, Evidence: []string{"plan.json"}}, "add it first"},
		"without why": {journal.Verification, VerificationResult{Result: Fail}, "with why"},
	} {
		if _, err := r.Append(tt.kind, tt.data); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(journal.Note, struct{}{}); err == nil {
		t.Error("written after it was closed")
	}
}

// TestSideBySide: several goroutines of one run write one chain.
func TestSideBySide(t *testing.T) {
	r, dir := planned(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if _, err := r.Append(journal.Note, map[string]int{"n": 1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if v := verify(t, dir); len(v.Mismatches) > 0 || v.Journal.Entries != 43 {
		t.Errorf("%s %d", v.Summary, v.Journal.Entries)
	}
}

// TestBrokenChain: a journal that does not match is not written to.
func TestBrokenChain(t *testing.T) {
	r, dir := planned(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text := must[[]byte](t)(os.ReadFile(filepath.Join(dir, JournalFile)))
	changed := strings.Replace(string(text), `"planned"`, `"Planned"`, 1)
	write(t, dir, JournalFile, changed+"torn")
	_, err := Open(dir, options())
	if bad, ok := errors.AsType[*journal.BadEntry](err); !ok || bad.Entry != 3 {
		t.Errorf("%v", err)
	}
	if got := must[[]byte](t)(os.ReadFile(filepath.Join(dir, JournalFile))); string(got) != changed+"torn" {
		t.Error("it was written to")
	}
	if _, err := os.Stat(filepath.Join(dir, lockFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock was left: %v", err)
	}
}
