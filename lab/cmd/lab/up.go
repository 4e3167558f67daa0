package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/program"
)

// defaultName is the lab's where --name does not say another one.
const defaultName = "lab"

// manager needs a running engine, but for commands that only read a lab's folder.
func manager(cmd *cobra.Command, needsEngine bool) (cluster.Manager, error) {
	store, err := program.Open(cmd.ErrOrStderr())
	if err != nil {
		return cluster.Manager{}, err
	}
	m := cluster.Manager{Store: store, Progress: cmd.ErrOrStderr()}
	if needsEngine {
		m.Engine, err = engine.Find(cmd.Context())
	}
	return m, err
}

func newUp() *cobra.Command {
	var spec cluster.Spec
	cmd := &cobra.Command{
		Use:   "up --version V",
		Short: "Make a kubeadm cluster whose hosts are containers, or finish one",
		Long: `Make a real kubeadm cluster on this machine. Its hosts are containers with systemd, sshd, containerd and kubelet;
etcd is stacked, CoreDNS runs, pods reach pods on other hosts, and each host installs kubeadm, kubelet and kubectl
from an apt repository that holds every version on offer. Three control planes get a load balancer in front.

The path of an administrator's kubeconfig is printed on stdout once every node is Ready. Asking for the same lab again
finishes what is missing and starts what was stopped; more versions may be offered then.
It needs a running Docker ("lab deps") and, the first time, root, to make the image of a host.`,
		Example: `  lab up --version 1.37.0 --offer 1.37.1
  lab up --version 1.34.1 --offer 1.34.2,1.35.4 --control-planes 3 --workers 2 --name big
  lab up --version 1.33.13 --etcd 3.5.24 --name old-etcd`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := spec.Check(); err != nil { // before an engine is asked for
				return err
			}
			m, err := manager(cmd, true)
			if err != nil {
				return err
			}
			folder, err := m.Up(cmd.Context(), spec)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), folder.Kubeconfig())
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&spec.Version, "version", "", "Kubernetes `version` of every host")
	flags.StringVar(&spec.Name, "name", defaultName, "the lab's `name`; several labs live side by side")
	flags.IntVar(&spec.ControlPlanes, "control-planes", 1, "1 or 3")
	flags.IntVar(&spec.Workers, "workers", 1, "`number` of workers")
	flags.StringSliceVar(&spec.Offer, "offer", nil, "`versions` to upgrade to: their packages and images are on every host")
	flags.StringVar(&spec.Etcd, "etcd", "", "etcd `version`, pinned by kubeadm's imageTag (default: the one kubeadm deploys; for 1.33 one that may step to 3.6)")
	flags.StringVar(&spec.Binaries, "binaries", "", binariesUsage)
	_ = cmd.MarkFlagRequired("version") // fails only for a flag that does not exist
	return cmd
}

func newDown() *cobra.Command {
	var name string
	var all bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove a lab: containers, volumes, network, files",
		Example: `  lab down
  lab down --name big
  lab down --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := manager(cmd, true)
			if err != nil {
				return err
			}
			names := []string{name}
			if all {
				labs, err := m.List(cmd.Context())
				if err != nil {
					return err
				}
				names = nil
				for _, l := range labs {
					names = append(names, l.Name)
				}
			}
			var errs []error
			for _, name := range names {
				found, err := m.Down(cmd.Context(), name)
				if err == nil && !found {
					fmt.Fprintf(cmd.ErrOrStderr(), "there is no lab %q\n", name)
				}
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().StringVar(&name, "name", defaultName, "the lab's `name`")
	cmd.Flags().BoolVar(&all, "all", false, "remove every lab")
	cmd.MarkFlagsMutuallyExclusive("name", "all")
	return cmd
}

func newList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the labs of this machine",
		Example: "  lab list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := manager(cmd, true)
			if err != nil {
				return err
			}
			labs, err := m.List(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tVERSION\tOFFERS\tCONTROL PLANES\tWORKERS\tNETWORK\tSTATUS\tHOSTS RUNNING")
			for _, l := range labs {
				s := l.State.Spec
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%d/%d\n", l.Name, s.Version, strings.Join(s.Offer, ","), s.ControlPlanes, s.Workers, l.State.Subnet, l.Status, l.Running, l.Hosts)
			}
			return w.Flush()
		},
	}
}

func newKubeconfig() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "kubeconfig",
		Short:   "Print the path of a lab's kubeconfig",
		Example: `  fixline assess --kubeconfig "$(lab kubeconfig)"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := manager(cmd, false)
			if err != nil {
				return err
			}
			folder, _, err := m.Open(name)
			if err != nil {
				return err
			}
			if _, err := os.Stat(folder.Kubeconfig()); err != nil {
				return fmt.Errorf("lab %q has no kubeconfig yet: run its \"lab up\" again", name)
			}
			fmt.Fprintln(cmd.OutOrStdout(), folder.Kubeconfig())
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", defaultName, "the lab's `name`")
	return cmd
}

func newSSH() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "ssh NODE [-- COMMAND...]",
		Short: "Log in to a lab's host, or run a command there",
		Long: `Hand over to the ssh program with the lab's own configuration: its key, and the host's key, which is known.
"ssh -F FOLDER/ssh_config cp1", scp and rsync do the same; the folder is beside the kubeconfig.`,
		Example: `  lab ssh cp1
  lab ssh w1 -- apt-cache madison kubeadm
  lab ssh cp1 --name big -- kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := manager(cmd, false)
			if err != nil {
				return err
			}
			folder, _, err := m.Open(name)
			if err != nil {
				return err
			}
			if _, err := m.Target(name, args[0]); err != nil {
				return err
			}
			ssh, err := exec.LookPath("ssh")
			if err != nil {
				return errors.New("the ssh program is not installed: on Debian, apt-get install openssh-client")
			}
			// In our place, so that terminal, signals and exit status are ssh's own.
			return syscall.Exec(ssh, append([]string{"ssh", "-F", folder.SSHConfig(), args[0], "--"}, args[1:]...), os.Environ())
		},
	}
	cmd.Flags().StringVar(&name, "name", defaultName, "the lab's `name`")
	return cmd
}
