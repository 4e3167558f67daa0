// Kubeadm makes internal/catalog/data/kubeadm.json: which etcd, CoreDNS and
// pause image kubeadm of each release brings.
//
//	go run ./internal/catalog/gen/kubeadm   # read the releases of modules.json that the table lacks (network)
//	go run ./internal/catalog/gen/kubeadm -all   # read every one of them anew
//
// A published release does not change, so what the table holds of one is kept,
// with the sum of the module it was read from. Nothing of a module is run.
// Start at [read].
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/catalog/gen/gomodule"
)

func main() {
	dir := flag.String("dir", "internal/catalog/gen/kubeadm", "folder of modules.json")
	out := flag.String("out", "internal/catalog/data/kubeadm.json", "file to write")
	all := flag.Bool("all", false, "read every release anew")
	flag.Parse()
	if err := run(*dir, *out, *all, gomodule.Zip); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run writes the table after each release, so that what was downloaded stays
// when a later one fails.
func run(dir, out string, all bool, zip zipOf) error {
	m, err := load(filepath.Join(dir, "modules.json"))
	if err != nil {
		return err
	}
	have := map[string]release{}
	if data, err := os.ReadFile(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if err == nil && !all {
		if have, err = decode(data); err != nil {
			return fmt.Errorf("reading %s: %w", out, err)
		}
	}
	return read(m, have, zip, func(f file) error {
		data, err := encode(f)
		if err != nil {
			return err
		}
		return os.WriteFile(out, data, 0o644)
	})
}

// modules is modules.json: which releases of the module are read.
type modules struct {
	Date     string   `json:"date"`
	License  string   `json:"license"`
	Module   string   `json:"module"`
	File     string   `json:"file"`
	Releases []string `json:"releases"` // in order
}

func load(name string) (modules, error) {
	var m modules
	data, err := os.ReadFile(name)
	if err != nil {
		return m, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("reading %s: %w", name, err)
	}
	return m, nil
}
