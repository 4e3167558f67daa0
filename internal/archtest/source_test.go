package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pkg is one package of the module as the go command lists it.
type pkg struct {
	ImportPath, Name, Dir, Doc string
	Imports                    []string
	TestImports, XTestImports  []string
	GoFiles, TestGoFiles       []string
	XTestGoFiles               []string
}

// path is the folder below the module root.
func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, Module) }

// packages lists every package of the module that has Go files.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,Doc,Imports,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = root(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages: the law would be kept by nobody", len(all))
	}
	return all
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// parsed is one file of a package.
type parsed struct {
	pkg
	name string // below the module root
	fset *token.FileSet
	ast  *ast.File
}

func (f parsed) at(n ast.Node) string {
	p := f.fset.Position(n.Pos())
	return f.name + ":" + strconv.Itoa(p.Line)
}

// sources parses the files of all packages, without tests.
func sources(t *testing.T) []parsed {
	t.Helper()
	var out []parsed
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			out = append(out, parsed{p, p.path() + "/" + name, fset, file})
		}
	}
	return out
}

// layerOf is the layer of a folder below the module root.
func layerOf(path string) (Layer, bool) {
	for _, l := range Layers() {
		for _, folder := range l.Folders {
			base, deep := strings.CutSuffix(folder, "/...")
			if path == base || deep && strings.HasPrefix(path, base+"/") {
				return l, true
			}
		}
	}
	return Layer{}, false
}

func (l Layer) may(other string) bool { return slices.Contains(l.May, other) }
