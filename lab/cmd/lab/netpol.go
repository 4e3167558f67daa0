package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/netpol/rollout"
)

func newNetpol() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:       "netpol on|off",
		Short:     "Enforce network policies on a lab's hosts, or leave them without effect",
		ValidArgs: []string{"on", "off"},
		Long: `A lab's pod network accepts NetworkPolicies and enforces none. On, an agent on every host puts them into nftables; off,
nothing of it is left, and no rule. It is a part of the lab, and no CNI.`,
		Example: `  lab netpol on
  lab netpol off --name big`,
		Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := (&target{name: name}).open(cmd)
			if err != nil {
				return err
			}
			lab := rollout.Lab{Runner: r.shell, Server: r.config.Host, CA: r.config.CAData, Progress: cmd.ErrOrStderr()}
			for _, h := range r.hosts {
				lab.Nodes = append(lab.Nodes, h.Name)
				if h.Role == cluster.ControlPlane && lab.ControlPlane == "" {
					lab.ControlPlane = h.Name
				}
			}
			if args[0] == "off" {
				return rollout.Off(cmd.Context(), lab)
			}
			program, err := buildAgent(cmd.Context())
			if err != nil {
				return err
			}
			return rollout.On(cmd.Context(), lab, program)
		},
	}
	cmd.Flags().StringVar(&name, "name", defaultName, "the lab's `name`")
	return cmd
}

// buildAgent builds lab-netpol for the hosts, which are of this machine's architecture. It links no library of the system.
func buildAgent(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "fixline-lab-netpol-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "lab-netpol")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "github.com/fixline-dev/fixline/lab/cmd/lab-netpol")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("building lab-netpol needs Go")
		}
		return nil, fmt.Errorf("building lab-netpol (run this in the folder lab of Fixline's source): %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return os.ReadFile(path)
}
