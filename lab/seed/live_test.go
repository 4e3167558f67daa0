package seed

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/lab/controlplane"
)

// start runs a control plane with the controllers that take namespaces away, of the first version that tests are given.
func start(t *testing.T) Lab {
	t.Helper()
	version, _, _ := strings.Cut(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0"), ",")
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: version, ControllerManager: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin := cp.Admin()
	return Lab{
		Config: &rest.Config{Host: cp.Host(), TLSClientConfig: rest.TLSClientConfig{
			CAData: cp.CA(), CertData: admin.Certificate, KeyData: admin.Key,
		}},
		Progress: io.Discard,
	}
}

// Every scenario that needs no hosts is seeded, seeded again, shows its trouble, and is undone, twice.
func TestScenariosOnARealServer(t *testing.T) {
	lab := start(t)
	api, err := newClient(lab.Config)
	if err != nil {
		t.Fatal(err)
	}
	checks := troubles()
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Needs != API {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			// What makes nodes of paper shares them, and is done before the others begin: their webhook refuses its pods.
			if !s.Paper && s.Name != "paper-cluster" {
				t.Parallel()
			}
			lab := lab
			switch s.Other {
			case "older":
				lab.Other = "1.33.4"
			case "newer":
				lab.Other = "1.99.0"
			}
			for _, round := range []string{"first", "second"} {
				if err := lab.Seed(t.Context(), s); err != nil {
					t.Fatalf("%s time: %v", round, err)
				}
			}
			check := checks[s.Name]
			if check == nil {
				t.Fatal("no test looks at what this scenario makes: add one to troubles")
			}
			if err := check(t.Context(), api); err != nil {
				t.Errorf("seeded: %v", err)
			}
			for _, round := range []string{"first", "second"} {
				if err := lab.Undo(t.Context(), s); err != nil {
					t.Fatalf("undoing the %s time: %v", round, err)
				}
			}
			nothingLeft(t, api, s)
		})
	}
	paper, err := Find("paper-cluster")
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Undo(t.Context(), paper); err != nil {
		t.Fatal(err)
	}
	nothingLeft(t, api, paper)
}

