package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/program"
)

func newDeps() *cobra.Command {
	var stop bool
	cmd := &cobra.Command{
		Use:   "deps",
		Short: "Find a container engine, or install and start Docker (Debian, root)",
		Long: `Make sure that what "lab up" needs is here: a running Docker, and debootstrap, which makes the image of a host.
A Docker that runs is used as it is. On Debian, as root, what is missing is installed from Debian's packages and
started; where no systemd runs, dockerd is started in the background, listening on its Unix socket only. A low limit
of inotify instances, which many hosts would exceed, is raised until the next boot.`,
		Example: `  lab deps
  lab deps --stop   # ends a dockerd that "lab deps" started itself`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := program.Open(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if stop {
				stopped, err := engine.Stop(cmd.Context(), store.Dir)
				if err == nil && !stopped {
					fmt.Fprintln(cmd.ErrOrStderr(), "no dockerd of ours runs")
				}
				return err
			}
			found, err := engine.Install(cmd.Context(), engine.ThisMachine(), store.Dir, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Docker %s answers\n", found.Version)
			return engine.RaiseLimits(engine.ThisMachine(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&stop, "stop", false, `end the dockerd that "lab deps" started`)
	return cmd
}
