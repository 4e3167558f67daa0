package record

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

// checkSignatures opens every attestation that is what the journal notes.
func (v *view) checkSignatures() {
	for _, name := range v.notes.paths(true) {
		note := v.notes[name]
		if note.Kind != journal.Signed || slices.ContainsFunc(v.Mismatches, func(m Mismatch) bool { return m.File == name }) {
			continue
		}
		text, err := readFile(v.fsys, name, signature.MaxBytes)
		var s signature.Statement
		if err == nil {
			s, err = signature.Open(text)
		}
		if err == nil {
			err = v.matches(s, note)
		}
		if err != nil {
			v.differs(name, 0, nil, "%v", err)
			continue
		}
		v.statements[name] = s
		v.Signatures = append(v.Signatures, v.stateOf(name, s))
	}
	slices.SortStableFunc(v.Signatures, func(a, b SignedState) int { return v.notes[a.File].Entry - v.notes[b.File].Entry })
	for _, s := range v.Signatures {
		v.Journal.SignedTo = max(v.Journal.SignedTo, s.UpTo)
		if s.Trusted {
			v.Journal.TrustedTo = max(v.Journal.TrustedTo, s.UpTo)
		}
	}
	for _, e := range v.log.Entries[v.Journal.TrustedTo:] {
		if e.Kind != journal.Signed {
			v.Journal.After++
		}
	}
	v.Journal.FilesNew = len(v.uncovered())
}

// uncovered are the files that no trusted signature covers as they are now.
func (v *view) uncovered() []string {
	covered := map[signature.File]bool{}
	for _, s := range v.Signatures {
		if s.Trusted {
			for _, f := range v.statements[s.File].Files {
				covered[f] = true
			}
		}
	}
	var out []string
	for _, name := range v.notes.paths(false) {
		if !covered[signature.File{Name: name, SHA256: v.notes[name].SHA256}] {
			out = append(out, name)
		}
	}
	return out
}

// matches holds a statement to the journal as it was then: cut off, it has
// fewer entries; written anew, another head.
func (v *view) matches(s signature.Statement, note noted) error {
	j := s.Journal
	switch {
	case s.Role != note.Role || s.Name != note.Name || s.KeyID != note.KeyID:
		return fmt.Errorf("is signed by %q as %s with key %s; entry %d of the journal says otherwise", s.Name, s.Role, s.KeyID, note.Entry)
	case j.Entries < 1 || j.Entries >= note.Entry:
		return fmt.Errorf("signs %d entries of the journal, which is not what came before entry %d", j.Entries, note.Entry)
	case v.log.Entries[j.Entries-1].Hash != j.Head || v.log.Ends[j.Entries-1] != j.Bytes:
		return fmt.Errorf("signs another journal than this one: its entry %d had hash %s and ended at byte %d", j.Entries, j.Head, j.Bytes)
	}
	then, err := notesOf(v.log.Entries[:j.Entries])
	if err != nil {
		return err
	}
	want := map[string]string{}
	for _, p := range then.paths(false) {
		want[p] = then[p].SHA256
	}
	got := map[string]string{}
	for _, f := range s.Files {
		got[f.Name] = f.SHA256
	}
	if len(s.Files) != len(got) || !maps.Equal(want, got) {
		return fmt.Errorf("signs other files than the journal noted up to entry %d", j.Entries)
	}
	return nil
}

// stateOf says whose a signature is and whether it is of what is there now.
func (v *view) stateOf(name string, s signature.Statement) SignedState {
	out := SignedState{File: name, Role: s.Role, Name: s.Name, KeyID: s.KeyID, SignedAt: s.SignedAt, UpTo: s.Journal.Entries, Changed: []string{},
		Why: "signed by an unknown key"}
	for _, f := range s.Files {
		if v.notes[f.Name].SHA256 != f.SHA256 {
			out.Changed = append(out.Changed, f.Name)
		}
	}
	for _, t := range v.o.Keys {
		if t.ID() != s.KeyID {
			continue
		}
		if out.Why = t.For(s); out.Why == "" {
			out.Trusted = true
			return out
		}
		v.differs(name, 0, nil, "%s", out.Why)
	}
	return out
}
