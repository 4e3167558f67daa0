package scan

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/manifest"
)

// patch finds out which of the edits that the facts allow the files bear, each
// file once, and makes of these one unified diff where diffs is set. The files
// themselves are never touched.
func patch(r scan.Result, diffs bool) (diff []byte, edits int) {
	var out bytes.Buffer
	r.Patched(func(file string, offered []scan.Patch) ([]scan.Patch, []string) {
		placed, refused := offered, make([]string, len(offered))
		name, before, why := again(file)
		for i := range refused {
			refused[i] = why
		}
		if why != "" {
			return placed, refused
		}
		wanted := make([]manifest.Edit, len(offered))
		for i, p := range offered {
			wanted[i] = manifest.Edit{Line: p.Line, Column: p.Column, From: p.From, To: p.To}
		}
		after, done := manifest.Rewrite(file, before, wanted)
		for i, e := range done {
			refused[i] = e.Refused
			placed[i].Column = e.Column
			if e.Refused == "" {
				edits++
			}
		}
		if diffs { // Rewrite keeps the number of lines, and a buffer takes every byte
			_ = manifest.Diff(&out, name, before, after)
		}
		return placed, refused
	})
	return out.Bytes(), edits
}

// again reads a file that was scanned, and says how a patch names it, or why
// none can.
func again(file string) (name string, data []byte, why string) {
	name = file
	if filepath.IsAbs(file) {
		here, err := os.Getwd()
		if err != nil {
			return "", nil, "the current folder is not known"
		}
		if name, err = filepath.Rel(here, file); err != nil {
			name = file
		}
	}
	name = filepath.ToSlash(name)
	if why := manifest.Diffable(name); why != "" {
		return "", nil, why
	}
	info, err := os.Lstat(file)
	real, linkErr := filepath.EvalSymlinks(name)
	switch {
	case err != nil:
		return "", nil, "the file is gone"
	case linkErr != nil || real != filepath.Clean(filepath.FromSlash(name)) || !info.Mode().IsRegular():
		return "", nil, "it is reached over a link, or is no file"
	}
	if data, err = os.ReadFile(file); err != nil {
		return "", nil, "the file cannot be read again"
	}
	return name, data, ""
}

// writePatch writes the diff where --patch says, whole or not at all; an empty
// one too, so that none of an earlier run stays.
func (o *Options) writePatch(r scan.Result, diff []byte, edits int) error {
	byHand := 0
	for _, f := range r.Findings {
		if f.NoPatch != nil && f.Accepted == nil {
			byHand++
		}
	}
	write := func(w io.Writer) error {
		_, err := w.Write(diff)
		return err
	}
	to := write
	if o.Patch != "-" {
		to = func(io.Writer) error { return output.Atomically(o.Patch, write) }
	}
	if err := to(o.Factory.IO.Out); err != nil {
		return fmt.Errorf("writing the patch: %w", err)
	}
	o.Factory.IO.Notef("note: the patch makes %d edits; %d findings in files are left to a person (noPatch of -o json says why)", edits, byHand)
	return nil
}

// checkPatch: two things cannot be written to one place.
func (o *Options) checkPatch() error {
	if o.Patch != "" && o.Patch != "-" && o.Output.File != "" && filepath.Clean(o.Patch) == filepath.Clean(o.Output.File) {
		return exit.Usagef("--patch and --output-file name the same file")
	}
	return nil
}
