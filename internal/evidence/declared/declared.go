// Package declared reads ClusterInventory files: what a person says runs in a
// cluster, for clusters Fixline cannot look into. It decides what an inventory
// means and which mistakes in it are errors; it never judges a version and
// never fills in what was not declared: that stays unknown, and a gap says so.
// Start at [Open].
package declared

import (
	"fmt"
	"io"
	"iter"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/strict"
)

// APIVersion and Kind of the files this package reads and writes.
const (
	APIVersion = "fixline.dev/v1alpha1"
	Kind       = "ClusterInventory"
)

// Open reads the clusters of several files, folders or "-" (stdin), in the
// order given, while they are used: no more than a few are in memory. A wrong
// cluster yields its mistakes as [strict.Errors], a wrong input a
// [strict.Error]; a caller may go on with the rest or stop. Two clusters of
// one name are an error, for every report names clusters by it.
func Open(paths []string, stdin io.Reader) iter.Seq2[inventory.Cluster, error] {
	return func(yield func(inventory.Cluster, error) bool) {
		seen := map[string]place{}
		for _, path := range paths {
			if path == "-" {
				if !read(stdin, path, seen, yield) {
					return
				}
				continue
			}
			if !openPath(path, seen, yield) {
				return
			}
		}
	}
}

func openPath(path string, seen map[string]place, yield func(inventory.Cluster, error) bool) bool {
	files, err := strict.Files(path)
	if err != nil {
		return yield(inventory.Cluster{}, err)
	}
	for _, file := range files {
		f, err := strict.Open(file, strict.Limits{})
		if err != nil {
			if !yield(inventory.Cluster{}, err) {
				return false
			}
			continue
		}
		more := read(f, file, seen, yield)
		_ = f.Close() // only read from
		if !more {
			return false
		}
	}
	return true
}

// Read is Open for one input already at hand; file names it in messages.
func Read(r io.Reader, file string) iter.Seq2[inventory.Cluster, error] {
	return func(yield func(inventory.Cluster, error) bool) { read(r, file, map[string]place{}, yield) }
}

// place is where a cluster was declared.
type place struct {
	file string
	line int
}

type declaration struct {
	cluster inventory.Cluster
	place
}

func read(r io.Reader, file string, seen map[string]place, yield func(inventory.Cluster, error) bool) bool {
	empty := true
	decode := func(n *strict.Node) declaration {
		return declaration{cluster(n), place{n.File(), n.Line()}}
	}
	for d, err := range strict.Decode(r, file, strict.Limits{}, decode) {
		empty = false
		if err == nil {
			if first, twice := seen[d.cluster.Name]; twice {
				err = &strict.Error{File: d.file, Line: d.line, Field: "metadata.name",
					Msg:  fmt.Sprintf("the cluster %q is already declared at %s:%d", d.cluster.Name, first.file, first.line),
					Hint: "give each cluster a name of its own"}
			} else {
				seen[d.cluster.Name] = d.place
			}
		}
		if err != nil {
			d.cluster = inventory.Cluster{}
		}
		if !yield(d.cluster, err) {
			return false
		}
	}
	if empty {
		return yield(inventory.Cluster{}, &strict.Error{File: file, Msg: "holds no ClusterInventory", Hint: example})
	}
	return true
}

const example = "a cluster begins with: apiVersion: " + APIVersion + ", kind: " + Kind
