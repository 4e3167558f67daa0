package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// publishedType is a Go type of a published module whose JSON fields make a
// document.
type publishedType struct {
	Document string   `yaml:"document"` // the type's name
	Package  string   `yaml:"package"`
	Versions []string `yaml:"versions"` // of the module
}

// fields are the dotted paths of the type's JSON fields down to text, numbers
// and truth values.
func (t publishedType) fields(ctx context.Context, version string) ([]string, error) {
	w := walker{ctx: ctx, version: version, packages: map[string]map[string]typeDecl{}}
	return w.named(t.Package, t.Document, "")
}

// walker follows types through packages of one release.
type walker struct {
	ctx      context.Context
	version  string // of the module of the first package
	packages map[string]map[string]typeDecl
}

type typeDecl struct {
	expr    ast.Expr
	imports map[string]string // name in the file to import path
}

// named are the fields of a type; of one that is no struct, the path itself.
func (w *walker) named(pkg, name, at string) ([]string, error) {
	types, err := w.load(pkg)
	if err != nil {
		return nil, err
	}
	d, ok := types[name]
	if !ok {
		return nil, fmt.Errorf("package %s has no type %s", pkg, name)
	}
	return w.expr(pkg, d, d.expr, at)
}

func (w *walker) expr(pkg string, d typeDecl, e ast.Expr, at string) ([]string, error) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return w.expr(pkg, d, e.X, at)
	case *ast.ArrayType:
		fields, err := w.expr(pkg, d, e.Elt, at+"[]")
		if slices.Equal(fields, []string{at + "[]"}) { // a list of plain values is one value
			return []string{at}, err
		}
		return fields, err
	case *ast.MapType:
		return w.expr(pkg, d, e.Value, join(at, "*"))
	case *ast.StructType:
		return w.structure(pkg, d, e, at)
	case *ast.Ident:
		if _, ok := w.packages[pkg][e.Name]; ok {
			return w.named(pkg, e.Name, at)
		}
		return []string{at}, nil
	case *ast.SelectorExpr:
		name, _ := e.X.(*ast.Ident)
		path := d.imports[name.Name]
		if !strings.Contains(path, ".") { // the standard library's: time.Duration
			return []string{at}, nil
		}
		switch full := path + "." + e.Sel.Name; full {
		case "k8s.io/apimachinery/pkg/apis/meta/v1.TypeMeta":
			return []string{join(at, "apiVersion"), join(at, "kind")}, nil
		case "k8s.io/apimachinery/pkg/apis/meta/v1.Duration", "k8s.io/apimachinery/pkg/apis/meta/v1.Time", "k8s.io/apimachinery/pkg/api/resource.Quantity":
			return []string{at}, nil
		case "k8s.io/api/core/v1.ResourceList":
			return []string{join(at, "*")}, nil
		default:
			return w.named(path, e.Sel.Name, at)
		}
	}
	return nil, fmt.Errorf("%s: a %T is not understood", at, e)
}

func (w *walker) structure(pkg string, d typeDecl, s *ast.StructType, at string) ([]string, error) {
	var out []string
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		text, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, err
		}
		name, options, _ := strings.Cut(reflect.StructTag(text).Get("json"), ",")
		switch {
		case name == "-":
			continue
		case name == "" && options == "inline":
			name = at
		case name == "":
			continue
		default:
			name = join(at, name)
		}
		fields, err := w.expr(pkg, d, f.Type, name)
		if err != nil {
			return nil, err
		}
		out = append(out, fields...)
	}
	return out, nil
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// load parses the types of a package.
func (w *walker) load(pkg string) (map[string]typeDecl, error) {
	if types, ok := w.packages[pkg]; ok {
		return types, nil
	}
	dir, err := w.dir(pkg)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("package %s has no Go files in %s", pkg, dir), err)
	}
	types := map[string]typeDecl{}
	w.packages[pkg] = types
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		imports := map[string]string{}
		for _, i := range tree.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return nil, err
			}
			name := path[strings.LastIndexByte(path, '/')+1:]
			if i.Name != nil {
				name = i.Name.Name
			}
			imports[name] = path
		}
		for _, decl := range tree.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range g.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					types[t.Name.Name] = typeDecl{t.Type, imports}
				}
			}
		}
	}
	return types, nil
}

// dir is where Go keeps the module of a package. All of Kubernetes' modules of
// a release have its number, k8s.io/kubernetes with a 1 in front.
func (w *walker) dir(pkg string) (string, error) {
	parts := strings.SplitN(pkg, "/", 3)
	if len(parts) < 3 {
		return "", fmt.Errorf("package %s is of no module that is read", pkg)
	}
	version := "v0" + w.version[2:]
	if parts[1] == "kubernetes" {
		version = "v1" + version[2:]
	}
	empty, err := os.MkdirTemp("", "fixline-gen-") // outside this module: its go.mod is not asked
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(empty)
	text, err := output(w.ctx, "go", "-C", empty, "mod", "download", "-json", parts[0]+"/"+parts[1]+"@"+version)
	if err != nil {
		return "", err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(text), &module); err != nil {
		return "", err
	}
	return filepath.Join(module.Dir, filepath.FromSlash(parts[2])), nil
}

// keptFields leaves out what curated.yaml drops: a path, everything below it,
// and a name at any depth.
func keptFields(fields []string, drop []dropped) []string {
	return sorted(slices.DeleteFunc(fields, func(field string) bool {
		names := strings.Split(strings.ReplaceAll(field, "[]", ""), ".")
		return slices.ContainsFunc(drop, func(d dropped) bool { return slices.Contains(names, d.Path) })
	}))
}
