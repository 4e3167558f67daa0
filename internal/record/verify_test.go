package record

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

// TestVerified: the one record that is.
func TestVerified(t *testing.T) {
	dir := whole(t)
	r := verify(t, dir)
	if r.State != Verified || len(r.Missing)+len(r.Mismatches)+len(r.Notes) > 0 {
		t.Errorf("%s %+v %+v %q", r.Summary, r.Mismatches, r.Missing, r.Notes)
	}
	if len(r.Signatures) != 2 || r.Signatures[0].File != AttestationFile || r.Signatures[0].UpTo != 10 || r.Signatures[1].UpTo != 11 {
		t.Errorf("%+v", r.Signatures)
	}
	if r.Findings[0].State != "waived" || r.Findings[0].By != "shop" || r.Findings[0].Until != "2026-04-01" {
		t.Errorf("%+v", r.Findings)
	}
	text, err := json.Marshal(r)
	if err != nil || strings.Contains(string(text), "null,") && strings.Contains(string(text), `"mismatches":null`) {
		t.Errorf("%v %s", err, text)
	}
	if r.Journal.TrustedTo != 11 || r.Journal.After != 0 || r.Journal.FilesNew != 0 || r.Journal.Entries != 12 {
		t.Errorf("%+v", r.Journal)
	}
}

// TestIncomplete: what is missing, each alone.
func TestIncomplete(t *testing.T) {
	for _, tt := range []struct {
		name  string
		do    func(*testing.T, *Record)
		keys  []signature.Trusted
		asOf  string
		parts string
		want  string
	}{
		{"a note after the signature", func(t *testing.T, r *Record) {
			must[journal.Entry](t)(r.Append(journal.Note, map[string]string{"text": "x"}))
		}, trusted(), "", "journal/coverage", "signed up to entry 11; 1 entries after the signature are not covered"},
		{"evidence after the signature", func(t *testing.T, r *Record) {
			must[journal.Entry](t)(r.AddEvidence("late.txt", strings.NewReader("x")))
		}, trusted(), "", "journal/coverage", "and 1 files, evidence/late.txt"},
		{"decided anew", func(t *testing.T, r *Record) {
			d := must[decision.Decision](t)(r.Decision())
			d.Sentence = "another"
			must[journal.Entry](t)(r.WriteDecision(d, "changed our minds"))
		}, trusted(), "", "sign-off/platform sign-off/security journal/coverage", `"Ada" signed as platform, but record.yaml was written anew since (entry 13)`},
		{"no key", nil, nil, "", "sign-off/platform sign-off/security", "signed by an unknown key"},
		{"one key", nil, trusted()[:1], "", "sign-off/security", `the signature of "Grace" as security is not counted: signed by an unknown key ` + key(2).ID()},
		{"a waiver that is over", nil, trusted(), "2026-04-02", "finding/API-001", "the waiver of shop expired after 2026-04-01"},
		{"a waiver made longer", func(t *testing.T, r *Record) {
			must[journal.Entry](t)(r.Append(journal.Waiver, decision.Waiver{Finding: "API-001", By: "cto", Why: "again", Until: "2026-05-01"}))
		}, trusted(), "2026-04-02", "journal/coverage", "not covered"},
		{"checks that failed", func(t *testing.T, r *Record) {
			must[journal.Entry](t)(r.Append(journal.Verification, VerificationResult{Result: Fail, Why: "w1 is not Ready"}))
			must[Signed](t)(r.Sign(key(1), "platform", "Ada"))
		}, trusted(), "", "verification", "ended with fail (entry 13): w1 is not Ready"},
		{"a step after the checks", func(t *testing.T, r *Record) {
			must[journal.Entry](t)(r.Append(journal.StepDone, struct{}{}))
			must[Signed](t)(r.Sign(key(1), "platform", "Ada"))
		}, trusted(), "", "verification", "entry 13 (step-done) came after the checks of entry 10"},
		{"open for writing", func(t *testing.T, r *Record) { open(t, r.dir) }, trusted(), "", "closed", "has it open for writing"},
	} {
		dir := whole(t)
		if tt.do != nil {
			r := must[*Record](t)(Open(dir, options()))
			if tt.name == "open for writing" {
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			}
			tt.do(t, r)
			_ = r.Close()
		}
		asOf := day
		if tt.asOf != "" {
			asOf = must[time.Time](t)(time.Parse(time.DateOnly, tt.asOf))
		}
		r := must[Report](t)(Verify(dir, VerifyOptions{Keys: tt.keys, AsOf: asOf}))
		if r.State != Incomplete || parts(r) != tt.parts || !strings.Contains(r.Missing[0].Why, tt.want) {
			t.Errorf("%s: %s, missing %q: want %q: %s", tt.name, r.Summary, parts(r), tt.parts, tt.want)
		}
	}
}

