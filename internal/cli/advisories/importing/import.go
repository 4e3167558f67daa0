// Package importing is the command `fixline advisories import FILE`. Start at
// [NewCmdImport].
package importing

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog/store"
	"github.com/fixline-dev/fixline/internal/cli/advisories/kept"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
)

// Options of `fixline advisories import`.
type Options struct {
	Factory *factory.Factory
	File    string
	SHA256  string
	Name    string
}

// NewCmdImport builds the command.
func NewCmdImport(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Keep advisories or a release calendar from a file, a folder or a zip",
		Long: `Keep a file, folder or zip in your data folder; from then on it counts in every
judgement, merged with the catalogue by its rules. Understood are OSV, the
official Kubernetes CVE feed, CVE records 5.x, endoflife.date, schedule.yaml,
eol.yaml and Fixline's own YAML. No network is used.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories import feed.json\n  fixline advisories import osv.zip --sha256 SUM",
		Args:    flags.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	cmd.Flags().StringVar(&o.SHA256, "sha256", "", "SHA-256 `SUM` the file must have (default: a .sha256 file beside it, where there is one)")
	cmd.Flags().StringVar(&o.Name, "name", "", "`NAME` to keep it under (default: where it came from)")
	return cmd
}

func run(o *Options) error {
	s := store.New(o.Factory.DataDir)
	entry, warnings, err := s.Import(o.File, store.Options{Name: o.Name, SHA256: o.SHA256, Now: knowledge.Today(o.Factory)})
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return err
		}
		return exit.BadInput(err)
	}
	kept.Say(o.Factory, s, entry, warnings)
	return nil
}
