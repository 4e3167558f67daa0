package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func here() dirs { return dirsUnder(filepath.Join("..", "..", "..")) }

func same(t *testing.T, path string, got []byte, command string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(want, got) {
		return
	}
	t.Errorf("%s is not what `go run ./internal/catalog/gen %s` makes; run it and commit the result (-committed +made):\n%s", path, command,
		cmp.Diff(firstDifferent(want, got)))
}

// firstDifferent are the first lines that differ; a whole diff helps nobody.
func firstDifferent(a, b []byte) (string, string) {
	as, bs := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i], bs[i]
		}
	}
	return strings.Join(as[min(len(as), len(bs)):], "\n"), strings.Join(bs[min(len(as), len(bs)):], "\n")
}

func TestCommittedCatalogueIsTheOutput(t *testing.T) {
	got, _, err := build(here())
	if err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(here().data, "advisories.json"), got, "build")
}

func TestCommittedClaimsAreDistilled(t *testing.T) {
	sources := os.Getenv("FIXLINE_SOURCES")
	if sources == "" {
		t.Skip("FIXLINE_SOURCES names no folder of raw sources (go run ./internal/catalog/gen fetch --into DIR fills one)")
	}
	into := t.TempDir()
	if err := distill(into, sources, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, r := range readers() {
		got, err := os.ReadFile(filepath.Join(into, r.source+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		same(t, filepath.Join(here().claims, r.source+".yaml"), got, "distill --sources DIR")
	}
}

func TestCatalogueDoesNotContradictItself(t *testing.T) {
	if err := check(here(), io.Discard); err != nil {
		t.Error(err)
	}
}

// No pair of advisory and version that a person checked is judged otherwise.
func TestNoCheckedPairIsWrong(t *testing.T) {
	scores, advisories, _, err := measure(here())
	if err != nil {
		t.Fatal(err)
	}
	ours := scores[len(scores)-1]
	if ours.covered != advisories {
		t.Errorf("%d of %d checked advisories are in the catalogue", ours.covered, advisories)
	}
	for _, line := range runs(ours.errors) {
		t.Error(line)
	}
}

func TestAccuracyPageIsTheOutput(t *testing.T) {
	got, err := accuracyPage(here())
	if err != nil {
		t.Fatal(err)
	}
	same(t, filepath.Join(here().docs, "accuracy.md"), got, "accuracy")
}

func TestFaultsAreSeen(t *testing.T) {
	table, err := names.Load()
	if err != nil {
		t.Fatal(err)
	}
	cal, err := kubernetesCalendar(here())
	if err != nil {
		t.Fatal(err)
	}
	good := func() advisory.Advisory {
		return advisory.Advisory{
			ID:      "CVE-2099-1",
			Sources: []advisory.Source{{Name: "n", URL: "https://example.org", Says: "s"}},
			Affected: []advisory.Affected{{
				Component: "kubelet",
				Ranges: []advisory.Range{
					{Introduced: version.New(1, 33, 0), Before: version.New(1, 33, 5)},
					{Introduced: version.New(1, 34, 0), Before: version.New(1, 34, 2)},
				},
				Fixed: []version.Version{version.New(1, 33, 5), version.New(1, 34, 2)},
			}},
		}
	}
	if errs := faults(good(), cal, table); len(errs) > 0 {
		t.Fatalf("a good one: %v", errs)
	}
	tests := []struct {
		want  string
		spoil func(*advisory.Advisory)
	}{
		{"overlap", func(a *advisory.Advisory) { a.Affected[0].Ranges[0].Before = version.New(1, 34, 1) }},
		{"overlap", func(a *advisory.Advisory) { a.Affected[0].Ranges[0].Before = version.Version{} }},
		{"empty", func(a *advisory.Advisory) { a.Affected[0].Ranges[0].Before = version.New(1, 32, 0) }},
		{"never released", func(a *advisory.Advisory) { a.Affected[0].Fixed[0] = version.New(1, 33, 99) }},
		{"inside an affected range", func(a *advisory.Advisory) { a.Affected[0].Fixed[0] = version.New(1, 33, 4) }},
		{"not in components.yaml", func(a *advisory.Advisory) { a.Affected[0].Component = "kubelett" }},
		{"listed twice", func(a *advisory.Advisory) { a.Affected = append(a.Affected, a.Affected[0]) }},
		{"names no component", func(a *advisory.Advisory) { a.Affected = nil }},
		{"no source", func(a *advisory.Advisory) { a.Sources = nil }},
		{"url or says", func(a *advisory.Advisory) { a.Sources[0].URL = "" }},
		{"no range", func(a *advisory.Advisory) { a.Affected[0].Ranges = nil }},
		{"conditions[0]", func(a *advisory.Advisory) {
			a.Conditions = []advisory.Condition{{Text: "t", Question: &advisory.Question{Uses: "nothing anybody reads"}}}
		}},
	}
	for _, tt := range tests {
		a := good()
		tt.spoil(&a)
		var text []string
		for _, err := range faults(a, cal, table) {
			text = append(text, err.Error())
		}
		if !strings.Contains(strings.Join(text, "\n"), tt.want) {
			t.Errorf("want %q, got %q", tt.want, text)
		}
	}
}

func TestCorrectionsAreStrict(t *testing.T) {
	for name, content := range map[string]string{
		"needs a why":   "CVE-2099-1:\n- {source: u, published: \"2020-01-01\"}\n",
		"unknown field": "CVE-2099-1:\n- {why: w, source: u, publishd: \"2020-01-01\"}\n",
		"twice":         "CVE-2099-1: []\nCVE-2099-1: []\n",
		"no mapping":    "- a\n",
		"no YAML":       "CVE-2099-1: [",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "ranges-x.yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadCorrections(dir); err == nil || !strings.Contains(err.Error(), "ranges-x.yaml") {
			t.Errorf("%s: want an error that names the file, got %v", name, err)
		}
	}
	for _, c := range []correction{{Ranges: "1.2"}, {Fixed: []string{"x"}}, {Fix: "maybe"}, {Published: "x"}, {Vector: "x"}} {
		a := advisory.Advisory{Affected: []advisory.Affected{{Component: "kubelet"}}}
		if err := c.apply(&a); err == nil {
			t.Errorf("%+v: want an error", c)
		}
	}
}

// Whoever imports a source that the catalogue was made from gets no other
// verdict: what was weighed stays weighed.
func TestImportingItsOwnSourcesChangesNothing(t *testing.T) {
	raw, _, err := build(here())
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := loadClaims(here().claims)
	if err != nil {
		t.Fatal(err)
	}
	more, err := c.With(claims)
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range c.Advisories {
		after, ok := more.Advisory(before.ID)
		if diff := cmp.Diff(form.Encode(before), form.Encode(after)); !ok || diff != "" {
			t.Errorf("%s changed (-before +after):\n%s", before.ID, diff)
		}
	}
}
