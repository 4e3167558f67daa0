package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/settingrules"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// The committed table is of the modules the list names, in the form the
// generator writes. Making it anew needs the modules; this does not.
func TestCommittedTableIsOfTheModules(t *testing.T) {
	m, err := load("modules.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../data/settings/gates.json")
	if err != nil {
		t.Fatal(err)
	}
	table, err := settingrules.DecodeGates(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(table.ByName) < 350 {
		t.Errorf("only %d gates", len(table.ByName))
	}
	var want []string
	for _, r := range m.Releases {
		seen := map[string]bool{}
		for _, pkg := range append(m.Packages, m.Constants...) {
			module, _ := split(pkg)
			v := "v" + r
			if module != "k8s.io/kubernetes" {
				v = strings.Replace(v, "v1.", "v0.", 1)
			}
			if seen[module] {
				continue
			}
			seen[module] = true
			want = append(want, `"path": "`+module+`",`+"\n"+`   "version": "`+v+`",`)
		}
	}
	for _, w := range want {
		if !bytes.Contains(data, []byte(w)) {
			t.Errorf("run go run ./internal/catalog/gen/gates: the table is not of\n%s", w)
		}
	}
}

// module writes a module zip with one file.
func module(t *testing.T, name, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "m.zip")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("k8s.io/m@v0.1.0/" + name)
	if err == nil {
		_, err = w.Write([]byte("package p\n" + source))
	}
	if err := firstOf(err, firstOf(z.Close(), f.Close())); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse(t *testing.T) {
	source := `
const (
	A featuregate.Feature = "A"
	B = featuregate.Feature("Bee")
	C = "C"
	on = true
)
var gates = map[featuregate.Feature]featuregate.FeatureSpec{
	A: {Default: on, PreRelease: featuregate.Beta},
	other.B: {Default: true, PreRelease: featuregate.GA, LockToDefault: true},
}
func versioned() map[Feature]VersionedSpecs {
	return map[Feature]VersionedSpecs{C: {
		{Version: version.MustParse("1.30"), Default: false, PreRelease: featuregate.Alpha},
		{Version: version.MustParse("1.32"), Default: true, PreRelease: featuregate.Beta, MinCompatibilityVersion: version.MustParse("1.32")},
	}}
}`
	l := &listed{gates: map[string][]spec{}, consts: map[string]string{}}
	if err := l.parse(module(t, "pkg/features/kube_features.go", source), "pkg/features"); err != nil {
		t.Fatal(err)
	}
	minor := func(n int) version.Minor { return version.Minor{Major: 1, Minor: n} }
	want := map[string][]spec{
		"A": {{stage: "BETA", on: true}},
		"B": {{stage: "GA", on: true, locked: true}},
		"C": {{since: minor(30), stage: "ALPHA"}, {since: minor(32), compatible: minor(32), stage: "BETA", on: true}},
	}
	if diff := cmp.Diff(want, l.gates, cmp.AllowUnexported(spec{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if l.consts["B"] != "Bee" {
		t.Errorf("B names %q", l.consts["B"])
	}
	for m, stage := range map[int]string{29: "", 30: "ALPHA", 32: "ALPHA", 33: "BETA"} {
		if s, ok := at(want["C"], minor(m)); s.Stage != stage || ok != (stage != "") {
			t.Errorf("C at 1.%d: %+v, %t", m, s, ok)
		}
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for source, want := range map[string]string{
		`var g = map[Feature]FeatureSpec{A: {Defaults: true}}`:          "Defaults is not known",
		`var g = map[Feature]FeatureSpec{A: spec()}`:                    "no literal",
		`var g = map[Feature]VersionedSpecs{A: {{Version: latest}}}`:    "no version.MustParse",
		`var g = map[Feature]FeatureSpec{A: {Default: maybe()}}`:        "invalid syntax",
		"const A Feature = \"A\"\nfunc f() { const A Feature = \"B\" }": `elsewhere "A"`,
	} {
		l := &listed{gates: map[string][]spec{}, consts: map[string]string{}}
		if err := l.parse(module(t, "p/f.go", source), "p"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", source, err, want)
		}
	}
}
