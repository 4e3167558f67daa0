package agent

import (
	"net/netip"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

func mustAddrs(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

// api makes objects in the namespace default.
type api struct{ dynamic.Interface }

func newAPI(t *testing.T, config *rest.Config) api {
	t.Helper()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return api{client}
}

func (a api) apply(t *testing.T, gvr schema.GroupVersionResource, text string, subresources ...string) {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{Object: object}
	if _, err := a.Resource(gvr).Namespace("default").Apply(t.Context(), u.GetName(), u, metav1.ApplyOptions{FieldManager: "test", Force: true}, subresources...); err != nil {
		t.Fatal(err)
	}
}

var (
	podResource    = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	policyResource = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
)

// pod makes a pod as a kubelet would report it. It is a static pod's mirror, since no controller makes ServiceAccounts.
func (a api) pod(t *testing.T, name, ip string) {
	t.Helper()
	a.apply(t, podResource, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {app: `+name+`}, annotations: {kubernetes.io/config.mirror: x}},
		spec: {nodeName: n1, containers: [{name: c, image: x}]}}`)
	a.apply(t, podResource, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`}, status: {phase: Running, podIP: `+ip+`, podIPs: [{ip: `+ip+`}]}}`, "status")
}

func (a api) relabel(t *testing.T, name, label string) {
	t.Helper()
	a.apply(t, podResource, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {app: `+label+`}, annotations: {kubernetes.io/config.mirror: x}},
		spec: {nodeName: n1, containers: [{name: c, image: x}]}}`)
}

func (a api) policy(t *testing.T, spec string) {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte(spec), &object); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"name": "p"}, "spec": object})
	if err != nil {
		t.Fatal(err)
	}
	a.apply(t, policyResource, string(text))
}

func (a api) removePolicy(t *testing.T) {
	t.Helper()
	if err := a.Resource(policyResource).Namespace("default").Delete(t.Context(), "p", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}
