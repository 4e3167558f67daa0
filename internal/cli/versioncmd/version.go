// Package versioncmd is the command `fixline version`.
package versioncmd

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

// Options of `fixline version`.
type Options struct {
	Factory *factory.Factory
	Output  flags.Enum
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
	o := &Options{Factory: f, Output: flags.Enum{Value: "text", Allowed: []string{"text", "json", "yaml"}}}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the commit and the date of the embedded catalogue",
		Long: `Print the version, the commit it was built from and, with -o json or yaml, the
date of the embedded catalogue.

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
	flags.EnumVar(cmd, &o.Output, "output", "o", "Form of the result")
	return cmd
}

func run(o *Options) error {
	if o.Output.Value == "text" {
		text := "fixline " + build.Version()
		if c := build.Commit(); c != "" {
			text += " (" + c + ")"
		}
		_, err := fmt.Fprintln(o.Factory.IO.Out, text)
		return err
	}
	info := Info{APIVersion: "fixline.dev/v1alpha1", Kind: "Version", Version: build.Version(), Go: build.Go()}
	if c := build.Commit(); c != "" {
		info.Commit = &c
	}
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	if o.Output.Value == "yaml" {
		if data, err = yaml.JSONToYAML(data); err != nil {
			return err
		}
	}
	_, err = o.Factory.IO.Out.Write(data)
	return err
}
