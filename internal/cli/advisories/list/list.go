// Package list is the command `fixline advisories list`. Start at [NewCmdList].
package list

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/core/advisory"
)

// Options of `fixline advisories list`.
type Options struct {
	Factory    *factory.Factory
	Output     output.Options
	Files      []string
	Components []string
	Since      flags.Date
	Unfixed    bool
}

// List is `fixline advisories list -o json`.
type List struct {
	APIVersion        string    `json:"apiVersion"`
	Kind              string    `json:"kind"`
	Date              string    `json:"date"`
	AdvisoriesThrough string    `json:"advisoriesThrough"`
	Advisories        []Summary `json:"advisories"`
}

// Summary is one row.
type Summary struct {
	ID         string   `json:"id"`
	Summary    *string  `json:"summary"`
	Score      *float64 `json:"score"`
	Published  *string  `json:"published"`
	Components []string `json:"components"`
	FixState   string   `json:"fixState"` // fixed | gate | never | unknown
	Fixed      []string `json:"fixed"`
	Disputed   bool     `json:"disputed"`
}

// NewCmdList builds the command.
func NewCmdList(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the known advisories",
		Long: `List the advisories of the catalogue, newest first: score computed from the
CVSS vector, day of publication, components, and whether a version fixes them.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories list\n  fixline advisories list --component kubelet --since-date 2025-01-01\n  fixline advisories list --unfixed -o json",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
	}
	o.Output.AddDataFlags(cmd)
	fs := cmd.Flags()
	fs.StringSliceVar(&o.Components, "component", nil, "Only advisories of `COMPONENT`; repeatable")
	fs.Var(&o.Since, "since-date", "Only advisories published on this day or later, or on a day nobody knows")
	fs.BoolVar(&o.Unfixed, "unfixed", false, "Only advisories that no version alone fixes")
	fs.StringSliceVar(&o.Files, "advisories", nil, "Add advisories from a `FILE` or folder; repeatable")
	flags.Path(fs, "advisories")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	c, err := (&knowledge.Options{Files: o.Files}).Catalog(ctx, o.Factory)
	if err != nil {
		return err
	}
	if err := o.checkComponents(c.Advisories); err != nil {
		return err
	}
	l := List{APIVersion: "fixline.dev/v1alpha1", Kind: "AdvisoryList", Date: c.Date.Format(time.DateOnly),
		AdvisoriesThrough: c.AdvisoriesThrough.Format(time.DateOnly), Advisories: []Summary{}}
	for i := range c.Advisories {
		if a := &c.Advisories[i]; o.wants(a) {
			l.Advisories = append(l.Advisories, summarise(a))
		}
	}
	slices.SortStableFunc(l.Advisories, func(a, b Summary) int { return strings.Compare(orEmpty(b.Published), orEmpty(a.Published)) })
	return o.Output.Data(o.Factory, l, func(w io.Writer) error { return text(w, l) })
}

// checkComponents finds misspelt names: an empty list must mean that nothing
// is known of a component, not that it is called something else.
func (o *Options) checkComponents(all []advisory.Advisory) error {
	var known []string
	for _, a := range all {
		for _, c := range a.Affected {
			known = append(known, c.Component)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, c := range o.Components {
		if !slices.Contains(known, c) {
			return exit.Usagef("--component: no advisory names %q%s", c, flags.Suggest(c, known))
		}
	}
	return nil
}

func (o *Options) wants(a *advisory.Advisory) bool {
	if o.Unfixed && a.Fix == advisory.Fixed {
		return false
	}
	if !o.Since.Day.IsZero() && !a.Published.IsZero() && a.Published.Before(o.Since.Day) {
		return false
	}
	return len(o.Components) == 0 || slices.ContainsFunc(a.Affected, func(c advisory.Affected) bool {
		return slices.Contains(o.Components, c.Component)
	})
}

func summarise(a *advisory.Advisory) Summary {
	s := Summary{ID: a.ID, FixState: string(a.Fix), Disputed: a.Disputed, Components: []string{}, Fixed: []string{}}
	if a.Summary != "" {
		s.Summary = &a.Summary
	}
	if a.Vector != "" {
		s.Score = &a.Score
	}
	if !a.Published.IsZero() {
		day := a.Published.Format(time.DateOnly)
		s.Published = &day
	}
	for _, c := range a.Affected {
		s.Components = append(s.Components, c.Component)
		for _, v := range c.Fixed {
			if !slices.Contains(s.Fixed, v.String()) {
				s.Fixed = append(s.Fixed, v.String())
			}
		}
	}
	return s
}

func text(w io.Writer, l List) error {
	fmt.Fprintf(w, "%d advisories; catalogue of %s, advisories read through %s\n\n", len(l.Advisories), l.Date, l.AdvisoriesThrough)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSCORE\tPUBLISHED\tFIX\tCOMPONENTS")
	for _, a := range l.Advisories {
		score, fix := "-", a.FixState
		if a.Score != nil {
			score = fmt.Sprintf("%.1f", *a.Score)
		}
		if a.Disputed {
			fix += ", disputed"
		}
		published := orEmpty(a.Published)
		if published == "" {
			published = "unknown"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.ID, score, published, fix, few(a.Components))
	}
	return t.Flush()
}

// few names the first components; a table row is no place for twelve.
func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
