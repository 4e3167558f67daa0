// Package cverecord reads CVE records of format 5.x into claims. The format
// has fields for ranges, but records put free text into them ("<=v1.29.12",
// "next of 1.22.2", a version in versionType); what is clear is read, the rest
// is reported. It does not decide between sources. Start at [Parse].
//
// Format: https://cveproject.github.io/cve-schema/schema/docs/
package cverecord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
)

// MaxSize bounds one file in bytes.
const MaxSize = 64 << 20

type record struct {
	DataType string `json:"dataType"`
	Metadata struct {
		ID        string `json:"cveId"`
		State     string `json:"state"`
		Published string `json:"datePublished"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA container   `json:"cna"`
		ADP []container `json:"adp"`
	} `json:"containers"`
}

type container struct {
	Title      string                       `json:"title"`
	DatePublic string                       `json:"datePublic"`
	Affected   []affected                   `json:"affected"`
	Metrics    []map[string]json.RawMessage `json:"metrics"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
}

type affected struct {
	Vendor        string    `json:"vendor"`
	Product       string    `json:"product"`
	PackageName   string    `json:"packageName"`
	Modules       []string  `json:"modules"`
	Platforms     []string  `json:"platforms"`
	DefaultStatus string    `json:"defaultStatus"`
	Versions      []stretch `json:"versions"`
}

type stretch struct {
	Version         string `json:"version"`
	Status          string `json:"status"`
	VersionType     string `json:"versionType"`
	LessThan        string `json:"lessThan"`
	LessThanOrEqual string `json:"lessThanOrEqual"`
	Changes         []struct {
		At     string `json:"at"`
		Status string `json:"status"`
	} `json:"changes"`
}

// Sniff reports whether JSON is a CVE record or a list of them.
func Sniff(data []byte) bool {
	var one struct {
		DataType string          `json:"dataType"`
		Metadata json.RawMessage `json:"cveMetadata"`
	}
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(data, &list) != nil || len(list) == 0 {
			return false
		}
		data = list[0]
	}
	return json.Unmarshal(data, &one) == nil && (one.DataType == "CVE_RECORD" || len(one.Metadata) > 0)
}

// Parse reads one record, or a list of them, named name in messages. A
// rejected record gives no claim and a warning. The error is for what is no
// record at all.
func Parse(name string, r io.Reader) ([]claim.Claim, []string, error) {
	raw, err := plain.ReadAll(name, r, MaxSize)
	if err != nil {
		return nil, nil, err
	}
	table, err := names.Load()
	if err != nil {
		return nil, nil, err
	}
	records, err := decode(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the CVE record %q: %w", name, err)
	}
	claims, warnings := []claim.Claim{}, []string{}
	for i, rec := range records {
		id := rec.Metadata.ID
		switch {
		case !cveID.MatchString(id):
			warnings = append(warnings, fmt.Sprintf("%s: record %d: cveMetadata.cveId %q is no CVE id; the record is left out", name, i+1, id))
			continue
		case strings.EqualFold(rec.Metadata.State, "REJECTED"):
			warnings = append(warnings, fmt.Sprintf("%s: %s was rejected by its CVE authority; it gives no advisory", name, id))
			continue
		}
		c := rec.claim(table)
		for _, u := range c.Unparsed {
			warnings = append(warnings, fmt.Sprintf("%s: %s: unparsed: %s", name, id, u))
		}
		claims = append(claims, c)
	}
	return claims, warnings, nil
}

var cveID = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)

func decode(raw []byte) ([]record, error) {
	raw = bytes.TrimSpace(raw)
	var list []record
	var err error
	if len(raw) > 0 && raw[0] == '[' {
		err = json.Unmarshal(raw, &list)
	} else {
		var one record
		err = json.Unmarshal(raw, &one)
		list = []record{one}
	}
	return list, plain.AtLine(raw, err)
}

func (rec record) claim(table names.Names) claim.Claim {
	cna := rec.Containers.CNA
	c := claim.Claim{
		CVE: rec.Metadata.ID, Source: "cve-record", URL: "https://www.cve.org/CVERecord?id=" + rec.Metadata.ID,
		Title: cna.Title, Published: day(cna.DatePublic, rec.Metadata.Published), Vector: rec.vector(),
	}
	blocks := cna.Affected
	for _, a := range rec.Containers.ADP {
		if len(blocks) == 0 {
			blocks = a.Affected // enrichment by others, only where the authority is silent
		}
	}
	c.Components, c.Unparsed = components(table, blocks)
	c.Partial = len(c.Unparsed) > 0
	if len(blocks) > 0 && !slices.ContainsFunc(blocks, func(a affected) bool { return !windows(a.Platforms) }) {
		c.OS = "windows"
	}
	named := slices.ContainsFunc(c.Components, func(x claim.Component) bool { return len(x.Intervals) > 0 })
	if !named && len(c.Unparsed) == 0 {
		c.Unparsed = []string{"the record names no affected versions"}
	}
	return c
}

func windows(platforms []string) bool {
	return len(platforms) > 0 && !slices.ContainsFunc(platforms, func(p string) bool { return !strings.EqualFold(strings.TrimSpace(p), "windows") })
}

// vector is the first base vector of the authority, else of those who enriched
// the record.
func (rec record) vector() string {
	for _, c := range append([]container{rec.Containers.CNA}, rec.Containers.ADP...) {
		for _, m := range c.Metrics {
			for _, key := range []string{"cvssV3_1", "cvssV3_0"} {
				var metric struct {
					Vector string `json:"vectorString"`
				}
				if json.Unmarshal(m[key], &metric) != nil {
					continue
				}
				if v, _, err := claim.BaseVector(metric.Vector); err == nil {
					return v
				}
			}
		}
	}
	return ""
}

func day(candidates ...string) time.Time {
	for _, s := range candidates {
		for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
			if t, err := time.Parse(form, s); err == nil && t.Year() > 1 {
				return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
			}
		}
	}
	return time.Time{}
}
