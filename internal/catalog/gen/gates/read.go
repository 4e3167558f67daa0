package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/settingrules"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// fetch names the zip of a module version and the sum Go knows it by.
type fetch func(module, v string) (file, sum string, err error)

// read reads every release, oldest first, and joins what they say of a gate
// into spans of releases that say the same.
func read(m modules, get fetch) (settingrules.GateFile, error) {
	out := settingrules.GateFile{Date: m.Date, License: m.License, Components: m.Components}
	spans := map[string][]settingrules.Span{}
	previous := ""
	for _, r := range m.Releases {
		v, err := version.Parse(r)
		if err != nil {
			return out, err
		}
		minor := v.Minor()
		gates, err := release(m, v, get, &out)
		if err != nil {
			return out, fmt.Errorf("reading Kubernetes %s: %w", r, err)
		}
		for name, specs := range gates {
			s, ok := at(specs, minor)
			if !ok {
				continue
			}
			s.From, s.To = minor.String(), minor.String()
			spans[name] = extend(spans[name], previous, s)
		}
		previous = minor.String()
		out.Through = previous
		if out.From == "" {
			out.From = previous
		}
	}
	for name, s := range spans {
		out.Gates = append(out.Gates, settingrules.Gate{Name: name, Spans: s})
	}
	slices.SortFunc(out.Gates, func(a, b settingrules.Gate) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// release reads the packages of one release. A package that the release does
// not have yet says nothing.
func release(m modules, v version.Version, get fetch, out *settingrules.GateFile) (map[string][]spec, error) {
	l := &listed{gates: map[string][]spec{}, consts: map[string]string{}}
	zips := map[string]string{}
	for _, pkg := range slices.Concat(m.Packages, m.Constants) {
		module, dir := split(pkg)
		if zips[module] == "" {
			mv := "v" + v.String()
			if module != "k8s.io/kubernetes" {
				mv = strings.Replace(mv, "v1.", "v0.", 1)
			}
			file, sum, err := get(module, mv)
			if err != nil {
				return nil, err
			}
			zips[module] = file
			out.Modules = append(out.Modules, settingrules.Module{Path: module, Version: mv, Sum: sum})
		}
		into := l
		if slices.Contains(m.Constants, pkg) {
			into = &listed{gates: map[string][]spec{}, consts: l.consts}
		}
		if err := into.parse(zips[module], dir); err != nil {
			return nil, fmt.Errorf("%s: %w", pkg, err)
		}
	}
	gates := map[string][]spec{}
	for key, specs := range l.gates {
		name, ok := l.consts[key]
		if !ok {
			return nil, fmt.Errorf("the constant %s is in none of the packages", key)
		}
		gates[name] = specs
	}
	if len(gates) < 50 {
		return nil, fmt.Errorf("only %d gates found: their packages have moved", len(gates))
	}
	return gates, nil
}

func split(pkg string) (module, dir string) {
	parts := strings.SplitN(pkg, "/", 3)
	return parts[0] + "/" + parts[1], parts[2]
}

// at is what a release says of a gate: the last of its specs that has come, as
// k8s.io/component-base/featuregate chooses it. No spec yet: the gate is known
// but cannot be set.
func at(specs []spec, m version.Minor) (settingrules.Span, bool) {
	var out settingrules.Span
	ok := false
	for _, s := range specs {
		before := version.Minor{Major: m.Major, Minor: m.Minor - 1} // what a release is compatible with unless told otherwise
		if s.since.Compare(m) > 0 || s.compatible.Compare(before) > 0 {
			continue
		}
		out, ok = settingrules.Span{Stage: s.stage, Default: s.on, Locked: s.locked}, true
	}
	return out, ok
}

// extend adds what one release says: to the last span where that reached the
// release before and says the same, else as a new one.
func extend(spans []settingrules.Span, previous string, s settingrules.Span) []settingrules.Span {
	if n := len(spans); n > 0 && spans[n-1].To == previous {
		last := spans[n-1]
		last.From, last.To = s.From, s.To
		if last == s {
			spans[n-1].To = s.To
			return spans
		}
	}
	return append(spans, s)
}

// encode writes JSON with one gate per line, so that a new release is read in
// its diff.
func encode(f settingrules.GateFile) ([]byte, error) {
	gates := f.Gates
	f.Gates = nil
	var b bytes.Buffer
	head, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, err
	}
	text := strings.TrimSuffix(string(head), "null\n}")
	if text == string(head) {
		return nil, errors.New("the list of gates is not the last of the file")
	}
	b.WriteString(text + "[\n")
	for i, g := range gates {
		line, err := json.Marshal(g)
		if err != nil {
			return nil, err
		}
		b.WriteString("  " + string(line))
		if i < len(gates)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString(" ]\n}\n")
	return b.Bytes(), nil
}
