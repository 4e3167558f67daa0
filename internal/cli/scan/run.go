package scan

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/lifecycle"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/manifest"
	"github.com/fixline-dev/fixline/internal/policyfile"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/strict"
)

// run does what the options say and ends with the code of the contract.
func (o *Options) run(ctx context.Context) error {
	if err := o.checkPatch(); err != nil {
		return err
	}
	basis, err := o.basis()
	if err != nil {
		return err
	}
	files, err := manifest.Read(ctx, o.Paths, o.Factory.IO.In)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		return exit.BadInput(err)
	}
	add(basis, o.Paths, files)
	if err := addPolicies(ctx, basis, files); err != nil {
		return err
	}
	if err := o.addCluster(ctx, basis); err != nil {
		return err
	}
	r := scan.Judge(basis)
	form := report.Format(o.Output.Format.Value)
	var diff []byte
	edits := 0
	if o.Patch != "" || form != report.CSV && form != report.JUnit { // which say nothing of patches
		diff, edits = patch(r, o.Patch != "")
	}
	for _, e := range r.Unused(basis.Accepted) {
		o.Factory.IO.Notef("warning: the ignore file accepts %s (object %q, file %q), which was not found", e.Finding, e.Object, e.File)
	}
	if o.Patch != "" {
		if err := o.writePatch(r, diff, edits); err != nil {
			return err
		}
	}
	if o.Patch != "-" || o.Output.ToFile() {
		if err := o.write(r, form); err != nil {
			return err
		}
	}
	code := codeOf(r, o.FailOn.Value)
	if code == exit.Incomplete && (o.Output.ToFile() || o.Patch == "-" || form != report.Text) {
		o.Factory.IO.Notef("note: not a clean bill: something could not be read (exit code 4)")
	}
	return exit.Result(code)
}

// write writes the report.
func (o *Options) write(r scan.Result, form report.Format) error {
	return o.Output.To(o.Factory, func(w io.Writer, screen bool) error {
		opts := report.Options{Title: "Fixline scan", Program: o.Factory.Program, ToolVersion: build.Version()}
		if screen {
			opts.Width, opts.Colour = o.Factory.IO.Width(), o.Factory.IO.Color()
		}
		return report.WriteScan(w, form, r, opts)
	})
}

func codeOf(r scan.Result, failOn string) exit.Code {
	switch highest := finding.Severity(r.Highest()).Rank(); {
	case failOn != "none" && highest > 0 && highest >= finding.Severity(failOn).Rank():
		return exit.Findings
	case !r.Coverage.Complete:
		return exit.Incomplete
	}
	return exit.OK
}

// basis is what the answer rests on besides the manifests. What is wrong with
// the command line is said before any of them is read.
func (o *Options) basis() (*scan.Basis, error) {
	b := &scan.Basis{AsOf: o.AsOf.Or(o.Factory.Now()), Products: map[string]version.Minor{}}
	var err error
	if b.Target, err = o.target(b.AsOf); err != nil {
		return b, err
	}
	if b.Table, err = o.table(); err != nil {
		return b, err
	}
	for name, text := range o.Addons {
		m, err := minorOf(text)
		if err != nil {
			return b, exit.Usagef("--addon %s: %w", name, err)
		}
		if err := knows(b.Table, name); err != nil {
			return b, err
		}
		b.Products[name] = m
	}
	b.Accepted, err = o.accepted()
	return b, err
}

// target must be a release that is out: of another one nothing can be said.
func (o *Options) target(asOf time.Time) (version.Version, error) {
	if o.Target == "" {
		return version.Version{}, exit.WithHint(exit.Usagef("--target is missing: the version of Kubernetes to be moved to"), "fixline releases")
	}
	v, err := version.Parse(o.Target)
	if err != nil || !v.Known() {
		m, minorErr := version.ParseMinor(o.Target)
		if minorErr != nil {
			return v, exit.Usagef("--target: %w", minorErr)
		}
		v = m.First()
	}
	calendars, file, err := catalog.Calendars()
	if err != nil {
		return v, err
	}
	facts := knowledge.Facts{AsOf: asOf, Calendars: calendars}
	facts.Info.Date = file.Date
	if err := facts.CheckRelease(v); err != nil {
		return v, exit.WithHint(exit.Usagef("--target: %w", err), "fixline releases")
	}
	return v, nil
}

// minorOf reads 1.15 and 1.15.3 alike.
func minorOf(text string) (version.Minor, error) {
	if m, err := version.ParseMinor(text); err == nil {
		return m, nil
	}
	v, err := version.Parse(text)
	if err != nil {
		return version.Minor{}, err
	}
	return v.Minor(), nil
}

// knows refuses the name of an add-on that no rule speaks of.
func knows(t *removal.Table, product string) error {
	var names []string
	for _, p := range t.Products() {
		if p == product && p != removal.Kubernetes {
			return nil
		}
		if p != removal.Kubernetes {
			names = append(names, p)
		}
	}
	hint := fmt.Sprintf("rules speak of %s", names)
	if near, ok := strict.Nearest(product, names); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return exit.WithHint(exit.Usagef("--addon: no rule speaks of %q", product), "%s", hint)
}

func (o *Options) table() (*removal.Table, error) {
	t, err := catalog.APIs()
	if err != nil {
		return nil, err
	}
	for _, path := range o.Rules {
		f, err := strict.Open(path, strict.Limits{})
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading the rules: %w", err))
		}
		rules, err := lifecycle.ReadRules(f, path)
		_ = f.Close() // only read from
		if err == nil {
			t, err = lifecycle.Apply(t, rules...)
		}
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading the rules: %w", err))
		}
	}
	return t, nil
}

func (o *Options) accepted() ([]policy.Acceptance, error) {
	var out []policy.Acceptance
	for _, path := range o.Ignore {
		entries, err := policyfile.LoadIgnore(path)
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading the accepted findings: %w", err))
		}
		out = append(out, entries...)
	}
	return out, nil
}
