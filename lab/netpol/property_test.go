package netpol

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"pgregory.net/rapid"
)

// For any cluster and every connection in it: the rules of the node let it through where the documentation's sentences, read one
// connection at a time, do.
func TestRulesSayWhatThePoliciesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := clusters().Draw(t, "cluster")
		rules, err := Compile(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range places(in) {
			for _, to := range places(in) {
				for _, protocol := range []string{"tcp", "udp", "icmp"} {
					for port := uint16(79); port <= 84; port++ {
						conn := connection{from, to, protocol, port}
						want := sentences(in, conn)
						if got := through(rules, conn); got != want {
							t.Fatalf("%+v: the rules say %v, the policies %v\n%s", conn, got, want, rules.Text(""))
						}
					}
				}
			}
		}
	})
}

type connection struct {
	from, to netip.Addr
	protocol string
	port     uint16
}

// through walks the rules as nft does.
func through(r Ruleset, c connection) bool {
	direction := func(chains []Chain, own, peer netip.Addr) bool {
		for _, chain := range chains {
			if !slices.Contains(chain.Addrs, own) {
				continue
			}
			return slices.ContainsFunc(chain.Allow, func(rule Rule) bool {
				at := rule.Any || slices.Contains(rule.Addrs, peer) || rule.Block.IsValid() && rule.Block.Contains(peer) &&
					!slices.ContainsFunc(rule.Except, func(p netip.Prefix) bool { return p.Contains(peer) })
				p := rule.Port
				return at && (p.Protocol == "" || p.Protocol == c.protocol && (p.From == 0 && p.To == 0 || p.From <= c.port && c.port <= p.To))
			})
		}
		return true
	}
	return direction(r.Egress, c.from, c.to) && direction(r.Ingress, c.to, c.from)
}

// sentences judges by the API's documentation, straight from the objects; it shares no code with what it tests.
func sentences(in Input, c connection) bool {
	find := func(addr netip.Addr) *corev1.Pod {
		for i, p := range in.Pods {
			if p.Status.PodIP == addr.String() {
				return &in.Pods[i]
			}
		}
		return nil
	}
	from, to := find(c.from), find(c.to)
	if c.from == c.to {
		return true
	}
	selects := func(s metav1.LabelSelector, labels map[string]string) bool {
		for key, value := range s.MatchLabels {
			if labels[key] != value {
				return false
			}
		}
		return true
	}
	judge := func(own, peer *corev1.Pod, peerAddr netip.Addr, target *corev1.Pod, direction networkingv1.PolicyType) bool {
		if own == nil || own.Spec.NodeName != in.Node {
			return true
		}
		isolated := false
		for _, policy := range in.Policies {
			if policy.Namespace != own.Namespace || !selects(policy.Spec.PodSelector, own.Labels) || !slices.Contains(policy.Spec.PolicyTypes, direction) {
				continue
			}
			isolated = true
			type rule struct {
				peers []networkingv1.NetworkPolicyPeer
				ports []networkingv1.NetworkPolicyPort
			}
			var rules []rule
			for _, r := range policy.Spec.Ingress {
				if direction == networkingv1.PolicyTypeIngress {
					rules = append(rules, rule{r.From, r.Ports})
				}
			}
			for _, r := range policy.Spec.Egress {
				if direction == networkingv1.PolicyTypeEgress {
					rules = append(rules, rule{r.To, r.Ports})
				}
			}
			for _, r := range rules {
				peerOK := len(r.peers) == 0
				asPod := peerOK // a name of a port means something at a pod that was chosen as one, not as an address
				for _, p := range r.peers {
					if p.IPBlock != nil {
						peerOK = peerOK || netip.MustParsePrefix(p.IPBlock.CIDR).Contains(peerAddr) &&
							!slices.ContainsFunc(p.IPBlock.Except, func(e string) bool { return netip.MustParsePrefix(e).Contains(peerAddr) })
						continue
					}
					if peer == nil {
						continue
					}
					inNamespace := peer.Namespace == policy.Namespace
					if p.NamespaceSelector != nil {
						for _, n := range in.Namespaces {
							if n.Name == peer.Namespace {
								inNamespace = selects(*p.NamespaceSelector, n.Labels)
							}
						}
					}
					if inNamespace && (p.PodSelector == nil || selects(*p.PodSelector, peer.Labels)) {
						peerOK, asPod = true, true
					}
				}
				portOK := len(r.ports) == 0
				for _, p := range r.ports {
					if (*p.Protocol == corev1.ProtocolTCP) != (c.protocol == "tcp") || c.protocol == "icmp" {
						continue
					}
					switch {
					case p.Port == nil:
						portOK = true
					case p.Port.Type == intstr.String:
						named := target != nil && (asPod || direction == networkingv1.PolicyTypeIngress) &&
							slices.ContainsFunc(target.Spec.Containers[0].Ports, func(cp corev1.ContainerPort) bool {
								return cp.Name == p.Port.StrVal && uint16(cp.ContainerPort) == c.port && cp.Protocol == *p.Protocol
							})
						portOK = portOK || named
					case p.EndPort != nil:
						portOK = portOK || int32(c.port) >= p.Port.IntVal && int32(c.port) <= *p.EndPort
					default:
						portOK = portOK || int32(c.port) == p.Port.IntVal
					}
				}
				if peerOK && portOK {
					return true
				}
			}
		}
		return !isolated
	}
	return judge(from, to, c.to, to, networkingv1.PolicyTypeEgress) && judge(to, from, c.from, to, networkingv1.PolicyTypeIngress)
}

