// Command gendocs writes the reference pages (docs/reference) and the manual
// pages (docs/man) from the commands themselves. Run it at the top of the
// checkout: go run ./internal/cli/gendocs
package main

//go:generate go run . ../../..

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	top := "."
	if len(os.Args) > 1 {
		top = os.Args[1]
	}
	pages, err := Pages()
	if err == nil {
		err = write(top, pages)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// folders are the generated ones: what is in them and not in pages is old.
func folders() []string { return []string{"docs/reference", "docs/man"} }

func write(top string, pages map[string][]byte) error {
	for _, dir := range folders() {
		full := filepath.Join(top, dir)
		if err := os.MkdirAll(full, 0o755); err != nil {
			return fmt.Errorf("making %s: %w", dir, err)
		}
		old, err := filepath.Glob(filepath.Join(full, "*fixline*"))
		if err != nil {
			return fmt.Errorf("listing %s: %w", dir, err)
		}
		for _, path := range old {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("removing an old page: %w", err)
			}
		}
	}
	for path, text := range pages {
		if err := os.WriteFile(filepath.Join(top, path), text, 0o644); err != nil {
			return fmt.Errorf("writing a page: %w", err)
		}
	}
	return nil
}
