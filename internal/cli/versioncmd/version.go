// Package versioncmd is the command `fixline version`. Start at [NewCmdVersion].
package versioncmd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
)

// Options of `fixline version`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
}

// Info is `fixline version -o json`.
type Info struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Version    string  `json:"version"`
	Commit     *string `json:"commit"`
	Go         string  `json:"go"`
	Catalog    Catalog `json:"catalog"`
}

// Catalog dates the embedded facts.
type Catalog struct {
	Date              string `json:"date"`
	AdvisoriesThrough string `json:"advisoriesThrough"`
}

// NewCmdVersion builds the command.
func NewCmdVersion(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the date of the embedded catalogue",
		Long: `Print the version, the commit it was built from and the date of the embedded
catalogue.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline version\n  fixline version -o json",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	o.Output.AddDataFlags(cmd)
	return cmd
}

func run(o *Options) error {
	if o.Output.Format.Value == "text" {
		text := "fixline " + build.Version()
		if c := build.Commit(); c != "" {
			text += " (" + c + ")"
		}
		c, err := catalog.Load()
		if err != nil {
			return err
		}
		return o.Output.Data(o.Factory, nil, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\ncatalogue of %s, advisories read through %s\n", text,
				c.Date.Format(time.DateOnly), c.AdvisoriesThrough.Format(time.DateOnly))
			return err
		})
	}
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	info := Info{APIVersion: "fixline.dev/v1alpha1", Kind: "Version", Version: build.Version(), Go: build.Go(),
		Catalog: Catalog{Date: c.Date.Format(time.DateOnly), AdvisoriesThrough: c.AdvisoriesThrough.Format(time.DateOnly)}}
	if commit := build.Commit(); commit != "" {
		info.Commit = &commit
	}
	return o.Output.Data(o.Factory, info, nil)
}
