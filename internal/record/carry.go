package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
)

// Carry takes over what was tried out for the same change in an earlier record,
// the folder dir that earlier is the verification of: evidence of test restores
// and rehearsals, byte for byte, and the entries that speak of it. That a note
// before them says. A record that is not what was written gives nothing: that is
// an error.
func (r *Record) Carry(dir string, earlier Report) error {
	fail := func(err error) error {
		return fmt.Errorf("taking over what was tried out in the record %s: %w", dir, err)
	}
	if earlier.State == Altered {
		return fail(errors.New(earlier.Summary))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fail(plain(err))
	}
	defer root.Close()
	said := false
	for _, e := range earlier.entries {
		files, err := spoken(e)
		if err == nil && len(files) > 0 && !said {
			said = true
			_, err = r.Append(journal.Note, map[string]string{"text": "what was tried out for this change was carried over from an earlier record of it", "record": string(earlier.ID)})
		}
		for _, at := range files {
			if err == nil {
				err = r.copy(root, at, earlier.Files)
			}
		}
		if err == nil && len(files) > 0 && e.Kind != journal.Evidence {
			_, err = r.Append(e.Kind, e.Data)
		}
		if err != nil {
			return fail(err)
		}
	}
	return nil
}

// spoken are the files of proofs that an entry speaks of.
func spoken(e journal.Entry) ([]string, error) {
	switch e.Kind {
	case journal.Evidence:
		var d fileData
		if err := json.Unmarshal(e.Data, &d); err != nil || !strings.HasPrefix(path.Base(d.File.Path), proof.BackupPrefix) {
			return nil, err
		}
		return []string{d.File.Path}, nil
	case journal.BackupProven:
		p, err := readProof(e.Data)
		return p.Evidence, err
	case journal.Rehearsal:
		h, err := readRehearsed(e.Data)
		return h.Evidence, err
	}
	return nil, nil
}

// copy adds a file of another record, held to its note.
func (r *Record) copy(from *os.Root, at string, noted []FileState) error {
	text, err := readFile(from.FS(), at, maxProof)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if !slices.ContainsFunc(noted, func(f FileState) bool { return f.Path == at && f.SHA256 == hex.EncodeToString(sum[:]) }) {
		return fmt.Errorf("%s is not what its journal notes", at)
	}
	_, err = r.AddEvidence(path.Base(at), bytes.NewReader(text))
	return err
}
