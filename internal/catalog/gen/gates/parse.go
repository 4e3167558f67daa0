package main

import (
	"archive/zip"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// spec is one line of a gate: what holds from a minor on.
type spec struct {
	since      version.Minor // zero in the form without versions: what this release says
	compatible version.Minor // holds only for who is compatible with this minor or later
	stage      string        // ALPHA | BETA | GA | DEPRECATED
	on, locked bool
}

// listed are the gates that packages list, by the constant each is keyed by,
// and what the constants say: RuntimeClassInImageCriAPI once was the gate
// RuntimeClassInImageCriApi.
type listed struct {
	gates  map[string][]spec
	consts map[string]string
}

// parse adds the gates a package of a module zip lists: in composite literals
// of map[featuregate.Feature]featuregate.FeatureSpec or VersionedSpecs.
// Nothing of the module is run.
func (l *listed) parse(file, dir string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("opening the module: %w", err)
	}
	defer func() { _ = z.Close() }() // only read from
	for _, f := range z.File {
		_, inside, _ := strings.Cut(f.Name, "@") // k8s.io/apiserver@v0.37.1/pkg/features/kube_features.go
		_, inside, _ = strings.Cut(inside, "/")
		if path.Dir(inside) != dir || path.Ext(inside) != ".go" || strings.HasSuffix(inside, "_test.go") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		source, err := io.ReadAll(r)
		if err := firstOf(err, r.Close()); err != nil {
			return err
		}
		if err := l.file(inside, source); err != nil {
			return err
		}
	}
	return nil
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// file adds the gates and constants of one file.
func (l *listed) file(name string, source []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var failed error
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if text, ok := feature(n); ok {
				key := n.Names[0].Name
				if had, ok := l.consts[key]; text == "" || ok && had != text {
					failed = fmt.Errorf("%s: the constant %s names the gate %q, elsewhere %q", name, key, text, had)
				}
				l.consts[key] = text
			}
			if n.Type == nil && len(n.Names) == 1 && len(n.Values) == 1 { // contextualLoggingDefault = true
				if text := last(n.Values[0]); text == "true" || text == "false" {
					l.consts[n.Names[0].Name] = text
				}
			}
		case *ast.CompositeLit:
			m, ok := n.Type.(*ast.MapType)
			if !ok || last(m.Key) != "Feature" || last(m.Value) != "FeatureSpec" && last(m.Value) != "VersionedSpecs" {
				return true
			}
			for _, e := range n.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if !ok {
					failed = fmt.Errorf("%s: a gate without a key", name)
					return false
				}
				specs, err := l.specs(kv.Value, last(m.Value) == "VersionedSpecs")
				if err != nil {
					failed = fmt.Errorf("%s: %s: %w", name, last(kv.Key), err)
					return false
				}
				l.gates[last(kv.Key)] = specs // what two packages list, they list alike: a difference would stop the programs
			}
			return false
		}
		return true
	})
	return failed
}

func (l *listed) specs(e ast.Expr, versioned bool) ([]spec, error) {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil, fmt.Errorf("no literal but %T", e)
	}
	if !versioned {
		s, err := l.spec(lit)
		return []spec{s}, err
	}
	var out []spec
	for _, one := range lit.Elts {
		inner, ok := one.(*ast.CompositeLit)
		if !ok {
			return nil, fmt.Errorf("no literal but %T", one)
		}
		s, err := l.spec(inner)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (l *listed) spec(lit *ast.CompositeLit) (spec, error) {
	s := spec{stage: "GA"} // featuregate.GA is the empty text
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return s, fmt.Errorf("a field without a name")
		}
		var err error
		switch name := last(kv.Key); name {
		case "Default":
			s.on, err = l.boolean(kv.Value)
		case "LockToDefault":
			s.locked, err = l.boolean(kv.Value)
		case "PreRelease":
			s.stage = strings.ToUpper(last(kv.Value))
		case "Version":
			s.since, err = minorOf(kv.Value)
		case "MinCompatibilityVersion":
			s.compatible, err = minorOf(kv.Value)
		default:
			err = fmt.Errorf("the field %s is not known", name)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// feature is the gate a constant names, in one of the three ways to write it.
func feature(n *ast.ValueSpec) (string, bool) {
	if len(n.Names) != 1 || len(n.Values) != 1 {
		return "", false
	}
	if text := stringOf(n.Values[0]); n.Type == nil && text == n.Names[0].Name {
		return text, true
	}
	if last(n.Type) == "Feature" {
		return stringOf(n.Values[0]), true
	}
	if call, ok := n.Values[0].(*ast.CallExpr); ok && last(call.Fun) == "Feature" && len(call.Args) == 1 {
		return stringOf(call.Args[0]), true
	}
	return "", false
}

// boolean reads true, false or a constant that was read before.
func (l *listed) boolean(e ast.Expr) (bool, error) {
	name := last(e)
	if text, ok := l.consts[name]; ok {
		name = text
	}
	return strconv.ParseBool(name)
}

// minorOf reads version.MustParse("1.35").
func minorOf(e ast.Expr) (version.Minor, error) {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return version.Minor{}, fmt.Errorf("no version.MustParse but %T", e)
	}
	return version.ParseMinor(stringOf(call.Args[0]))
}

// last is the name of an identifier, qualified or not.
func last(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func stringOf(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			return s
		}
	}
	return ""
}
