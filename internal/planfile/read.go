package planfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/evidence/declared"
	"github.com/fixline-dev/fixline/internal/strict"
)

// limit bounds a plan's text; one of 5,000 nodes over three hops has 150 MB.
const limit = 1 << 30

// File is a plan as it was read.
type File struct {
	Plan plan.Plan
	// Hash is that of the file's own content; it differs from Plan.Hash where
	// somebody changed the file.
	Hash string
}

// Changed reports whether the file is another than its hash was made of.
func (f *File) Changed() bool { return f.Hash != f.Plan.Hash }

// Findings say so, apart from what is wrong with the steps.
func (f *File) Findings() []plan.Finding {
	if !f.Changed() {
		return []plan.Finding{}
	}
	c := finding.Lookup("PLAN-009")
	says := fmt.Sprintf("hash %.12s", f.Plan.Hash)
	if f.Plan.Hash == "" {
		says = "no hash"
	}
	return []plan.Finding{{Code: c.Code, Severity: string(c.Severity), Object: "Plan/" + f.Plan.Cluster, Remedy: c.Remedy, Evidence: []string{},
		Message: fmt.Sprintf("the file says %s, and its content has %.12s", says, f.Hash)}}
}

// Read reads a plan, strictly: an unknown key, a wrong type or a missing field
// is a [*strict.Error] (or [strict.Errors], of the inventory) that names line
// and field. Whether the steps may be made is for [plan.Check] to say; a hash
// that does not fit is no error here.
func Read(r io.Reader, file string) (File, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return File{}, fmt.Errorf("reading %s: %w", file, err)
	}
	if len(data) > limit {
		return File{}, &strict.Error{File: file, Msg: "larger than 1 GiB, so no plan"}
	}
	in := &reader{file: file, data: data, seen: map[string][]byte{}}
	if err := in.top(); err != nil {
		return File{}, err
	}
	if err := in.fields(); err != nil {
		return File{}, err
	}
	sum, err := in.hash()
	if err != nil {
		return File{}, &strict.Error{File: file, Msg: err.Error()}
	}
	return File{Plan: in.plan, Hash: sum}, nil
}

// reader goes through the text once; every value stays where it is in data.
type reader struct {
	file string
	data []byte
	seen map[string][]byte // top-level members as they stand in data
	plan plan.Plan
}

// top splits the document into its members.
func (in *reader) top() error {
	d := json.NewDecoder(bytes.NewReader(in.data))
	t, err := d.Token()
	if err != nil {
		return in.syntax(err, 0)
	}
	if t != json.Delim('{') {
		return in.mistake(0, "", "a plan is a JSON object", "")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return in.syntax(err, 0)
		}
		name, _ := key.(string) // a key is always one
		at := int(d.InputOffset())
		if !slices.Contains(names(), name) {
			return in.unknown(at, name, name, names())
		}
		if _, twice := in.seen[name]; twice {
			return in.mistake(at, name, "the field is there twice", "remove one of them")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return in.syntax(err, 0)
		}
		end := int(d.InputOffset())
		in.seen[name] = in.data[end-len(raw) : end]
	}
	if _, err := d.Token(); err != nil {
		return in.syntax(err, 0)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in.mistake(int(d.InputOffset()), "", "there is more after the plan", "one file holds one plan")
	}
	return nil
}

// names are the members of a plan, by [members].
func names() []string {
	all := members(&plan.Plan{})
	out := make([]string, len(all))
	for i, m := range all {
		out[i] = m.name
	}
	return out
}

// fields reads each member; those that only describe may be missing.
func (in *reader) fields() error {
	p := &in.plan
	for _, f := range []struct {
		name     string
		into     any
		required bool
	}{
		{"apiVersion", &p.APIVersion, true}, {"kind", &p.Kind, true}, {"cluster", &p.Cluster, false}, {"asOf", &p.AsOf, true}, {"catalogDate", &p.CatalogDate, false},
		{"hash", &p.Hash, false}, {"strategy", &p.Strategy, false}, {"skewPolicy", &p.SkewPolicy, false}, {"from", &p.From, false}, {"target", &p.Target, true}, {"hops", &p.Hops, false},
		{"ignorePreflightErrors", &p.IgnorePreflightErrors, false},
		{"exposure", &p.Exposure, false}, {"readiness", &p.Readiness, false}, {"findings", &p.Findings, false},
	} {
		raw, ok := in.seen[f.name]
		if !ok && f.required {
			return in.mistake(0, f.name, "is required", "")
		}
		if ok {
			if err := in.decode(raw, f.into, f.name); err != nil {
				return err
			}
		}
	}
	for _, e := range []struct {
		name, is string
		may      []string
	}{
		{"apiVersion", p.APIVersion, []string{declared.APIVersion}}, {"kind", p.Kind, []string{Kind}},
		{"strategy", string(p.Strategy), []string{"", string(plan.Steady), string(plan.Fast)}}, {"skewPolicy", p.SkewPolicy, []string{"", "upstream", "conservative"}},
	} {
		if !slices.Contains(e.may, e.is) {
			return in.mistake(in.offset(in.seen[e.name]), e.name, fmt.Sprintf("%q is not %s", e.is, strings.Trim(strings.Join(e.may, ", "), ", ")), "")
		}
	}
	if _, err := time.Parse(time.DateOnly, p.AsOf); err != nil {
		return in.mistake(in.offset(in.seen["asOf"]), "asOf", fmt.Sprintf("%q is no date", p.AsOf), "write it as 2026-03-15")
	}
	if err := in.start(); err != nil {
		return err
	}
	return in.steps()
}

