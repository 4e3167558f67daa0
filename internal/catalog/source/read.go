package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/source/cverecord"
	"github.com/fixline-dev/fixline/internal/catalog/source/endoflife"
	"github.com/fixline-dev/fixline/internal/catalog/source/feed"
	"github.com/fixline-dev/fixline/internal/catalog/source/handwritten"
	"github.com/fixline-dev/fixline/internal/catalog/source/osv"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/catalog/source/schedule"
)

// errOwn marks mistakes in files a person wrote for Fixline.
var errOwn = errors.New("an advisory written by hand has mistakes")

// readOne reads a file that is no zip.
func readOne(name string, data []byte, read time.Time) (Loaded, error) {
	var out Loaded
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	format, err := Detect(name, data)
	if err != nil {
		return out, err
	}
	var warnings []string
	switch format {
	case OSV:
		out.Claims, err = osv.Parse(name, bytes.NewReader(data))
	case Feed:
		var f feed.Feed
		f, err = feed.Parse(name, bytes.NewReader(data))
		out.Claims, out.Warnings, out.Through = f.Claims, f.Warnings, f.Updated
	case CVERecord:
		out.Claims, out.Warnings, err = cverecord.Parse(name, bytes.NewReader(data))
	case Own:
		out.Written, err = handwritten.Parse(bytes.NewReader(data), name)
		if err != nil {
			return Loaded{}, fmt.Errorf("%w:\n%w", errOwn, err)
		}
		for _, a := range out.Written {
			out.Claims = append(out.Claims, a.Claim)
		}
	case Schedule:
		d := calendar.Statement{Source: base(name)}
		d.Calendar, warnings, err = schedule.Parse(data)
		d.Calendar.Through = read
		out.Calendars = []calendar.Statement{d}
	case EndOfLife:
		cs, w, e := endoflife.Parse(data, endoflife.Origin{Name: name, Read: read})
		warnings, err = w, e
		for _, c := range cs {
			out.Calendars = append(out.Calendars, calendar.Statement{Source: "endoflife.date " + c.Product, Calendar: c, SecondHand: true})
		}
	case Calendar:
		err = out.calendars(name, data)
	case Catalogue:
		var c *catalog.Catalog
		if c, err = catalog.Decode(data); err == nil {
			out.Catalogues = []*catalog.Catalog{c}
		}
	}
	if err != nil {
		return Loaded{}, fmt.Errorf("reading %q as %s: %w", name, format, err)
	}
	for _, w := range warnings {
		out.Warnings = append(out.Warnings, name+": "+w)
	}
	if format == OSV {
		for _, c := range out.Claims {
			for _, u := range c.Unparsed {
				out.Warnings = append(out.Warnings, fmt.Sprintf("%s: %s: unparsed: %s", name, c.CVE, u))
			}
		}
	}
	out.Files = []File{{Name: name, Format: format, Claims: out.Advisories(), Calendars: len(out.Calendars)}}
	return out, nil
}

func (l *Loaded) calendars(name string, data []byte) error {
	f, err := calendar.Decode(data)
	if err != nil {
		return err
	}
	values, err := f.Values()
	if err != nil {
		return err
	}
	for _, p := range f.Calendars {
		l.Calendars = append(l.Calendars, calendar.Statement{Source: base(name), Calendar: *values[p.Product]})
	}
	return nil
}

// Advisories counts what was read, a whole catalogue's included.
func (l *Loaded) Advisories() int {
	n := len(l.Claims)
	for _, c := range l.Catalogues {
		n += len(c.Advisories)
	}
	return n
}

// Add appends what o holds.
func (l *Loaded) Add(o Loaded) {
	l.Claims = append(l.Claims, o.Claims...)
	l.Written = append(l.Written, o.Written...)
	l.Calendars = append(l.Calendars, o.Calendars...)
	l.Catalogues = append(l.Catalogues, o.Catalogues...)
	if o.Through.After(l.Through) {
		l.Through = o.Through
	}
	l.Files = append(l.Files, o.Files...)
	l.Warnings = append(l.Warnings, o.Warnings...)
}

// MayHold reports whether a file of a folder may hold data, by its name.
func MayHold(name string) bool {
	if strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".json", ".yaml", ".yml", ".md":
		return true
	}
	return false
}

// readTree reads every file of a folder that may hold data. Links are not
// followed: a folder speaks of what is in it.
func readTree(name string, tree fs.FS, read time.Time) (Loaded, error) {
	var list []string
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.Type().IsRegular() && MayHold(p) {
			list = append(list, p)
		}
		if len(list) > MaxFiles {
			return fmt.Errorf("more than %d files", MaxFiles)
		}
		return nil
	})
	if err != nil {
		return Loaded{}, fmt.Errorf("reading the folder %q: %w", name, err)
	}
	slices.Sort(list)
	return readAll(name, list, read, func(p string) (io.ReadCloser, error) { return tree.Open(p) })
}

// readZip reads a zip from memory. Names that lead out of it are refused, and
// so is more than the limits once unpacked, whatever the headers say.
func readZip(name string, data []byte, read time.Time) (Loaded, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Loaded{}, fmt.Errorf("reading the zip %q: %w", name, err)
	}
	if len(z.File) > MaxFiles {
		return Loaded{}, fmt.Errorf("reading the zip %q: more than %d files", name, MaxFiles)
	}
	files := map[string]*zip.File{}
	var list []string
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) || strings.Contains(f.Name, `\`) {
			return Loaded{}, fmt.Errorf("reading the zip %q: the name %q leads out of it; refused", name, f.Name)
		}
		if !f.Mode().IsRegular() || !MayHold(f.Name) {
			continue
		}
		if files[f.Name] != nil {
			return Loaded{}, fmt.Errorf("reading the zip %q: %q is in it twice", name, f.Name)
		}
		files[f.Name] = f
		list = append(list, f.Name)
	}
	slices.Sort(list)
	return readAll(name, list, read, func(p string) (io.ReadCloser, error) { return files[p].Open() })
}

func readAll(container string, list []string, read time.Time, open func(string) (io.ReadCloser, error)) (Loaded, error) {
	var out Loaded
	var mistakes []error
	var total int64
	for _, p := range list {
		data, err := slurp(p, open)
		if err != nil {
			return Loaded{}, fmt.Errorf("reading %q: %w", container, err)
		}
		if total += int64(len(data)); total > MaxTotal {
			return Loaded{}, fmt.Errorf("reading %q: its files are more than %d MiB unpacked; split it", container, MaxTotal>>20)
		}
		name := path.Join(filepath.ToSlash(container), p)
		one, err := readOne(name, data, read)
		switch {
		case errors.Is(err, errOwn):
			mistakes = append(mistakes, err)
		case err != nil && strings.EqualFold(path.Ext(p), ".md"):
			// A README is not worth a word.
		case err != nil:
			out.Warnings = append(out.Warnings, "left out: "+err.Error())
		default:
			out.Add(one)
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return Loaded{}, err
	}
	if len(out.Files) == 0 {
		return Loaded{}, fmt.Errorf("reading %q: none of its %d files holds advisories or a release calendar%s", container, len(list), example(out.Warnings))
	}
	return out, nil
}

func example(warnings []string) string {
	if len(warnings) == 0 {
		return ""
	}
	return "; for example " + strings.TrimPrefix(warnings[0], "left out: ")
}

func slurp(p string, open func(string) (io.ReadCloser, error)) ([]byte, error) {
	f, err := open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	return plain.ReadAll(p, f, MaxFile)
}
