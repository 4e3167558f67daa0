package admission

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/selector"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// question is of 1 June 2026, with a month for the upgrade.
func question(hops ...string) Question {
	minor := func(s string) version.Minor { return version.MustParse(s + ".0").Minor() }
	q := Question{AsOf: day("2026-06-01"), Window: 30 * 24 * time.Hour, Facts: Facts{Upgrade: needs(),
		Reviews: []Review{{"v1", minor("1.16"), ""}, {"v1beta1", minor("1.9"), ""}}, Mapping: mapping()}}
	for _, h := range hops {
		q.Hops = append(q.Hops, version.MustParse(h))
	}
	return q
}

// guard is a webhook in the way: it fails closed, and is asked about pods of
// kube-system.
func guard() Webhook {
	return Webhook{Configuration: "ValidatingWebhookConfiguration/guard", Name: "guard.example.com", Namespace: "guard", Service: "guard",
		Rules: []Rule{rule("", "v1", "pods", "CREATE", "")}, Namespaces: selector.Selector{Labels: map[string]string{nameLabel: "kube-system"}},
		Authorities: []Authority{{"CN=guard", day("2026-01-01"), day("2027-01-01")}}, Reviews: []string{"v1"}, SideEffects: "None"}
}

// lines are findings as "CODE severity object: message".
func lines(all []finding.Found) []string {
	out := []string{}
	for _, f := range all {
		out = append(out, fmt.Sprintf("%s %s %s: %s", f.Code, f.Severity, f.Object, f.Message))
	}
	return out
}

