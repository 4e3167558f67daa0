package agent

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/lab/netpol"
)

// rules are those of node n1 for policies of the namespace default, given as their spec.
func rules(t *testing.T, specs ...string) netpol.Ruleset {
	t.Helper()
	in := netpol.Input{Node: "n1", Namespaces: []corev1.Namespace{{ObjectMeta: metav1.ObjectMeta{Name: "default"}}}}
	for _, name := range []string{"web", "client", "other"} {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: map[string]string{"app": name}}}
		p.Spec.NodeName = "n1"
		p.Status.PodIPs = []corev1.PodIP{{IP: addresses[name]}}
		p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "admin", ContainerPort: 8080}}}}
		in.Pods = append(in.Pods, p)
	}
	for _, spec := range specs {
		policy := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "p"}}
		if err := yaml.UnmarshalStrict([]byte(spec), &policy.Spec); err != nil {
			t.Fatal(err)
		}
		in.Policies = append(in.Policies, policy)
	}
	r, err := netpol.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is let through and what is dropped, by packets: accepted while nothing enforces, then enforced, then nothing left.
func TestPacketsInNamespaces(t *testing.T) {
	l := newLAN(t)
	everything := []string{"client->web tcp/80", "other->web tcp/80", "client->web udp/53", "outside->web tcp/80", "web->outside tcp/80", "node->web tcp/80"}
	l.expect(t, "before", everything...)
	table, err := newTable(l.nft())
	if err != nil {
		t.Fatal(err)
	}
	defer table.close()
	for _, tt := range []struct {
		name     string
		policies []string
		expect   []string
	}{
		{"no policy", nil, everything},
		{"deny by default", []string{"podSelector: {matchLabels: {app: web}}\npolicyTypes: [Ingress]"},
			[]string{"!client->web tcp/80", "!outside->web tcp/80", "!client->web udp/53", "node->web tcp/80", "web->client tcp/80", "web->outside tcp/80", "client->other tcp/80"}},
		{"one client, one port", []string{"podSelector: {matchLabels: {app: web}}\ningress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 80}]}]"},
			[]string{"client->web tcp/80", "!client->web tcp/81", "!client->web udp/53", "!other->web tcp/80", "!outside->web tcp/80"}},
		{"a range and a name", []string{"podSelector: {matchLabels: {app: web}}\ningress: [{ports: [{port: 80, endPort: 81}, {port: admin}]}]"},
			[]string{"client->web tcp/80", "outside->web tcp/81", "client->web tcp/8080", "!client->web udp/53"}},
		{"DNS alone outwards", []string{"podSelector: {matchLabels: {app: client}}\npolicyTypes: [Egress]\negress: [{ports: [{port: 53, protocol: UDP}]}]"},
			[]string{"client->web udp/53", "!client->web tcp/80", "!client->outside tcp/80", "client->outside udp/53", "other->client tcp/80"}},
		{"addresses but some", []string{"podSelector: {matchLabels: {app: web}}\ningress: [{from: [{ipBlock: {cidr: 10.251.0.0/16, except: [10.251.1.2/32]}}]}]"},
			[]string{"!client->web tcp/80", "other->web tcp/80", "outside->web tcp/80"}},
		{"both ends must let it through", []string{
			"podSelector: {matchLabels: {app: web}}\ningress: [{}]", "podSelector: {matchLabels: {app: client}}\npolicyTypes: [Egress]"},
			[]string{"!client->web tcp/80", "other->web tcp/80"}},
	} {
		if err := table.put(t.Context(), rules(t, tt.policies...)); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		l.expect(t, tt.name, tt.expect...)
	}
	broken := netpol.Ruleset{Ingress: []netpol.Chain{{Pod: "a", Allow: []netpol.Rule{{Any: true, Port: netpol.Port{Protocol: "nonsense", From: 1, To: 1}}}}}}
	if err := table.put(t.Context(), broken); err == nil || !strings.Contains(err.Error(), "nft refused the rules") {
		t.Errorf("broken rules: %v", err)
	}
	l.expect(t, "after refused rules those from before stay", "!client->web tcp/80", "other->web tcp/80")
	table.close()
	l.expect(t, "switched off", everything...)
	if tables := l.tables(t); tables != "" {
		t.Errorf("left: %s", tables)
	}
}

// The kernel takes the table away with whoever held it.
func TestNothingStaysOfAKilledAgent(t *testing.T) {
	l := newLAN(t)
	cmd := l.helper(t.Context(), t, "node", "table")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if tables := l.tables(t); !strings.Contains(tables, netpol.Table) {
		t.Errorf("the tables are %q", tables)
	}
	l.expect(t, "enforced", "!client->web tcp/80")
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as meant
	for range 100 {
		if l.tables(t) == "" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if tables := l.tables(t); tables != "" {
		t.Errorf("left: %s", tables)
	}
	l.expect(t, "killed", "client->web tcp/80")
}

// holdTable is the part of the agent that is killed; it is in the node's namespace already.
func holdTable() {
	table, err := newTable([]string{"nft"})
	if err == nil {
		err = table.put(context.Background(), netpol.Ruleset{Ingress: []netpol.Chain{{Pod: "default/web", Addrs: mustAddrs(addresses["web"])}}})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(".")
	select {}
}

// The agent follows a real API server: a policy that is made is in force, one that is removed is not.
func TestAgentFollowsTheCluster(t *testing.T) {
	l := newLAN(t)
	version, _, _ := strings.Cut(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0"), ",")
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin := cp.Admin()
	config := &rest.Config{Host: cp.Host(), TLSClientConfig: rest.TLSClientConfig{CAData: cp.CA(), CertData: admin.Certificate, KeyData: admin.Key}}
	api := newAPI(t, config)
	for _, name := range []string{"web", "client", "other"} {
		api.pod(t, name, addresses[name])
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{Config: config, Node: "n1", Nft: l.nft(), Progress: io.Discard, Ready: func() { close(ready) }})
	}()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the agent ended: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("the agent is not ready")
	}
	l.expect(t, "without a policy", "client->web tcp/80", "other->web tcp/80")
	api.policy(t, "podSelector: {matchLabels: {app: web}}\npolicyTypes: [Ingress]\ningress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]")
	l.becomes(t, "other->web tcp/80", false)
	l.expect(t, "with the policy", "client->web tcp/80", "!outside->web tcp/80", "node->web tcp/80")
	api.relabel(t, "other", "client")
	l.becomes(t, "other->web tcp/80", true)
	api.removePolicy(t)
	l.becomes(t, "outside->web tcp/80", true)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if tables := l.tables(t); tables != "" {
		t.Errorf("left: %s", tables)
	}
}

func (l lan) becomes(t *testing.T, reach string, want bool) {
	t.Helper()
	for range 50 {
		if l.reaches(t, reach) == want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s does not become %v", reach, want)
}

// nft that is not there is an error that says so.
func TestNoNft(t *testing.T) {
	if _, err := newTable([]string{"/no/such/nft"}); err == nil || !strings.Contains(err.Error(), "starting nft") {
		t.Errorf("%v", err)
	}
	table, err := newTable([]string{"false"})
	if err != nil {
		t.Skip("no program false to try it with")
	}
	if err := table.put(t.Context(), netpol.Ruleset{}); err == nil || !strings.Contains(err.Error(), "nft has ended") {
		t.Errorf("an nft that ends: %v", err)
	}
	if _, err := exec.LookPath("sh"); err == nil {
		table.close()
	}
}
