package manifest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Body is an object with everything that is written in it.
type Body struct {
	Path string
	Object
	JSON []byte
}

// Bodies reads once more those of files that hold an object that is wanted, and
// decodes these: what most scans never need is not kept by [Read]. What could
// not be decoded is in the second result, a File for each that lacks something.
// Standard input cannot be read again, and is one of them. The error is ctx's.
func Bodies(ctx context.Context, files []File, wanted func(Object) bool) (found []Body, lacking []File, err error) {
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("reading manifests: %w", err)
		}
		if !slices.ContainsFunc(f.Objects, wanted) {
			continue
		}
		bodies, unread := bodiesOf(f.Path, wanted)
		found = append(found, bodies...)
		if len(unread) > 0 {
			lacking = append(lacking, File{Path: f.Path, Unread: unread})
		}
	}
	return found, lacking, nil
}

func bodiesOf(path string, wanted func(Object) bool) ([]Body, []Unread) {
	if path == "-" {
		return nil, []Unread{{Reason: Access, Text: "standard input cannot be read a second time", Hint: "save it to a file and scan that"}}
	}
	r := reader{scanner: newScanner()}
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		err = r.fill(file)
	}
	switch {
	case err != nil:
		return nil, []Unread{{Reason: Access, Text: reasonOf(err)}}
	case len(r.buffer) > MaxBytes:
		return nil, []Unread{{Reason: TooLarge, Text: fmt.Sprintf("larger than %d MiB", MaxBytes>>20)}}
	}
	return TextBodies(path, r.buffer, wanted)
}

// TextBodies decodes the wanted objects of one text; path names it in the
// result. What cannot be decoded is named with its line.
func TextBodies(path string, data []byte, wanted func(Object) bool) ([]Body, []Unread) {
	var out []Body
	var unread []Unread
	s := newScanner()
	s.keep = func(o Object, n *yaml.Node) {
		if !wanted(o) {
			return
		}
		var tree any
		text, err := []byte(nil), n.Decode(&tree)
		if err == nil {
			text, err = json.Marshal(tree)
		}
		if err != nil {
			u := Unread{Reason: Syntax, Line: o.Line, Document: o.Document, Text: err.Error()}
			if action.Match(data) { // {{ x }} is a map in a map to YAML
				u.Reason, u.Hint = Template, renderHint
			}
			unread = append(unread, u)
			return
		}
		out = append(out, Body{path, o, text})
	}
	return out, append(s.text(path, data).Unread, unread...)
}
