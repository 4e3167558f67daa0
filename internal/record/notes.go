package record

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// FileNote is what the journal says a file is.
type FileNote struct {
	Path   string `json:"path"` // below the record, with /
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// fileData is the data of entries that note a file.
type fileData struct {
	File FileNote `json:"file"`
	Why  string   `json:"why,omitempty"`
	// Of a signature.
	Role  string `json:"role,omitempty"`
	Name  string `json:"name,omitempty"`
	KeyID string `json:"keyId,omitempty"`
}

// noted is what holds of one file: what the last entry about it says.
type noted struct {
	FileNote
	Entry int
	Kind  journal.Kind
	fileData
}

// notes are the files of a record by their path.
type notes map[string]noted

// notesOf reads which files there have to be. Evidence is noted once and for
// good; what is written anew has the sum of its last entry.
func notesOf(entries []journal.Entry) (notes, error) {
	out := notes{}
	for _, e := range entries {
		if !e.Kind.Own() || e.Kind == journal.Created {
			continue
		}
		if err := out.add(e); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (n notes) add(e journal.Entry) error {
	var d fileData
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return fmt.Errorf("%s: entry %d: %w", JournalFile, e.Seq, err)
	}
	name := d.File.Path
	_, again := n[name]
	switch {
	case !allowed(e.Kind, name):
		return fmt.Errorf("%s: entry %d is of kind %s, which cannot speak of a file %q", JournalFile, e.Seq, e.Kind, name)
	case again && (e.Kind == journal.Evidence || e.Kind == journal.Recovered):
		return fmt.Errorf("%s: entry %d notes %s a second time: evidence never changes", JournalFile, e.Seq, name)
	}
	n[name] = noted{d.File, e.Seq, e.Kind, d}
	return nil
}

// allowed: entries of a kind speak of files in one place.
func allowed(k journal.Kind, name string) bool {
	switch k {
	case journal.Decision:
		return name == DecisionFile
	case journal.Plan:
		return name == PlanFile
	case journal.Evidence:
		return path.Dir(name) == EvidenceDir && checkName(path.Base(name)) == nil
	case journal.Recovered:
		n, err := strconv.Atoi(strings.TrimPrefix(name, torn))
		return err == nil && name == torn+strconv.Itoa(n)
	case journal.Signed:
		if name == AttestationFile {
			return true
		}
		base := strings.TrimSuffix(path.Base(name), ".dsse.json")
		at := strings.LastIndex(base, "-")
		return at > 0 && name == attestationName(base[:at], base[at+1:]) && slices.Contains(decision.Roles(), base[:at])
	}
	return false
}

// attestationName is that of a signer who is not the first.
func attestationName(role, keyID string) string {
	return AttestationDir + "/" + role + "-" + keyID[:min(len(keyID), 16)] + ".dsse.json"
}

// paths are the noted files in order, attestations left out where signed is false.
func (n notes) paths(signed bool) []string {
	var out []string
	for name, note := range n {
		if signed || note.Kind != journal.Signed {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// limit bounds a file of a record.
func limit(name string) int64 {
	switch {
	case name == PlanFile:
		return MaxPlan
	case name == DecisionFile:
		return decision.MaxBytes
	case strings.HasPrefix(name, torn):
		return journal.MaxLine
	}
	return MaxFile
}
