package netpol

import (
	"flag"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files")

// world is the cluster of the tables: web and db in shop, a client and a stranger in other, DNS in kube-system, on two nodes.
func world(policies ...string) Input {
	in := Input{Node: "n1"}
	for name, labels := range map[string]map[string]string{
		"shop": {"team": "shop"}, "other": {"team": "other"}, "kube-system": {"kubernetes.io/metadata.name": "kube-system"},
	} {
		in.Namespaces = append(in.Namespaces, corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	add := func(node, namespace, name, ip string, change func(*corev1.Pod)) {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}}}
		p.Spec.NodeName = node
		p.Status.Phase = corev1.PodRunning
		p.Status.PodIPs = []corev1.PodIP{{IP: ip}}
		if change != nil {
			change(&p)
		}
		in.Pods = append(in.Pods, p)
	}
	ports := func(ports ...corev1.ContainerPort) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Spec.Containers = []corev1.Container{{Ports: ports}} }
	}
	add("n1", "shop", "web", "10.0.1.1", ports(corev1.ContainerPort{Name: "http", ContainerPort: 8080}, corev1.ContainerPort{Name: "quic", ContainerPort: 8443, Protocol: corev1.ProtocolUDP}))
	add("n1", "shop", "db", "10.0.1.2", func(p *corev1.Pod) { p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: "fd00::2"}) })
	add("n1", "other", "client", "10.0.1.3", nil)
	add("n2", "other", "stranger", "10.0.2.1", nil)
	add("n2", "kube-system", "dns", "10.0.2.2", ports(corev1.ContainerPort{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}))
	add("n1", "shop", "host", "192.0.2.1", func(p *corev1.Pod) { p.Spec.HostNetwork = true })
	add("n1", "shop", "done", "10.0.1.9", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded })
	add("n1", "shop", "waiting", "", nil)
	for _, text := range policies {
		var p networkingv1.NetworkPolicy
		if err := yaml.UnmarshalStrict([]byte(text), &p.Spec); err != nil {
			panic(err)
		}
		p.Namespace, p.Name = "shop", "p"
		in.Policies = append(in.Policies, p)
	}
	return in
}

