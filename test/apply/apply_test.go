package apply

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/apply/drain"
	"github.com/fixline-dev/fixline/internal/apply/lock"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// TestSteps shares one cluster; the tests follow each other as the steps of a plan do.
func TestSteps(t *testing.T) {
	l := start(t)
	p := thePlan()
	c := l.cluster(t, p)
	before, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(before.Ready) != 3 || before.Versions["w1"] != "1.37.0" || len(before.Failing) != 0 {
		t.Fatalf("the start is %+v", before)
	}
	for _, tt := range []struct {
		name string
		test func(*testing.T, *lab, *plan.Plan, *cluster.Cluster)
	}{
		{"lock", theLock},
		{"versions of a node", versions},
		{"gates", theGates},
		{"etcd tag", etcdTag},
		{"add-ons", addons},
		{"pods that are a person's", refused},
		{"a budget that blocks", blocked},
		{"a drain that is killed and goes on", killed},
		{"a node that was cordoned before", cordonedBefore},
		{"pause", pause},
		{"verify", verify},
		{"a whole run", engine},
		{"triggers", triggers},
		{"no rule is idle, and nothing was refused", rules},
	} {
		if !t.Run(tt.name, func(t *testing.T) { tt.test(t, l, p, c) }) {
			break
		}
	}
}

func theLock(t *testing.T, l *lab, _ *plan.Plan, _ *cluster.Cluster) {
	first := lock.Holder{Record: "change-1", Plan: "1234", Host: "laptop", Run: "a"}
	if held, err := lock.Look(t.Context(), l.user); held != nil || err != nil {
		t.Fatalf("held by %v, %v", held, err)
	}
	a, err := lock.Acquire(t.Context(), l.user, first, false, time.Now)
	if err != nil || a.Former != nil {
		t.Fatalf("%+v, %v", a, err)
	}
	if err := a.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := lock.Holder{Record: "change-2", Plan: "5678", Host: "desk", Run: "b"}
	_, err = lock.Acquire(t.Context(), l.user, other, false, time.Now)
	held, ok := errors.AsType[*lock.HeldError](err)
	if !ok || held.By != first {
		t.Fatalf("another change is refused with %v", err)
	}
	contains(t, err.Error(), "change-1", "laptop", "--take-over")

	again := first
	again.Run = "c"
	b, err := lock.Acquire(t.Context(), l.user, again, false, time.Now)
	if err != nil || b.Former == nil || *b.Former != first {
		t.Fatalf("its own record goes on: %+v, %v", b, err)
	}
	if _, lost := errors.AsType[*lock.LostError](a.Renew(t.Context())); !lost {
		t.Error("the run that was replaced still holds the lock")
	}
	if err := a.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Renew(t.Context()); err != nil {
		t.Fatalf("the lock went with the run that was replaced: %v", err)
	}
	taken, err := lock.Acquire(t.Context(), l.user, other, true, time.Now)
	if err != nil || *taken.Former != again {
		t.Fatalf("it is not taken over: %v", err)
	}
	if err := taken.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if held, err := lock.Look(t.Context(), l.user); held != nil || err != nil {
		t.Fatalf("after the release: %v, %v", held, err)
	}
}

func versions(t *testing.T, _ *lab, _ *plan.Plan, c *cluster.Cluster) {
	got, err := c.Versions(t.Context(), "cp1")
	if err != nil {
		t.Fatal(err)
	}
	for component, want := range map[string]string{"kubelet": "1.37.0", "kube-apiserver": "1.37.0", "kube-controller-manager": "1.37.0", "kube-scheduler": "1.37.0", "etcd": "3.7.0", "kube-proxy": "1.37.0"} {
		if got[component].Version != want || !got[component].Ready {
			t.Errorf("%s: %+v, want %s, ready", component, got[component], want)
		}
	}
	if _, err := c.Versions(t.Context(), "nowhere"); err == nil {
		t.Error("a node that is not there has versions")
	}
}

