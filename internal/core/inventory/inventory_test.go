package inventory

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A name that is left out of the list could be asked for and never declared.
func TestUsesListsEveryName(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "inventory.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Use") || spec.Names[0].Name == "UseVolumePlugin" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, value)
		return true
	})
	got := slices.Sorted(slices.Values(Uses()))
	if slices.Sort(want); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("Uses() is %v, the constants are %v", got, want)
	}
}
