package plan

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// ErrName: a name would be part of a command, and no such thing is called so.
var ErrName = errors.New("a name that no command may hold")

// What stands in commands as it was read. A shell reads nothing into any of it.
var (
	nodeName   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`) // https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
	repository = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9._]*(:[0-9]+)?(/[A-Za-z0-9][-A-Za-z0-9._]*)*$`)
	packages   = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9.+:~]*$`)
	file       = regexp.MustCompile(`^/[-A-Za-z0-9._/]+$`)
)

// checkNames refuses what would turn a command into another one.
func checkNames(in Input) error {
	for _, i := range in.Cluster.Instances {
		if i.Component == inventory.Kubelet && i.Node != "" && !nodeName.MatchString(i.Node) {
			return fmt.Errorf("%w: node %q: node names are lower-case letters, digits, - and dots", ErrName, i.Node)
		}
	}
	for _, r := range []string{in.Registry, in.EtcdRegistry, in.DNSRegistry} {
		if r != "" && !repository.MatchString(r) {
			return fmt.Errorf("%w: image repository %q: write it as in images, such as registry.example.com/k8s", ErrName, r)
		}
	}
	for name, h := range in.Hosts {
		if h.Repository != "" && !file.MatchString(h.Repository) {
			return fmt.Errorf("%w: %q on %s is no path of a package repository's file", ErrName, h.Repository, name)
		}
		for _, p := range h.Exact {
			if p != "" && !packages.MatchString(p) {
				return fmt.Errorf("%w: %q on %s is no version of a package", ErrName, p, name)
			}
		}
	}
	return nil
}
