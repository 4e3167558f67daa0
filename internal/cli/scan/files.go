package scan

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/manifest"
)

// add takes in what was found in the manifests that paths name. A path without
// any object is a gap: an empty pipe or a folder of templates must not look
// like a clean one.
func add(b *scan.Basis, paths []string, files []manifest.File) {
	for _, f := range files {
		name := shown(f.Path)
		if f.Documents > 0 || len(f.Unread) == 0 {
			b.Counts.Files++
		}
		b.Counts.Documents += f.Documents
		b.Counts.Objects += len(f.Objects)
		for _, o := range f.Objects {
			b.Add(use(name, o))
		}
		for _, u := range f.Unread {
			b.Gaps = append(b.Gaps, gap(name, u))
		}
	}
	held := map[string]bool{}
	for _, f := range files {
		if len(f.Objects) > 0 || slices.ContainsFunc(f.Unread, func(u manifest.Unread) bool { return u.Reason.Required() }) {
			for at := f.Path; !held[at]; at = filepath.Dir(at) {
				held[at] = true
			}
		}
	}
	for _, path := range paths {
		if !held[filepath.Clean(path)] {
			file := shown(path)
			b.Gaps = append(b.Gaps, scan.Gap{Check: file, Reason: "holds no Kubernetes object", Required: true, File: &file})
		}
	}
}

// use says where an object was seen. The group is "" where apiVersion is a
// version alone.
func use(file string, o manifest.Object) removal.Use {
	group, v, ok := strings.Cut(o.APIVersion, "/")
	if !ok {
		group, v = "", o.APIVersion
	}
	return removal.Use{GVK: removal.GVK{Group: group, Version: v, Kind: o.Kind}, Namespace: o.Namespace, Name: o.Name, Source: removal.File,
		File: file, Line: o.Line, Column: o.Column, Document: o.Document}
}

func gap(file string, u manifest.Unread) scan.Gap {
	g := scan.Gap{Check: file, Reason: u.Text, Required: u.Reason.Required(), File: &file}
	if u.Line > 0 {
		g.Line = &u.Line
	}
	if u.Document > 0 {
		g.Document = &u.Document
	}
	if u.Hint != "" {
		g.Hint = &u.Hint
	}
	return g
}

// shown is how reports name a file: with slashes everywhere, as the addresses
// of code scanning want.
func shown(path string) string { return filepath.ToSlash(filepath.Clean(path)) }
