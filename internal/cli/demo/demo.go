// Package demo is the command `fixline demo`: the main job on an embedded
// recording of a real kubeadm cluster, with no cluster and no network. Start
// at [NewCmdDemo].
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
	"github.com/fixline-dev/fixline/internal/cli/output"
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
		Short: "Run assess on a recording of a real cluster; needs no cluster and no network",
		Long: `Run assess on a recording of a real kubeadm cluster that is part of the
program, as of ` + asOf().Format(time.DateOnly) + `. The result goes to the screen and, as an HTML page, into
a folder. It ends with 0 whatever it finds.

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
	cmd.Flags().StringVar(&o.Dir, "dir", "fixline-report", "`FOLDER` for the HTML report")
	flags.Path(cmd.Flags(), "dir")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	a := &assess.Options{Factory: o.Factory}
	a.Source.Embedded, a.Source.Name, a.Source.Environment.Value = demo.Recording(), demo.Name, environment
	a.Source.Owner = owner
	a.Knowledge.AsOf.Day, a.Knowledge.EmbeddedOnly = asOf(), true
	result, err := a.Judge(ctx)
	if err != nil {
		return err
	}
	streams := o.Factory.IO
	opts := report.Options{Program: o.Factory.Program, ToolVersion: build.Version(), Width: streams.Width(), Colour: streams.Color()}
	if err := report.Write(streams.Out, report.Text, result, opts); err != nil {
		return err
	}
	page := filepath.Join(o.Dir, "report.html")
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return exit.BadInput(fmt.Errorf("making the report's folder: %w", err))
	}
	err = output.Atomically(page, func(w io.Writer) error { return report.Write(w, report.HTML, result, opts) })
	if err != nil {
		return err
	}
	streams.Notef("\nThe same as an HTML page: %s", page)
	streams.Notef("This was a recording of a real kubeadm cluster. On your own:")
	streams.Notef("  %s assess", o.Factory.Program)
	streams.Notef("The demo stands for: %s assess --bundle RECORDING --name %s --environment %s --owner %s --as-of %s",
		o.Factory.Program, demo.Name, environment, owner, asOf().Format(time.DateOnly))
	return nil
}
