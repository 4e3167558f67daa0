// Releases makes internal/catalog/data/releases.json, the embedded release
// calendar. It runs in two steps, so that no file of others is kept in this
// repository and the result can still be made again from what is:
//
//	go run ./internal/catalog/gen/releases -fetch -raw DIR    # download the sources the manifest names (the only network use)
//	go run ./internal/catalog/gen/releases -distil -raw DIR   # read them into sources/*.json: bare dates in our own form
//	go run ./internal/catalog/gen/releases                    # join sources/*.json into releases.json
//
// The manifest lists the sources in order of trust: the project's own files
// before endoflife.date. Start at [build].
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/source/endoflife"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/catalog/source/schedule"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// entry is one source of the manifest.
type entry struct {
	ID     string `json:"id"`
	Format string `json:"format"` // schedule | endoflife | own (kept by hand in sources/)
	calendar.Source
}

type manifest struct {
	Date     string   `json:"date"`
	Products []string `json:"products"`
	Sources  []entry  `json:"sources"`
}

func main() {
	dir := flag.String("dir", "internal/catalog/gen/releases", "folder of the manifest and sources/")
	out := flag.String("out", "internal/catalog/data/releases.json", "file to write")
	raw := flag.String("raw", "", "folder of the sources as downloaded, named by id")
	doFetch := flag.Bool("fetch", false, "download the sources into -raw")
	doDistil := flag.Bool("distil", false, "read -raw into sources/")
	flag.Parse()
	if err := run(*dir, *out, *raw, *doFetch, *doDistil); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(dir, out, raw string, doFetch, doDistil bool) error {
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	if (doFetch || doDistil) && raw == "" {
		return fmt.Errorf("-fetch and -distil need -raw DIR")
	}
	switch {
	case doFetch:
		return fetch(m, raw)
	case doDistil:
		return distil(m, dir, raw)
	}
	data, err := build(m, dir)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o644)
}

func readManifest(dir string) (manifest, error) {
	var m manifest
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return m, fmt.Errorf("reading the manifest: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("reading the manifest: %w", err)
	}
	return m, nil
}

// build joins the distilled sources into the bytes of releases.json.
func build(m manifest, dir string) ([]byte, error) {
	file := calendar.File{Date: m.Date, Sources: []calendar.Source{}, Calendars: []calendar.Product{}}
	statements := map[string][]calendar.Statement{}
	for _, e := range m.Sources {
		data, err := os.ReadFile(filepath.Join(dir, "sources", e.ID+".json"))
		if err != nil {
			return nil, fmt.Errorf("reading what was distilled from %s: %w", e.Name, err)
		}
		f, err := calendar.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("%s.json: %w", e.ID, err)
		}
		values, err := f.Values()
		if err != nil {
			return nil, fmt.Errorf("%s.json: %w", e.ID, err)
		}
		c := values[e.Product]
		if c == nil {
			return nil, fmt.Errorf("%s.json: it holds no calendar of %s", e.ID, e.Product)
		}
		statements[e.Product] = append(statements[e.Product], calendar.Statement{Source: e.Name, Calendar: *c})
		file.Sources = append(file.Sources, f.Sources...)
	}
	for _, p := range m.Products {
		file.Calendars = append(file.Calendars, calendar.Of(calendar.Merge(p, statements[p])))
	}
	return calendar.Encode(file)
}

// distil reads each raw file into sources/ID.json.
func distil(m manifest, dir, raw string) error {
	for _, e := range m.Sources {
		if e.Format == "own" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(raw, e.ID))
		if err != nil {
			return fmt.Errorf("distilling %s: %w", e.Name, err)
		}
		c, err := parse(e, data)
		if err != nil {
			return fmt.Errorf("distilling %s: %w", e.Name, err)
		}
		src := e.Source
		src.SHA256 = fmt.Sprintf("%x", sha256.Sum256(data))
		c.Product, c.Sources = e.Product, []string{e.Name}
		if c.Through, err = time.Parse(time.DateOnly, e.Read); err != nil {
			return fmt.Errorf("distilling %s: %w", e.Name, err)
		}
		text, err := calendar.Encode(calendar.File{Date: e.Read, Sources: []calendar.Source{src}, Calendars: []calendar.Product{calendar.Of(c)}})
		if err != nil {
			return fmt.Errorf("distilling %s: %w", e.Name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, "sources", e.ID+".json"), text, 0o644); err != nil {
			return fmt.Errorf("distilling %s: %w", e.Name, err)
		}
	}
	return nil
}

func parse(e entry, data []byte) (support.Calendar, error) {
	read, err := time.Parse(time.DateOnly, e.Read)
	if err != nil {
		return support.Calendar{}, err
	}
	var c support.Calendar
	var warnings []string
	switch e.Format {
	case "schedule":
		c, warnings, err = schedule.Parse(data)
	case "endoflife":
		var all []support.Calendar
		all, warnings, err = endoflife.Parse(data, endoflife.Origin{Name: e.ID, Read: read})
		if err == nil {
			c = all[0]
		}
	default:
		return c, fmt.Errorf("format %q is not known", e.Format)
	}
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "%s: %s\n", e.ID, w)
	}
	return c, err
}

func fetch(m manifest, raw string) error {
	client := &http.Client{Timeout: time.Minute}
	for _, e := range m.Sources {
		if e.Format == "own" {
			continue
		}
		res, err := client.Get(e.URL)
		if err != nil {
			return fmt.Errorf("fetching %s: %w", e.Name, err)
		}
		data, err := plain.ReadAll(e.URL, res.Body, 16<<20)
		res.Body.Close()
		if err != nil {
			return fmt.Errorf("fetching %s: %w", e.Name, err)
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("fetching %s: the server answered %s", e.Name, res.Status)
		}
		if err := os.WriteFile(filepath.Join(raw, e.ID), data, 0o644); err != nil {
			return fmt.Errorf("fetching %s: %w", e.Name, err)
		}
	}
	return nil
}
