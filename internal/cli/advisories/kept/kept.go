// Package kept is about the data a user has added: `fixline advisories
// imported` lists it and `fixline advisories remove` drops it. Start at
// [NewCmdImported].
package kept

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog/store"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
)

// Options of both commands.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Name    string
}

// List is `fixline advisories imported -o json`.
type List struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Folder     string        `json:"folder"`
	Entries    []store.Entry `json:"entries"`
}

// NewCmdImported builds `fixline advisories imported`.
func NewCmdImported(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:     "imported",
		Short:   "List the data you added, with where it came from and its sum",
		Long:    "List what import and update have kept in your data folder.\n\n" + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories imported\n  fixline advisories imported -o json",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return list(o)
		},
	}
	o.Output.AddDataFlags(cmd)
	return cmd
}

// NewCmdRemove builds `fixline advisories remove NAME`.
func NewCmdRemove(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Drop data you added, by the name `imported` lists",
		Long:    "Drop what import or update has kept under a name; the embedded catalogue stays.\n\n" + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories remove /mnt/mirror/osv.zip",
		Args:    flags.Args("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			if err := store.New(f.DataDir).Remove(o.Name); err != nil {
				return exit.WithHint(exit.BadInput(err), "fixline advisories imported")
			}
			return nil
		},
	}
}

func list(o *Options) error {
	s := store.New(o.Factory.DataDir)
	entries, err := s.Entries()
	if err != nil {
		return err
	}
	l := List{APIVersion: "fixline.dev/v1alpha1", Kind: "ImportedData", Folder: s.Dir(), Entries: append([]store.Entry{}, entries...)}
	return o.Output.Data(o.Factory, l, func(w io.Writer) error { return text(w, l) })
}

func text(w io.Writer, l List) error {
	if len(l.Entries) == 0 {
		_, err := fmt.Fprintf(w, "nothing imported in %s\n", l.Folder)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tADDED\tADVISORIES\tCALENDARS\tCHECKED AGAINST\tSHA-256")
	for _, e := range l.Entries {
		verified := e.Verified
		if verified == "" {
			verified = "nothing"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%.12s\n", e.Name, e.Added, e.Claims, e.Calendars, verified, e.SHA256)
	}
	return t.Flush()
}

// Say tells what was kept, and what of it was left out or only partly read.
func Say(f *factory.Factory, s *store.Store, e store.Entry, warnings []string) {
	for _, w := range warnings {
		f.IO.Notef("warning: %s", w)
	}
	f.IO.Notef("kept %d advisories and %d release calendars from %s in %s (sha256 %s)", e.Claims, e.Calendars, e.From, s.Dir(), e.SHA256)
}
