package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// dates of the catalogue: the day it was made, and the day up to which its
// advisory sources were read. They are facts, so they are data.
type dates struct {
	Date              string `yaml:"date"`
	AdvisoriesThrough string `yaml:"advisoriesThrough"`
}

// writeCatalogue builds and writes advisories.json.
func writeCatalogue(d dirs, out io.Writer) error {
	raw, n, err := build(d)
	if err != nil {
		return err
	}
	path := filepath.Join(d.data, "advisories.json")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d advisories\n", path, n)
	return nil
}

// build is the catalogue file as the committed claims and curated files make
// it; the same input gives the same bytes.
func build(d dirs) ([]byte, int, error) {
	list, err := merged(d)
	if err != nil {
		return nil, 0, err
	}
	var when dates
	if err := loadYAML(filepath.Join(d.gen, "dates.yaml"), &when); err != nil {
		return nil, 0, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\"date\":%q,\"advisoriesThrough\":%q,\"advisories\":[\n", when.Date, when.AdvisoriesThrough)
	for i, a := range list {
		line, err := oneLine(form.Encode(a))
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", a.ID, err)
		}
		b.Write(line)
		if i < len(list)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString("]}\n")
	return b.Bytes(), len(list), nil
}

// oneLine writes one advisory on one line, so that a diff shows which changed.
func oneLine(a form.Advisory) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// merged are the advisories of the catalogue in order of id.
func merged(d dirs) ([]advisory.Advisory, error) {
	claims, err := loadClaims(d.claims)
	if err != nil {
		return nil, err
	}
	cal, err := kubernetesCalendar(d)
	if err != nil {
		return nil, err
	}
	corrections, err := loadCorrections(d.curated)
	if err != nil {
		return nil, err
	}
	reaches, err := loadReach(d.curated)
	if err != nil {
		return nil, err
	}
	table, err := names.Load()
	if err != nil {
		return nil, err
	}
	byID := map[string][]claim.Claim{}
	for _, c := range claims {
		if sinceStart(c.CVE) {
			byID[c.CVE] = append(byID[c.CVE], c)
		}
	}
	var out []advisory.Advisory
	for id, list := range byID {
		a, err := claim.Merge(list, cal)
		if err != nil {
			return nil, err
		}
		dropped := false
		for i, c := range corrections[id] {
			if err := c.apply(&a); err != nil {
				return nil, fmt.Errorf("curated correction %d of %s: %w", i+1, id, err)
			}
			dropped = dropped || c.Drop
		}
		if r, ok := reaches[id]; ok {
			if err := r.join(&a); err != nil {
				return nil, fmt.Errorf("curated reach of %s: %w", id, err)
			}
		}
		delete(corrections, id)
		delete(reaches, id)
		if !dropped {
			a.ClientOnly = a.ClientOnly || clientOnly(a)
			for i := range a.Affected {
				a.Affected[i].Aliases = table.Aliases[a.Affected[i].Component]
			}
			out = append(out, a)
		}
	}
	for id := range corrections {
		return nil, fmt.Errorf("curated correction of %s: no claim names this advisory", id)
	}
	for id := range reaches {
		return nil, fmt.Errorf("curated reach of %s: no claim names this advisory", id)
	}
	slices.SortFunc(out, func(a, b advisory.Advisory) int { return form.CompareIDs(a.ID, b.ID) })
	return out, nil
}

var cveYear = regexp.MustCompile(`^CVE-(\d{4})-(\d+)$`)

// sinceStart: the catalogue begins with 2018, when Kubernetes' own list does;
// two of that year carry numbers of 2017.
func sinceStart(id string) bool {
	m := cveYear.FindStringSubmatch(id)
	if m == nil {
		return true
	}
	year, _ := strconv.Atoi(m[1])
	return year >= 2018 || id == "CVE-2017-1002101" || id == "CVE-2017-1002102"
}

// clientOnly: nothing that runs in a cluster is named.
func clientOnly(a advisory.Advisory) bool {
	clients := []string{"kubectl", "client-go"}
	return len(a.Affected) > 0 && !slices.ContainsFunc(a.Affected, func(x advisory.Affected) bool {
		return !slices.Contains(clients, x.Component)
	})
}

func kubernetesCalendar(d dirs) (support.Calendar, error) {
	raw, err := os.ReadFile(filepath.Join(d.data, "releases.json"))
	if err != nil {
		return support.Calendar{}, err
	}
	f, err := calendar.Decode(raw)
	if err != nil {
		return support.Calendar{}, fmt.Errorf("reading releases.json: %w", err)
	}
	all, err := f.Values()
	if err != nil {
		return support.Calendar{}, fmt.Errorf("reading releases.json: %w", err)
	}
	cal, ok := all[names.Kubernetes]
	if !ok {
		return support.Calendar{}, fmt.Errorf("reading releases.json: no calendar of %q", names.Kubernetes)
	}
	return *cal, nil
}
