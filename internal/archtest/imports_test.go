package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsGoOneWay holds every import, of tests too, to the law.
func TestImportsGoOneWay(t *testing.T) {
	for _, p := range packages(t) {
		own, ok := layerOf(p.path())
		if !ok {
			t.Errorf("%s belongs to no layer: add its folder to Layers, with the reason for what it may import", p.path())
			continue
		}
		for _, path := range p.Imports {
			checkImport(t, p, own, path)
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			if inside, ok := strings.CutPrefix(path, Module); ok && path != p.ImportPath {
				checkInside(t, p, own, inside)
			}
		}
	}
}

func checkImport(t *testing.T, p pkg, own Layer, path string) {
	t.Helper()
	if inside, ok := strings.CutPrefix(path, Module); ok {
		checkInside(t, p, own, inside)
		return
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return // the standard library: see Forbiddens
	}
	if own.Name == "core" {
		t.Errorf("%s imports %s: core imports the standard library alone, for %s", p.path(), path, own.Why)
	}
	for _, l := range Libraries() {
		if strings.HasPrefix(path, l.Prefix) {
			if !slices.Contains(l.Layers, own.Name) {
				t.Errorf("%s (%s) imports %s: %s", p.path(), own.Name, path, l.Why)
			}
			break
		}
	}
}

func checkInside(t *testing.T, p pkg, own Layer, inside string) {
	t.Helper()
	other, ok := layerOf(inside)
	if !ok {
		return // reported as a package of its own
	}
	// A package and what is below it are one adapter, so own folders count as own.
	if other.Name == own.Name && (own.may(own.Name) || strings.HasPrefix(inside, strings.TrimSuffix(own.Folders[0], "/..."))) {
		return
	}
	if !own.may(other.Name) {
		t.Errorf("%s (%s) imports %s (%s): %s", p.path(), own.Name, inside, other.Name, own.Why)
	}
}

// TestForbidden keeps clock, environment, files and network where they belong.
func TestForbidden(t *testing.T) {
	for _, f := range sources(t) {
		own, _ := layerOf(f.path())
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for _, ban := range Forbiddens() {
				if slices.Contains(ban.Except, own.Name) || path != ban.Package && !strings.HasPrefix(path, ban.Package+"/") {
					continue
				}
				if len(ban.Names) == 0 && !allowedBelow(own, path, ban) {
					t.Errorf("%s: %s may not import %s: %s", f.at(spec), own.Name, path, ban.Why)
				}
				if path == ban.Package {
					checkNames(t, f, spec, own, ban)
				}
			}
		}
		if own.Name == "core" {
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if g, ok := n.(*ast.GoStmt); ok {
					t.Errorf("%s: core starts no goroutine: %s", f.at(g), own.Why)
				}
				return true
			})
		}
	}
}

// allowedBelow: a rule for a package below another one is the one that counts.
func allowedBelow(own Layer, path string, ban Forbidden) bool {
	for _, narrower := range Forbiddens() {
		if len(narrower.Package) > len(ban.Package) && (path == narrower.Package || strings.HasPrefix(path, narrower.Package+"/")) {
			return slices.Contains(narrower.Except, own.Name)
		}
	}
	return false
}

func checkNames(t *testing.T, f parsed, spec *ast.ImportSpec, own Layer, ban Forbidden) {
	t.Helper()
	local := ban.Package[strings.LastIndexByte(ban.Package, '/')+1:]
	if spec.Name != nil {
		local = spec.Name.Name
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(ban.Names, sel.Sel.Name) {
			t.Errorf("%s: %s may not use %s.%s: %s", f.at(sel), own.Name, ban.Package, sel.Sel.Name, ban.Why)
		}
		return true
	})
}

// TestLawIsSound: each name in the law means a layer, and each layer a folder.
func TestLawIsSound(t *testing.T) {
	var names []string
	for _, l := range Layers() {
		names = append(names, l.Name)
		if l.Why == "" || len(l.Folders) == 0 {
			t.Errorf("the layer %q has no reason or no folder", l.Name)
		}
	}
	check := func(where string, layers []string) {
		for _, l := range layers {
			if !slices.Contains(names, l) {
				t.Errorf("%s names the layer %q, which is none", where, l)
			}
		}
	}
	for i, l := range Layers() {
		check("layer "+l.Name, l.May)
		for _, below := range l.May {
			if slices.Index(names, below) < i && below != l.Name {
				t.Errorf("%s may import %s, which stands above it: imports go one way", l.Name, below)
			}
		}
	}
	for _, l := range Libraries() {
		check("library "+l.Prefix, l.Layers)
	}
	for _, b := range Forbiddens() {
		check("forbidden "+b.Package, b.Except)
	}
}
