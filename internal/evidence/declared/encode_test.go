package declared

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// TestEncode: what is written reads as what it was written from.
func TestEncode(t *testing.T) {
	clusters, mistakes := readAll(t, full)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	asJSON, err := json.Marshal(Encode(clusters[0]))
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Dump(Encode(clusters[0]))
	if err != nil {
		t.Fatal(err)
	}
	raw := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".raw" }, cmp.Ignore())
	for _, text := range []string{string(asJSON), string(asYAML)} {
		again, mistakes := readAll(t, text)
		if len(mistakes) > 0 {
			t.Fatalf("%s\n%v", text, mistakes)
		}
		if diff := cmp.Diff(clusters, again, byKind, raw, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s\n(-written +read):\n%s", text, diff)
		}
	}
}

// TestEncodeOfACluster: a cluster that was looked into holds more than fits.
func TestEncodeOfACluster(t *testing.T) {
	c := inventory.Cluster{Name: "live", Provider: "unknown", Connected: true,
		Instances: []inventory.Instance{
			{Component: "coredns", Node: "w1", Version: version.MustParse("1.12.1")},
			{Component: "coredns", Node: "w1", Version: version.MustParse("1.12.1")},
			{Component: "coredns", Node: "w1", Version: version.MustParse("1.13.1")},
			{Component: "kubelet", Node: "w2", Unread: "forbidden"},
		},
		Facts: inventory.Facts{Settings: []inventory.Settings{
			{Component: "kubelet", Node: "w1", Flags: map[string]string{"a": "1", "b": "1"}, Gates: map[string]bool{"G": true}, Complete: true},
			{Component: "kubelet", Node: "w2", Flags: map[string]string{"a": "1", "b": "2"}, Complete: true},
		}, Uses: map[string]inventory.Answer{"ingresses": {State: inventory.Unknown, Evidence: "forbidden"}}},
	}
	want := Document{APIVersion: APIVersion, Kind: Kind, Metadata: Metadata{Name: "live"}, Spec: Spec{Exposure: Exposure{Connected: true},
		Components: []Component{{Component: "coredns", Version: "1.12.1", Node: "w1"}, {Component: "coredns", Version: "1.13.1"}, {Component: "kubelet", Version: "unknown", Node: "w2"}},
		Facts:      &Facts{Flags: map[string]map[string]string{"kubelet": {"a": "1"}}, FeatureGates: map[string]map[string]bool{}, Uses: map[string]bool{}}}}
	if diff := cmp.Diff(want, Encode(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text, err := json.Marshal(Encode(c))
	if err != nil {
		t.Fatal(err)
	}
	if _, mistakes := readAll(t, string(text)); len(mistakes) > 0 {
		t.Errorf("%s does not read: %v", text, mistakes)
	}
}
