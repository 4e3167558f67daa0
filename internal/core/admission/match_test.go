package admission

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/selector"
)

func rule(group, v, resources, operations, scope string) Rule {
	split := func(s string) []string { return strings.Split(s, ",") }
	return Rule{Groups: split(group), Versions: split(v), Resources: split(resources), Operations: split(operations), Scope: scope}
}

// TestRules holds the matching to the table of the API server's own
// documentation and of apiserver/pkg/admission/plugin/webhook/predicates/rules.
func TestRules(t *testing.T) {
	pod := Request{Version: "v1", Resource: "pods", Namespaces: []string{"kube-system"}}
	sub := func(r Request, s string) Request { r.Subresource = s; return r }
	node := Request{Version: "v1", Resource: "nodes"}
	deployment := Request{Group: "apps", Version: "v1", Resource: "deployments", Namespaces: []string{"a"}}
	for _, tt := range []struct {
		name string
		rule Rule
		req  Request
		op   string
		want bool
	}{
		{"exact", rule("", "v1", "pods", "CREATE", ""), pod, "CREATE", true},
		{"another operation", rule("", "v1", "pods", "CREATE", ""), pod, "DELETE", false},
		{"any operation", rule("", "v1", "pods", "*", ""), pod, "DELETE", true},
		{"another version", rule("", "v2", "pods", "*", ""), pod, "CREATE", false},
		{"core is not any group", rule("", "*", "deployments", "*", ""), deployment, "CREATE", false},
		{"any group", rule("*", "*", "deployments", "*", ""), deployment, "CREATE", true},
		{"a resource is without its subresources", rule("", "v1", "pods", "*", ""), sub(pod, "eviction"), "CREATE", false},
		{"a subresource is without its resource", rule("", "v1", "pods/eviction", "*", ""), pod, "CREATE", false},
		{"the subresource", rule("", "v1", "pods/eviction", "*", ""), sub(pod, "eviction"), "CREATE", true},
		{"another subresource", rule("", "v1", "pods/binding", "*", ""), sub(pod, "eviction"), "CREATE", false},
		{"all subresources and the resource", rule("", "v1", "pods/*", "*", ""), pod, "CREATE", true},
		{"all subresources", rule("", "v1", "pods/*", "*", ""), sub(pod, "binding"), "CREATE", true},
		{"all resources without subresources", rule("", "v1", "*", "*", ""), pod, "CREATE", true},
		{"all resources have no subresources", rule("", "v1", "*", "*", ""), sub(pod, "eviction"), "CREATE", false},
		{"everything", rule("*", "*", "*/*", "*", ""), sub(node, "status"), "UPDATE", true},
		{"everything is resources too", rule("*", "*", "*/*", "*", ""), node, "UPDATE", true},
		{"one subresource of all", rule("*", "*", "*/scale", "*", ""), sub(pod, "eviction"), "CREATE", false},
		{"one subresource of all, it", rule("*", "*", "*/status", "*", ""), sub(node, "status"), "UPDATE", true},
		{"names begin alike", rule("", "v1", "pod", "*", ""), pod, "CREATE", false},
		{"scope of both", rule("", "v1", "nodes", "*", "*"), node, "UPDATE", true},
		{"scope Namespaced", rule("", "v1", "*", "*", "Namespaced"), node, "UPDATE", false},
		{"scope Namespaced, of a pod", rule("", "v1", "*", "*", "Namespaced"), pod, "UPDATE", true},
		{"scope Cluster", rule("", "v1", "*", "*", "Cluster"), node, "UPDATE", true},
		{"scope Cluster, of a pod", rule("", "v1", "*", "*", "Cluster"), pod, "UPDATE", false},
		{"a scope that is none", rule("", "v1", "*", "*", "cluster"), pod, "UPDATE", false},
		{"second of a list", rule("apps,", "v1", "services,pods", "UPDATE,CREATE", ""), pod, "CREATE", true},
		{"nothing", Rule{}, pod, "CREATE", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rule.matches(tt.req, tt.op); got != tt.want {
				t.Errorf("%v of %s %s: %t", tt.rule, tt.op, tt.req.Name(), got)
			}
		})
	}
}

// needs is a short list of what an upgrade asks.
func needs() []Request {
	return []Request{
		{Version: "v1", Resource: "pods", Operations: []string{"CREATE", "DELETE"}, Namespaces: []string{"kube-system"}, For: "the control plane"},
		{Version: "v1", Resource: "pods", Subresource: "eviction", Operations: []string{"CREATE"}, Namespaces: []string{"*"}, Busy: true, Labels: []map[string]string{{}}, For: "the drain"},
		{Version: "v1", Resource: "pods", Operations: []string{"CREATE"}, Namespaces: []string{"*"}, Except: []string{"kube-system"}, Busy: true, For: "moved pods"},
		{Version: "v1", Resource: "nodes", Operations: []string{"UPDATE"}, For: "cordon"},
		{Group: "apps", Version: "v1", Resource: "deployments", Operations: []string{"UPDATE"}, Namespaces: []string{"kube-system"}, Labels: []map[string]string{{"k8s-app": "kube-dns"}},
			Equivalent: []string{"extensions/v1beta1"}, For: "CoreDNS"},
	}
}

