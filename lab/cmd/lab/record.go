package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/record"
	"github.com/fixline-dev/fixline/lab/seed"
)

func newRecord() *cobra.Command {
	var from target
	var scenarios, notes []string
	cmd := &cobra.Command{
		Use:   "record OUT",
		Short: "Write what a cluster and its hosts say into a folder, as kubectl prints it",
		Long: `Record lists of objects, the API server's own pages and facts of the hosts into a new folder, which
"fixline assess --bundle OUT" reads. No Secret is read, and what would let somebody in is taken out of the rest.
What could not be had is named on stderr and in the folder's README.md, which also says what was recorded: the lab, the
scenarios that --scenario names, and what --note says.`,
		Example: `  lab record recordings/three-control-planes --name big --scenario blocking-pdb,half-way-worker-missed=1.36.4
  lab record recordings/w1-down --name big --note "w1 was stopped"
  lab record /tmp/recording --kubeconfig /tmp/fixline-lab-1/admin.conf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := origin(cmd, from.name, scenarios)
			if err != nil {
				return err
			}
			o.Notes = notes
			r, err := from.open(cmd)
			if err != nil {
				return err
			}
			opts := record.Options{Config: r.config, Runner: r.shell, Origin: o, Now: time.Now(), Progress: cmd.ErrOrStderr()}
			for _, h := range r.hosts {
				opts.Hosts = append(opts.Hosts, record.Host{Name: h.Name, ControlPlane: h.Role == cluster.ControlPlane})
			}
			if err := record.Write(cmd.Context(), args[0], opts); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), args[0])
			return nil
		},
	}
	from.flags(cmd)
	cmd.Flags().StringSliceVar(&scenarios, "scenario", nil, "`names` of what was seeded, NAME=VERSION where it took --other VERSION, for the recording's README")
	cmd.Flags().StringArrayVar(&notes, "note", nil, "`sentence` on what else was done to the cluster, for the recording's README")
	return cmd
}

func newReduce() *cobra.Command {
	return &cobra.Command{
		Use:     "reduce RECORDING OUT",
		Short:   "Write a recording again, smaller, for a repository or a program to hold",
		Long:    record.ReducedRule,
		Example: "  lab reduce /tmp/recording internal/demo/recording",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := record.Reduce(args[0], args[1]); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), args[1])
			return nil
		},
	}
}

// origin says of a cluster which lab it is, "" for none, and which commands make another one like it.
func origin(cmd *cobra.Command, lab string, scenarios []string) (record.Origin, error) {
	o := record.Origin{Lab: lab}
	where := "--kubeconfig FILE"
	if lab != "" {
		where = "--name " + lab
		m, err := manager(cmd, true)
		if err != nil {
			return o, err
		}
		labs, err := m.List(cmd.Context())
		if err != nil {
			return o, err
		}
		if at := slices.IndexFunc(labs, func(l cluster.Lab) bool { return l.Name == lab }); at >= 0 {
			spec := labs[at].State.Spec
			o.About, o.Commands = about(spec), []string{upCommand(spec)}
		} // one that does not exist: opening it says so
	}
	for _, s := range scenarios {
		name, other, mixed := strings.Cut(s, "=")
		scenario, err := seed.Find(name)
		if err != nil {
			return o, err
		}
		if needs := scenario.Other != ""; needs != mixed {
			return o, fmt.Errorf("scenario %q: write NAME=VERSION where it was seeded with --other VERSION, and only there", s)
		}
		command := "lab seed " + name + " " + where
		if mixed {
			command, name = command+" --other "+other, name+" with "+other
		}
		o.Scenarios, o.Commands = append(o.Scenarios, name), append(o.Commands, command)
	}
	return o, nil
}

// about is what a lab was asked to be, in a line.
func about(s cluster.Spec) string {
	parts := []string{counted(s.ControlPlanes, "control plane"), counted(s.Workers, "worker"), "made at " + s.Version}
	if len(s.Offer) > 0 {
		parts = append(parts, "with "+strings.Join(s.Offer, ", ")+" on offer")
	}
	if s.Etcd != "" {
		parts = append(parts, "etcd pinned at "+s.Etcd)
	}
	how := "programs built from their Go modules"
	if s.Binaries != "" {
		how = "official binaries"
	}
	return strings.Join(append(parts, how), ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// upCommand makes a lab like the one that was asked for.
func upCommand(s cluster.Spec) string {
	command := fmt.Sprintf("lab up --version %s --control-planes %d --workers %d --name %s", s.Version, s.ControlPlanes, s.Workers, s.Name)
	if len(s.Offer) > 0 {
		command += " --offer " + strings.Join(s.Offer, ",")
	}
	if s.Etcd != "" {
		command += " --etcd " + s.Etcd
	}
	if s.Binaries != "" {
		command += " --binaries " + redacted(s.Binaries)
	}
	return command
}

// redacted is an address without the password it may hold.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "URL"
	}
	return u.Redacted()
}