// places are the pods' addresses and one that is nobody's.
func places(in Input) []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("10.0.9.9")}
	for _, p := range in.Pods {
		all = append(all, netip.MustParseAddr(p.Status.PodIP))
	}
	return all
}

func clusters() *rapid.Generator[Input] {
	return rapid.Custom(func(t *rapid.T) Input {
		in := Input{Node: "n1"}
		labels := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b"}), rapid.Just("1"), 0, 2)
		for _, name := range []string{"x", "y"} {
			in.Namespaces = append(in.Namespaces, corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels.Draw(t, "namespace labels")}})
		}
		namespace := rapid.SampledFrom([]string{"x", "y"})
		protocol := rapid.SampledFrom([]corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP})
		for i := range rapid.IntRange(1, 4).Draw(t, "pods") {
			p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Draw(t, "namespace"), Name: fmt.Sprint("p", i), Labels: labels.Draw(t, "labels")}}
			p.Spec.NodeName = rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "node")
			p.Status.PodIP = fmt.Sprintf("10.0.0.%d", i+1)
			p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{
				{Name: "web", ContainerPort: rapid.Int32Range(79, 83).Draw(t, "named port"), Protocol: protocol.Draw(t, "protocol")},
			}}}
			in.Pods = append(in.Pods, p)
		}
		selector := rapid.Map(labels, func(l map[string]string) metav1.LabelSelector { return metav1.LabelSelector{MatchLabels: l} })
		maybe := rapid.Ptr(selector, true)
		peer := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyPeer {
			if rapid.Bool().Draw(t, "block") {
				return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{
					CIDR:   rapid.SampledFrom([]string{"10.0.0.0/16", "10.0.0.0/30", "0.0.0.0/0", "10.0.9.9/32"}).Draw(t, "cidr"),
					Except: rapid.SliceOfN(rapid.SampledFrom([]string{"10.0.0.2/31", "10.0.9.0/24"}), 0, 2).Draw(t, "except"),
				}}
			}
			return networkingv1.NetworkPolicyPeer{PodSelector: maybe.Draw(t, "pods"), NamespaceSelector: maybe.Draw(t, "namespaces")}
		})
		port := rapid.Custom(func(t *rapid.T) networkingv1.NetworkPolicyPort {
			proto := protocol.Draw(t, "protocol")
			p := networkingv1.NetworkPolicyPort{Protocol: &proto}
			number := intstr.FromInt32(rapid.Int32Range(79, 83).Draw(t, "number"))
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 1:
				number = intstr.FromString("web")
				p.Port = &number
			case 2:
				p.Port = &number
			case 3:
				end := number.IntVal + rapid.Int32Range(0, 3).Draw(t, "end")
				p.Port, p.EndPort = &number, &end
			}
			return p
		})
		for i := range rapid.IntRange(0, 3).Draw(t, "policies") {
			p := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Draw(t, "namespace"), Name: fmt.Sprint("np", i)}}
			p.Spec.PodSelector = selector.Draw(t, "selector")
			p.Spec.PolicyTypes = rapid.SampledFrom([][]networkingv1.PolicyType{
				{networkingv1.PolicyTypeIngress}, {networkingv1.PolicyTypeEgress}, {networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			}).Draw(t, "types")
			for range rapid.IntRange(0, 2).Draw(t, "rules") {
				peers, ports := rapid.SliceOfN(peer, 0, 2).Draw(t, "peers"), rapid.SliceOfN(port, 0, 2).Draw(t, "ports")
				p.Spec.Ingress = append(p.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers, Ports: ports})
				p.Spec.Egress = append(p.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers, Ports: ports})
			}
			in.Policies = append(in.Policies, p)
		}
		return in
	})
}
