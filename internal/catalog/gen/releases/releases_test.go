package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
)

const committed = "../../data/releases.json"

func TestCommittedFileIsTheOutput(t *testing.T) {
	m, err := readManifest(".")
	if err != nil {
		t.Fatal(err)
	}
	got, err := build(m, ".")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go run ./internal/catalog/gen/releases (-committed +made):\n%s", diff)
	}
	f, err := calendar.Decode(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sources {
		if s.URL == "" || s.Read == "" || (s.SHA256 == "" && s.Note == "") {
			t.Errorf("source %q has no URL, day or sum", s.Name)
		}
	}
}

func TestDistilReadsRawFiles(t *testing.T) {
	dir, raw := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sources"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := manifest{Date: "2026-11-20", Products: []string{"kubernetes"}, Sources: []entry{
		{ID: "a", Format: "schedule", Source: calendar.Source{Name: "a", Product: "kubernetes", URL: "u", Read: "2026-03-31"}},
		{ID: "b", Format: "endoflife", Source: calendar.Source{Name: "b", Product: "kubernetes", URL: "u", Read: "2026-08-22"}},
	}}
	for id, text := range map[string]string{
		"a": "branches:\n- {release: 1.30, endOfLifeDate: 2025-07-15, finalPatchRelease: 1.30.2}\n",
		"b": "---\npermalink: /kubernetes\nreleases:\n- {releaseCycle: '1.30', releaseDate: 2024-04-17, eol: 2025-06-28, latest: 1.30.3, latestReleaseDate: 2024-07-16}\n---\n",
	} {
		if err := os.WriteFile(filepath.Join(raw, id), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := distil(m, dir, raw); err != nil {
		t.Fatal(err)
	}
	out, err := build(m, dir)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"minor":"1.30","released":"2024-04-17","endOfLife":"2025-07-15","lastPatch":3,"patches":{"0":"2024-04-17","3":"2024-07-16"},"disputed":["end of life: a says 2025-07-15, b says 2025-06-28"]}`
	if !strings.Contains(string(out), want) {
		t.Errorf("the joined row is not\n%s\nin\n%s", want, out)
	}
	if !bytes.Contains(out, []byte(`"through": "2026-08-22"`)) {
		t.Errorf("the calendar does not run through its newest source:\n%s", out)
	}
	m.Sources[0].Read = "last week"
	if err := distil(m, dir, raw); err == nil {
		t.Error("a manifest with a bad day is no error")
	}
}
