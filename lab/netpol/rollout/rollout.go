// Package rollout switches the network-policy agent on and off on the hosts of a lab.
//
// On, every host has the program and a systemd unit that keeps it running, also after the host starts again, and the
// cluster has an account that may read what the agent watches. Off, none of it is left, and no rule. It is a part of the
// lab and no CNI. Start at [On].
package rollout

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/lab/netpol"
)

//go:embed files
var files embed.FS

// Runner reaches the hosts of a lab as root.
type Runner interface {
	// Run returns a shell command's standard output. An error says on which host, what, and how it ended.
	Run(ctx context.Context, host, command string) ([]byte, error)
	// Feed is Run with something on the command's standard input.
	Feed(ctx context.Context, host string, stdin io.Reader, command string) ([]byte, error)
}

// Lab is where the agent is switched.
type Lab struct {
	Runner Runner
	// ControlPlane is a host with kubectl and an administrator's kubeconfig. Nodes are all hosts that are nodes.
	ControlPlane string
	Nodes        []string
	// Server and CA reach the API server from the hosts.
	Server string
	CA     []byte
	// Progress gets a line for every host.
	Progress io.Writer
}

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf "

// On starts the agent on every node and returns when the policies are in force on all. program is lab-netpol, built for
// the hosts. On a lab where it is on, it starts again.
func On(ctx context.Context, lab Lab, program []byte) error {
	if err := on(ctx, lab, program); err != nil {
		return fmt.Errorf("switching network policies on: %w", err)
	}
	return nil
}

func on(ctx context.Context, lab Lab, program []byte) error {
	account, err := files.ReadFile("files/account.yaml")
	if err != nil {
		return err
	}
	unit, err := files.ReadFile("files/lab-netpol.service")
	if err != nil {
		return err
	}
	if _, err := lab.Runner.Feed(ctx, lab.ControlPlane, strings.NewReader(string(account)), kubectl+"apply --server-side -f -"); err != nil {
		return err
	}
	token, err := lab.Runner.Run(ctx, lab.ControlPlane, kubectl+"-n kube-system create token lab-netpol --duration=8760h")
	if err != nil {
		return err
	}
	kubeconfig, err := kubeconfig(lab.Server, lab.CA, strings.TrimSpace(string(token)))
	if err != nil {
		return err
	}
	for _, node := range lab.Nodes {
		for _, file := range []struct {
			path, mode string
			data       []byte
		}{
			{"/usr/local/sbin/lab-netpol", "0755", program},
			{"/etc/lab-netpol/kubeconfig", "0600", kubeconfig},
			{"/etc/lab-netpol/node", "0644", []byte("NODE=" + node + "\n")},
			{"/etc/systemd/system/lab-netpol.service", "0644", unit},
		} {
			command := fmt.Sprintf("mkdir -p $(dirname %[1]s) && install -m %[2]s /dev/stdin %[1]s.new && mv %[1]s.new %[1]s", file.path, file.mode)
			if _, err := lab.Runner.Feed(ctx, node, strings.NewReader(string(file.data)), command); err != nil {
				return err
			}
		}
		// The unit is up when its rules are in force.
		if _, err := lab.Runner.Run(ctx, node, "systemctl daemon-reload && systemctl -q enable lab-netpol && systemctl restart lab-netpol || { journalctl -u lab-netpol -n 5 --no-pager -o cat >&2; exit 1; }"); err != nil {
			return err
		}
		fmt.Fprintf(lab.Progress, "network policies are in force on %s\n", node)
	}
	return nil
}

// Off stops the agent on every node and removes what On brought. Every node is tried.
func Off(ctx context.Context, lab Lab) error {
	const script = `if [ -e /etc/systemd/system/lab-netpol.service ]; then systemctl -q disable --now lab-netpol; fi
rm -rf /etc/systemd/system/lab-netpol.service /etc/lab-netpol /usr/local/sbin/lab-netpol
systemctl daemon-reload
if nft list table inet ` + netpol.Table + ` >/dev/null 2>&1; then echo "the table inet ` + netpol.Table + ` is still there" >&2; exit 1; fi`
	var errs []error
	for _, node := range lab.Nodes {
		_, err := lab.Runner.Run(ctx, node, script)
		if err == nil {
			fmt.Fprintf(lab.Progress, "nothing enforces network policies on %s\n", node)
		}
		errs = append(errs, err)
	}
	account, err := files.ReadFile("files/account.yaml")
	if err == nil {
		_, err = lab.Runner.Feed(ctx, lab.ControlPlane, strings.NewReader(string(account)), kubectl+"delete --ignore-not-found -f -")
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return fmt.Errorf("switching network policies off: %w", err)
	}
	return nil
}

func kubeconfig(server string, ca []byte, token string) ([]byte, error) {
	type object = map[string]any
	return json.Marshal(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "lab",
		"clusters": []object{{"name": "lab", "cluster": object{"server": server, "certificate-authority-data": base64.StdEncoding.EncodeToString(ca)}}},
		"users":    []object{{"name": "lab", "user": object{"token": token}}},
		"contexts": []object{{"name": "lab", "context": object{"cluster": "lab", "user": "lab"}}},
	})
}
