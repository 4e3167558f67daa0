package netpol

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// rules are what one rule of a policy allows: each of its peers at each of its ports. target is the pod whose ports are
// meant, nil where these are the peers' own.
func (c compiler) rules(namespace string, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort, target *pod) ([]Rule, error) {
	pods, blocks, err := c.peers(namespace, peers)
	if err != nil {
		return nil, err
	}
	if len(ports) == 0 {
		return reach(len(peers) == 0, pods, blocks, Port{}), nil
	}
	var all []Rule
	for i := range ports {
		port, name := number(&ports[i])
		switch {
		case name == "":
			all = append(all, reach(len(peers) == 0, pods, blocks, port)...)
		case target != nil:
			for _, number := range target.ports(name, port.Protocol) {
				all = append(all, reach(len(peers) == 0, pods, blocks, Port{port.Protocol, number, number})...)
			}
		default:
			// What a name means is the peer's to say. A range of addresses says nothing.
			named := pods
			if len(peers) == 0 {
				named = c.pods
			}
			for _, peer := range named {
				for _, number := range peer.ports(name, port.Protocol) {
					all = append(all, Rule{Addrs: peer.addrs, Port: Port{port.Protocol, number, number}})
				}
			}
		}
	}
	return all, nil
}

// reach is one port at every peer.
func reach(any bool, pods []pod, blocks []Rule, port Port) []Rule {
	if any {
		return []Rule{{Any: true, Port: port}}
	}
	var all []Rule
	var addrs []netip.Addr
	for _, p := range pods {
		addrs = append(addrs, p.addrs...)
	}
	if len(addrs) > 0 {
		all = append(all, Rule{Addrs: addrs, Port: port})
	}
	for _, block := range blocks {
		block.Port = port
		all = append(all, block)
	}
	return all
}

// peers are the pods and the address ranges that any of the peers stands for.
func (c compiler) peers(namespace string, peers []networkingv1.NetworkPolicyPeer) (pods []pod, blocks []Rule, err error) {
	for _, peer := range peers {
		if peer.IPBlock != nil {
			block, err := block(peer.IPBlock)
			if err != nil {
				return nil, nil, err
			}
			blocks = append(blocks, block)
			continue
		}
		for _, p := range c.pods {
			is, err := c.is(p, namespace, peer)
			if err != nil {
				return nil, nil, err
			}
			if is && !slices.ContainsFunc(pods, func(known pod) bool { return known.Pod == p.Pod }) {
				pods = append(pods, p)
			}
		}
	}
	return pods, blocks, nil
}

func (c compiler) is(p pod, namespace string, peer networkingv1.NetworkPolicyPeer) (bool, error) {
	if peer.NamespaceSelector == nil && p.Namespace != namespace {
		return false, nil
	}
	if peer.NamespaceSelector != nil {
		if ok, err := matches(peer.NamespaceSelector, c.namespaces[p.Namespace]); err != nil || !ok {
			return false, err
		}
	}
	if peer.PodSelector == nil {
		return true, nil
	}
	return matches(peer.PodSelector, p.Labels)
}

func block(b *networkingv1.IPBlock) (Rule, error) {
	prefix, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return Rule{}, err
	}
	rule := Rule{Block: prefix.Masked()}
	for _, text := range b.Except {
		except, err := netip.ParsePrefix(text)
		if err != nil {
			return Rule{}, fmt.Errorf("except: %w", err)
		}
		rule.Except = append(rule.Except, except.Masked())
	}
	return rule, nil
}

// number is a port of a policy as numbers; name is set where it is one, and the numbers are then to be found.
func number(p *networkingv1.NetworkPolicyPort) (port Port, name string) {
	port.Protocol = "tcp"
	if p.Protocol != nil {
		port.Protocol = protocol(*p.Protocol)
	}
	switch {
	case p.Port == nil:
	case p.Port.Type == intstr.String:
		return port, p.Port.StrVal
	default:
		port.From = uint16(p.Port.IntVal)
		port.To = port.From
		if p.EndPort != nil {
			port.To = uint16(*p.EndPort)
		}
	}
	return port, ""
}

func protocol(p corev1.Protocol) string {
	switch p {
	case corev1.ProtocolUDP:
		return "udp"
	case corev1.ProtocolSCTP:
		return "sctp"
	}
	return "tcp"
}

// ports are the numbers that a pod's containers give a name.
func (p pod) ports(name, wanted string) []uint16 {
	var all []uint16
	for i := range p.Spec.Containers {
		for _, port := range p.Spec.Containers[i].Ports {
			if port.Name == name && protocol(port.Protocol) == wanted {
				all = append(all, uint16(port.ContainerPort))
			}
		}
	}
	return all
}
