package pack

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/strict"
)

// decodeManifest reads bundle.json and holds it to the format: every key
// known (a newer revision may add some), every value of its form, every path
// below the bundle, once, and within the limits.
func decodeManifest(data []byte) (evidence.Manifest, error) {
	file := evidence.ManifestFile
	damaged := "the manifest is damaged: take the bundle from where it was written, or collect again"
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) == 0 || start[0] != '{' {
		return evidence.Manifest{}, &InputError{File: file, Err: errors.New("it is no JSON object"), Advice: damaged}
	}
	limits := strict.Limits{Bytes: MaxManifest, Depth: 8, Values: 4_000_000, Documents: 1}
	var m evidence.Manifest
	for read, err := range strict.Decode(bytes.NewReader(data), file, limits, readManifest) {
		if err != nil {
			return m, manifestError(err, damaged)
		}
		m = read
	}
	return m, nil
}

// manifestError is the first mistake as an InputError.
func manifestError(err error, advice string) error {
	one, ok := errors.AsType[*strict.Error](err)
	if !ok {
		return &InputError{File: evidence.ManifestFile, Err: err, Advice: advice}
	}
	if one.Hint != "" {
		advice = one.Hint
	}
	return &InputError{File: evidence.ManifestFile, Line: one.Line, Field: one.Field, Err: errors.New(one.Msg), Advice: advice}
}

// manifestReader reads the parts of a manifest; loose lets unknown keys be.
type manifestReader struct{ loose bool }

// fields holds n to its known keys.
func (r manifestReader) fields(n *strict.Node, known ...string) {
	if r.loose && n.Kind() == strict.Map {
		n.Pairs(func(key string, _ *strict.Node) { known = append(known, key) })
	}
	n.Fields(known...)
}

func readManifest(n *strict.Node) evidence.Manifest {
	m := evidence.Manifest{APIVersion: n.Get("apiVersion").Text(), Kind: n.Get("kind").Text(), Program: n.Get("program").Text()}
	if m.APIVersion != evidence.ManifestAPIVersion || m.Kind != evidence.ManifestKind {
		n.Report(fmt.Sprintf("it is no manifest of a bundle: apiVersion %q and kind %q, not %s and %s",
			m.APIVersion, m.Kind, evidence.ManifestAPIVersion, evidence.ManifestKind), "name a bundle that fixline collect wrote")
		return m
	}
	m.Schema, _ = n.Get("schema").Int()
	m.Revision, _ = n.Get("revision").Int()
	switch {
	case n.Failed():
		return m
	case m.Schema < 1 || m.Revision < 0:
		n.Get("schema").Reportf("there is no format %d, revision %d", m.Schema, m.Revision)
		return m
	case m.Schema > evidence.Schema:
		n.Get("schema").Report(fmt.Sprintf("the bundle has format %d, this program reads up to %d", m.Schema, evidence.Schema), newer(m.Program))
		return m
	}
	r := manifestReader{loose: m.Revision > evidence.Revision}
	r.fields(n, "apiVersion", "kind", "schema", "revision", "cluster", "server", "program", "started", "finished", "files", "coverage", "warnings", "clocks")
	m.Cluster, m.Server = n.Get("cluster").Text(), n.Get("server").Text()
	m.Started, m.Finished = instant(n.Get("started")), instant(n.Get("finished"))
	m.Files, m.Coverage, m.Clocks = r.files(n.Get("files")), r.coverage(n.Get("coverage")), r.clocks(n.Get("clocks"))
	m.Warnings = append([]string{}, n.Get("warnings").Texts()...)
	return m
}

// newer names the program that reads a bundle this one does not.
func newer(program string) string {
	if program == "" || len(program) > 64 {
		return "read it with the fixline that wrote it, or a newer one"
	}
	return fmt.Sprintf("%q wrote it: read it with that version or a newer one; fixline version prints this one's", program)
}