// cluster has two namespaces with pods, one without, and one node.
func cluster() *Cluster {
	named := func(name string, pods int, labels ...string) Namespace {
		n := Namespace{Name: name, Pods: pods, Labels: map[string]string{nameLabel: name}}
		for i := 0; i < len(labels); i += 2 {
			n.Labels[labels[i]] = labels[i+1]
		}
		return n
	}
	return &Cluster{
		Namespaces: []Namespace{named("kube-system", 3), named("shop", 2, "team", "a"), named("empty", 0)},
		Objects: map[string][]Object{
			"pods":  {{"kube-system", map[string]string{"tier": "control-plane"}}, {"shop", map[string]string{"app": "web"}}},
			"nodes": {{"", map[string]string{"role": "worker"}}},
		},
		Served:   map[string][]string{"apps": {"v1"}},
		Services: map[string]Service{"guard/guard": {Ports: []int{443}}},
		Backends: map[string][]Backend{},
	}
}

func TestMatch(t *testing.T) {
	everything := []Rule{rule("*", "*", "*/*", "*", "")}
	pods := []Rule{rule("", "v1", "pods,pods/eviction", "*", "")}
	is := func(key, op string, values ...string) selector.Selector {
		return selector.Selector{Expressions: []selector.Expression{{Key: key, Operator: op, Values: values}}}
	}
	for _, tt := range []struct {
		name   string
		w      Webhook
		change func(*Cluster)
		want   []string
	}{
		{"everything", Webhook{Rules: everything}, nil,
			[]string{"CREATE/DELETE pods kube-system", "CREATE pods/eviction kube-system,shop", "CREATE pods shop", "UPDATE nodes", "UPDATE deployments.apps kube-system"}},
		{"its namespaceSelector leaves kube-system out, and no node", Webhook{Rules: everything, Namespaces: is(nameLabel, "NotIn", "kube-system")}, nil,
			[]string{"CREATE pods/eviction shop", "CREATE pods shop", "UPDATE nodes"}},
		{"only namespaces that carry a label", Webhook{Rules: pods, Namespaces: is("team", "Exists")}, nil, []string{"CREATE pods/eviction shop", "CREATE pods shop"}},
		{"a node has no namespace to be left out by", Webhook{Rules: []Rule{rule("", "v1", "nodes", "*", "")}, Namespaces: is("team", "In", "none")}, nil, []string{"UPDATE nodes"}},
		{"an Eviction has no labels of its pod", Webhook{Rules: pods, Objects: is("app", "In", "web")}, nil, []string{"CREATE pods shop"}},
		{"what has no labels is selected by an absence", Webhook{Rules: pods, Objects: is("app", "DoesNotExist")}, nil, []string{"CREATE/DELETE pods kube-system", "CREATE pods/eviction kube-system,shop"}},
		{"labels of nodes", Webhook{Rules: everything, Objects: is("role", "In", "worker")}, nil, []string{"UPDATE nodes"}},
		{"labels that are known beforehand", Webhook{Rules: everything, Objects: is("k8s-app", "In", "kube-dns")}, nil, []string{"UPDATE deployments.apps kube-system"}},
		{"matchConditions are not evaluated", Webhook{Rules: []Rule{rule("", "v1", "nodes", "UPDATE", "")}, Conditions: []string{"not-kubelets"}}, nil, []string{"? UPDATE nodes"}},
		{"namespaces that were not read", Webhook{Rules: []Rule{rule("", "v1", "pods/eviction", "*", "")}, Namespaces: is("team", "Exists")},
			func(c *Cluster) { c.Namespaces, c.Unread = nil, map[Part]string{Namespaces: "forbidden"} }, []string{"? CREATE pods/eviction kube-system,every other namespace"}},
		{"the name of kube-system is known even so", Webhook{Rules: []Rule{rule("", "v1", "pods/eviction", "*", "")}, Namespaces: is(nameLabel, "NotIn", "kube-system")},
			func(c *Cluster) { c.Namespaces, c.Unread = nil, map[Part]string{Namespaces: "forbidden"} }, []string{"? CREATE pods/eviction every other namespace"}},
		{"pods that were not read", Webhook{Rules: []Rule{rule("", "v1", "pods", "DELETE", "")}, Objects: is("app", "Exists")},
			func(c *Cluster) { c.Unread = map[Part]string{Pods: "forbidden"} }, []string{"? DELETE pods kube-system"}},
		{"an equivalent version that is not served", Webhook{Rules: []Rule{rule("extensions", "v1beta1", "deployments", "*", "")}}, nil, nil},
		{"an equivalent version that is served", Webhook{Rules: []Rule{rule("extensions", "v1beta1", "deployments", "*", "")}, MatchPolicy: "Equivalent"},
			func(c *Cluster) { c.Served["extensions"] = []string{"v1beta1"} }, []string{"UPDATE deployments.apps kube-system"}},
		{"an equivalent version, Exact", Webhook{Rules: []Rule{rule("extensions", "v1beta1", "deployments", "*", "")}, MatchPolicy: "Exact"},
			func(c *Cluster) { c.Served["extensions"] = []string{"v1beta1"} }, nil},
		{"an equivalent version, not known whether served", Webhook{Rules: []Rule{rule("extensions", "v1beta1", "deployments", "*", "")}},
			func(c *Cluster) { c.Served = nil }, []string{"? UPDATE deployments.apps kube-system"}},
		{"only its own custom resources", Webhook{Rules: []Rule{rule("cert-manager.io", "*", "*/*", "*", "*")}}, nil, nil},
		{"namespaces and webhook configurations are none of it", Webhook{Rules: []Rule{rule("", "v1", "namespaces", "*", ""), rule("admissionregistration.k8s.io", "*", "*", "*", "")}}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster()
			if tt.change != nil {
				tt.change(c)
			}
			j := newJudge(c, Question{Facts: Facts{Upgrade: needs()}})
			var got []string
			for _, a := range j.match(tt.w) {
				s := strings.Join(a.operations, "/") + " " + a.request.Name()
				if len(a.namespaces) > 0 {
					s += " " + strings.Join(a.namespaces, ",")
				}
				if a.sure == selector.Maybe {
					s = "? " + s
					if a.why == "" {
						t.Errorf("%s: it is not said what is not known", s)
					}
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("asked about (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBackends(t *testing.T) {
	ep := func(ready bool, pod, node string) Backend { return Backend{ready, node, pod} }
	for _, tt := range []struct {
		name string
		all  []Backend
		port int
		mod  func(*Cluster)
		want health
		says string
	}{
		{"no endpoint", nil, 0, nil, dead, "has no endpoint"},
		{"none ready", []Backend{ep(false, "a", "w1"), ep(false, "a", "w1")}, 0, nil, dead, "not ready: a)"},
		{"one", []Backend{ep(true, "a", "w1"), ep(false, "b", "w2")}, 443, nil, alone, "one ready endpoint: a on node w1"},
		{"one with two addresses", []Backend{ep(true, "a", "w1"), ep(true, "a", "w1")}, 0, nil, alone, "one ready endpoint: a on node w1"},
		{"two on one node", []Backend{ep(true, "a", "w1"), ep(true, "b", "w1")}, 0, nil, alone, "all 2 ready endpoints of service guard/guard are on node w1: a, b"},
		{"two on two nodes", []Backend{ep(true, "a", "w1"), ep(true, "b", "w2")}, 0, nil, alive, "2 ready endpoints on nodes w1, w2"},
		{"two, nodes not said", []Backend{ep(true, "10.0.0.1", ""), ep(true, "10.0.0.2", "")}, 0, nil, alive, "2 ready endpoints"},
		{"another port", []Backend{ep(true, "a", "w1")}, 8443, nil, dead, "has no port 8443"},
		{"no service", nil, 0, func(c *Cluster) { c.Services = nil }, dead, "there is no service guard/guard"},
		{"services not read", []Backend{ep(true, "a", "w1")}, 0, func(c *Cluster) { c.Services, c.Unread = nil, map[Part]string{Services: "x"} }, alone, "one ready endpoint"},
		{"slices not read", nil, 0, func(c *Cluster) { c.Unread = map[Part]string{EndpointSlices: "x"} }, unclear, "EndpointSlices were not read"},
		{"outside", nil, 0, func(c *Cluster) { c.Services["guard/guard"] = Service{External: true} }, unclear, "outside of the cluster"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster()
			c.Backends["guard/guard"] = tt.all
			if tt.mod != nil {
				tt.mod(c)
			}
			got := newJudge(c, Question{}).backend("guard", "guard", tt.port)
			if got.health != tt.want || !strings.Contains(got.says, tt.says) {
				t.Errorf("%d %q, want %d %q", got.health, got.says, tt.want, tt.says)
			}
		})
	}
	if !slices.Equal([]string{few([]string{"a", "b", "c", "d"}), few([]string{"a", "b", "c", "d", "e"})}, []string{"a, b, c, d", "a, b, c and 2 more"}) {
		t.Error("few names too many or too few")
	}
}
