// Package releases is the command `fixline releases`: which minors are
// supported on a day, from the release calendars. Start at [NewCmdReleases].
package releases

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
)

// Options of `fixline releases`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	AsOf    flags.Date
	Product string
	All     bool
}

// NewCmdReleases builds the command.
func NewCmdReleases(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "releases",
		Short: "Which releases are supported on a day, until when, and their newest patch",
		Long: `Show the release calendar judgements go by: for each minor its support on the
day of --as-of, the day support ends, and the newest patch that is out. The
minors that ended last are shown too; --all shows every one.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline releases\n  fixline releases --as-of 2026-03-15 -o json\n  fixline releases --product etcd --all",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	o.Output.AddDataFlags(cmd)
	fs := cmd.Flags()
	fs.Var(&o.AsOf, "as-of", "Show support as of a day (default today)")
	fs.StringVar(&o.Product, "product", "kubernetes", "Calendar of `PRODUCT`: kubernetes, etcd, containerd, coredns, runc, eks, gke, aks")
	fs.BoolVar(&o.All, "all", false, "Show every minor")
	// The only error is a flag that does not exist; it is three lines above.
	_ = cmd.RegisterFlagCompletionFunc("product", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		calendars, _, _ := catalog.Calendars()
		return slices.Sorted(maps.Keys(calendars)), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func run(o *Options) error {
	calendars, file, err := knowledge.Calendars(o.Factory)
	if err != nil {
		return err
	}
	calendar, ok := calendars[o.Product]
	if !ok {
		known := slices.Sorted(maps.Keys(calendars))
		return exit.Usagef("--product: no calendar of %q: there are %s%s", o.Product, strings.Join(known, ", "), flags.Suggest(o.Product, known))
	}
	list := list(calendar, o.AsOf.Or(o.Factory.Now()), o.All)
	for _, s := range file.Sources {
		if s.Product == o.Product {
			list.Sources = append(list.Sources, Source{Name: s.Name, URL: s.URL, Read: s.Read})
		}
	}
	return o.Output.Data(o.Factory, list, func(w io.Writer) error { return text(w, list) })
}

func text(w io.Writer, l List) error {
	fmt.Fprintf(w, "%s releases as of %s (calendar read through %s)\n\n", l.Product, l.AsOf, orDash(l.Through))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "MINOR\tSUPPORT\tUNTIL\tNEWEST PATCH\tOUT SINCE")
	for _, m := range l.Minors {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Minor, m.Status, orDash(m.EndOfLife), orDash(m.Latest), orDash(m.LatestDate))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var notes []string
	for _, m := range l.Minors {
		for _, d := range m.Disputed {
			notes = append(notes, m.Minor+": "+d)
		}
	}
	if l.Hidden > 0 {
		notes = append(notes, fmt.Sprintf("%d older minors not known to be supported are left out; --all shows them", l.Hidden))
	}
	for _, note := range notes {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	return nil
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}
