// Package demo is the command `fixline demo`: the main job, and the plan that
// follows from it, on an embedded recording of a real kubeadm cluster, with no
// cluster and no network. Start at [NewCmdDemo].
package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/assess"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/plan"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/demo"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline demo`.
type Options struct {
	Factory *factory.Factory
	Dir     string
}

// asOf pins the day, so that the demo says the same next year.
func asOf() time.Time { return time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC) }

// environment and owner make the demo a cluster that matters to somebody.
const (
	environment = "production"
	owner       = "platform-team"
)

// NewCmdDemo builds the command.
func NewCmdDemo(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run assess and plan on a recording of a real cluster; needs no cluster and no network",
		Long: `Run assess, and then plan, on a recording of a real kubeadm cluster that is part
of the program, as of ` + asOf().Format(time.DateOnly) + `. The results go to the screen, the plan in short, and
whole as HTML pages into a folder. It ends with 0 whatever it finds.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline demo\n  fixline demo --dir /tmp/report",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Dir, "dir", "fixline-report", "`FOLDER` for the HTML reports")
	flags.Path(cmd.Flags(), "dir")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	opts := report.Options{Program: o.Factory.Program, ToolVersion: build.Version(), Width: o.Factory.IO.Width(), Colour: o.Factory.IO.Color()}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return exit.BadInput(fmt.Errorf("making the report's folder: %w", err))
	}
	if err := o.assess(ctx, opts); err != nil {
		return err
	}
	if err := o.plan(ctx, opts); err != nil {
		return err
	}
	streams := o.Factory.IO
	streams.Notef("\nThe same as HTML pages, whole: %s, %s", filepath.Join(o.Dir, "report.html"), filepath.Join(o.Dir, "plan.html"))
	streams.Notef("This was a recording of a real kubeadm cluster. On your own:")
	streams.Notef("  %s assess\n  %s plan", o.Factory.Program, o.Factory.Program)
	streams.Notef("The demo stands for: %s assess --bundle RECORDING --name %s --environment %s --owner %s --as-of %s, and %s plan with the same",
		o.Factory.Program, demo.Name, environment, owner, asOf().Format(time.DateOnly), o.Factory.Program)
	return nil
}

// recording is the embedded cluster as a source.
func recording() source.Options {
	var s source.Options
	s.Embedded, s.Name, s.Environment.Value, s.Owner = demo.Recording(), demo.Name, environment, owner
	return s
}

func known() knowledge.Options {
	var k knowledge.Options
	k.AsOf.Day, k.EmbeddedOnly = asOf(), true
	return k
}

func (o *Options) assess(ctx context.Context, opts report.Options) error {
	a := &assess.Options{Factory: o.Factory, Source: recording(), Knowledge: known()}
	result, err := a.Judge(ctx)
	if err != nil {
		return err
	}
	if err := report.Write(o.Factory.IO.Out, report.Text, result, opts); err != nil {
		return err
	}
	return output.Atomically(filepath.Join(o.Dir, "report.html"), func(w io.Writer) error { return report.Write(w, report.HTML, result, opts) })
}

// plan makes the plan to the version that was just chosen.
func (o *Options) plan(ctx context.Context, opts report.Options) error {
	p := plan.New(o.Factory)
	p.Source, p.Knowledge = recording(), known()
	made, notes, err := p.Make(ctx)
	if err != nil {
		return err
	}
	short := notes
	short.Brief = true
	if _, err := fmt.Fprint(o.Factory.IO.Out, "\n\n"); err != nil {
		return err
	}
	if err := report.WritePlan(o.Factory.IO.Out, report.Text, made, short, opts); err != nil {
		return err
	}
	return output.Atomically(filepath.Join(o.Dir, "plan.html"), func(w io.Writer) error { return report.WritePlan(w, report.HTML, made, notes, opts) })
}
