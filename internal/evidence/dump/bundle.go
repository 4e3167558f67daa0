package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// readBundle reads what collect wrote. Nothing of it is returned before every
// file was held to the manifest.
func readBundle(ctx context.Context, from *pack.Reader, name string) (*evidence.Bundle, error) {
	m := from.Manifest
	d := reader{b: evidence.New(name), again: from.Again, advice: "collect again; or read it with the fixline that wrote it"}
	d.b.Name, d.b.Taken, d.b.Warnings, d.b.Clocks = m.Cluster, m.Finished, m.Warnings, m.Clocks
	if err := agree(m); err != nil {
		return nil, err
	}
	files := kinds()
	err := from.Each(ctx, func(f evidence.File, content io.Reader) error {
		if i := slices.IndexFunc(files, func(k kind) bool { return k.file == f.Path }); i >= 0 {
			items, err := files[i].read(d, content)
			if err == nil && items != f.Items {
				err = &InputError{File: f.Path, Err: fmt.Errorf("it holds %d objects, the manifest says %d", items, f.Items), Advice: d.advice}
			}
			return err
		}
		return d.folderFile(f.Path, content)
	})
	if err != nil {
		return nil, err
	}
	if err := d.held(m); err != nil {
		return nil, err
	}
	d.coverage(m)
	return d.b, nil
}

// held refuses a manifest that says of what a file was found to lack, or to hold
// in part, that it was read.
func (d reader) held(m evidence.Manifest) error {
	for _, c := range m.Coverage {
		got, ok := d.b.Access[evidence.Resource(c.Asked)]
		if ok && c.State == evidence.Read && got.State != evidence.Read {
			return contradicts("it says that %s was read, but: %s", c.Asked, got.Reason)
		}
	}
	return nil
}

// coverage takes over what became of each thing asked, in the words that were
// found then: a judgement on the bundle reads as it would have live.
func (d reader) coverage(m evidence.Manifest) {
	for _, c := range m.Coverage {
		d.b.Access[evidence.Resource(c.Asked)] = evidence.Access{State: c.State, Reason: c.Reason, Rule: c.Rule}
		d.hostCoverage(c)
	}
}

// agree refuses a manifest that contradicts itself: what was read has its
// file, and what was not has none.
func agree(m evidence.Manifest) error {
	has := map[string]bool{}
	for _, f := range m.Files {
		has[f.Path] = true
	}
	state := map[string]evidence.State{}
	for _, c := range m.Coverage {
		state[c.Asked] = c.State
	}
	for _, c := range m.Coverage {
		if top, _, _ := parts(c.Asked); top != "" && c.State == evidence.Read && !has[c.Asked] {
			return contradicts("it says that %s was read, but it is not among the files", c.Asked)
		}
	}
	for _, a := range answers() {
		said, noted := state[string(a.asked)]
		switch {
		case noted && said == evidence.Read && !has[a.file]:
			return contradicts("it says that %s was read, but %s is not among the files", a.asked, a.file)
		case noted && said != evidence.Read && has[a.file]:
			return contradicts("it says that %s is %s, but %s is among the files", a.asked, said, a.file)
		}
	}
	if len(m.Files) == 0 && len(m.Coverage) == 0 {
		return &InputError{File: evidence.ManifestFile, Err: errors.New("the bundle holds nothing: nothing was asked"), Advice: "collect again"}
	}
	return nil
}

func contradicts(format string, args ...any) error {
	return &InputError{File: evidence.ManifestFile, Field: "coverage", Err: fmt.Errorf(format, args...),
		Advice: "take the bundle from where it was written, or collect again"}
}

// answer is a file of a bundle and what it answers alone.
type answer struct {
	file  string
	asked evidence.Resource
}

// answers are those that are there exactly where what they answer was read.
func answers() []answer {
	var out []answer
	for _, k := range kinds() {
		if len(k.of) == 1 { // configmaps-kube-system.json answers several
			out = append(out, answer{k.file, k.of[0]})
		}
	}
	for _, l := range evidence.Collected() {
		out = append(out, answer{l.File(), l.Resource})
	}
	return out
}
