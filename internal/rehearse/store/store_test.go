package store

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResourceOf(t *testing.T) {
	for key, want := range map[string]string{
		"pods/shop/web":                          "pods",
		"services/specs/shop/web":                "services/specs",
		"services/endpoints/shop/web":            "services/endpoints",
		"example.org/things/shop/one":            "example.org/things",
		"minions/cp1":                            "minions",
		"apiregistration.k8s.io/apiservices/v1.": "apiregistration.k8s.io/apiservices",
		"ranges":                                 "ranges",
	} {
		if got := resourceOf(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

func TestPrefixes(t *testing.T) {
	p, err := LoadPrefixes()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		group, resource string
		custom          bool
		want            string
	}{
		{"", "pods", false, "pods"}, {"", "nodes", false, "minions"}, {"apps", "deployments", false, "deployments"},
		{"", "services", false, "services/specs"}, {"serving.example.org", "services", true, "serving.example.org/services"},
		{"example.org", "things", true, "example.org/things"},
		{"apiextensions.k8s.io", "customresourcedefinitions", false, "apiextensions.k8s.io/customresourcedefinitions"},
	} {
		if got := p.Of(tc.group, tc.resource, tc.custom); got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.group, tc.resource, got, tc.want)
		}
	}
	if p.Objects("ranges") || !p.Objects("pods") {
		t.Error("ranges are no objects, pods are")
	}
}

func TestWithoutConversion(t *testing.T) {
	const whole = `{"kind":"CustomResourceDefinition","spec":{"group":"x","conversion":{"strategy":"Webhook","webhook":{}},"n":12345678901234567890},"status":{}}`
	got, had, err := withoutConversion([]byte(whole))
	if err != nil || !had {
		t.Fatal(had, err)
	}
	var doc struct {
		Kind string
		Spec map[string]json.RawMessage
	}
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]json.RawMessage{"group": []byte(`"x"`), "conversion": []byte(`{"strategy":"None"}`), "n": []byte("12345678901234567890")}
	if diff := cmp.Diff(want, doc.Spec); diff != "" || doc.Kind == "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, text := range map[string]string{"none": `{"spec":{"group":"x"}}`, "by name": `{"spec":{"conversion":{"strategy":"None"}}}`} {
		if _, had, err := withoutConversion([]byte(text)); had || err != nil {
			t.Errorf("%s: %t %v", name, had, err)
		}
	}
	if _, _, err := withoutConversion([]byte("k8s:enc:aescbc:v1:key1:...")); !errors.Is(err, ErrEncrypted) {
		t.Errorf("encrypted: %v", err)
	}
}
