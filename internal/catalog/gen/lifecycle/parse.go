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

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// life is what one release says of one kind: the answers of its
// APILifecycle methods, zero where it has none.
type life struct {
	Introduced, Deprecated, Removed version.Minor
	Replacement                     removal.GVK
	// Listed: the release has a list type of the kind, so objects of it are stored.
	Listed bool
}

// parseModule reads the kinds that the packages of a module zip register, and
// what their lifecycle methods answer. Nothing of the module is run.
func parseModule(file string) (map[removal.GVK]life, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("opening the module: %w", err)
	}
	defer func() { _ = z.Close() }() // only read from
	packages := map[string]map[string][]byte{}
	for _, f := range z.File {
		if !published(f.Name) {
			continue
		}
		switch path.Base(f.Name) {
		case "register.go", "zz_generated.prerelease-lifecycle.go":
			data, err := content(f)
			if err != nil {
				return nil, err
			}
			dir := path.Dir(f.Name)
			if packages[dir] == nil {
				packages[dir] = map[string][]byte{}
			}
			packages[dir][path.Base(f.Name)] = data
		}
	}
	out := map[removal.GVK]life{}
	for dir, files := range packages {
		if err := parsePackage(files, out); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	return out, nil
}

// published: of a program's module only the API packages count, not the
// examples beside them.
func published(name string) bool {
	_, inside, _ := strings.Cut(name, "@") // k8s.io/api@v0.37.2/apps/v1/register.go
	_, inside, _ = strings.Cut(inside, "/")
	return strings.HasPrefix(name, apiModule+"@") || strings.HasPrefix(inside, "pkg/apis/")
}

func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// parsePackage adds the kinds of one package. Packages that register no served
// version (the internal one, without a version) have none.
func parsePackage(files map[string][]byte, out map[removal.GVK]life) error {
	src, ok := files["register.go"]
	if !ok {
		return nil
	}
	reg, err := parser.ParseFile(token.NewFileSet(), "register.go", src, 0)
	if err != nil {
		return err
	}
	group, v := groupVersion(reg)
	if v == "" || v == "__internal" {
		return nil
	}
	lives := map[string]life{}
	if src, ok := files["zz_generated.prerelease-lifecycle.go"]; ok {
		if lives, err = methods(src); err != nil {
			return err
		}
	}
	kinds := registered(reg)
	for kind := range kinds {
		base, isList := strings.CutSuffix(kind, "List")
		if isList && (kinds[base] || base == "") {
			continue
		}
		l := lives[kind]
		l.Listed = kinds[kind+"List"]
		out[removal.GVK{Group: group, Version: v, Kind: kind}] = l
	}
	return nil
}

// groupVersion reads `const GroupName = "x"` and the Version of the first
// schema.GroupVersion literal.
func groupVersion(file *ast.File) (group, v string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if len(n.Names) == 1 && n.Names[0].Name == "GroupName" && len(n.Values) == 1 {
				group = text(n.Values[0])
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Version" && v == "" {
				v = text(n.Value)
			}
		}
		return true
	})
	return group, v
}

// registered are the names of the package's own types in AddKnownTypes calls;
// those of other packages (metav1.Status) are selectors and left out.
func registered(file *ast.File) map[string]bool {
	kinds := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "AddKnownTypes" {
			return true
		}
		for _, arg := range call.Args {
			pointer, ok := arg.(*ast.UnaryExpr)
			if !ok {
				continue
			}
			if lit, ok := pointer.X.(*ast.CompositeLit); ok {
				if name, ok := lit.Type.(*ast.Ident); ok {
					kinds[name.Name] = true
				}
			}
		}
		return true
	})
	return kinds
}

// methods reads the constant answers of the generated lifecycle methods by kind.
func methods(src []byte) (map[string]life, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "zz_generated.prerelease-lifecycle.go", src, 0)
	if err != nil {
		return nil, err
	}
	out := map[string]life{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || !strings.HasPrefix(f.Name.Name, "APILifecycle") {
			continue
		}
		kind := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
		ret, ok := f.Body.List[0].(*ast.ReturnStmt)
		if !ok {
			return nil, fmt.Errorf("%s of %s is more than a return", f.Name.Name, kind)
		}
		l := out[kind]
		switch f.Name.Name {
		case "APILifecycleIntroduced":
			l.Introduced, err = minor(ret)
		case "APILifecycleDeprecated":
			l.Deprecated, err = minor(ret)
		case "APILifecycleRemoved":
			l.Removed, err = minor(ret)
		case "APILifecycleReplacement":
			l.Replacement = gvk(ret)
		default:
			err = fmt.Errorf("unknown method %s", f.Name.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", f.Name.Name, kind, err)
		}
		out[kind] = l
	}
	return out, nil
}

func minor(ret *ast.ReturnStmt) (version.Minor, error) {
	if len(ret.Results) != 2 {
		return version.Minor{}, fmt.Errorf("%d results instead of 2", len(ret.Results))
	}
	var n [2]int
	for i, r := range ret.Results {
		lit, ok := r.(*ast.BasicLit)
		if !ok {
			return version.Minor{}, fmt.Errorf("result %d is no number", i+1)
		}
		var err error
		if n[i], err = strconv.Atoi(lit.Value); err != nil {
			return version.Minor{}, err
		}
	}
	return version.Minor{Major: n[0], Minor: n[1]}, nil
}

func gvk(ret *ast.ReturnStmt) removal.GVK {
	var k removal.GVK
	ast.Inspect(ret, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			switch kv.Key.(*ast.Ident).Name {
			case "Group":
				k.Group = text(kv.Value)
			case "Version":
				k.Version = text(kv.Value)
			case "Kind":
				k.Kind = text(kv.Value)
			}
		}
		return true
	})
	return k
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}
