package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/seed"
)

func newSeed() *cobra.Command {
	var to target
	var other string
	var undo, list bool
	cmd := &cobra.Command{
		Use:   "seed SCENARIO",
		Short: "Bring a trouble into a lab's cluster, or take it out again",
		Long: `Carry out a scenario: a small file that says which trouble it makes, what of Fixline it is for, and how it is undone.
Doing so again changes nothing. It is for labs, and for clusters that nobody will miss.`,
		Example: `  lab seed --list
  lab seed blocking-pdb --name big
  lab seed blocking-pdb --name big --undo
  lab seed half-way-worker-missed --other 1.37.0 --kubeconfig /tmp/fixline-lab-1/admin.conf`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list || len(args) == 0 {
				return printScenarios(cmd)
			}
			scenario, err := seed.Find(args[0])
			if err != nil {
				return err
			}
			r, err := to.open(cmd)
			if err != nil {
				return err
			}
			l := seed.Lab{Config: r.config, Other: other, Progress: cmd.ErrOrStderr()}
			for _, h := range r.hosts {
				l.Hosts = append(l.Hosts, seed.Host{Name: h.Name, ControlPlane: h.Role == cluster.ControlPlane})
			}
			if len(r.hosts) > 0 {
				l.Runner, l.Image = r.shell, cluster.Workload
			}
			if undo {
				return l.Undo(cmd.Context(), scenario)
			}
			return l.Seed(cmd.Context(), scenario)
		},
	}
	to.flags(cmd)
	cmd.Flags().StringVar(&other, "other", "", "second `version`, for scenarios that mix two")
	cmd.Flags().BoolVar(&undo, "undo", false, "take the scenario out of the cluster")
	cmd.Flags().BoolVar(&list, "list", false, "list the scenarios")
	return cmd
}

func printScenarios(cmd *cobra.Command) error {
	all, err := seed.List()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tNEEDS\tTROUBLE")
	for _, s := range all {
		needs := string(s.Needs)
		if s.Other != "" {
			needs += ", --other"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, needs, s.Trouble)
	}
	return w.Flush()
}