func addrs(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func TestCompile(t *testing.T) {
	web, self := addrs("10.0.1.1"), Rule{Addrs: addrs("10.0.1.1")}
	onWeb := func(rules ...Rule) Ruleset {
		return Ruleset{Ingress: []Chain{{Pod: "shop/web", Addrs: web, Allow: append([]Rule{self}, rules...)}}}
	}
	fromWeb := func(rules ...Rule) Ruleset {
		return Ruleset{Egress: []Chain{{Pod: "shop/web", Addrs: web, Allow: append([]Rule{self}, rules...)}}}
	}
	const selectWeb = "podSelector: {matchLabels: {app: web}}\n"
	for _, tt := range []struct {
		name     string
		policies []string
		want     Ruleset
	}{
		{"no policy", nil, Ruleset{}},
		{"a policy that selects nothing", []string{"podSelector: {matchLabels: {app: none}}\npolicyTypes: [Ingress]"}, Ruleset{}},
		{"deny by default", []string{selectWeb + "policyTypes: [Ingress]"}, onWeb()},
		{"both directions of every pod", []string{"podSelector: {}\npolicyTypes: [Ingress, Egress]"}, Ruleset{
			Ingress: []Chain{
				{"shop/db", addrs("10.0.1.2", "fd00::2"), []Rule{{Addrs: addrs("10.0.1.2", "fd00::2")}}}, {"shop/web", web, []Rule{self}},
			},
			Egress: []Chain{
				{"shop/db", addrs("10.0.1.2", "fd00::2"), []Rule{{Addrs: addrs("10.0.1.2", "fd00::2")}}}, {"shop/web", web, []Rule{self}},
			},
		}},
		{"types that follow from the rules", []string{selectWeb + "ingress: [{}]\negress: [{}]"}, Ruleset{
			Ingress: onWeb(Rule{Any: true}).Ingress, Egress: fromWeb(Rule{Any: true}).Egress,
		}},
		{"everything", []string{selectWeb + "ingress: [{}]"}, onWeb(Rule{Any: true})},
		{"two policies add up", []string{selectWeb + "policyTypes: [Ingress]", selectWeb + "ingress: [{ports: [{port: 80}]}]"},
			onWeb(Rule{Any: true, Port: Port{"tcp", 80, 80}})},
		{"a pod of the same namespace", []string{selectWeb + "ingress: [{from: [{podSelector: {matchLabels: {app: db}}}]}]"},
			onWeb(Rule{Addrs: addrs("10.0.1.2", "fd00::2")})},
		{"a pod of another namespace is not meant", []string{selectWeb + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]"}, onWeb()},
		{"a namespace", []string{selectWeb + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}]}]"},
			onWeb(Rule{Addrs: addrs("10.0.1.3", "10.0.2.1")})},
		{"pods of a namespace", []string{selectWeb + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}, podSelector: {matchLabels: {app: client}}}]}]"},
			onWeb(Rule{Addrs: addrs("10.0.1.3")})},
		{"either of two peers", []string{selectWeb + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}, {podSelector: {matchExpressions: [{key: app, operator: In, values: [db, client]}]}}]}]"},
			onWeb(Rule{Addrs: addrs("10.0.1.3", "10.0.2.1", "10.0.1.2", "fd00::2")})},
		{"addresses", []string{selectWeb + "egress: [{to: [{ipBlock: {cidr: 10.9.9.9/8, except: [10.1.0.0/16]}}]}]\npolicyTypes: [Egress]"},
			fromWeb(Rule{Block: netip.MustParsePrefix("10.0.0.0/8"), Except: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})},
		{"ports", []string{selectWeb + "ingress: [{ports: [{port: 80}, {port: 5000, endPort: 5010, protocol: UDP}, {protocol: SCTP}]}]"},
			onWeb(Rule{Any: true, Port: Port{"tcp", 80, 80}}, Rule{Any: true, Port: Port{"udp", 5000, 5010}}, Rule{Any: true, Port: Port{"sctp", 0, 0}})},
		{"a named port is the pod's own", []string{selectWeb + "ingress: [{ports: [{port: http}]}]"}, onWeb(Rule{Any: true, Port: Port{"tcp", 8080, 8080}})},
		{"a name of another protocol is nothing", []string{selectWeb + "ingress: [{ports: [{port: quic}]}]"}, onWeb()},
		{"outwards a name is the peer's", []string{selectWeb + "egress: [{ports: [{port: dns, protocol: UDP}]}]\npolicyTypes: [Egress]"},
			fromWeb(Rule{Addrs: addrs("10.0.2.2"), Port: Port{"udp", 53, 53}})},
		{"DNS and nothing else", []string{selectWeb + `policyTypes: [Egress]
egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}]`},
			fromWeb(Rule{Addrs: addrs("10.0.2.2"), Port: Port{"udp", 53, 53}}, Rule{Addrs: addrs("10.0.2.2"), Port: Port{"tcp", 53, 53}})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Compile(world(tt.policies...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	for _, spec := range []string{
		"podSelector: {matchExpressions: [{key: a, operator: Like}]}",
		"podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]",
		"podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}]}]",
		"podSelector: {}\negress: [{to: [{namespaceSelector: {matchExpressions: [{key: a, operator: Like}]}}]}]",
	} {
		if _, err := Compile(world(spec)); err == nil || !strings.Contains(err.Error(), "NetworkPolicy shop/p") {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

// all is a policy that uses every form of rule there is.
const all = `podSelector: {}
policyTypes: [Ingress, Egress]
ingress:
- from: [{podSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.1.0.0/16, 10.1.2.0/24, 10.1.0.0/16]}}, {ipBlock: {cidr: "::/0"}}]
  ports: [{port: http}, {port: 5000, endPort: 5010, protocol: UDP}, {protocol: SCTP}]
- from: [{namespaceSelector: {}}]
egress:
- {}
- to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25, 192.0.2.64/26]}}]
  ports: [{port: 443}]
`

func TestText(t *testing.T) {
	rules, err := Compile(world(all))
	if err != nil {
		t.Fatal(err)
	}
	got := rules.Text("a comment")
	golden := filepath.Join("testdata", "all.nft")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got; -update writes it):\n%s", diff)
	}
	if twice := strings.Join(strings.Fields(got), " "); strings.Contains(twice, "\n") || strings.Contains(twice, "#") {
		t.Error("it cannot be one line")
	}
	nft, err := exec.LookPath("nft")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("not checked by nft: it is not installed (apt-get install nftables), or this is not root")
	}
	for _, text := range []string{got, strings.Join(strings.Fields(got), " ") + "\n", Ruleset{}.Text("nothing")} {
		cmd := exec.CommandContext(t.Context(), nft, "--check", "--file", "-")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("nft does not take it: %v\n%s", err, out)
		}
	}
}
