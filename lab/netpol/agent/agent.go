// Package agent keeps one node's network policies in force: it watches a cluster and puts what lab/netpol makes of it into
// nftables.
//
// It decides when rules are put: not before everything was read once, and again when something changed. It is a part of
// the lab and no CNI. It touches one table of its own, which the kernel removes when the agent ends. Start at [Run].
package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/fixline-dev/fixline/lab/netpol"
)

// Options says where and for whom.
type Options struct {
	// Config reaches the API server as somebody who may list and watch pods, namespaces and network policies.
	Config *rest.Config
	// Node is the name of the node whose pods are kept.
	Node string
	// Nft is the command that runs nft; tests put it into a network namespace.
	Nft []string
	// Progress gets a line when rules were put.
	Progress io.Writer
	// Ready is called when the first rules are in force.
	Ready func()
}

// settle is how long changes are gathered before the rules are made again.
const settle = 100 * time.Millisecond

// Run keeps the policies in force until ctx ends, which is no error. Then nothing of it is left.
func Run(ctx context.Context, opts Options) error {
	pods, err := watch(opts.Config, corev1.SchemeGroupVersion, "pods", &corev1.Pod{})
	if err != nil {
		return err
	}
	namespaces, err := watch(opts.Config, corev1.SchemeGroupVersion, "namespaces", &corev1.Namespace{})
	if err != nil {
		return err
	}
	policies, err := watch(opts.Config, networkingv1.SchemeGroupVersion, "networkpolicies", &networkingv1.NetworkPolicy{})
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	change := func() {
		select {
		case changed <- struct{}{}:
		default: // one is waiting already
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, informer := range []cache.SharedInformer{pods, namespaces, policies} {
		if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(any) { change() }, UpdateFunc: func(any, any) { change() }, DeleteFunc: func(any) { change() },
		}); err != nil {
			return err
		}
		go informer.Run(ctx.Done())
	}
	if !cache.WaitForCacheSync(ctx.Done(), pods.HasSynced, namespaces.HasSynced, policies.HasSynced) {
		return nil
	}
	table, err := newTable(opts.Nft)
	if err != nil {
		return err
	}
	defer table.close()
	return keep(ctx, opts, table, changed, func() netpol.Input {
		return netpol.Input{
			Node: opts.Node, Pods: all[corev1.Pod](pods), Namespaces: all[corev1.Namespace](namespaces),
			Policies: all[networkingv1.NetworkPolicy](policies),
		}
	})
}

// keep puts the rules now and after every change that makes them others.
func keep(ctx context.Context, opts Options, table *table, changed <-chan struct{}, look func() netpol.Input) error {
	last := ""
	for {
		rules, err := netpol.Compile(look())
		if err != nil {
			return err
		}
		if text := rules.Text(""); text != last {
			if err := table.put(ctx, rules); err != nil {
				return unlessTold(ctx, err)
			}
			fmt.Fprintf(opts.Progress, "in force: ingress of %d pods, egress of %d pods on %s\n", len(rules.Ingress), len(rules.Egress), opts.Node)
			if last == "" && opts.Ready != nil {
				opts.Ready()
			}
			last = text
		}
		select {
		case <-ctx.Done():
			return nil
		case <-table.exited:
			return fmt.Errorf("nft has ended: %s", table.said)
		case <-changed:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(settle):
		}
	}
}

// unlessTold is the error, or none where the agent was told to end: what it was doing then fails, as it should.
func unlessTold(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// watch is an informer of one resource of the whole cluster.
func watch(config *rest.Config, gv schema.GroupVersion, resource string, object runtime.Object) (cache.SharedInformer, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), networkingv1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.UserAgent = "lab-netpol"
	config.GroupVersion, config.APIPath = &gv, "/apis"
	if gv.Group == "" {
		config.APIPath = "/api"
	}
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return cache.NewSharedInformer(cache.NewListWatchFromClient(client, resource, "", fields.Everything()), object, 0), nil
}

func all[T any](informer cache.SharedInformer) []T {
	var list []T
	for _, object := range informer.GetStore().List() {
		if typed, ok := object.(*T); ok {
			list = append(list, *typed)
		}
	}
	return list
}

// bridged is where the kernel says whether what a bridge forwards between two pods of one node passes the rules.
const bridged = "/proc/sys/net/bridge/bridge-nf-call-iptables"

// SeesBridges makes sure that traffic between two pods of this node passes the rules, as kubeadm asks for too. Without,
// the agent would say that policies are in force where they are not.
func SeesBridges() error {
	now, err := os.ReadFile(bridged)
	if err != nil {
		return fmt.Errorf("this kernel does not show bridged traffic to nftables (load br_netfilter): %w", err)
	}
	if strings.TrimSpace(string(now)) == "1" {
		return nil
	}
	if err := os.WriteFile(bridged, []byte("1"), 0); err != nil {
		return fmt.Errorf("bridged traffic does not pass nftables: %w", err)
	}
	return nil
}