func TestWebhooks(t *testing.T) {
	const object = "ValidatingWebhookConfiguration/guard webhook guard.example.com: "
	up := []Backend{{true, "w1", "g-1"}, {true, "w2", "g-2"}}
	healthy := "ADM-002 info " + object + "an upgrade asks it about create of pods, and goes on only while it answers"
	for _, tt := range []struct {
		name   string
		change func(*Webhook, *Cluster)
		hops   []string
		want   []string
	}{
		{"dead", func(_ *Webhook, c *Cluster) { c.Backends = nil }, nil,
			[]string{"ADM-001 blocker " + object + "nothing answers behind it, so the API server refuses create of pods"}},
		{"dead, failurePolicy not written is Fail", func(w *Webhook, c *Cluster) { w.FailurePolicy, c.Backends = "", nil }, nil,
			[]string{"ADM-001 blocker " + object + "nothing answers behind it, so the API server refuses create of pods"}},
		{"dead, Ignore", func(w *Webhook, c *Cluster) { w.FailurePolicy, c.Backends = "Ignore", nil }, nil,
			[]string{"ADM-006 info " + object + "nothing answers behind it: each create of pods waits for it, up to 10 seconds, and then goes on without it"}},
		{"dead, and asked about nothing an upgrade does", func(w *Webhook, c *Cluster) {
			w.Rules, c.Backends = []Rule{rule("cert-manager.io", "*", "*/*", "*", "*")}, nil
		}, nil, nil},
		{"dead, kube-system left out", func(w *Webhook, c *Cluster) {
			w.Namespaces, c.Backends = selector.Selector{Expressions: []selector.Expression{{Key: nameLabel, Operator: "NotIn", Values: []string{"kube-system", "shop"}}}}, nil
		}, nil, nil},
		{"dead, with conditions", func(w *Webhook, c *Cluster) { w.Conditions, c.Backends = []string{"not-nodes"}, nil }, nil,
			[]string{"ADM-004 warning " + object + "nothing answers behind it, and it may be asked about create of pods: its matchConditions (not-nodes) are CEL, which is not evaluated"}},
		{"alive on two nodes", nil, nil, []string{healthy}},
		{"alive, Ignore", func(w *Webhook, _ *Cluster) { w.FailurePolicy = "Ignore" }, nil, nil},
		{"one replica", func(_ *Webhook, c *Cluster) { c.Backends["guard/guard"] = up[:1] }, nil,
			[]string{"ADM-003 warning " + object + "service guard/guard has one ready endpoint: g-1 on node w1: the drain of that node leaves nothing that answers, and the API server then refuses create of pods"}},
		{"its own pods", func(w *Webhook, c *Cluster) {
			c.Backends["guard/guard"] = up[:1]
			c.Namespaces = append(c.Namespaces, Namespace{Name: "guard", Pods: 1})
			w.Namespaces = selector.Selector{}
		}, nil, []string{"ADM-003 warning " + object + "service guard/guard has one ready endpoint: g-1 on node w1: the drain of that node leaves nothing that answers, and the API server then refuses create of pods; it is asked about new pods of its own namespace guard, so it cannot come back by itself"}},
		{"its own pods, on two nodes", func(w *Webhook, c *Cluster) {
			c.Namespaces = append(c.Namespaces, Namespace{Name: "guard", Pods: 1})
			w.Namespaces = selector.Selector{}
		}, nil, []string{strings.Replace(healthy, "info", "warning", 1) + "; it is asked about new pods of its own namespace guard, so it cannot come back by itself"}},
		{"at a URL", func(w *Webhook, _ *Cluster) { w.Namespace, w.Service, w.URL = "", "", "https://guard.example.com" }, nil,
			[]string{"ADM-005 warning " + object + "where it does not answer, the API server refuses create of pods"}},
		{"expired", func(w *Webhook, _ *Cluster) { w.Authorities[0].Until = day("2026-05-30") }, nil,
			[]string{healthy, "ADM-007 blocker " + object + "its caBundle expired 2 days ago, on 2026-05-30: no call of it succeeds; the API server then refuses create of pods"}},
		{"expired, Ignore", func(w *Webhook, _ *Cluster) { w.Authorities[0].Until, w.FailurePolicy = day("2026-05-30"), "Ignore" }, nil,
			[]string{"ADM-007 warning " + object + "its caBundle expired 2 days ago, on 2026-05-30: no call of it succeeds; its failurePolicy is Ignore, so that requests then go on without it"}},
		{"expired, and asked about nothing an upgrade does", func(w *Webhook, _ *Cluster) { w.Authorities[0].Until, w.Rules = day("2026-05-30"), nil }, nil,
			[]string{"ADM-007 warning " + object + "its caBundle expired 2 days ago, on 2026-05-30: no call of it succeeds; an upgrade asks it nothing"}},
		{"expires in the window", func(w *Webhook, _ *Cluster) { w.Authorities[0].Until = day("2026-06-20") }, nil,
			[]string{healthy, "ADM-008 warning " + object + "its caBundle expires in 19 days, on 2026-06-20; the API server then refuses create of pods"}},
		{"expires after the window", func(w *Webhook, _ *Cluster) { w.Authorities[0].Until = day("2026-07-02") }, nil, []string{healthy}},
		{"an old authority beside a new one", func(w *Webhook, _ *Cluster) {
			w.Authorities = append([]Authority{{"CN=old", day("2025-01-01"), day("2026-01-01")}}, w.Authorities...)
		}, nil, []string{healthy}},
		{"not valid yet", func(w *Webhook, _ *Cluster) { w.Authorities[0].From = day("2026-06-02") }, nil,
			[]string{healthy, "ADM-007 blocker " + object + "its caBundle is not valid before 2026-06-02: no call of it succeeds; the API server then refuses create of pods"}},
		{"no authority", func(w *Webhook, _ *Cluster) { w.Authorities = nil }, nil,
			[]string{healthy, "ADM-009 warning " + object + "its caBundle holds no certificate, so its own is checked against what the API server's host trusts, which seldom knows a service of the cluster"}},
		{"no version in common", func(w *Webhook, _ *Cluster) { w.Reviews = []string{"v2"} }, []string{"1.37.0"},
			[]string{healthy, "ADM-010 blocker " + object + "it takes AdmissionReview v2 alone, which the API server of 1.37.0 does not send: no call of it succeeds; the API server then refuses create of pods"}},
		{"v1beta1 is still sent", func(w *Webhook, _ *Cluster) { w.Reviews = []string{"v1beta1"} }, []string{"1.37.0"}, []string{healthy}},
		{"none written is v1beta1", func(w *Webhook, _ *Cluster) { w.Reviews = nil }, []string{"1.37.0"}, []string{healthy}},
		{"v1 is not sent yet", func(_ *Webhook, c *Cluster) { c.Running = version.MustParse("1.15.0") }, nil,
			[]string{healthy, "ADM-010 blocker " + object + "it takes AdmissionReview v1 alone, which the API server of 1.15.0 does not send: no call of it succeeds; the API server then refuses create of pods"}},
		{"side effects", func(w *Webhook, _ *Cluster) { w.SideEffects = "Unknown" }, nil,
			[]string{healthy, "ADM-011 info Webhooks: 1 webhook would have every dry run refused that it is asked about"}},
		{"an aggregated API that is not there", func(w *Webhook, c *Cluster) {
			w.Rules = nil
			c.Aggregated = []Aggregated{{"v1beta1.metrics.k8s.io", "kube-system", "metrics-server", "False", "MissingEndpoints"}, {"v1.fine", "guard", "guard", "True", "Passed"}, {"v1.silent", "guard", "gone", "", ""}}
		}, nil, []string{"ADM-012 warning APIService/v1.silent: nothing answers behind it", "ADM-012 warning APIService/v1beta1.metrics.k8s.io: the API server says that it is not available (MissingEndpoints)"}},
		{"what was not read", func(w *Webhook, c *Cluster) {
			w.Rules, c.Unread = nil, map[Part]string{MutatingWebhooks: "forbidden", EndpointSlices: "not there"}
		}, nil, []string{"ADM-013 warning EndpointSlices: whether webhooks and aggregated APIs have a living backend is not known",
			"ADM-013 warning MutatingWebhookConfigurations: whether a mutating webhook would refuse what an upgrade writes is not known"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, w := cluster(), guard()
			for i := range c.Namespaces { // nothing to say about levels
				c.Namespaces[i].Labels[enforceLabel] = "baseline"
			}
			c.Backends["guard/guard"] = up
			if tt.change != nil {
				tt.change(&w, c)
			}
			c.Webhooks = []Webhook{w}
			got := Judge(c, question(tt.hops...))
			if diff := cmp.Diff(append([]string{}, tt.want...), lines(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	if got := Judge(nil, question()); got != nil {
		t.Errorf("nothing is judged of nothing: %v", got)
	}
}

// TestEvidence: what a finding rests on stands beside it.
func TestEvidence(t *testing.T) {
	c, w := cluster(), guard()
	w.Rules = []Rule{rule("", "v1", "nodes,pods/eviction", "*", "")}
	w.Namespaces = selector.Selector{Expressions: []selector.Expression{{Key: nameLabel, Operator: "NotIn", Values: []string{"kube-system"}}}}
	c.Webhooks, c.Backends["guard/guard"] = []Webhook{w}, []Backend{{false, "w1", "g-1"}}
	got := Judge(c, question())
	if len(got) == 0 || got[0].Code != "ADM-001" {
		t.Fatalf("%v", lines(got))
	}
	all := strings.Join(got[0].Evidence, "\n")
	for _, want := range []string{
		"service guard/guard has no ready endpoint (not ready: g-1)", "asked about create of pods/eviction in shop: the drain", "asked about update of nodes: cordon",
		"kube-system is left out by its namespaceSelector", "leaves out nothing that has no namespace", "no webhook is ever asked about webhook configurations",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among:\n%s", want, all)
		}
	}
}
