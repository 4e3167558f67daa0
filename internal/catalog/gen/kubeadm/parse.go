package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// parse reads constants.go of one release.
func parse(v string, source []byte) (release, error) {
	out := release{Kubernetes: v}
	at, err := version.Parse(v)
	if err != nil {
		return out, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), "constants.go", source, parser.SkipObjectResolution)
	if err != nil {
		return out, err
	}
	texts, literals := named(tree)
	for name, into := range map[string]*string{
		"DefaultEtcdVersion": &out.Etcd, "MinExternalEtcdVersion": &out.MinExternalEtcd, "CoreDNSVersion": &out.CoreDNS, "PauseVersion": &out.Pause,
	} {
		if *into = texts[name]; *into == "" {
			return out, fmt.Errorf("no constant %s", name)
		}
	}
	supported, err := byMinor(literals["SupportedEtcdVersion"], at.Minor().Minor)
	if err != nil {
		return out, fmt.Errorf("SupportedEtcdVersion: %w", err)
	}
	if tag := nearest(supported, at.Minor().Minor); tag != "" {
		out.Etcd = tag
	}
	out.CoreDNS = strings.TrimPrefix(out.CoreDNS, "v")
	return out, nil
}

// nearest is EtcdSupportedVersion: what the map says of the minor kubeadm
// upgrades to, else what it says of the nearest end. "" where it is empty.
func nearest(supported map[int]string, minor int) string {
	if tag, ok := supported[minor]; ok || len(supported) == 0 {
		return tag
	}
	minors := slices.Sorted(maps.Keys(supported))
	if minor < minors[0] {
		return supported[minors[0]]
	}
	return supported[minors[len(minors)-1]]
}

// byMinor reads the keys of the map: 33, or
// uint8(getSkewedKubernetesVersion(-2).Minor()), which counts from the minor
// of the program itself.
func byMinor(lit *ast.CompositeLit, own int) (map[int]string, error) {
	if lit == nil {
		return nil, fmt.Errorf("not found")
	}
	out := map[int]string{}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return nil, fmt.Errorf("an entry without a key")
		}
		minor, err := minorOf(kv.Key, own)
		if err != nil {
			return nil, err
		}
		if out[minor] = text(kv.Value); out[minor] == "" {
			return nil, fmt.Errorf("the entry of minor %d is no text", minor)
		}
	}
	return out, nil
}

func minorOf(key ast.Expr, own int) (int, error) {
	if n := text(key); n != "" {
		return strconv.Atoi(n)
	}
	var skew []ast.Expr
	ast.Inspect(key, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "getSkewedKubernetesVersion" {
				skew = call.Args
			}
		}
		return true
	})
	if len(skew) != 1 {
		return 0, fmt.Errorf("a key is neither a number nor getSkewedKubernetesVersion of one")
	}
	number, sign := skew[0], 1
	if minus, ok := number.(*ast.UnaryExpr); ok && minus.Op == token.SUB {
		number, sign = minus.X, -1
	}
	n, err := strconv.Atoi(text(number))
	return own + sign*n, err
}

// named are the texts given to names, and the maps given to them.
func named(tree *ast.File) (texts map[string]string, literals map[string]*ast.CompositeLit) {
	texts, literals = map[string]string{}, map[string]*ast.CompositeLit{}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
			return true
		}
		switch value := spec.Values[0].(type) {
		case *ast.BasicLit:
			texts[spec.Names[0].Name] = text(value)
		case *ast.CompositeLit:
			if _, ok := value.Type.(*ast.MapType); ok {
				literals[spec.Names[0].Name] = value
			}
		}
		return true
	})
	return texts, literals
}

// text is a number or string as written, "" for anything else.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	if s, err := strconv.Unquote(lit.Value); err == nil && lit.Kind == token.STRING {
		return s
	}
	if lit.Kind == token.INT {
		return lit.Value
	}
	return ""
}
