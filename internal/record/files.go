package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"

	"github.com/fixline-dev/fixline/internal/record/journal"
)

// Names in a record.
const (
	DecisionFile    = "record.yaml"
	PlanFile        = "plan.json"
	JournalFile     = "journal.jsonl"
	AttestationFile = "attestation.dsse.json" // of the first signer
	EvidenceDir     = "evidence"
	AttestationDir  = "attestations" // of the others: ROLE-KEYID.dsse.json
	lockFile        = ".lock"
	pending         = ".pending-" // + sum: written, and waiting for its place
	torn            = "journal.torn-"
)

// Limits of what is written and read.
const (
	MaxJournal = 1 << 30
	MaxPlan    = 1 << 30
	MaxFile    = 4 << 30 // of one file of evidence
	MaxFiles   = 20_000
)

var evidencePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+=-]{0,126}[A-Za-z0-9]$`)

// checkName refuses a name of evidence that is not plainly one file on every system.
func checkName(name string) error {
	switch stem, _, _ := strings.Cut(strings.ToLower(name), "."); {
	case !evidencePattern.MatchString(name):
		return fmt.Errorf("%q is no name of evidence: 2 to 128 letters, digits and ._+=-, with a letter or digit first and last, and no folder", name)
	case stem == "con" || stem == "nul" || stem == "aux" || stem == "prn":
		return fmt.Errorf("%q is no name of evidence: Windows keeps it for a device", name)
	}
	return nil
}

// openFile opens a plain file; a link is refused even where it stays inside.
func openFile(fsys fs.FS, name string) (fs.File, error) {
	before, err := fs.Lstat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, &kindError{name, before.Mode()}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !after.Mode().IsRegular() {
		err = &kindError{name, after.Mode()}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// kindError is something else where a plain file belongs.
type kindError struct {
	name string
	mode fs.FileMode
}

func (e *kindError) Error() string { return e.name + " is " + kindOf(e.mode) + ", not a plain file" }

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "no plain file"
}

// readFile reads a plain file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := openFile(fsys, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return text, err
}

// sumFile is what a plain file is.
func sumFile(fsys fs.FS, name string, limit int64) (FileNote, error) {
	f, err := openFile(fsys, name)
	if err != nil {
		return FileNote{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return FileNote{name, hex.EncodeToString(h.Sum(nil)), n}, err
}

func readJournal(fsys fs.FS) (journal.Log, error) {
	f, err := openFile(fsys, JournalFile)
	if err != nil {
		return journal.Log{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > MaxJournal {
		return journal.Log{}, fmt.Errorf("%s is larger than %d bytes", JournalFile, MaxJournal)
	}
	log, err := journal.Read(io.LimitReader(f, MaxJournal))
	if err != nil {
		err = fmt.Errorf("%s: %w", JournalFile, err)
	}
	return log, err
}

// syncFolder makes renames in a folder last.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // which has no such call, and needs none
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// sync makes renames in a folder of the record last.
func (r *Record) sync(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := r.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
