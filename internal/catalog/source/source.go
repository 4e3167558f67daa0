// Package source tells the forms apart in which advisories and release
// calendars come, and opens a file, a folder or a zip of them with the reader
// each form has. It does not decide between sources. Start at [Open].
package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/cverecord"
	"github.com/fixline-dev/fixline/internal/catalog/source/endoflife"
	"github.com/fixline-dev/fixline/internal/catalog/source/feed"
	"github.com/fixline-dev/fixline/internal/catalog/source/handwritten"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/catalog/source/schedule"
)

// Format is the form of a file.
type Format string

const (
	OSV       Format = "osv"        // Open Source Vulnerability records
	Feed      Format = "feed"       // the official Kubernetes CVE feed
	CVERecord Format = "cve-record" // CVE records 5.x
	Own       Format = "advisory"   // Fixline's own YAML
	EndOfLife Format = "endoflife"  // endoflife.date, in its three forms
	Schedule  Format = "schedule"   // schedule.yaml and eol.yaml of kubernetes/website
	Calendar  Format = "calendar"   // Fixline's own releases.json
	Catalogue Format = "catalogue"  // Fixline's own advisories.json, whole
)

// Limits on what is read; beyond them is an error, never a cut.
const (
	MaxFile  = 64 << 20  // bytes of one file, compressed or not
	MaxTotal = 256 << 20 // bytes of all files of a folder or zip, unpacked
	MaxFiles = 50_000    // files in a folder or zip
)

// Loaded is what was read. Lists are in the order of the files' names.
type Loaded struct {
	// Claims holds every advisory, those written by hand included.
	Claims []claim.Claim
	// Written are the advisories written by hand, for what a claim cannot say.
	Written []handwritten.Advisory
	// Calendars are release calendars, each under the name it is quoted by.
	Calendars []calendar.Statement
	Files     []File
	// Catalogues are whole catalogues of Fixline's own: one that is newer than
	// the embedded one stands in its place.
	Catalogues []*catalog.Catalog
	// Through is the day up to which the official CVE feed was read, the latest
	// where there are several; zero without one.
	Through time.Time
	// Warnings name what was left out or only partly read.
	Warnings []string
}

// File is one file that was read.
type File struct {
	Name      string
	Format    Format
	Claims    int
	Calendars int
}

// Open reads a file, a folder or a zip. read is the day of reading: for files
// that do not say themselves of which day they are.
//
// In a folder or zip, files of no known form and foreign files that cannot be
// read are warnings; a mistake in an advisory written by hand is an error, for
// its writer can mend it. Nothing known at all is an error.
func Open(path string, read time.Time) (Loaded, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Loaded{}, fmt.Errorf("opening %q: %w", path, err)
	}
	if info.IsDir() {
		return readTree(path, os.DirFS(path), read)
	}
	if !info.Mode().IsRegular() {
		return Loaded{}, fmt.Errorf("opening %q: it is neither a file nor a folder", path)
	}
	if info.Size() > MaxFile {
		return Loaded{}, fmt.Errorf("opening %q: %d MiB are more than the %d MiB an advisory file may have", path, info.Size()>>20, MaxFile>>20)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Loaded{}, fmt.Errorf("opening %q: %w", path, err)
	}
	return Read(path, data, read)
}

// Read is Open for the bytes of one file, which may be a zip; name is its
// name in messages and, for the older endoflife.date form, its product.
func Read(name string, data []byte, read time.Time) (Loaded, error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06")) {
		return readZip(name, data, read)
	}
	return readOne(name, data, read)
}

// Detect tells the form of one file. The error says what was looked for.
func Detect(name string, data []byte) (Format, error) {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(trimmed) == 0 {
		return "", fmt.Errorf("%q is empty", name)
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		if !json.Valid(trimmed) {
			if _, ok := yamlForm(trimmed); !ok {
				return "", fmt.Errorf("%q begins like JSON and is none", name)
			}
		}
		if feed.Sniff(trimmed) {
			return Feed, nil
		}
		if cverecord.Sniff(trimmed) {
			return CVERecord, nil
		}
		if sniffOSV(trimmed) {
			return OSV, nil
		}
		if catalog.Sniff(trimmed) {
			return Catalogue, nil
		}
	}
	if f, ok := yamlForm(trimmed); ok {
		return f, nil
	}
	return "", fmt.Errorf("%q is of no known form: neither OSV, the official CVE feed, a CVE record 5.x, Fixline's own advisory YAML or catalogue, endoflife.date, schedule.yaml nor eol.yaml", name)
}

func sniffOSV(data []byte) bool {
	var one struct {
		ID       string          `json:"id"`
		Schema   string          `json:"schema_version"`
		Affected json.RawMessage `json:"affected"`
	}
	if data[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil || len(list) == 0 {
			return false
		}
		data = list[0]
	}
	return json.Unmarshal(data, &one) == nil && one.ID != "" && (one.Schema != "" || len(one.Affected) > 0)
}

// maxYAML bounds what is read as YAML to tell its form; calendars and
// advisories written by hand are far below, and a large JSON of no known form
// is not worth reading twice.
const maxYAML = 16 << 20

func yamlForm(data []byte) (Format, bool) {
	if len(data) > maxYAML {
		return "", false
	}
	docs, err := plain.Documents(endoflife.FrontMatter(data))
	if err != nil {
		// Strict reading says best what is wrong with a file of our own.
		return Own, bytes.Contains(data, []byte("apiVersion: "+handwritten.APIVersion)) && bytes.Contains(data, []byte("kind: "+handwritten.Kind))
	}
	for _, d := range docs {
		kind := d.Get("kind").Text()
		switch {
		case kind == "List" && len(d.Get("items").Items()) > 0:
			d = d.Get("items").Items()[0]
			if d.Get("apiVersion").Text() == handwritten.APIVersion && d.Get("kind").Text() == handwritten.Kind {
				return Own, true
			}
		case d.Get("apiVersion").Text() == handwritten.APIVersion && kind == "ReleaseCalendar":
			return Calendar, true
		case kind == handwritten.Kind:
			return Own, true
		case schedule.Sniff(d):
			return Schedule, true
		case endoflife.Sniff(d):
			return EndOfLife, true
		}
	}
	return "", false
}

// base is the last element of a path or an address, for quoting.
func base(name string) string { return filepath.Base(filepath.ToSlash(name)) }
