// Package netpol turns NetworkPolicies into nftables rules for one node of a lab, so that a lab has both a cluster whose
// policies are enforced and one where they are accepted and nothing enforces them.
//
// It is a part of the lab and no CNI: it gives pods no addresses and no routes, and it was never measured on more than a
// few hundred pods. This package is the pure part: objects in, rules out, nothing is run. It follows
// https://kubernetes.io/docs/concepts/services-networking/network-policies/. Start at [Compile]; lab/netpol/agent watches a
// cluster and puts the rules in place.
package netpol

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Input is what the rules of a node follow from: its name, and every policy, pod and namespace of the cluster.
type Input struct {
	Node       string
	Policies   []networkingv1.NetworkPolicy
	Pods       []corev1.Pod
	Namespaces []corev1.Namespace
}

// Ruleset is what a node lets through to and from its pods that policies select. Other pods are not in it: they may talk
// to anybody.
type Ruleset struct {
	// Ingress and Egress are in the order of the pods' namespaces and names.
	Ingress, Egress []Chain
}

// Chain is what may reach a pod, or what it may reach. What no rule allows is dropped.
type Chain struct {
	// Pod is "namespace/name".
	Pod   string
	Addrs []netip.Addr
	Allow []Rule
}

// Rule allows a port at a peer.
type Rule struct {
	// Any is every peer. Otherwise Addrs are pods, and Block is a range of addresses without Except.
	Any    bool
	Addrs  []netip.Addr
	Block  netip.Prefix
	Except []netip.Prefix
	Port   Port
}

// Port is what a rule allows. The zero value is everything, also what has no ports.
type Port struct {
	// Protocol is "tcp", "udp" or "sctp".
	Protocol string
	// From and To are the first and the last port; both 0 is every port of the protocol.
	From, To uint16
}

// Compile returns the rules of a node. The error names a policy whose selectors or addresses cannot be read; the API
// server accepts none.
func Compile(in Input) (Ruleset, error) {
	c := compiler{namespaces: map[string]labels.Set{}}
	for i := range in.Namespaces {
		c.namespaces[in.Namespaces[i].Name] = in.Namespaces[i].Labels
	}
	for i := range in.Pods {
		if p, ok := newPod(&in.Pods[i]); ok {
			c.pods = append(c.pods, p)
		}
	}
	slices.SortFunc(c.pods, func(a, b pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	policies := slices.Clone(in.Policies)
	slices.SortFunc(policies, func(a, b networkingv1.NetworkPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var out Ruleset
	for _, p := range c.pods {
		if p.Spec.NodeName != in.Node {
			continue
		}
		ingress, egress, err := c.pod(p, policies)
		if err != nil {
			return Ruleset{}, err
		}
		if ingress != nil {
			out.Ingress = append(out.Ingress, *ingress)
		}
		if egress != nil {
			out.Egress = append(out.Egress, *egress)
		}
	}
	return out, nil
}

// pod is a pod with its addresses.
type pod struct {
	*corev1.Pod
	addrs []netip.Addr
}

// newPod leaves out what policies do not speak about: pods of the host's own network, and pods whose addresses may be
// somebody else's by now.
func newPod(p *corev1.Pod) (pod, bool) {
	if p.Spec.HostNetwork || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return pod{}, false
	}
	var addrs []netip.Addr
	for _, ip := range p.Status.PodIPs {
		if addr, err := netip.ParseAddr(ip.IP); err == nil {
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 {
		if addr, err := netip.ParseAddr(p.Status.PodIP); err == nil {
			addrs = []netip.Addr{addr}
		}
	}
	return pod{p, addrs}, len(addrs) > 0
}

type compiler struct {
	namespaces map[string]labels.Set
	pods       []pod
}

// pod returns the chains of a pod, nil for a direction in which no policy selects it.
func (c compiler) pod(p pod, policies []networkingv1.NetworkPolicy) (ingress, egress *Chain, err error) {
	chain := func(now *Chain) *Chain {
		if now == nil {
			// No pod can be kept from itself.
			now = &Chain{Pod: p.Namespace + "/" + p.Name, Addrs: p.addrs, Allow: []Rule{{Addrs: p.addrs}}}
		}
		return now
	}
	for i := range policies {
		policy := &policies[i]
		if policy.Namespace != p.Namespace {
			continue
		}
		selected, err := matches(&policy.Spec.PodSelector, p.Labels)
		if err != nil {
			return nil, nil, named(policy, err)
		}
		if !selected {
			continue
		}
		if has(policy, networkingv1.PolicyTypeIngress) {
			ingress = chain(ingress)
			for _, rule := range policy.Spec.Ingress {
				allowed, err := c.rules(policy.Namespace, rule.From, rule.Ports, &p)
				if err != nil {
					return nil, nil, named(policy, err)
				}
				ingress.Allow = append(ingress.Allow, allowed...)
			}
		}
		if has(policy, networkingv1.PolicyTypeEgress) {
			egress = chain(egress)
			for _, rule := range policy.Spec.Egress {
				allowed, err := c.rules(policy.Namespace, rule.To, rule.Ports, nil)
				if err != nil {
					return nil, nil, named(policy, err)
				}
				egress.Allow = append(egress.Allow, allowed...)
			}
		}
	}
	return ingress, egress, nil
}

func named(policy *networkingv1.NetworkPolicy, err error) error {
	return fmt.Errorf("reading NetworkPolicy %s/%s: %w", policy.Namespace, policy.Name, err)
}

// has says whether a policy speaks about a direction. The API server fills in policyTypes; a file may not have them.
func has(policy *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) bool {
	if len(policy.Spec.PolicyTypes) == 0 {
		return direction == networkingv1.PolicyTypeIngress || len(policy.Spec.Egress) > 0
	}
	return slices.Contains(policy.Spec.PolicyTypes, direction)
}

func matches(selector *metav1.LabelSelector, set labels.Set) (bool, error) {
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return false, err
	}
	return s.Matches(set), nil
}
