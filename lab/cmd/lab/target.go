package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/remote"
)

// target is the cluster that a command works on: a lab by name, or whatever a kubeconfig leads to.
type target struct {
	name, kubeconfig string
}

// flags adds --name and --kubeconfig, of which one must be given.
func (t *target) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.name, "name", "", "`name` of a lab, as \"lab list\" shows it: API server and hosts")
	cmd.Flags().StringVar(&t.kubeconfig, "kubeconfig", "", "`file` of an administrator: API server alone")
	cmd.MarkFlagsMutuallyExclusive("name", "kubeconfig")
}

// reached is what a target leads to.
type reached struct {
	config *rest.Config
	// folder and hosts are those of a lab with hosts; hosts are its nodes in the order of their names.
	folder cluster.Folder
	hosts  []cluster.Host
	shell  shell
}

func (t *target) open(cmd *cobra.Command) (reached, error) {
	var r reached
	switch {
	case t.kubeconfig != "":
	case t.name == "":
		return r, errors.New("which cluster? name a lab with --name, or a kubeconfig with --kubeconfig")
	default:
		m, err := manager(cmd, false)
		if err != nil {
			return r, err
		}
		folder, hosts, err := m.Open(t.name)
		if err != nil {
			return r, err
		}
		r.folder, r.shell = folder, shell{folder.SSHConfig()}
		r.hosts = slices.DeleteFunc(slices.Clone(hosts), func(h cluster.Host) bool { return h.Role == cluster.Balancer })
		t.kubeconfig = folder.Kubeconfig()
	}
	var err error
	if r.config, err = clientcmd.BuildConfigFromFlags("", t.kubeconfig); err != nil {
		return r, fmt.Errorf("reading kubeconfig %q: %w", t.kubeconfig, err)
	}
	return r, nil
}

// shell runs commands on a lab's hosts by the ssh program, as "lab ssh" does, with the lab's own configuration.
type shell struct{ config string }

// Run runs a shell command as root and returns what it printed.
func (s shell) Run(ctx context.Context, host, command string) ([]byte, error) {
	return s.Feed(ctx, host, nil, command)
}

// Feed is Run with something on the command's standard input.
func (s shell) Feed(ctx context.Context, host string, stdin io.Reader, command string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "ssh", "-F", s.config, host, "--", "exec sh -c "+remote.Quote(command))
	var stdout, stderr bytes.Buffer
	cmd.Stdin = stdin
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return stdout.Bytes(), fmt.Errorf("on %s: %w: %s", host, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), nil
}
