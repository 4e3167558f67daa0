package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/remote"
)

// offNode refuses to keep the backup on a disk or in the memory of the very
// node, which is lost together with it. A node reached over SSH is another machine, unless it has
// this machine's own id.
func (o *Options) offNode(ctx context.Context, runners []remote.Runner) error {
	if o.OnNode || strings.HasPrefix(o.Out, keep.S3Scheme) || !o.here(ctx, runners) {
		return nil
	}
	at, err := existing(o.Out)
	if err != nil {
		return exit.BadInput(err)
	}
	const elsewhere = "name a file system that is elsewhere, run this from another machine with --ssh, or say --on-node"
	if inMemory(at) {
		return exit.WithHint(exit.Usagef("--out %s lies in the memory of this very node: what restarts the node takes the backup", o.Out), elsewhere)
	}
	disk, err := device(at)
	if err != nil {
		return exit.BadInput(err)
	}
	for _, own := range []string{"/", "/etc/kubernetes", "/var/lib/etcd", "/var/lib/kubelet"} {
		if d, err := device(own); err == nil && d == disk {
			return exit.WithHint(exit.Usagef("--out %s lies on the disk of %s of this very node: what takes the node takes the backup", o.Out, own),
				elsewhere)
		}
	}
	return nil
}

// here reports whether the control plane that is backed up is this machine.
func (o *Options) here(ctx context.Context, runners []remote.Runner) bool {
	if o.Local {
		return true
	}
	own, err := os.ReadFile("/etc/machine-id")
	if err != nil || len(own) == 0 {
		return false
	}
	for _, r := range runners {
		if got, err := r.Run(ctx, remote.Command{Script: "exec cat /etc/machine-id"}); err == nil && string(got.Stdout) == string(own) {
			return true
		}
	}
	if len(runners) > 0 {
		return false
	}
	// Endpoints may be tunnels: a member's data shows that one is here.
	_, err = os.Stat("/var/lib/etcd/member")
	return err == nil
}

// existing is the nearest folder above a path that is there.
func existing(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("--out: %w", err)
		}
		path = filepath.Dir(path)
	}
}
