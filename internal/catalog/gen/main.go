// Command gen makes the embedded advisory catalogue. It decides nothing
// itself: sources are read by internal/catalog/source, merged by
// internal/catalog/claim, and corrected by the curated files beside it.
//
//	go run ./internal/catalog/gen fetch --into DIR       download the sources named in sources.yaml
//	go run ./internal/catalog/gen distill --sources DIR  raw sources -> claims/*.yaml
//	go run ./internal/catalog/gen lock --sources DIR     note the SHA-256 of the raw files in sources.sum
//	go run ./internal/catalog/gen build                  claims + curated -> ../data/advisories.json
//	go run ./internal/catalog/gen check                  refuse a catalogue that contradicts itself
//	go run ./internal/catalog/gen accuracy               write docs/accuracy.md
//
// Start at [run].
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run carries out one subcommand. Paths are below --root, the checkout.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("name a subcommand: fetch, distill, lock, build, check or accuracy")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	root := flags.String("root", ".", "the checkout")
	sources := flags.String("sources", "", "folder of raw sources (distill)")
	into := flags.String("into", "", "folder to download to (fetch)")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	d := dirsUnder(*root)
	switch args[0] {
	case "fetch":
		if *into == "" {
			return fmt.Errorf("fetch: say where to with --into DIR")
		}
		return fetch(ctx, d, *into, out)
	case "distill":
		if *sources == "" {
			return fmt.Errorf("distill: name the folder of raw sources with --sources DIR (gen fetch fills one)")
		}
		return distill(d.claims, *sources, out)
	case "lock":
		if *sources == "" {
			return fmt.Errorf("lock: name the folder of raw sources with --sources DIR")
		}
		return lock(d, *sources, out)
	case "build":
		return writeCatalogue(d, out)
	case "check":
		return check(d, out)
	case "accuracy":
		return accuracy(d, out)
	}
	return fmt.Errorf("%q is no subcommand: fetch, distill, lock, build, check or accuracy", args[0])
}

// dirs are the folders the generator works in.
type dirs struct{ gen, claims, curated, truth, data, docs string }

func dirsUnder(root string) dirs {
	gen := filepath.Join(root, "internal", "catalog", "gen")
	return dirs{
		gen:     gen,
		claims:  filepath.Join(gen, "claims"),
		curated: filepath.Join(gen, "curated"),
		truth:   filepath.Join(gen, "truth"),
		data:    filepath.Join(root, "internal", "catalog", "data"),
		docs:    filepath.Join(root, "docs"),
	}
}
