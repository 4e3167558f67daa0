package record

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/record/journal"
)

// mend ends what a killed run began. The order matters: each step can be cut
// off too, and is then done again by the next run.
func (r *Record) mend() error {
	if len(r.log.Torn) > 0 {
		if err := r.moveTorn(); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(r.root.FS(), ".")
	if err != nil {
		return err
	}
	var aside []string
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, pending):
			if err := r.mendPending(name); err != nil {
				return err
			}
		case strings.HasPrefix(name, torn) && allowed(journal.Recovered, name):
			if _, ok := r.notes[name]; !ok {
				aside = append(aside, name)
			}
		}
	}
	slices.Sort(aside)
	for _, name := range aside {
		if err := r.noteTorn(name); err != nil {
			return err
		}
	}
	return nil
}

// moveTorn moves a torn last line to a file of its own and ends the journal
// with the last whole line.
func (r *Record) moveTorn() error {
	name, err := r.tornName()
	if err != nil {
		return err
	}
	note, err := r.stage(name, bytes.NewReader(r.log.Torn))
	if err != nil {
		return err
	}
	if err := r.place(note); err != nil {
		return err
	}
	if err := r.file.Truncate(r.log.Bytes()); err != nil {
		return err
	}
	r.log.Torn = nil
	return r.file.Sync()
}

// tornName is the next free name; one that holds the same and was not noted
// is from a run that was killed while it did this.
func (r *Record) tornName() (string, error) {
	for n := 1; n <= MaxFiles; n++ {
		name := torn + strconv.Itoa(n)
		_, ok := r.notes[name]
		text, err := readFile(r.root.FS(), name, journal.MaxLine)
		switch {
		case ok:
		case errors.Is(err, fs.ErrNotExist), err == nil && bytes.Equal(text, r.log.Torn):
			return name, nil
		case err != nil:
			return "", err
		}
	}
	return "", errors.New("the record holds too many torn lines")
}

// noteTorn says in the journal that a line was torn.
func (r *Record) noteTorn(name string) error {
	note, err := sumFile(r.root.FS(), name, journal.MaxLine)
	if err != nil {
		return err
	}
	why := fmt.Sprintf("a run was stopped while it wrote an entry: its %d bytes are in %s", note.Bytes, name)
	if _, err := r.add(journal.Recovered, fileData{File: note, Why: why}); err != nil {
		return err
	}
	r.said = append(r.said, fmt.Sprintf("the journal ended in the middle of an entry: %s. What that entry would have said is not known to have happened", why))
	return nil
}

// mendPending puts a staged file in place where an entry notes it, else it is
// no part of the record yet.
func (r *Record) mendPending(name string) error {
	sum := strings.TrimPrefix(name, pending)
	for _, at := range r.notes.paths(true) {
		note := r.notes[at].FileNote
		if note.SHA256 != sum {
			continue
		}
		staged, err := sumFile(r.root.FS(), name, limit(at))
		if err != nil {
			return err
		}
		if staged.SHA256 != sum {
			break
		}
		if now, err := sumFile(r.root.FS(), at, limit(at)); err == nil && now == note {
			continue // another file of the same content
		}
		r.said = append(r.said, fmt.Sprintf("a run was stopped before it put %s in place: it is now", at))
		return r.place(note)
	}
	if err := r.root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r.said = append(r.said, "a run was stopped while it wrote a file that no entry notes: its part was removed")
	return nil
}
