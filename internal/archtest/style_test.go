package archtest

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// TestPackages: named by one noun, and documented so that a newcomer knows
// what a package decides, what it never does and where to begin.
func TestPackages(t *testing.T) {
	vague := []string{"base", "common", "helper", "helpers", "lib", "manager", "misc", "shared", "tool", "tools", "types", "util", "utils"}
	for _, p := range packages(t) {
		if p.Name != "main" && (p.Name != path.Base(p.path()) || !namePattern.MatchString(p.Name)) {
			t.Errorf("%s: the package is called %q: one lower-case word, that of its folder", p.path(), p.Name)
		}
		if slices.Contains(vague, path.Base(p.path())) {
			t.Errorf("%s: the name says nothing of what is inside", p.path())
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment: say what it decides, what it never does, and where to start", p.path())
		}
	}
	docs := map[string]string{}
	for _, f := range sources(t) {
		if f.ast.Doc != nil {
			docs[f.path()] += f.ast.Doc.Text()
		}
	}
	for _, p := range packages(t) {
		doc := strings.Join(strings.Fields(docs[p.path()]), " ")
		if p.Name != "main" && p.Doc != "" && !strings.Contains(doc, "Start at [") {
			t.Errorf("%s: the package comment does not say where to start: Start at [Name]", p.path())
		}
	}
}

// TestFileLength: a file that grew past the limit is split, or has a reason.
func TestFileLength(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			file := p.path() + "/" + name
			long := slices.ContainsFunc(LongFiles(), func(l LongFile) bool { return l.File == file && l.Why != "" })
			if lines := bytes.Count(data, []byte("\n")); lines > MaxLines && !long {
				t.Errorf("%s has %d lines: split it, or give the reason in LongFiles", file, lines)
			} else if lines <= MaxLines && long {
				t.Errorf("%s has %d lines: it needs no entry in LongFiles any more", file, lines)
			}
		}
	}
}

// TestNoHiddenState: no init, and no variable that a test would have to reset.
// An unexported table that nothing writes to is no state.
func TestNoHiddenState(t *testing.T) {
	all := sources(t)
	written, excused := writes(all), map[PackageState]bool{}
	for _, f := range all {
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s: no init functions: what they do happens behind the reader's back", f.at(d))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					checkVars(t, f, d, written, excused)
				}
			}
		}
	}
	for _, s := range PackageStates() {
		if !excused[s] {
			t.Errorf("%s has no variable %s that needs a reason: it needs no entry in PackageStates any more", s.Package, s.Name)
		}
	}
}

func checkVars(t *testing.T, f parsed, d *ast.GenDecl, written map[string]bool, excused map[PackageState]bool) {
	t.Helper()
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		embedded := d.Doc != nil && hasEmbed(d.Doc) || v.Doc != nil && hasEmbed(v.Doc)
		for i, name := range v.Names {
			if name.Name == "_" || embedded || i < len(v.Values) && fixed(v.Values[i]) {
				continue
			}
			if !name.IsExported() && len(v.Values) > 0 && !written[f.path()+"."+name.Name] {
				continue
			}
			if i := slices.IndexFunc(PackageStates(), func(s PackageState) bool { return s.Package == f.path() && s.Name == name.Name }); i >= 0 {
				excused[PackageStates()[i]] = true
			} else {
				t.Errorf("%s: the package variable %s is state: make it a constant, a function or a field, or give the reason in PackageStates", f.at(name), name.Name)
			}
		}
	}
}

// writes names what functions assign to, change in place or take the address
// of, by package and name. A local variable of the same name counts as well:
// then one of the two wants another name.
func writes(all []parsed) map[string]bool {
	out := map[string]bool{}
	for _, f := range all {
		note := func(e ast.Expr) {
			if name := rootName(e); name != "" {
				out[f.path()+"."+name] = true
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, left := range n.Lhs {
						note(left)
					}
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && (fun.Name == "delete" || fun.Name == "clear" || fun.Name == "copy") && len(n.Args) > 0 {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return out
}

// rootName is the variable at the root of x, x[i], x.f and *x.
func rootName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// fixed: errors, patterns and parsed templates are made once and never written.
func fixed(value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if x, ok := sel.X.(*ast.Ident); ok {
		switch x.Name + "." + sel.Sel.Name {
		case "errors.New", "fmt.Errorf", "regexp.MustCompile", "template.Must", "strings.NewReplacer":
			return true
		}
	}
	return false
}

func hasEmbed(doc *ast.CommentGroup) bool {
	return slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// TestExportedIsDocumented: everything another package may use says what it is.
func TestExportedIsDocumented(t *testing.T) {
	for _, f := range sources(t) {
		if f.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !wellKnown(d) {
					t.Errorf("%s: %s is exported and not documented", f.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				checkDocs(t, f, d)
			}
		}
	}
}

func checkDocs(t *testing.T, f parsed, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				t.Errorf("%s: %s is exported and not documented", f.at(s), s.Name.Name)
			}
		case *ast.ValueSpec:
			group := d.Doc != nil || s.Doc != nil || s.Comment != nil
			// A list of constants of one named type is documented with the type.
			typed := d.Tok == token.CONST && d.Lparen.IsValid()
			if s.Names[0].IsExported() && !group && !typed {
				t.Errorf("%s: %s is exported and not documented", f.at(s), s.Names[0].Name)
			}
		}
	}
}

// wellKnown: methods whose meaning the standard library defines.
func wellKnown(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains([]string{"Error", "Unwrap", "Is", "As", "String", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText",
		"Len", "Less", "Swap", "Read", "Write", "Close"}, d.Name.Name)
}

// exportedReceiver: methods of unexported types are nobody's API.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
