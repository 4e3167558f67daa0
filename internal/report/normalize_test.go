package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
)

// filled is a value of type t in which every pointer points, every list has
// one element of which every list is nil, so that no list can hide.
func filled(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(filled(t.Field(i).Type))
		}
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(filled(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			v = reflect.Append(v, filled(t.Elem()), reflect.Zero(t.Elem()))
		}
	}
	return v
}

func nilSlices(v reflect.Value, path string) []string {
	var out []string
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, nilSlices(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out = nilSlices(v.Elem(), path)
		}
	case reflect.Slice:
		if v.IsNil() {
			return []string{path}
		}
		for i := range v.Len() {
			out = append(out, nilSlices(v.Index(i), path+"[]")...)
		}
	}
	return out
}

func TestNormalizeLeavesNoNilList(t *testing.T) {
	r := filled(reflect.TypeFor[assess.Result]()).Interface().(assess.Result)
	if len(nilSlices(reflect.ValueOf(r), "Result")) == 0 {
		t.Fatal("the test's own value holds no nil list")
	}
	n := report.Normalize(r)
	if left := nilSlices(reflect.ValueOf(n), "Result"); len(left) > 0 {
		t.Errorf("still nil: %v", left)
	}
}

func TestWriteDoesNotChangeTheResult(t *testing.T) {
	want := report.Normalize(hostile())
	r := report.Normalize(hostile())
	for _, f := range report.Formats() {
		write(t, f, r, report.Options{})
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
}

func TestJSONIsTheStruct(t *testing.T) {
	for name, r := range examples() {
		var got assess.Result
		if err := json.Unmarshal(write(t, report.JSON, r, report.Options{}), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(report.Normalize(r), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Clusters are encoded one by one; the document must be what encoding it whole
// would have given.
func TestJSONInPiecesIsTheWholeDocument(t *testing.T) {
	all := examples()
	all["since"], all["none"] = since(), result("2026-03-15")
	for name, r := range all {
		var whole bytes.Buffer
		enc := json.NewEncoder(&whole)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(report.Normalize(r)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(whole.String(), string(write(t, report.JSON, r, report.Options{}))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestYAMLIsTheSameDocument(t *testing.T) {
	for name, r := range examples() {
		fromYAML, err := yaml.YAMLToJSON(write(t, report.YAML, r, report.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := json.Unmarshal(fromYAML, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(write(t, report.JSON, r, report.Options{}), &b); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(b, a); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestWritingTwiceGivesTheSame(t *testing.T) {
	for _, f := range report.Formats() {
		if !bytes.Equal(write(t, f, fleet(), report.Options{}), write(t, f, fleet(), report.Options{})) {
			t.Errorf("%s differs from run to run", f)
		}
	}
}
