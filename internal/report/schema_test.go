package report_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
)

var schemaFile = filepath.Join("..", "..", "docs", "reference", "assessment.schema.json")

// The published schema is made from the Go types and their comments, so it
// cannot say anything else than the program.
func TestPublishedSchemaIsTheTypes(t *testing.T) {
	got, err := json.MarshalIndent(schemaOf(t, false), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(schemaFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s is not what the types say; run the test with -update (-want +got):\n%s", schemaFile, d)
	}
}

// Our own output is held to a stricter schema than users get: they must live
// with fields added later, we must not write one the schema does not know.
func TestExamplesValidate(t *testing.T) {
	schema := compile(t, "assessment.json", schemaOf(t, true))
	for name, r := range examples() {
		t.Run(name, func(t *testing.T) {
			if err := schema.Validate(decode(t, write(t, report.JSON, r, report.Options{}))); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("refuses a wrong verdict", func(t *testing.T) {
		r := patch()
		r.Clusters[0].Advisories[0].Verdict = "perhaps"
		if schema.Validate(decode(t, write(t, report.JSON, r, report.Options{}))) == nil {
			t.Error("a verdict that is none was accepted")
		}
	})
}

func decode(t *testing.T, doc []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(doc)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func compile(t *testing.T, url string, doc any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(url, decode(t, text)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values are the words a field may hold, by "Type.field".
func values() map[string][]string {
	return map[string][]string{
		"Result.apiVersion": {"fixline.dev/v1alpha1"}, "Result.kind": {"Assessment"},
		"ClusterResult.environment": {"development", "staging", "production"},
		"Ownership.by":              {"you", "provider", "shared"},
		"Support.status":            {"supported", "maintenance", "end-of-life", "unknown"},
		"AdvisoryResult.verdict":    verdicts(), "ComponentVerdict.verdict": verdicts(),
		"AdvisoryResult.fixState": {"fixed", "gate", "never"},
		"ConditionResult.state":   {"met", "not-met", "unknown"},
		"MitigationResult.state":  {"in-place", "missing", "unknown"},
		"Finding.severity":        {"blocker", "warning", "info"},
		"Target.kind":             {"none", "patch", "minor", "provider", "unreachable"},
		"Decision.affected":       answers(), "Decision.minorSupported": answers(), "Decision.reachable": answers(), "Decision.clear": answers(),
	}
}

func verdicts() []string {
	return []string{string(assess.Affected), string(assess.NotReachable), string(assess.MitigateOnly), string(assess.Unknown), string(assess.NotAffected)}
}

func answers() []string { return []string{"yes", "no", "unknown"} }

func dates() map[string]bool {
	return map[string]bool{"Result.asOf": true, "CatalogInfo.date": true, "CatalogInfo.advisoriesThrough": true, "Support.endOfLife": true,
		"AdvisoryResult.published": true, "ClusterResult.due": true, "Since.asOf": true, "Accepted.expires": true}
}

// schemaOf reflects over assess.Result; strict refuses unknown fields.
func schemaOf(t *testing.T, strict bool) map[string]any {
	g := &schemaMaker{comments: comments(t), strict: strict, defs: map[string]any{}}
	root := g.object(reflect.TypeFor[assess.Result]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "https://github.com/fixline-dev/fixline/blob/main/docs/reference/assessment.schema.json"
	root["title"] = "Assessment: the result of `fixline assess -o json`"
	root["$defs"] = g.defs
	return root
}

type schemaMaker struct {
	comments map[string]string // "Type" and "Type.GoField"
	strict   bool
	defs     map[string]any
}

func (g *schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		key := t.Name() + "." + name
		s := g.of(f.Type, key)
		if d := g.comments[t.Name()+"."+f.Name]; d != "" {
			if _, ref := s["$ref"]; ref {
				s = map[string]any{"allOf": []any{s}}
			}
			s["description"] = d
		}
		properties[name] = s
		if rest != "omitempty" {
			required = append(required, name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "required": required}
	if d := g.comments[t.Name()]; d != "" {
		out["description"] = d
	}
	if g.strict {
		out["additionalProperties"] = false
	}
	return out
}

func (g *schemaMaker) of(t reflect.Type, key string) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		s := g.of(t.Elem(), key)
		if kind, scalar := s["type"].(string); scalar && s["enum"] == nil {
			s["type"] = []string{kind, "null"}
			return s
		}
		return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.of(t.Elem(), key+"[]")}
	case reflect.Struct:
		if g.defs[t.Name()] == nil {
			g.defs[t.Name()] = true // ends a recursion, should there ever be one
			g.defs[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	s := map[string]any{"type": "string"}
	if words := values()[key]; words != nil {
		s["enum"] = words
	}
	if dates()[key] {
		s["format"] = "date"
	}
	return s
}

// comments reads what the Go source says about types and fields.
func comments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "core", "assess", "result.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, d := range file.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || len(gen.Specs) != 1 {
			continue
		}
		spec, ok := gen.Specs[0].(*ast.TypeSpec)
		if !ok {
			continue
		}
		out[spec.Name.Name] = words(gen.Doc)
		if s, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range s.Fields.List {
				for _, n := range f.Names {
					out[spec.Name.Name+"."+n.Name] = strings.TrimSpace(words(f.Doc) + " " + words(f.Comment))
				}
			}
		}
	}
	return out
}

func words(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
