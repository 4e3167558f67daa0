package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/source/names"
)

// sums.go keeps sources.sum: one line per raw file, "SHA-256  folder/path", as
// sha256sum writes it, so that `sha256sum -c` can check a folder as well.

func loadSums(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		sum, name, ok := strings.Cut(line, "  ")
		if !ok || len(sum) != 2*sha256.Size || !filepath.IsLocal(name) {
			return nil, fmt.Errorf("reading %s: line %d is no \"SHA-256  path\"", path, i+1)
		}
		out[name] = sum
	}
	return out, nil
}

// lock writes sources.sum for the files of a folder that the claims are from:
// those of which at least one claim is in scope.
func lock(d dirs, sources string, out io.Writer) error {
	table, err := names.Load()
	if err != nil {
		return err
	}
	var lines []string
	for _, r := range readers() {
		paths, err := filepath.Glob(filepath.Join(sources, filepath.FromSlash(r.glob)))
		if err != nil {
			return err
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			claims, err := r.parse(filepath.Base(path), bytes.NewReader(raw))
			if err != nil {
				return err
			}
			if len(inScope(claims, table)) == 0 {
				continue
			}
			name, err := filepath.Rel(sources, path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(raw)
			lines = append(lines, hex.EncodeToString(sum[:])+"  "+filepath.ToSlash(name)+"\n")
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	path := filepath.Join(d.gen, "sources.sum")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d files\n", path, len(lines))
	return nil
}