// start reads the inventory where it stands, so that its lines are the file's.
func (in *reader) start() error {
	raw, ok := in.seen["inventory"]
	if !ok {
		return in.mistake(0, "inventory", "is required", "a plan holds the cluster it starts from")
	}
	text := append(bytes.Repeat([]byte("\n"), in.line(in.offset(raw))-1), raw...)
	var clusters []inventory.Cluster
	for c, err := range declared.Read(bytes.NewReader(text), in.file) {
		if err != nil {
			return below("inventory", err)
		}
		clusters = append(clusters, c)
	}
	if len(clusters) != 1 {
		return in.mistake(in.offset(raw), "inventory", fmt.Sprintf("it holds %d clusters, not one", len(clusters)), "")
	}
	in.plan.Start = clusters[0]
	return nil
}

// below puts the fields of an inventory's mistakes under the plan's.
func below(field string, err error) error {
	var all strict.Errors
	var one *strict.Error
	switch {
	case errors.As(err, &all):
		for _, e := range all {
			e.Field = strings.TrimSuffix(field+"."+e.Field, ".")
		}
	case errors.As(err, &one):
		one.Field = strings.TrimSuffix(field+"."+one.Field, ".")
	}
	return err
}

func (in *reader) steps() error {
	raw, ok := in.seen["steps"]
	if !ok {
		return in.mistake(0, "steps", "is required", "")
	}
	in.plan.Steps = []plan.Step{}
	return in.each(raw, func(one []byte, k int) error {
		in.plan.Steps = append(in.plan.Steps, plan.Step{})
		return in.decode(one, &in.plan.Steps[k], fmt.Sprintf("steps[%d]", k))
	})
}

// each gives the elements of an array where they stand in data.
func (in *reader) each(raw []byte, f func([]byte, int) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return in.mistake(in.offset(raw), "steps", "must be a list", "")
	}
	for k := 0; d.More(); k++ {
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return in.syntax(err, in.offset(raw))
		}
		end := int(d.InputOffset())
		if err := f(raw[end-len(one):end], k); err != nil {
			return err
		}
	}
	return nil
}

// decode reads one value, strictly.
func (in *reader) decode(raw []byte, into any, field string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	at := in.offset(raw)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field != "" {
			field += "." + kind.Field
		}
		return in.mistake(at+int(kind.Offset), field, fmt.Sprintf("must be %s, not %s", word(kind.Type), kind.Value), "")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		if k := bytes.Index(raw, []byte(`"`+name+`"`)); k > 0 {
			at += k
		}
		return in.unknown(at, field+"."+name, name, []string{"id", "phase", "kind", "node", "components", "also", "batch", "hop", "from", "to", "say", "commands", "gatesBefore",
			"gatesAfter", "undo", "minutes", "exposure", "state", "legal", "versions", "partial", "advisory", "nodeMinutes", "component",
			"check", "owner", "reason"})
	}
	return in.mistake(at, field, err.Error(), "")
}

func word(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Int, reflect.Float64:
		return "a number"
	}
	return "an object"
}

// hash is that of the text itself, so that every change of content shows.
func (in *reader) hash() (string, error) {
	values := map[string]func(*canon) error{}
	for name, raw := range in.seen {
		values[name] = func(c *canon) error { return c.raw(raw) }
	}
	values["steps"] = func(c *canon) error {
		n := 0
		c.text("[")
		err := in.each(in.seen["steps"], func(one []byte, _ int) error {
			form, err := transformed(one)
			if err != nil {
				return err
			}
			if n++; n > 1 {
				c.text(",")
			}
			c.hash.Write(form)
			return nil
		})
		c.text("]")
		return err
	}
	return sum(values)
}

// offset is where a part of data starts.
func (in *reader) offset(part []byte) int { return cap(in.data) - cap(part) }

// line counts from 1.
func (in *reader) line(offset int) int {
	return 1 + bytes.Count(in.data[:max(0, min(offset, len(in.data)))], []byte("\n"))
}

func (in *reader) mistake(offset int, field, msg, hint string) error {
	return &strict.Error{File: in.file, Line: in.line(offset), Field: field, Msg: msg, Hint: hint}
}

func (in *reader) unknown(offset int, field, name string, known []string) error {
	hint := ""
	if near, ok := strict.Nearest(name, known); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return in.mistake(offset, field, "is not a field of a plan", hint)
}

func (in *reader) syntax(err error, base int) error {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return in.mistake(base+int(s.Offset), "", "no JSON: "+s.Error(), "")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return in.mistake(len(in.data), "", "the text ends in the middle of the plan", "")
	}
	return in.mistake(base, "", "no JSON: "+err.Error(), "")
}
