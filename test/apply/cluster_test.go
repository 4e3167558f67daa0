// Package apply carries steps of plans out on a real kube-apiserver with a real kube-controller-manager, by an account
// that has nothing but the rules of docs/rbac. No kubelet runs: kubelets of this package stand in for them and for the
// scheduler. They bind pods, report them Ready, and end those that were told to end.
package apply

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/apply/drain"
	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/lab/controlplane"
)

// lab is a running control plane with the nodes cp1, w1 and w2.
type lab struct {
	*controlplane.ControlPlane

	admin   *client.Client
	objects dynamic.Interface
	// user is the account that docs/rbac makes.
	user *client.Client
}

// version of the lab's programs: kube-controller-manager is built for the first alone.
func programs() string {
	first, _, _ := strings.Cut(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0"), ",")
	return first
}

func start(t *testing.T) *lab {
	t.Helper()
	// The controllers that look after nodes would miss their kubelets.
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: programs(), ControllerManager: true, Audit: true,
		ControllerManagerArgs: []string{"--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-node-ipam-controller"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	who := cp.Admin()
	cfg := &rest.Config{Host: cp.Host(), QPS: -1, TLSClientConfig: rest.TLSClientConfig{CAData: cp.CA(), CertData: who.Certificate, KeyData: who.Key}}
	l := &lab{ControlPlane: cp}
	if l.objects, err = dynamic.NewForConfig(cfg); err != nil {
		t.Fatal(err)
	}
	if l.admin, err = client.New(cfg, "test-admin"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cp1", "w1", "w2"} {
		l.node(t, name, "v1.37.0")
	}
	l.apply(t, "testdata/cluster.yaml")
	l.controlPlane(t, "cp1", "v1.37.0")
	rbac := filepath.Join("..", "..", "docs", "rbac")
	l.apply(t, filepath.Join(rbac, "apply-clusterrole.yaml"))
	l.apply(t, filepath.Join(rbac, "apply-binding-example.yaml"))
	if l.user, err = client.New(l.token(t, "fixline-apply"), "test"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.kubelets(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	l.eventually(t, "every pod is Ready", func() string {
		pods, err := l.admin.Core.Pods("kube-system").List(t.Context(), v1.ListOptions{})
		if err != nil {
			return err.Error()
		}
		ready := 0
		for i := range pods.Items {
			if len(pods.Items[i].Status.ContainerStatuses) > 0 {
				ready++
			}
		}
		if ready != 8 { // four static, three of kube-proxy, one of CoreDNS
			return fmt.Sprintf("%d of 8 pods run", ready)
		}
		return ""
	})
	return l
}

// token is a client configuration of a service account of the namespace fixline.
func (l *lab) token(t *testing.T, name string) *rest.Config {
	t.Helper()
	sa := schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	o, err := l.objects.Resource(sa).Namespace("fixline").Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": map[string]any{"name": name}, "spec": map[string]any{}}}, v1.CreateOptions{}, "token")
	if err != nil {
		t.Fatal(err)
	}
	token, _, _ := unstructured.NestedString(o.Object, "status", "token")
	return &rest.Config{Host: l.Host(), BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAData: l.CA()}}
}

// apply creates every document of a YAML file.
func (l *lab) apply(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range bytes.Split(text, []byte("\n---\n")) {
		l.create(t, string(doc))
	}
}

func (l *lab) create(t *testing.T, doc string) {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
		t.Fatal(err)
	}
	gv, _ := schema.ParseGroupVersion(o.GetAPIVersion())
	gvr := gv.WithResource(strings.ToLower(o.GetKind()) + "s")
	status, has := o.Object["status"]
	var made *unstructured.Unstructured
	l.eventually(t, "create "+o.GetKind()+" "+o.GetName(), func() string { // a service account comes a moment after its namespace
		var err error
		if made, err = l.objects.Resource(gvr).Namespace(o.GetNamespace()).Create(t.Context(), o, v1.CreateOptions{}); err != nil {
			return err.Error()
		}
		return ""
	})
	if !has {
		return
	}
	l.eventually(t, "the status of "+o.GetName(), func() string { // controllers write to it too
		at := l.objects.Resource(gvr).Namespace(o.GetNamespace())
		now, err := at.Get(t.Context(), made.GetName(), v1.GetOptions{})
		if err == nil {
			now.Object["status"] = status
			_, err = at.UpdateStatus(t.Context(), now, v1.UpdateOptions{})
		}
		if err != nil {
			return err.Error()
		}
		return ""
	})
}

func (l *lab) node(t *testing.T, name, kubelet string) {
	t.Helper()
	l.create(t, fmt.Sprintf(`{apiVersion: v1, kind: Node, metadata: {name: %s}, status: {nodeInfo: {kubeletVersion: %s, architecture: amd64, bootID: "", containerRuntimeVersion: "", kernelVersion: "",
  kubeProxyVersion: "", machineID: "", operatingSystem: linux, osImage: "", systemUUID: ""}, conditions: [{type: Ready, status: "True", reason: KubeletReady, lastTransitionTime: "2026-01-01T00:00:00Z"}]}}`, name, kubelet))
}

// setNode changes the status of a node, as its kubelet would.
func (l *lab) setNode(t *testing.T, name, kubelet, ready string) {
	t.Helper()
	err := patchWith(t.Context(), l.admin.Core.Nodes().Patch, name, map[string]any{"status": map[string]any{"nodeInfo": map[string]any{"kubeletVersion": kubelet},
		"conditions": []any{map[string]any{"type": "Ready", "status": ready, "reason": "Test", "lastTransitionTime": "2026-01-01T00:00:00Z"}}}}, "status")
	if err != nil {
		t.Fatal(err)
	}
}

// patchWith is a strategic merge patch by one of the typed clients.
func patchWith[T any](ctx context.Context, do func(context.Context, string, types.PatchType, []byte, v1.PatchOptions, ...string) (T, error), name string, body any, sub ...string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = do(ctx, name, types.StrategicMergePatchType, text, v1.PatchOptions{}, sub...)
	return err
}

// controlPlane makes the static pods of a node, as kubeadm and a kubelet do.
func (l *lab) controlPlane(t *testing.T, node, tag string) {
	t.Helper()
	for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"} {
		image := "registry.k8s.io/" + c + ":" + tag
		if c == "etcd" {
			image = "registry.k8s.io/etcd:3.7.0-0"
		}
		l.create(t, fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s-%s, namespace: kube-system, labels: {component: %s, tier: control-plane},
  annotations: {kubernetes.io/config.mirror: x, kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: "%s"}},
  spec: {nodeName: %s, containers: [{name: %s, image: "%s"}]}}`, c, node, c, strings.TrimPrefix(l.Host(), "https://"), node, c, image))
	}
}

func (l *lab) eventually(t *testing.T, what string, ask func() string) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		wrong := ask()
		if wrong == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %s", what, wrong)
		}
	}
}

// instance of the start of a plan.
func instance(component, node, at string) inventory.Instance {
	return inventory.Instance{Component: component, Node: node, Version: version.MustParse(at)}
}

// thePlan is the part of an upgrade from 1.37.0 to 1.37.1 that is done through the API.
func thePlan() *plan.Plan {
	p := &plan.Plan{Hash: "1234", Cluster: "test", SkewPolicy: "upstream"}
	for _, n := range []string{"cp1", "w1", "w2"} {
		p.Start.Instances = append(p.Start.Instances, instance("kubelet", n, "1.37.0"), instance("kube-proxy", n, "1.37.0"))
	}
	for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		p.Start.Instances = append(p.Start.Instances, instance(c, "cp1", "1.37.0"))
	}
	p.Start.Instances = append(p.Start.Instances, instance("etcd", "cp1", "3.7.0"), instance("coredns", "w1", "1.14.5"))
	drained := func(node string) plan.Step {
		return plan.Step{ID: "drain-" + node, Kind: plan.Drain, Node: node, Batch: 1, Commands: []string{"kubectl drain " + node + " --ignore-daemonsets --delete-emptydir-data --timeout=30s"}}
	}
	p.Steps = []plan.Step{
		{ID: "tag", Kind: plan.EtcdImageTag, Node: "cp1", To: "3.7.1-0"},
		{ID: "untag", Kind: plan.EtcdImageTag, Node: "cp1"},
		{ID: "proxy", Kind: plan.Addon, Components: []string{"kube-proxy"}, From: "1.37.0", To: "1.37.1",
			Commands: []string{"kubectl -n kube-system set image daemonset/kube-proxy kube-proxy=registry.k8s.io/kube-proxy:v1.37.1", "kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=60s"}},
		{ID: "dns", Kind: plan.Addon, To: "1.37.1", Also: []plan.Move{{Component: "coredns", From: "1.14.5", To: "1.14.6"}}, Commands: []string{"kubectl -n kube-system rollout status deployment/coredns --timeout=60s"}},
		{ID: "pause", Kind: plan.Pause},
		drained("w1"),
		{ID: "kubelet-w1", Kind: plan.KubeletPackage, Node: "w1", Components: []string{"kubelet"}, From: "1.37.0", To: "1.37.1", Batch: 1},
		{ID: "uncordon-w1", Kind: plan.Uncordon, Node: "w1", Batch: 1},
		drained("w2"),
		{ID: "uncordon-w2", Kind: plan.Uncordon, Node: "w2", Batch: 1},
		{ID: "verify", Kind: plan.VerifyStep},
	}
	return p
}

func step(p *plan.Plan, id string) *plan.Step {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	panic("no step " + id)
}

func (l *lab) cluster(t *testing.T, p *plan.Plan) *cluster.Cluster {
	t.Helper()
	rules, err := catalog.SkewRules()
	if err != nil {
		t.Fatal(err)
	}
	return cluster.New(l.user, cluster.Options{Plan: p, Rules: rules, Now: time.Now, Settle: 10 * time.Millisecond, Poll: 200 * time.Millisecond, APIAway: time.Second})
}

func (l *lab) drains(p *plan.Plan, facts func(string) map[string]string) *drain.Drains {
	return drain.New(l.user, drain.Options{Plan: p, Now: time.Now, Facts: facts, Poll: 200 * time.Millisecond})
}

func look(t *testing.T, h apply.Hands, s *plan.Step, want progress.State, says ...string) {
	t.Helper()
	got, err := h.Look(t.Context(), s)
	if err != nil {
		t.Fatalf("looking at %s: %v", s.ID, err)
	}
	if got.State != want {
		t.Fatalf("%s is %s (%s), want %s", s.ID, got.State, got.Says, want)
	}
	contains(t, got.Says, says...)
}

func holds(t *testing.T, g apply.Gates, gate string, s *plan.Step, want bool, says ...string) {
	t.Helper()
	got, why, err := g.Holds(t.Context(), gate, s)
	if err != nil {
		t.Fatalf("%s: %v", gate, err)
	}
	if got != want {
		t.Fatalf("%q holds: %v (%s), want %v", gate, got, why, want)
	}
	contains(t, why, says...)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q does not say %q", text, p)
		}
	}
}
