package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/program"
)

func newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Real Kubernetes of exact versions on this machine",
		Long: `Lab builds etcd and Kubernetes of exact versions from their Go modules and runs them here: a control plane on
loopback ("lab controlplane", needs only Go), or kubeadm clusters whose hosts are containers ("lab up", needs Docker).
Fixline's own tests use it; it is as handy for trying a question on a real cluster.
What is built, and the labs, are kept in the user's cache folder (` + program.CacheVar + ` moves it).`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.AddCommand(newDeps(), newUp(), newDown(), newList(), newSSH(), newKubeconfig(), newControlPlane(), newBuild(), newCache(), newSeed(), newRecord(), newReduce(), newNetpol())
	return cmd
}

const binariesUsage = "download Kubernetes' own binaries from this `URL` (https://dl.k8s.io/release or a mirror of it) instead of building them"

func newBuild() *cobra.Command {
	var versions []string
	var etcd, binaries string
	cmd := &cobra.Command{
		Use:   "build --version V PROGRAM...",
		Short: "Build programs and print their paths",
		Long: `Build the programs of a Kubernetes version and print where they are. etcd's programs and CoreDNS are built in the
version that kubeadm of that Kubernetes version deploys; --etcd names another one.

Programs: ` + strings.Join(program.Names(), ", ") + `.`,
		Example: `  lab build --version 1.37.1 kube-apiserver etcd
  lab build --version 1.37.0,1.37.1 kube-apiserver
  lab build --version 1.37.1 --etcd 3.6.9 etcd`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			store, err := program.Open(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			store.Binaries = binaries
			var programs []program.Program
			for _, version := range versions {
				for _, name := range names {
					v := version
					switch {
					case program.IsEtcd(name) && etcd != "":
						v = etcd
					case program.IsEtcd(name):
						v, err = store.EtcdFor(cmd.Context(), version)
					case program.IsCoreDNS(name):
						v, err = store.CoreDNSFor(cmd.Context(), version)
					}
					if err != nil {
						return err
					}
					p, err := program.Parse(name, v)
					if err != nil {
						return err
					}
					programs = append(programs, p)
				}
			}
			paths, err := store.Paths(cmd.Context(), programs...)
			if err != nil {
				return err
			}
			for _, path := range paths {
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&versions, "version", nil, "Kubernetes `version`, or several with commas")
	cmd.Flags().StringVar(&etcd, "etcd", "", "etcd `version` (default: the one kubeadm deploys)")
	cmd.Flags().StringVar(&binaries, "binaries", "", binariesUsage)
	_ = cmd.MarkFlagRequired("version") // fails only for a flag that does not exist
	return cmd
}

func newCache() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "List what is built, or remove it",
		Example: `  lab cache
  lab cache --clear`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			store, err := program.Open(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if remove {
				if err := store.Clear(cmd.Context()); err != nil {
					return err
				}
				if docker, err := engine.Find(cmd.Context()); err == nil {
					if _, err := docker.RemoveImages(cmd.Context()); err != nil {
						return err
					}
				}
			}
			entries, err := store.List()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "# %s: %d programs\n", store.Dir, len(entries))
			for _, e := range entries {
				fmt.Fprintf(w, "%s\t%s\t%d MB\n", e.Program.Name, e.Program.Version, e.Bytes/1_000_000)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&remove, "clear", false, "remove everything built, and the image of hosts")
	return cmd
}