func theGates(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	g := apply.Joined{c.Gates(), l.drains(p, nil).Gates()}
	s := step(p, "uncordon-w1")
	holds(t, g, plan.GateHealthy, s, true, "1 API servers answer", "cp1 (127.0.0.1:")
	holds(t, g, plan.GateNodesReady, s, true, "3 of 3")
	holds(t, g, plan.GateNodeReady, s, false, "the kubelet of w1 is 1.37.0, not 1.37.1")
	holds(t, g, plan.GateNodeReady, step(p, "drain-w1"), true)
	holds(t, g, plan.GateProxyRolled, step(p, "tag"), true, "3 pods of kube-proxy are Ready at 1.37.0")
	holds(t, g, plan.GateProxyRolled, step(p, "proxy"), false, "asks for 1.37.0, not 1.37.1")
	holds(t, g, plan.GateNoRegression, s, true, "unknown")
	l.setNode(t, "w2", "v1.37.0", "False")
	holds(t, g, plan.GateNodesReady, s, false, "w2 is not Ready")
	l.setNode(t, "w2", "v1.37.0", "True")
	if _, _, err := g.Holds(t.Context(), "the moon is full", s); func() bool { _, is := errors.AsType[*apply.UnknownGateError](err); return !is }() {
		t.Errorf("a gate nobody knows: %v", err)
	}

	// An API server that has gone, and one that does not answer at its own address.
	l.create(t, `{apiVersion: v1, kind: Pod, metadata: {name: kube-apiserver-w2, namespace: kube-system, labels: {component: kube-apiserver, tier: control-plane},
  annotations: {kubernetes.io/config.mirror: x, kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: "127.0.0.1:1"}}, spec: {nodeName: w2, containers: [{name: kube-apiserver, image: "registry.k8s.io/kube-apiserver:v1.37.0"}]}}`)
	holds(t, g, plan.GateHealthy, s, false, "w2 (127.0.0.1:1)")
	l.remove(t, "kube-system", "kube-apiserver-w2")
	more := *p
	more.Start.Instances = append(slices.Clone(p.Start.Instances), instance("kube-apiserver", "w1", "1.37.0"))
	holds(t, l.cluster(t, &more).Gates(), plan.GateHealthy, s, false, "the kube-apiserver of w1 has no pod")
}

func (l *lab) remove(t *testing.T, ns, pod string) {
	t.Helper()
	now := int64(0)
	if err := l.admin.Core.Pods(ns).Delete(t.Context(), pod, v1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		t.Fatal(err)
	}
}

