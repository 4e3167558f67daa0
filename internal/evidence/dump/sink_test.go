package dump

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// twice is a Sink that is asked for every file two times, the first of which
// fails half-way, as a list that must be read again does.
type twice struct{ *Sink }

func (w twice) File(path string, from evidence.Origin, fill func(io.Writer) (int, error)) error {
	half := errors.New("half-way")
	err := w.Sink.File(path, from, func(to io.Writer) (int, error) {
		_, _ = io.WriteString(to, `{"items":[{"metadata":{"name":"x"}}`) // a Sink that reads on the way would notice
		return 0, half
	})
	if !errors.Is(err, half) {
		return err
	}
	return w.Sink.File(path, from, fill)
}

// TestSink: what is put into a Sink file by file is what Read makes of the bundle.
func TestSink(t *testing.T) {
	from := os.DirFS("../../demo/recording")
	plain, err := ReadFS(t.Context(), from, "folder x")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "b")
	convert(t, from, plain, out)
	want, err := Read(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	s := twice{NewSink(want.Source)}
	other := NewSink(want.Source)
	if _, err := Replay(t.Context(), out, evidence.Tee(other, s)); err != nil {
		t.Fatal(err)
	}
	want.Name, want.Taken, want.Clocks, want.Warnings = "", "", nil, nil // of the manifest, which no sink sees
	if diff := cmp.Diff(want, other.Bundle()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, s.Bundle()); diff != "" {
		t.Errorf("read twice: %s", diff)
	}
	if len(want.Pods) == 0 {
		t.Error("nothing was compared")
	}
}

// TestTee: where one of two cannot take a file, neither has it.
func TestTee(t *testing.T) {
	a, b := NewSink("a"), NewSink("b")
	err := evidence.Tee(a, b).File("nodes.json", evidence.Origin{}, func(io.Writer) (int, error) { return 0, errors.New("gone") })
	if err == nil || len(a.Bundle().Nodes)+len(b.Bundle().Nodes) > 0 {
		t.Error(err)
	}
}
