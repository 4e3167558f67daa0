package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/controlplane"
)

func newControlPlane() *cobra.Command {
	var opts controlplane.Options
	cmd := &cobra.Command{
		Use:   "controlplane --version V",
		Short: "Run a control plane on loopback until interrupted",
		Long: `Run etcd and kube-apiserver (and kube-controller-manager, when asked) of one version on loopback. The path of a
kubeconfig for an administrator is printed on stdout once the API server is ready; Ctrl-C stops everything and
removes it. With --dir the folder of data, keys and logs is kept.`,
		Example: `  lab controlplane --version 1.37.1
  lab controlplane --version 1.37.1 --controller-manager --audit --dir ./lab-1.37.1
  lab controlplane --version 1.37.1 --etcd 3.6.9 --apiserver-arg=--anonymous-auth=false`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			opts.Progress = cmd.ErrOrStderr()
			cp, err := controlplane.Start(ctx, opts)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, cp.Stop()) }()

			kubeconfig := filepath.Join(cp.Dir(), "admin.conf")
			if err := cp.Kubeconfig(kubeconfig, cp.Admin()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Kubernetes %s with etcd %s at %s, ready; Ctrl-C ends it\n", cp.Version(), cp.EtcdVersion(), cp.Host())
			if log := cp.AuditLog(); log != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "audit log: %s\n", log)
			}
			fmt.Fprintln(cmd.OutOrStdout(), kubeconfig)
			<-ctx.Done()
			fmt.Fprintln(cmd.ErrOrStderr(), "stopping")
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.Version, "version", "", "Kubernetes `version`")
	flags.StringVar(&opts.EtcdVersion, "etcd", "", "etcd `version` (default: the one kubeadm deploys)")
	flags.StringVar(&opts.Dir, "dir", "", "`folder` for data, keys and logs, kept afterwards (default: a temporary one)")
	flags.BoolVar(&opts.ControllerManager, "controller-manager", false, "run kube-controller-manager too")
	flags.BoolVar(&opts.Audit, "audit", false, "keep an audit log of every request")
	flags.StringArrayVar(&opts.APIServerArgs, "apiserver-arg", nil, "one more `flag` of kube-apiserver; repeatable")
	_ = cmd.MarkFlagRequired("version") // fails only for a flag that does not exist
	return cmd
}