func etcdTag(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	text := func() string {
		m, err := l.admin.Core.ConfigMaps("kube-system").Get(t.Context(), "kubeadm-config", v1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return m.Data["ClusterConfiguration"]
	}
	was, h := text(), c.Hands(plan.EtcdImageTag)
	look(t, h, step(p, "tag"), progress.Before, "not set")
	var log apply.Log
	if err := h.Do(t.Context(), step(p, "tag"), &log); err != nil {
		t.Fatal(err)
	}
	look(t, h, step(p, "tag"), progress.There, "3.7.1-0")
	if got := strings.Replace(text(), "    imageTag: 3.7.1-0\n", "", 1); got != was {
		t.Errorf("more than one line changed:\n%s", got)
	}
	look(t, h, step(p, "untag"), progress.Before)
	if err := h.Do(t.Context(), step(p, "untag"), &log); err != nil {
		t.Fatal(err)
	}
	look(t, h, step(p, "untag"), progress.There)
	if got := text(); got != was {
		t.Errorf("after both steps:\n%s", got)
	}
}

func addons(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	h := c.Hands(plan.Addon)
	var log apply.Log
	look(t, h, step(p, "proxy"), progress.Before, "asks for 1.37.0, not 1.37.1")
	if err := h.Do(t.Context(), step(p, "proxy"), &log); err != nil {
		t.Fatal(err)
	}
	look(t, h, step(p, "proxy"), progress.There, "3 pods of kube-proxy are Ready at 1.37.1")
	holds(t, c.Gates(), plan.GateProxyRolled, step(p, "proxy"), true)

	if err := h.Do(t.Context(), step(p, "dns"), &log); err == nil || !strings.Contains(err.Error(), "asks for 1.14.5, not 1.14.6") {
		t.Errorf("what kubeadm left is waited for: %v", err)
	}
	err := patchWith(t.Context(), l.admin.Apps.Deployments("kube-system").Patch, "coredns", map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
		"containers": []any{map[string]any{"name": "coredns", "image": "registry.k8s.io/coredns/coredns:v1.14.6"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Do(t.Context(), step(p, "dns"), &log); err != nil {
		t.Fatal(err)
	}
	look(t, h, step(p, "dns"), progress.There)
	cloud := &plan.Step{ID: "cloud", Kind: plan.Addon, Components: []string{"cloud-controller-manager"}, To: "1.37.0"}
	look(t, h, cloud, progress.Unclear, "a person")
}

func refused(t *testing.T, l *lab, p *plan.Plan, _ *cluster.Cluster) {
	d := l.drains(p, nil)
	l.create(t, `{apiVersion: v1, kind: Pod, metadata: {name: alone, namespace: shop}, spec: {nodeName: w1, containers: [{name: x, image: x}]}}`)
	s := step(p, "drain-w1")
	holds(t, d.Gates(), plan.GateEvictable, s, false, "shop/alone", "no controller")
	var log apply.Log
	err := d.Hands(plan.Drain).Do(t.Context(), s, &log)
	if _, ok := errors.AsType[*drain.RefusedError](err); !ok {
		t.Fatalf("draining: %v", err)
	}
	if n := l.get(t, "w1"); n.unschedulable || n.annotations["fixline.dev/drain"] != "" {
		t.Error("the node was touched")
	}
	l.remove(t, "shop", "alone")

	l.create(t, `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: cache, namespace: shop}, spec: {replicas: 1, serviceName: cache, selector: {matchLabels: {app: cache}}, template: {metadata: {labels: {app: cache}},
  spec: {volumes: [{name: v, emptyDir: {}}], containers: [{name: x, image: x}]}}}}`)
	l.eventually(t, "cache runs", func() string { return l.runs(t, "app=cache", 1) })
	pod := l.pods(t, "app=cache")[0]
	keep := &plan.Step{ID: "keep", Kind: plan.Drain, Node: pod.node, Commands: []string{"kubectl drain x --ignore-daemonsets --timeout=15m"}}
	holds(t, d.Gates(), plan.GateEvictable, keep, false, "shop/cache-0", "emptyDir")
	holds(t, d.Gates(), plan.GateEvictable, step(p, "drain-"+pod.node), true)
}

type pod struct{ name, node string }

func (l *lab) pods(t *testing.T, selector string) []pod {
	t.Helper()
	list, err := l.admin.Core.Pods("shop").List(t.Context(), v1.ListOptions{LabelSelector: selector})
	if err != nil {
		t.Fatal(err)
	}
	var out []pod
	for i := range list.Items {
		if p := &list.Items[i]; p.DeletionTimestamp == nil && len(p.Status.ContainerStatuses) > 0 {
			out = append(out, pod{p.Name, p.Spec.NodeName})
		}
	}
	return out
}

func (l *lab) runs(t *testing.T, selector string, want int) string {
	if got := l.pods(t, selector); len(got) != want {
		return strings.TrimSpace(strings.Repeat("one runs ", len(got))) + " only"
	}
	return ""
}

type node struct {
	unschedulable bool
	annotations   map[string]string
}

func (l *lab) get(t *testing.T, name string) node {
	t.Helper()
	n, err := l.admin.Core.Nodes().Get(t.Context(), name, v1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return node{n.Spec.Unschedulable, n.Annotations}
}

// budget sets what the budget of shop/web asks for, and waits until the controller has seen it.
func (l *lab) budget(t *testing.T, minAvailable int, allowed int32) {
	t.Helper()
	if err := patchWith(t.Context(), l.admin.Policy.PodDisruptionBudgets("shop").Patch, "web", map[string]any{"spec": map[string]any{"minAvailable": minAvailable}}); err != nil {
		t.Fatal(err)
	}
	l.eventually(t, "the budget is read", func() string {
		b, err := l.admin.Policy.PodDisruptionBudgets("shop").Get(t.Context(), "web", v1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		if b.Status.ObservedGeneration < b.Generation || b.Status.DisruptionsAllowed != allowed {
			return b.Status.String()
		}
		return ""
	})
}

func blocked(t *testing.T, l *lab, p *plan.Plan, _ *cluster.Cluster) {
	l.apply(t, "testdata/web.yaml")
	l.eventually(t, "web runs", func() string { return l.runs(t, "app=web", 2) })
	l.budget(t, 2, 0)
	at := l.pods(t, "app=web")[0]
	s := *step(p, "drain-"+at.node)
	s.Commands = []string{"kubectl drain x --delete-emptydir-data --timeout=1s"}
	d := l.drains(p, nil)
	holds(t, d.Gates(), plan.GateEvictable, &s, false, "budget shop/web (minAvailable 2) allows 0 disruptions", at.name)
	var log apply.Log
	err := d.Hands(plan.Drain).Do(t.Context(), &s, &log)
	if _, ok := errors.AsType[*drain.BlockedError](err); !ok {
		t.Fatalf("draining: %v", err)
	}
	contains(t, err.Error(), at.name, "budget shop/web (minAvailable 2) allows 0 disruptions", "maxUnavailable 1", "stays cordoned")
	look(t, d.Hands(plan.Drain), &s, progress.Partly)
	if got := l.runs(t, "app=web", 2); got != "" {
		t.Error("a pod went past its budget: " + got)
	}

	// Of two budgets the Eviction API would look at neither: no patience mends that.
	l.create(t, `{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: another, namespace: shop}, spec: {maxUnavailable: 1, selector: {}}}`)
	s.Commands = []string{"kubectl drain x --delete-emptydir-data --timeout=15m"}
	holds(t, d.Gates(), plan.GateEvictable, &s, false, "2 budgets", "shop/another", "shop/web")
	if err := d.Hands(plan.Drain).Do(t.Context(), &s, &log); err == nil || !strings.Contains(err.Error(), "covered by 2 budgets") {
		t.Errorf("two budgets: %v", err)
	}
	if err := l.admin.Policy.PodDisruptionBudgets("shop").Delete(t.Context(), "another", v1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// killed: the drain above was left half-way. Another process goes on, though no journal says what the first one saw.
func killed(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	at := l.pods(t, "app=web")[0].node
	s, d := step(p, "drain-"+at), l.drains(p, nil)
	// The second pod of web would come to the other node alone.
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	time.AfterFunc(time.Second, func() { cancel(enough) })
	var log apply.Log
	if err := d.Hands(plan.Drain).Do(ctx, s, &log); !errors.Is(err, enough) {
		t.Fatalf("the end of its context ends a drain with %v", err)
	}
	time.AfterFunc(time.Second, func() { l.budget(t, 1, 1) })
	next := l.drains(p, nil)
	var second apply.Log
	if err := next.Hands(plan.Drain).Do(t.Context(), s, &second); err != nil {
		t.Fatal(err)
	}
	look(t, next.Hands(plan.Drain), s, progress.There, "cordoned and empty")
	notes, facts := kept(&second)
	contains(t, notes, "evicted from "+at, "budget shop/web", "delayed shop/web")
	if facts[drain.FactCordonedBefore] != "false" {
		t.Errorf("facts: %v", facts)
	}
	contains(t, facts[drain.FactEvicted], `"kind":"Deployment","namespace":"shop","name":"web"`, `"ready":2`)

	// A third process opens the node, and only then knows what was evicted.
	third := l.drains(p, nil)
	u := step(p, "uncordon-"+at)
	look(t, third.Hands(plan.Uncordon), u, progress.Before, "cordoned by this change")
	if err := third.Hands(plan.Uncordon).Do(t.Context(), u, &log); err != nil {
		t.Fatal(err)
	}
	look(t, third.Hands(plan.Uncordon), u, progress.There)
	if n := l.get(t, at); n.unschedulable || len(n.annotations["fixline.dev/drain"]) > 0 {
		t.Errorf("after the uncordon: %+v", n)
	}
	l.eventually(t, "web is back", func() string {
		ok, why, err := third.Gates().Holds(t.Context(), plan.GatePodsBack, u)
		if err != nil || !ok {
			return why
		}
		return ""
	})
	// Whoever comes later knows it from the record; web has fewer than it had.
	later := l.drains(p, func(id string) map[string]string {
		if id != s.ID {
			t.Errorf("asked for the facts of %s", id)
		}
		return facts
	})
	holds(t, later.Gates(), plan.GatePodsBack, u, true, "have as many ready as before")
	l.scale(t, 1)
	holds(t, later.Gates(), plan.GatePodsBack, u, true, "was scaled to 1")
	l.scale(t, 2)
	holds(t, l.drains(p, nil).Gates(), plan.GatePodsBack, u, true, "unknown")
}

func (l *lab) scale(t *testing.T, n int) {
	t.Helper()
	if err := patchWith(t.Context(), l.admin.Apps.Deployments("shop").Patch, "web", map[string]any{"spec": map[string]any{"replicas": n}}); err != nil {
		t.Fatal(err)
	}
	l.eventually(t, "web is scaled", func() string {
		d, err := l.admin.Apps.Deployments("shop").Get(t.Context(), "web", v1.GetOptions{})
		if err != nil || d.Status.ObservedGeneration < d.Generation || int(d.Status.ReadyReplicas) != n {
			return "not yet"
		}
		return ""
	})
}

func cordonedBefore(t *testing.T, l *lab, p *plan.Plan, _ *cluster.Cluster) {
	cordon := map[string]any{"spec": map[string]any{"unschedulable": true}}
	if err := patchWith(t.Context(), l.admin.Core.Nodes().Patch, "w2", cordon); err != nil {
		t.Fatal(err)
	}
	d := l.drains(p, nil)
	s, u := step(p, "drain-w2"), step(p, "uncordon-w2")
	l.eventually(t, "the budget allows one", func() string {
		if ok, why, err := d.Gates().Holds(t.Context(), plan.GateEvictable, s); !ok {
			return why
		} else if err != nil {
			return err.Error()
		}
		return ""
	})
	var log apply.Log
	if err := d.Hands(plan.Drain).Do(t.Context(), s, &log); err != nil {
		t.Fatal(err)
	}
	if _, facts := kept(&log); facts[drain.FactCordonedBefore] != "true" {
		t.Errorf("facts: %v", facts)
	}
	look(t, d.Hands(plan.Uncordon), u, progress.Before, "somebody else")
	if err := d.Hands(plan.Uncordon).Do(t.Context(), u, &log); err != nil {
		t.Fatal(err)
	}
	look(t, d.Hands(plan.Uncordon), u, progress.There, "stays cordoned")
	if n := l.get(t, "w2"); !n.unschedulable || len(n.annotations["fixline.dev/drain"]) > 0 {
		t.Errorf("after the uncordon: %+v", n)
	}
	if err := patchWith(t.Context(), l.admin.Core.Nodes().Patch, "w2", map[string]any{"spec": map[string]any{"unschedulable": nil}}); err != nil {
		t.Fatal(err)
	}
}

func pause(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	l.create(t, `{apiVersion: v1, kind: Event, metadata: {name: pull, namespace: shop}, type: Warning, reason: Failed, message: "Failed to pull image \"x\"", involvedObject: {kind: Pod, namespace: shop, name: web},
  lastTimestamp: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	s, h := step(p, "pause"), c.Hands(plan.Pause)
	look(t, h, s, progress.Before)
	var log apply.Log
	if err := h.Do(t.Context(), s, &log); err != nil {
		t.Fatal(err)
	}
	notes, _ := kept(&log)
	contains(t, notes, "about images that were not pulled: 1", "Pod shop/web")
	look(t, h, s, progress.There, "components run as the plan says")

	l.create(t, `{apiVersion: v1, kind: Pod, metadata: {name: broken, namespace: kube-system, annotations: {test/stuck: "1"}}, spec: {nodeName: w1, containers: [{name: x, image: x}]},
  status: {phase: Running, containerStatuses: [{name: x, image: x, imageID: "", ready: false, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}}]}}`)
	look(t, h, s, progress.Partly, "Pod/broken", "CrashLoopBackOff")
	if trigger, seen, err := c.Triggers().Pulled(t.Context()); trigger != cluster.TriggerFailing || err != nil {
		t.Errorf("trigger %q, %q, %v", trigger, seen, err)
	}
	l.remove(t, "kube-system", "broken")
	look(t, h, s, progress.There)
}

func verify(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	s, h := step(p, "verify"), c.Hands(plan.VerifyStep)
	look(t, h, s, progress.Before)
	var log apply.Log
	if err := h.Do(t.Context(), s, &log); err != nil {
		t.Fatal(err)
	}
	notes, _ := kept(&log)
	contains(t, notes, "security probes were not compared")
	look(t, h, s, progress.Partly, "kubelet on w1 runs 1.37.0, not 1.37.1")
	l.setNode(t, "w1", "v1.38.0", "True")
	look(t, h, s, progress.Partly, "SKEW-", "kubelet") // newer than its API server
	l.setNode(t, "w1", "v1.37.0", "True")
	p.Steps[slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.ID == "kubelet-w1" })].Components = nil
	look(t, l.verified(t, p), s, progress.There, "within the version-skew policy")
}

// verified are the hands of another process, which have verified.
func (l *lab) verified(t *testing.T, p *plan.Plan) apply.Hands {
	t.Helper()
	h := l.cluster(t, p).Hands(plan.VerifyStep)
	if err := h.Do(t.Context(), step(p, "verify"), &apply.Log{}); err != nil {
		t.Fatal(err)
	}
	return h
}

func triggers(t *testing.T, l *lab, p *plan.Plan, c *cluster.Cluster) {
	pulled := func(want string) {
		t.Helper()
		if trigger, seen, err := c.Triggers().Pulled(t.Context()); trigger != want || err != nil {
			t.Errorf("trigger %q (%s), %v; want %q", trigger, seen, err, want)
		}
	}
	pulled("")
	l.setNode(t, "w1", "v1.37.1", "False")
	pulled(cluster.TriggerNotReady)
	l.setNode(t, "w1", "v1.37.1", "True")
	l.node(t, "w3", "v1.36.0")
	pulled(cluster.TriggerJoined)
	l.setNode(t, "w3", "v1.37.1", "True")
	pulled("")
	away := &lab{ControlPlane: l.ControlPlane, user: l.gone(t)}
	trigger, seen, err := away.cluster(t, p).Triggers().Pulled(t.Context())
	if trigger != cluster.TriggerAPIAway || err != nil {
		t.Errorf("trigger %q (%s), %v", trigger, seen, err)
	}
}
