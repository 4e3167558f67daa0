// Gates makes internal/catalog/data/settings/gates.json: which feature gates
// each release of Kubernetes' components accepts, with which default, and
// which of them are locked to it.
//
//	go run ./internal/catalog/gen/gates   # read the Go modules of modules.json (network only where the module cache lacks one)
//
// The components register the gates of several packages in one set each, so
// the packages are read and not a list somebody keeps; that each program
// really accepts what the table says is proven by starting it (test/live).
// Start at [read].
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/catalog/gen/gomodule"
)

func main() {
	dir := flag.String("dir", "internal/catalog/gen/gates", "folder of modules.json")
	out := flag.String("out", "internal/catalog/data/settings/gates.json", "file to write")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	m, err := load(filepath.Join(dir, "modules.json"))
	if err != nil {
		return err
	}
	table, err := read(m, gomodule.Zip)
	if err != nil {
		return err
	}
	data, err := encode(table)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o644)
}

// modules is modules.json: which packages of which releases are read.
type modules struct {
	Date       string   `json:"date"`
	License    string   `json:"license"`
	Components []string `json:"components"`
	Packages   []string `json:"packages"`
	// Constants are packages that name gates others list; the gates they list
	// themselves are those of other programs.
	Constants []string `json:"constants"`
	Releases  []string `json:"releases"`
}

func load(file string) (modules, error) {
	var m modules
	data, err := os.ReadFile(file)
	if err != nil {
		return m, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("reading %s: %w", file, err)
	}
	return m, nil
}
