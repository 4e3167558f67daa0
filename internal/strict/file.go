package strict

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Open opens a file for [Decode]. A file above the limit is refused before a
// byte of it is read; pipes and devices are bounded while they are read.
func Open(path string, limits Limits) (io.ReadCloser, error) {
	limits = limits.withDefaults()
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening input: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &Error{File: path, Msg: "is a folder, not a file"}
	}
	if err == nil && info.Mode().IsRegular() && info.Size() > limits.Bytes {
		err = tooLarge(path, limits)
	}
	if err != nil {
		_ = f.Close() // nothing was written; the first error counts
		return nil, err
	}
	return f, nil
}

// Files names the files of path: itself, or the .yaml, .yml and .json files of
// a folder in alphabetical order. Like kubectl it does not descend.
func Files(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening input: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("reading folder: %w", err)
	}
	var out []string
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if e.Type()&fs.ModeDir == 0 && slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
			out = append(out, filepath.Join(path, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, &Error{File: path, Msg: "the folder holds no .yaml, .yml or .json file"}
	}
	return out, nil
}