// TestPlanned: what a record lacks before the change and after it.
func TestPlanned(t *testing.T) {
	r, dir := planned(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	v := verify(t, dir)
	if parts(v) != "sign-off/platform sign-off/security backup verification" || v.Missing[2].Phase != Before || v.Missing[3].Phase != After {
		t.Errorf("%+v", v.Missing)
	}
}

// TestWrongSigner: a key that is trusted, but not for what it signs.
func TestWrongSigner(t *testing.T) {
	r, dir := planned(t)
	must[Signed](t)(r.Sign(key(1), "security", "Ada"))
	must[Signed](t)(r.Sign(key(2), "security", "Eve"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	v := verify(t, dir)
	if v.State != Altered || len(v.Mismatches) != 2 || v.Mismatches[0].String() != "attestation.dsse.json: its key is trusted for platform, not for security" ||
		!strings.Contains(v.Mismatches[1].What, `its key is that of "Grace", but it is signed as "Eve"`) {
		t.Errorf("%+v", v.Mismatches)
	}
	for _, tt := range [][2]string{{"boss", "Ada"}, {"platform", ""}, {"platform", " Ada"}, {"platform", "A\nda"}, {"platform", strings.Repeat("a", 201)}} {
		if err := CheckSigner(tt[0], tt[1]); err == nil {
			t.Errorf("%q may sign", tt)
		}
	}
}

// TestForeignSignature: an attestation of another record does not fit this one,
// also where an entry notes it.
func TestForeignSignature(t *testing.T) {
	from := whole(t)
	r, dir := planned(t)
	for range 20 {
		must[journal.Entry](t)(r.Append(journal.Note, map[string]string{"text": "filler"}))
	}
	text := must[[]byte](t)(os.ReadFile(filepath.Join(from, AttestationFile)))
	must[journal.Entry](t)(r.put(AttestationFile, journal.Signed, bytesOf(text), func(n FileNote) any {
		return fileData{File: n, Role: "platform", Name: "Ada", KeyID: key(1).ID()}
	}))
	if v := verify(t, dir); v.State != Altered || !strings.Contains(v.Summary, "signs another journal than this one: its entry 10") {
		t.Error(v.Summary)
	}
}

// TestNothingWrongIsSigned, and an edit by hand is adopted with a reason.
func TestEditedByHand(t *testing.T) {
	r, dir := planned(t)
	text := must[[]byte](t)(os.ReadFile(filepath.Join(dir, DecisionFile)))
	write(t, dir, DecisionFile, strings.Replace(string(text), "the shop closes", "the shop moves", 1))
	if _, err := r.Sign(key(1), "platform", "Ada"); err == nil || !strings.Contains(err.Error(), "nothing was signed: record.yaml: is not what entry 2") {
		t.Errorf("%v", err)
	}
	write(t, dir, DecisionFile, "kind: [")
	if _, err := r.Adopt("x"); err == nil {
		t.Error("adopted what is no decision")
	}
	write(t, dir, DecisionFile, strings.Replace(string(text), "the shop closes", "the shop moves", 1))
	if e := must[*journal.Entry](t)(r.Adopt("the owner said so")); e == nil || !strings.Contains(string(e.Data), "edited by hand: the owner said so") {
		t.Errorf("%+v", e)
	}
	if e := must[*journal.Entry](t)(r.Adopt("again")); e != nil {
		t.Errorf("adopted twice: %+v", e)
	}
	must[Signed](t)(r.Sign(key(1), "platform", "Ada"))
}

// TestClosed: waivers of a change that is over are judged as of its end.
func TestClosed(t *testing.T) {
	dir := whole(t)
	r := must[*Record](t)(Open(dir, options()))
	must[journal.Entry](t)(r.Append(journal.Closed, map[string]string{"why": "done"}))
	must[Signed](t)(r.Sign(key(1), "platform", "Ada"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	v := must[Report](t)(Verify(dir, VerifyOptions{Keys: trusted(), AsOf: day.AddDate(3, 0, 0)}))
	if v.State != Verified || len(v.Notes) == 0 {
		t.Errorf("%s %q", v.Summary, v.Notes)
	}
}

// TestUnreadable: what is no record is an error, not an altered one.
func TestUnreadable(t *testing.T) {
	for name, dir := range map[string]string{"none": filepath.Join(t.TempDir(), "x"), "empty": t.TempDir(), "a file": "verify_test.go", "another": "decision"} {
		if _, err := Verify(dir, VerifyOptions{AsOf: day}); err == nil {
			t.Errorf("%s was verified", name)
		}
	}
}
