package dump

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Sink is an [evidence.Sink] that reads what is put into it, as [Read] reads
// the files of a bundle: a live cluster is then judged by the same words as
// what was collected from it. Make one with [NewSink].
type Sink struct {
	mu    sync.Mutex
	d     reader
	notes []evidence.Check
}

// NewSink is an empty Sink; name is Bundle.Source.
func NewSink(name string) *Sink {
	return &Sink{d: reader{b: evidence.New(name), again: func(string) (io.ReadCloser, error) { return nil, errors.New("nothing is kept of it") },
		advice: "ask the cluster again"}}
}

// Note records what became of something that was asked for.
func (s *Sink) Note(c evidence.Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, c)
}

// File reads what fill writes; what no judgement reads is dropped. Of a file
// that fails in the middle nothing stays.
func (s *Sink) File(path string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	read := s.reader(path)
	if read == nil {
		_, err := fill(io.Discard)
		return err
	}
	// The whole file first: it may be asked for again half-way, and what a
	// Bundle holds of one list is small beside what the API server sends.
	var text bytes.Buffer
	if _, err := fill(&text); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return read(&text)
}

func (s *Sink) reader(path string) func(io.Reader) error {
	files := kinds()
	if i := slices.IndexFunc(files, func(k kind) bool { return k.file == path }); i >= 0 {
		return func(r io.Reader) error {
			s.forget(path)
			_, err := files[i].read(s.d, r)
			return err
		}
	}
	if s.d.reads(path) {
		return func(r io.Reader) error { return s.d.folderFile(path, r) }
	}
	return nil
}

// forget makes room for a file that is written a second time.
func (s *Sink) forget(path string) {
	if path == string(evidence.ConfigMaps)+".json" {
		s.d.b.ConfigMaps = nil
	}
	for _, l := range evidence.Collected() {
		if l.File() == path {
			s.d.b.Forget(l)
		}
	}
}

// Bundle is what was read. It is called once, when everything is in s.
func (s *Sink) Bundle() *evidence.Bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d.coverage(evidence.Manifest{Coverage: s.notes})
	s.d.groups()
	return s.d.b
}
