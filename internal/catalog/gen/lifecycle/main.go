// Lifecycle makes internal/catalog/data/api-lifecycle.json: which kinds of
// which API versions each release of Kubernetes serves. It runs in two steps,
// so that no file of others is kept in this repository and the result can
// still be made again from what is:
//
//	go run ./internal/catalog/gen/lifecycle -observe   # read the Go modules of modules.json into observed.json (the only network use)
//	go run ./internal/catalog/gen/lifecycle            # join observed.json and rules/*.yaml into api-lifecycle.json
//
// The modules say which types a release has and what their lifecycle methods
// answer; rules/ holds by hand what they do not say, each with its source.
// Start at [observe] and [join].
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", "internal/catalog/gen/lifecycle", "folder of modules.json, observed.json and rules/")
	out := flag.String("out", "internal/catalog/data/api-lifecycle.json", "file to write")
	doObserve := flag.Bool("observe", false, "read the Go modules into observed.json")
	flag.Parse()
	if err := run(*dir, *out, *doObserve); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(dir, out string, doObserve bool) error {
	if doObserve {
		var m modules
		if err := load(filepath.Join(dir, "modules.json"), &m); err != nil {
			return err
		}
		o, err := observe(m)
		if err != nil {
			return err
		}
		return store(filepath.Join(dir, "observed.json"), o)
	}
	data, err := build(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o644)
}

func load(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func store(file string, value any) error {
	data, err := encode(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

// encode writes JSON a person can read in a diff.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
