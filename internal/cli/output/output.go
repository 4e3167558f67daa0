// Package output decides where a result is written and in which form: the
// standard output or a file that is replaced whole or not at all. The forms
// themselves are package report's. Start at [Options.Write].
package output

import (
	"fmt"
	"io"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options are -o and --output-file.
type Options struct {
	Format flags.Enum
	File   string
}

// Show says what of the result is shown.
type Show struct {
	All   bool
	Title string
}

// AddFlags adds the output flags of a result that has every form of report.
func (o *Options) AddFlags(cmd *cobra.Command) { o.addFlags(cmd, report.Formats()) }

// AddDataFlags adds the output flags of plain data: text, JSON, YAML.
func (o *Options) AddDataFlags(cmd *cobra.Command) {
	o.addFlags(cmd, []report.Format{report.Text, report.JSON, report.YAML})
}

// AddForms adds the output flags of a result that has the forms named.
func (o *Options) AddForms(cmd *cobra.Command, forms []report.Format) { o.addFlags(cmd, forms) }

func (o *Options) addFlags(cmd *cobra.Command, formats []report.Format) {
	o.Format = flags.Enum{Value: string(report.Text)}
	for _, f := range formats {
		o.Format.Allowed = append(o.Format.Allowed, string(f))
	}
	flags.EnumVar(cmd, &o.Format, "output", "o", "Form of the result")
	cmd.Flags().StringVar(&o.File, "output-file", "", "Write the result to `FILE`, whole or not at all")
	flags.Path(cmd.Flags(), "output-file")
}

// ToFile reports whether the result goes to a file, so that the screen does not show it.
func (o *Options) ToFile() bool { return o.File != "" }

// Write writes r.
func (o *Options) Write(f *factory.Factory, r assess.Result, show Show) error {
	return o.To(f, func(w io.Writer, screen bool) error {
		return report.Write(w, report.Format(o.Format.Value), r, options(f, show, screen))
	})
}

// WriteTable writes the text report of a fleet too large to be held: r without
// clusters, and its table.
func (o *Options) WriteTable(f *factory.Factory, r assess.Result, briefs []report.Brief) error {
	return o.To(f, func(w io.Writer, screen bool) error {
		return report.WriteTable(w, r, briefs, options(f, Show{}, screen))
	})
}

func options(f *factory.Factory, show Show, screen bool) report.Options {
	opts := report.Options{All: show.All, Title: show.Title, Program: f.Program, ToolVersion: build.Version()}
	if screen {
		opts.Width, opts.Colour = f.IO.Width(), f.IO.Color()
	}
	return opts
}

// To gives write the place to write to; screen is false for a file. A file
// appears only when write succeeded, and replaces an older one in one step.
func (o *Options) To(f *factory.Factory, write func(w io.Writer, screen bool) error) error {
	if o.File == "" {
		return write(f.IO.Out, true)
	}
	if err := Atomically(o.File, func(w io.Writer) error { return write(w, false) }); err != nil {
		return err
	}
	f.IO.Verbosef("wrote %s", o.File)
	return nil
}

// Atomically writes path whole or not at all. That path cannot be written is
// the user's to correct.
func Atomically(path string, write func(io.Writer) error) error {
	pending, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return exit.BadInput(fmt.Errorf("writing %s: %w", path, err))
	}
	defer func() { _ = pending.Cleanup() }() // does nothing once replaced
	if err := write(pending); err != nil {
		return err
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
