package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/record"
)

func newRecord() *cobra.Command {
	var from target
	var scenarios []string
	cmd := &cobra.Command{
		Use:   "record OUT",
		Short: "Write what a cluster and its hosts say into a folder, as kubectl prints it",
		Long: `Record lists of objects, the API server's own pages and facts of the hosts into a new folder, which
"fixline assess --bundle OUT" reads. No Secret is read, and what would let somebody in is taken out of the rest.
What could not be had is named on stderr and in the folder's README.md.`,
		Example: `  lab record recordings/three-control-planes --name big --scenario blocking-pdb
  lab record /tmp/recording --kubeconfig /tmp/fixline-lab-1/admin.conf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := from.open(cmd)
			if err != nil {
				return err
			}
			opts := record.Options{
				Config: r.config, Runner: r.shell, Lab: from.name, Scenarios: scenarios, Now: time.Now(), Progress: cmd.ErrOrStderr(),
			}
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
	cmd.Flags().StringSliceVar(&scenarios, "scenario", nil, "`names` of what was seeded, for the recording's README")
	return cmd
}
