package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func addonsOf(t *testing.T) []custom.Rule {
	t.Helper()
	rules, day, err := catalog.Addons()
	if err != nil {
		t.Fatal(err)
	}
	if day.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("read on %s", day)
	}
	return rules
}

// TestAddonsAreRecognised: real names of images, and names that only look alike.
func TestAddonsAreRecognised(t *testing.T) {
	rules := addonsOf(t)
	if len(rules) < 30 {
		t.Errorf("%d add-ons", len(rules))
	}
	for image, want := range map[string]string{
		"ghcr.io/kyverno/kyverno":                            "ADDON-002 Addon/kyverno",
		"docker.io/openpolicyagent/gatekeeper":               "ADDON-002 Addon/gatekeeper",
		"quay.io/calico/node":                                "ADDON-002 Addon/calico",
		"docker.io/calico/node":                              "ADDON-002 Addon/calico",
		"quay.io/cilium/cilium":                              "ADDON-002 Addon/cilium",
		"quay.io/cilium/cilium-envoy":                        "",
		"ghcr.io/flannel-io/flannel":                         "ADDON-004 Addon/flannel",
		"docker.io/flannel/flannel":                          "ADDON-004 Addon/flannel",
		"docker.io/falcosecurity/falco":                      "ADDON-002 Addon/falco",
		"docker.io/falcosecurity/falcosidekick":              "",
		"quay.io/jetstack/cert-manager-controller":           "ADDON-002 Addon/cert-manager",
		"registry.k8s.io/ingress-nginx/controller":           "ADDON-002 Addon/ingress-nginx",
		"registry.k8s.io/ingress-nginx/kube-webhook-certgen": "",
		"registry.k8s.io/metrics-server/metrics-server":      "ADDON-004 Addon/metrics-server",
		"harbor.example.org/proxy/quay.io/argoproj/argocd":   "ADDON-004 Addon/argo-cd",
		"docker.io/istio/pilot":                              "ADDON-002 Addon/istio",
		"docker.io/library/nginx":                            "",
	} {
		c := &custom.Cluster{Images: []custom.Image{{Repository: image, Tag: "dev", Unread: "no version", Nodes: []string{"n"}, Pods: 1}}}
		got := ""
		for _, f := range custom.Judge(c, custom.Question{Hops: []version.Version{version.New(1, 36, 0)}, Rules: rules}) {
			got += f.Code + " " + f.Object
		}
		if got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}

// TestAddonFacts: each fact as its source has it.
func TestAddonFacts(t *testing.T) {
	rules := addonsOf(t)
	for _, test := range []struct {
		name, version, kubernetes string
		want                      custom.Verdict
	}{
		{"istio", "1.29.1", "1.35", custom.Supported}, {"istio", "1.29.1", "1.36", custom.Excluded}, {"istio", "1.31.0", "1.36", custom.Unsaid},
		{"kyverno", "1.16.0", "1.34", custom.Supported}, {"kyverno", "1.16.0", "1.35", custom.Excluded}, {"kyverno", "1.14.0", "1.34", custom.Unsaid},
		{"cert-manager", "1.19.2", "1.35", custom.Supported}, {"cert-manager", "1.18.0", "1.34", custom.Excluded},
		{"cilium", "1.18.3", "1.33", custom.Supported}, {"cilium", "1.18.3", "1.34", custom.Untested},
		{"keda", "2.18.0", "1.33", custom.Supported}, {"keda", "2.18.0", "1.34", custom.Untested},
		{"velero", "1.17.0", "1.19", custom.Supported}, {"velero", "1.17.0", "1.17", custom.Excluded}, {"velero", "1.17.0", "1.36", custom.Untested},
		{"external-secrets", "0.12.1", "1.31", custom.Supported}, {"external-secrets", "0.12.1", "1.32", custom.Excluded},
		{"argo-cd", "3.2.0", "1.34", custom.Supported}, {"contour", "1.32.0", "1.31", custom.Supported}, {"karpenter", "1.5.0", "1.34", custom.Excluded},
		{"gatekeeper", "3.20.0", "1.34", custom.Unsaid},
	} {
		m, err := version.ParseMinor(test.kubernetes)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rules {
			if r.Name != test.name {
				continue
			}
			if got, s := r.At(version.MustParse(test.version), m); got != test.want {
				t.Errorf("%s %s at %s: %v by %+v, want %v", test.name, test.version, m, got, s, test.want)
			}
		}
	}
}

// TestWithAddons: a user's file counts before what is built in.
func TestWithAddons(t *testing.T) {
	const ours = `apiVersion: fixline.dev/v1alpha1
kind: AddonRules
metadata: {name: ours}
spec:
  date: "2026-11-30"
  addons:
  - name: gatekeeper
    supports: [{versions: "3.20", kubernetes: "1.33 - 1.36", source: "https://example.org/tested-by-us"}]
`
	rules, err := catalog.WithAddons(addonsOf(t), strings.NewReader(ours), "ours.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := &custom.Cluster{Images: []custom.Image{{Repository: "docker.io/openpolicyagent/gatekeeper", Tag: "v3.20.1", Version: version.New(3, 20, 1)}}}
	if got := custom.Judge(c, custom.Question{Hops: []version.Version{version.New(1, 36, 0)}, Rules: rules}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := catalog.WithAddons(rules, strings.NewReader("kind: x"), "ours.yaml"); err == nil || !strings.Contains(err.Error(), "ours.yaml:1") {
		t.Errorf("a broken file: %v", err)
	}
}