// instant is a time in RFC 3339.
func instant(n *strict.Node) string {
	s := n.Required()
	if _, err := time.Parse(time.RFC3339, s); err != nil && s != "" {
		n.Reportf("%q is no time such as 2026-03-15T09:00:00Z", s)
	}
	return s
}

var sumPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (r manifestReader) files(list *strict.Node) []evidence.File {
	out := []evidence.File{}
	seen, total := map[string]bool{}, int64(0)
	if len(list.Items()) > MaxFiles {
		list.Reportf("it names %d files, more than the %d that are read", len(list.Items()), MaxFiles)
		return out
	}
	for _, n := range list.Items() {
		r.fields(n, "path", "sha256", "bytes", "items", "from", "by", "at")
		f := evidence.File{Path: n.Get("path").Required(), SHA256: n.Get("sha256").Required(),
			Origin: evidence.Origin{From: n.Get("from").Text(), By: n.Get("by").Text(), At: n.Get("at").Text()}}
		bytes, ok := n.Get("bytes").Int()
		f.Items, _ = n.Get("items").Int()
		f.Bytes = int64(bytes)
		total += f.Bytes
		switch {
		case n.Failed():
			return out
		case !ok || f.Bytes < 0 || f.Items < 0:
			n.Reportf("%s: bytes and items are whole numbers from 0", f.Path)
		case f.Bytes > MaxFile:
			n.Get("bytes").Reportf("%s is %d MiB, more than the %d MiB that are read of one file", f.Path, f.Bytes>>20, MaxFile>>20)
		case total > MaxTotal:
			n.Get("bytes").Reportf("with %s the files are more than %d GiB together", f.Path, MaxTotal>>30)
		case !sumPattern.MatchString(f.SHA256):
			n.Get("sha256").Reportf("%s: %q is no SHA-256 sum: 64 digits of lower-case hexadecimal", f.Path, f.SHA256)
		case seen[f.Path]:
			n.Get("path").Reportf("%s is named twice", f.Path)
		}
		if err := checkPath(f.Path); err != nil {
			n.Get("path").Reportf("%q: %v", f.Path, err)
		}
		seen[f.Path] = true
		out = append(out, f)
	}
	return out
}

func (r manifestReader) coverage(list *strict.Node) []evidence.Check {
	out := []evidence.Check{}
	seen := map[string]bool{}
	for _, n := range list.Items() {
		r.fields(n, "asked", "state", "reason", "rule")
		c := evidence.Check{Asked: n.Get("asked").Required(), Reason: n.Get("reason").Text()}
		if err := c.State.UnmarshalText([]byte(n.Get("state").Required())); err != nil {
			n.Get("state").Reportf("%v", err)
		}
		if rule := n.Get("rule"); rule.Kind() == strict.Map {
			r.fields(rule, "apiGroup", "resource", "resourceName", "verb", "nonResourceURL")
			c.Rule = &evidence.Rule{APIGroup: rule.Get("apiGroup").Text(), Resource: rule.Get("resource").Text(),
				ResourceName: rule.Get("resourceName").Text(), Verb: rule.Get("verb").Text(), NonResourceURL: rule.Get("nonResourceURL").Text()}
		}
		if c.Reason == "" && c.State != evidence.Read {
			n.Reportf("%s: what is %s has a reason", c.Asked, c.State)
		}
		if seen[c.Asked] {
			n.Reportf("%s is there twice", c.Asked)
		}
		seen[c.Asked] = true
		out = append(out, c)
	}
	return out
}

func (r manifestReader) clocks(list *strict.Node) []evidence.Clock {
	out := []evidence.Clock{}
	for _, n := range list.Items() {
		r.fields(n, "of", "at", "aheadSeconds", "withinSeconds")
		c := evidence.Clock{Of: n.Get("of").Required(), At: instant(n.Get("at"))}
		c.Ahead, _ = n.Get("aheadSeconds").Float()
		c.Within, _ = n.Get("withinSeconds").Float()
		out = append(out, c)
	}
	return out
}