// nothingLeft looks for every object that a scenario applied.
func nothingLeft(t *testing.T, api *client, s Scenario) {
	t.Helper()
	filled, err := s.fill(values{Version: "1.37.0", Minor: "1.37", Other: "1.36.0", Worker: "w1", ControlPlane: "cp1", Image: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range filled.Steps {
		for _, object := range step.Apply {
			u := &unstructured.Unstructured{Object: object}
			r, err := api.resource(u)
			if err != nil || step.Shared {
				continue // its kind is gone, or the object was there before
			}
			if _, err := r.Get(t.Context(), u.GetName(), metav1.GetOptions{}); !apierrors.IsNotFound(err) {
				t.Errorf("%s is still there (%v)", name(u), err)
			}
		}
	}
}

type check func(context.Context, *client) error

// troubles is how each scenario shows itself.
func troubles() map[string]check {
	is := func(resource schema.GroupVersionResource, namespace, name, want string, path ...string) check {
		return func(ctx context.Context, c *client) error {
			u, err := c.dynamic.Resource(resource).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			got, _, err := unstructured.NestedFieldNoCopy(u.Object, path...)
			if text := fmt.Sprint(got); err == nil && text != want {
				err = fmt.Errorf("%s %s has %s %s; want %s", resource.Resource, name, strings.Join(path, "."), text, want)
			}
			return err
		}
	}
	nodes := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	budgets := schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	kubelets := func(want ...string) check {
		return func(ctx context.Context, c *client) error {
			for i, node := range []string{"cp1", "w1", "w2"} {
				version, err := c.version()
				if err != nil {
					return err
				}
				if err := is(nodes, "", node, "v"+cmp.Or(want[i], version), "status", "nodeInfo", "kubeletVersion")(ctx, c); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return map[string]check{
		"healthy":          is(budgets, "lab-healthy", "web", "1", "spec", "maxUnavailable"),
		"blocking-pdb":     is(budgets, "lab-blocking-pdb", "ledger", "2", "spec", "minAvailable"),
		"pdb-without-pods": is(budgets, "lab-pdb-without-pods", "renamed-long-ago", "1", "spec", "minAvailable"),
		"dead-webhook": refuses("policy.lab.fixline.dev", "ConfigMap", "lab-dead-webhook",
			schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}),
		"webhook-on-kube-system": refuses("sidecars.lab.fixline.dev", "Pod", "kube-system",
			schema.GroupVersionResource{Version: "v1", Resource: "pods"}),
		"helm-removed-apis":  is(secrets, "lab-helm-removed-apis", "sh.helm.release.v1.queue.v7", "helm.sh/release.v1", "type"),
		"helm-two-deployed":  is(secrets, "lab-helm-two-deployed", "sh.helm.release.v1.mail.v3", "deployed", "metadata", "labels", "status"),
		"stale-last-applied": staleAnnotation,
		"crd-unserved-stored": is(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
			"", "widgets.lab.fixline.dev", "[v1alpha1 v1]", "status", "storedVersions"),
		"deprecated-client":            counted,
		"cordoned-by-someone":          is(nodes, "", "w1", "true", "spec", "unschedulable"),
		"paper-cluster":                kubelets("", "", ""),
		"half-way-control-plane-ahead": kubelets("1.33.4", "1.33.4", "1.33.4"),
		"half-way-kubelet-ahead":       kubelets("", "1.99.0", ""),
		"half-way-worker-missed":       kubelets("", "", "1.33.4"),
	}
}

// refuses tries to make an object that the webhook is asked about.
func refuses(webhook, kind, namespace string, resource schema.GroupVersionResource) check {
	return func(ctx context.Context, c *client) error {
		// The API server takes a moment to read a new webhook.
		return c.wait(ctx, gone, func(ctx context.Context) (bool, error) {
			object := Object{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "try", "namespace": namespace}}
			if kind == "Pod" {
				object["spec"] = map[string]any{"nodeName": "none", "containers": []any{map[string]any{"name": "c", "image": "x"}}}
			}
			_, err := c.dynamic.Resource(resource).Namespace(namespace).
				Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			return err != nil && strings.Contains(err.Error(), `failed calling webhook "`+webhook+`"`), nil
		})
	}
}

func staleAnnotation(ctx context.Context, c *client) error {
	u, err := c.dynamic.Resource(schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}).
		Namespace("lab-stale-last-applied").Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if text := u.GetAnnotations()["kubectl.kubernetes.io/last-applied-configuration"]; !strings.Contains(text, `"apiVersion":"autoscaling/v2beta2"`) {
		return fmt.Errorf("the annotation is %q", text)
	}
	return nil
}

func counted(ctx context.Context, c *client) error {
	metrics, err := c.discovery.RESTClient().Get().AbsPath("/metrics").Do(ctx).Raw()
	want := `apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1`
	if err == nil && !bytes.Contains(metrics, []byte(want)) {
		err = fmt.Errorf("/metrics has no line %s", want)
	}
	return err
}

// Nothing that this package asks for is deprecated, but where that is a scenario's point.
func TestOnlyTheDeprecatedClientCallsSomethingDeprecated(t *testing.T) {
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		filled, err := s.fill(values{Minor: "1.34", Version: "1.34.0", Other: "1.33.0", Worker: "w1", Image: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range filled.Steps {
			for _, object := range step.Apply {
				if v := fmt.Sprint(object["apiVersion"]); strings.Contains(v, "beta") || strings.Contains(v, "alpha") {
					t.Errorf("%s applies a %s of %s", s.Name, object["kind"], v)
				}
			}
			if step.Loop != nil && s.Name != "deprecated-client" {
				t.Errorf("%s has a loop", s.Name)
			}
		}
	}
}
