package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fixline-dev/fixline/lab/remote"
)

// formCluster runs kubeadm: init on the first control plane, join on the others, and connects the pods.
func (u *upping) formCluster(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*stepTimeout)
	defer cancel()
	controlPlanes, workers := only(u.hosts, ControlPlane), only(u.hosts, Worker)
	first := u.shells[controlPlanes[0].Name]
	config, err := kubeadmConfig(u.state, u.hosts)
	if err != nil {
		return err
	}
	ran, err := initialize(ctx, first, config)
	if err != nil {
		return err
	}
	if ran {
		u.report.line("%s: kubeadm init", controlPlanes[0].Name)
	}
	kubeconfig, err := first.Run(ctx, "cat /etc/kubernetes/admin.conf")
	if err != nil {
		return err
	}
	if err := os.WriteFile(u.folder.Kubeconfig(), kubeconfig, 0o600); err != nil {
		return fmt.Errorf("keeping the kubeconfig: %w", err)
	}

	if err := u.joinAll(ctx, first, controlPlanes[1:], workers); err != nil {
		return err
	}
	return u.connectPods(ctx, first)
}

// joinAll lets the other hosts join: workers side by side, control planes one after the other, since etcd takes in one
// member at a time.
func (u *upping) joinAll(ctx context.Context, first *remote.Client, controlPlanes, workers []Host) error {
	var missing []Host
	for _, h := range slices.Concat(controlPlanes, workers) {
		before, err := isDone(ctx, u.shells[h.Name])
		if err != nil {
			return err
		}
		if !before {
			missing = append(missing, h)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	command, certificateKey, err := invitation(ctx, first, len(only(missing, ControlPlane)) > 0)
	if err != nil {
		return err
	}
	one := func(ctx context.Context, h Host) error {
		err := join(ctx, u.shells[h.Name], h, command, certificateKey)
		if err == nil {
			u.report.line("%s: kubeadm join", h.Name)
		}
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for _, h := range only(missing, ControlPlane) {
			if err := one(ctx, h); err != nil {
				return err
			}
		}
		return nil
	})
	for _, h := range only(missing, Worker) {
		group.Go(func() error { return one(ctx, h) })
	}
	return group.Wait()
}

// connectPods gives each host its part of the pod network, as soon as the cluster has given each node its range.
func (u *upping) connectPods(ctx context.Context, first *remote.Client) error {
	all := nodes(u.hosts)
	var ranges map[string]netip.Prefix
	err := poll(ctx, "a pod range for every node", func() (done bool, err error) {
		ranges, err = podRanges(ctx, first)
		return err == nil && !slices.ContainsFunc(all, func(h Host) bool { return !ranges[h.Name].IsValid() }), err
	})
	if err != nil {
		return err
	}
	err = u.each(ctx, all, func(ctx context.Context, h Host, sh *remote.Client) error {
		return connect(ctx, sh, h, all, ranges, u.state.Subnet)
	})
	if err == nil {
		u.report.line("pods are routed between %d hosts", len(all))
	}
	return err
}

// offer loads the images of versions to upgrade to, while the cluster comes to rest.
func (u *upping) offer(ctx context.Context) error {
	if len(u.state.Spec.Offer) == 0 {
		return nil
	}
	err := u.each(ctx, nodes(u.hosts), func(ctx context.Context, h Host, sh *remote.Client) error {
		return importImages(ctx, sh, u.archivesFor(h, u.releases[1:]))
	})
	if err == nil {
		u.report.line("images of %s are loaded", strings.Join(u.state.Spec.Offer, ", "))
	}
	return err
}

// wait returns when every node is Ready and CoreDNS and kube-proxy run. Its error shows what does not.
func (u *upping) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	first := u.shells[only(u.hosts, ControlPlane)[0].Name]
	for _, command := range []string{
		"wait --for=condition=Ready --timeout=3m node " + names(nodes(u.hosts)),
		"-n kube-system rollout status --timeout=3m daemonset/kube-proxy",
		"-n kube-system rollout status --timeout=3m deployment/coredns",
	} {
		if _, err := first.Run(ctx, kubectl+command); err != nil {
			seen, lookErr := first.Run(ctx, kubectl+"get nodes,pods -A -o wide; "+kubectl+"get events -A --field-selector type=Warning | tail -n 10")
			return errors.Join(fmt.Errorf("waiting for the cluster: %w\n%s", err, seen), lookErr)
		}
	}
	u.report.line("every node is Ready, CoreDNS runs")
	return nil
}
