package record

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

// Signed is what a signature covers.
type Signed struct {
	File    string // the attestation, below the record
	KeyID   string
	Entries int
	Files   int
}

// Sign makes the attestation of one signer: every file with its sum, and the
// journal up to here. What does not match is not signed. Who signs again in
// the same role with the same key replaces the older attestation.
func (r *Record) Sign(k signature.Key, role, name string) (Signed, error) {
	if err := CheckSigner(role, name); err != nil {
		return Signed{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	v, err := look(r.root.FS(), VerifyOptions{AsOf: r.o.Now()})
	if err != nil {
		return Signed{}, &Error{Path: r.dir, Err: err}
	}
	if m := v.Mismatches; len(m) > 0 {
		return Signed{}, &Error{Path: r.dir, Err: &MismatchError{m[0]}, Advice: hintFor(m[0], r.dir)}
	}
	s := signature.Statement{Predicate: signature.Predicate{Record: string(v.ID), Role: role, Name: name,
		SignedAt: r.o.Now().UTC().Truncate(time.Second).Format(time.RFC3339),
		Journal:  signature.Journal{Entries: len(r.log.Entries), Bytes: r.log.Bytes(), Head: r.log.Head()}}}
	for _, p := range r.notes.paths(false) {
		s.Files = append(s.Files, signature.File{Name: p, SHA256: r.notes[p].SHA256})
	}
	text, err := signature.Sign(s, k)
	if err != nil {
		return Signed{}, fmt.Errorf("signing the record %s: %w", r.dir, err)
	}
	at := r.attestation(role, k.ID())
	if _, err := r.put(at, journal.Signed, bytes.NewReader(text), func(n FileNote) any {
		return fileData{File: n, Role: role, Name: name, KeyID: k.ID()}
	}); err != nil {
		return Signed{}, err
	}
	return Signed{at, k.ID(), s.Journal.Entries, len(s.Files)}, nil
}

// MismatchError says why nothing was signed.
type MismatchError struct{ First Mismatch }

func (e *MismatchError) Error() string { return "nothing was signed: " + e.First.String() }

func hintFor(m Mismatch, dir string) string {
	if m.File == DecisionFile {
		return "was it edited on purpose? say why: fixline record sign " + dir + ` --adopt-edit "WHY"; else take the committed file back`
	}
	return "fixline record verify " + dir
}

// attestation is where a signer's envelope goes: the first signer's has the
// plain name, and each signer keeps the own.
func (r *Record) attestation(role, keyID string) string {
	for at, n := range r.notes {
		if n.Kind == journal.Signed && n.Role == role && n.KeyID == keyID {
			return at
		}
	}
	if _, taken := r.notes[AttestationFile]; !taken {
		return AttestationFile
	}
	return attestationName(role, keyID)
}

// CheckSigner refuses a role that nobody has, and a name that is not one line.
func CheckSigner(role, name string) error {
	if !slices.Contains(decision.Roles(), role) {
		return fmt.Errorf("signing: %q is not one of the roles %s", role, strings.Join(decision.Roles(), ", "))
	}
	if trimmed := strings.TrimSpace(name); trimmed == "" || trimmed != name || len(name) > 200 ||
		strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\uFFFD' }) {
		return fmt.Errorf("signing: the signer's name %q is not one line of 1 to 200 bytes", name)
	}
	return nil
}
