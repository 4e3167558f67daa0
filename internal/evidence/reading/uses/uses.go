// Package uses turns the evidence of one cluster into where API versions were
// seen: who wrote an object in which version, what its last-applied annotation
// and the Helm releases hold, and which deprecated APIs were requested. It
// takes the files of a bundle as they come, whether collected this moment or
// long ago, so that both give the same answer, and keeps nothing of an object
// no verdict can depend on. What a use means is package removal's. Start at
// [Reader]; [AuditLog] reads audit logs.
package uses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Reader is an [evidence.Sink] that reads what is put into it. Make one with
// [New]; when everything is in it, ask for [Reader.Uses] and [Reader.Gaps].
type Reader struct {
	judge judge

	mu    sync.Mutex
	files map[string]*found // by path in the bundle
	notes map[string]evidence.Check
}

// found is what one file holds.
type found struct {
	uses     []removal.Use
	objects  int
	writers  bool // an object says who wrote it
	global   bool // an object has no namespace
	servers  int  // kube-apiserver pods
	partly   bool // it is one page of a longer list
	releases []evidence.Release
	metrics  *evidence.Metrics
	version  string
	groups   map[string][]string // API versions the server serves, by group
}

// New is a Reader for one move. Of the move only its target is needed: which
// release runs now is in the evidence.
func New(t *removal.Table, move removal.Move) *Reader {
	return &Reader{judge: newJudge(t, move), files: map[string]*found{}, notes: map[string]evidence.Check{}}
}

// Note records what became of something that was asked for.
func (r *Reader) Note(c evidence.Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes[c.Asked] = c
}

// File reads what fill writes. What no use is in is not read. Its errors are
// fill's and those of the content, an *evidence.OffsetError where the place is
// known.
func (r *Reader) File(name string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	read := r.reader(name)
	if read == nil {
		_, err := fill(io.Discard)
		return err
	}
	f := &found{}
	from, to := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := read(f, from)
		if err == nil {
			_, err = io.Copy(io.Discard, from)
		}
		_ = from.CloseWithError(err) // it never fails
		done <- err
	}()
	_, wrong := fill(to)
	_ = to.CloseWithError(wrong) // it never fails
	bad := <-done
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.files, name)
	switch {
	case wrong != nil && bad != nil && errors.Is(wrong, bad):
		return bad
	case wrong != nil:
		return wrong
	case bad != nil:
		return bad
	}
	r.files[name] = f
	return nil
}

const (
	versionFile = string(evidence.ServerVersionFile) + ".json"
	metricsFile = string(evidence.MetricsText) + ".txt"
	servers     = "apiservers"

	// maxDocument bounds a file that is read whole: what it names is short.
	maxDocument = 8 << 20
)

// reader is how the file of a bundle is read, nil where no use is in it.
func (r *Reader) reader(name string) func(*found, io.Reader) error {
	switch {
	case name == versionFile:
		return readVersion
	case name == evidence.APIGroupsFile:
		return readGroups
	case name == evidence.ReleasesFile:
		return readReleases
	case name == metricsFile, strings.HasPrefix(name, servers+"/") && path.Base(name) == metricsFile:
		return readMetrics
	}
	lists := evidence.Collected()
	if i := slices.IndexFunc(lists, func(l evidence.List) bool { return l.File() == name }); i >= 0 {
		return func(f *found, in io.Reader) error { return r.list(f, lists[i], in) }
	}
	return nil
}

func (r *Reader) list(f *found, list evidence.List, in io.Reader) error {
	got, err := list.Each(in, func(o any) error {
		if m := metaOf(o); m != nil {
			f.object(m, list, r.judge)
		}
		if a, ok := o.(*evidence.APIService); ok {
			f.serves(a.Spec.Group, a.Spec.Version)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, kind := range []string{strings.TrimSuffix(got.Kind, "List"), got.ItemKind} {
		if kind != "" && kind != list.Kind {
			return fmt.Errorf("it holds objects of kind %s, not %s", kind, list.Kind)
		}
	}
	f.partly = got.Continue != ""
	return nil
}

func (f *found) serves(group, v string) {
	if f.groups == nil {
		f.groups = map[string][]string{}
	}
	f.groups[group] = append(f.groups[group], v)
}

// readGroups reads the answer of /apis.
func readGroups(f *found, in io.Reader) error {
	var text bytes.Buffer
	if _, err := text.ReadFrom(io.LimitReader(in, maxDocument)); err != nil {
		return err
	}
	groups, err := evidence.ReadAPIGroups(text.Bytes())
	f.groups = groups
	return err
}

func readReleases(f *found, in io.Reader) error {
	_, err := evidence.DecodeList(in, func(r *evidence.Release) error {
		f.releases = append(f.releases, *r)
		return nil
	})
	return err
}

func readMetrics(f *found, in io.Reader) (err error) {
	f.metrics, err = evidence.ReadMetrics(in)
	return err
}

// readVersion reads the answer of /version, also as `kubectl version` nests it.
func readVersion(f *found, in io.Reader) error {
	var text bytes.Buffer
	if _, err := text.ReadFrom(io.LimitReader(in, maxDocument)); err != nil {
		return err
	}
	var v struct {
		evidence.ServerVersion
		Server evidence.ServerVersion `json:"serverVersion"`
	}
	if err := json.Unmarshal(text.Bytes(), &v); err != nil {
		return err
	}
	if f.version = v.GitVersion; f.version == "" {
		f.version = v.Server.GitVersion
	}
	return nil
}

// From is the minor the API server runs now; zero where it was not read.
func (r *Reader) From() version.Minor {
	f := r.files[versionFile]
	if f == nil {
		return version.Minor{}
	}
	v, err := version.Parse(f.version)
	if err != nil || !v.Known() {
		return version.Minor{}
	}
	return v.Minor()
}

// Objects is how many objects were read, those of Helm releases not counted.
func (r *Reader) Objects() int {
	n := 0
	for _, f := range r.files {
		n += f.objects
	}
	return n
}

// Releases is how many Helm releases were read.
func (r *Reader) Releases() int {
	if f := r.files[evidence.ReleasesFile]; f != nil {
		return len(f.releases)
	}
	return 0
}

// Uses are all that a verdict may depend on, the same for the same evidence.
func (r *Reader) Uses() []removal.Use {
	var out []removal.Use
	global := map[string]bool{} // kinds whose objects have no namespace
	for _, l := range evidence.Collected() {
		if f := r.files[l.File()]; f != nil && f.global {
			global[l.Kind] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		f := r.files[name]
		out = append(out, f.uses...)
		for _, release := range f.releases {
			out = append(out, ofRelease(release, global)...)
		}
	}
	return append(out, r.requested()...)
}
