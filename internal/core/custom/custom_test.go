package custom_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return d
}

func question() custom.Question {
	return custom.Question{AsOf: day("2026-11-30"), Window: 30 * 24 * time.Hour, Hops: []version.Version{version.New(1, 35, 4), version.New(1, 36, 1)}}
}

func told(c *custom.Cluster, q custom.Question) string {
	var out []string
	for _, f := range custom.Judge(c, q) {
		out = append(out, fmt.Sprintf("%s %s %s", f.Code, f.Severity, f.Object))
	}
	return strings.Join(out, "\n")
}

func TestDefinitions(t *testing.T) {
	base := func() custom.Definition {
		return custom.Definition{Name: "things.example.org", Group: "example.org", Kind: "Thing", Stored: []string{"v1"},
			Versions: []custom.Version{{Name: "v1alpha1", Served: true}, {Name: "v1", Served: true, Storage: true}}}
	}
	hook := func() *custom.Conversion {
		return &custom.Conversion{Service: "ops/hook", Reviews: []string{"v1"}, Authorities: []time.Time{day("2030-01-01")}}
	}
	const crd = " CustomResourceDefinition/things.example.org"
	for _, test := range []struct {
		name   string
		change func(d *custom.Definition, c *custom.Cluster)
		want   string
	}{
		{"in order", func(*custom.Definition, *custom.Cluster) {}, ""},
		{"stored in a version that is gone", func(d *custom.Definition, _ *custom.Cluster) { d.Stored = []string{"v1beta1", "v1"} }, "CRD-001 blocker" + crd},
		{"stored in one no longer served", func(d *custom.Definition, _ *custom.Cluster) {
			d.Stored, d.Versions[0].Served = []string{"v1alpha1", "v1"}, false
		}, "CRD-002 warning" + crd},
		{"stored in two", func(d *custom.Definition, _ *custom.Cluster) { d.Stored = []string{"v1alpha1", "v1"} }, "CRD-003 info" + crd},
		{"a webhook that answers", func(d *custom.Definition, _ *custom.Cluster) { d.Conversion = hook() }, ""},
		{"no service", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Service = "ops/gone"
		}, "CRD-004 blocker" + crd},
		{"no endpoint", func(d *custom.Definition, c *custom.Cluster) {
			d.Conversion = hook()
			c.Services["ops/hook"] = custom.NotReady
		}, "CRD-004 blocker" + crd},
		{"no endpoint, but one version alone", func(d *custom.Definition, c *custom.Cluster) {
			d.Conversion, d.Versions = hook(), d.Versions[1:]
			c.Services["ops/hook"] = custom.NotReady
		}, ""},
		{"ended", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Authorities = []time.Time{day("2026-11-30"), day("2020-01-01")}
		}, "CRD-005 blocker" + crd},
		{"one of two ended", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Authorities = append(d.Conversion.Authorities, day("2020-01-01"))
		}, ""},
		{"ends in the window", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Authorities = []time.Time{day("2026-12-30")}
		}, "CRD-006 warning" + crd},
		{"no review version", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Reviews = []string{"v2"}
		}, "CRD-007 blocker" + crd},
		{"v1beta1 alone", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Reviews = []string{"v1beta1"}
		}, "CRD-012 warning" + crd},
		{"outside", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = &custom.Conversion{URL: "https://x.example.org", Reviews: []string{"v1"}}
		}, "CRD-008 warning" + crd},
		{"an external name", func(d *custom.Definition, c *custom.Cluster) {
			d.Conversion = hook()
			c.Services["ops/hook"] = custom.External
		}, "CRD-008 warning" + crd},
		{"endpoints not read", func(d *custom.Definition, c *custom.Cluster) {
			d.Conversion = hook()
			c.Services["ops/hook"] = custom.Unknown
		}, "CRD-008 warning" + crd},
		{"services not read", func(d *custom.Definition, c *custom.Cluster) {
			d.Conversion = hook()
			c.Services, c.Unread = nil, map[custom.Part]string{custom.Services: "forbidden"}
		}, "CRD-008 warning" + crd},
		{"no caBundle", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conversion = hook()
			d.Conversion.Authorities = nil
		}, "CRD-008 warning" + crd + "/caBundle"},
		{"conditions", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conditions = map[string]custom.Condition{"Established": {Status: "False"}, "NamesAccepted": {Status: "False"}, "NonStructuralSchema": {Status: "True"}, "Terminating": {Status: "True"}}
		}, "CRD-009 warning" + crd + "/Established\nCRD-009 warning" + crd + "/NamesAccepted\nCRD-009 warning" + crd + "/NonStructuralSchema\nCRD-009 warning" + crd + "/Terminating"},
		{"conditions in order", func(d *custom.Definition, _ *custom.Cluster) {
			d.Conditions = map[string]custom.Condition{"Established": {Status: "True"}, "NamesAccepted": {Status: "True"}, "NonStructuralSchema": {Status: "False"}}
		}, ""},
		{"deprecated", func(d *custom.Definition, _ *custom.Cluster) { d.Versions[0].Deprecated = true }, "CRD-010 info" + crd},
		{"deprecated and not served", func(d *custom.Definition, _ *custom.Cluster) {
			d.Versions[0].Deprecated, d.Versions[0].Served = true, false
		}, ""},
		{"not read", func(_ *custom.Definition, c *custom.Cluster) {
			c.Unread = map[custom.Part]string{custom.Definitions: "forbidden"}
		}, "CRD-011 warning CustomResourceDefinitions"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c := base(), &custom.Cluster{Services: map[string]custom.Answers{"ops/hook": custom.Ready}}
			test.change(&d, c)
			c.Definitions = []custom.Definition{d}
			if diff := cmp.Diff(test.want, told(c, question())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestRemedy: the way out names the kind, the storage version and the command.
func TestRemedy(t *testing.T) {
	c := &custom.Cluster{Definitions: []custom.Definition{{Name: "things.example.org", Group: "example.org", Kind: "Thing", Stored: []string{"v1beta1", "v1"},
		Versions: []custom.Version{{Name: "v1", Served: true, Storage: true}}}}}
	got := custom.Judge(c, question())[0].Remedy
	for _, part := range []string{"first bring the definition back that has v1beta1", "stored in v1 ", "kubectl get things.example.org -A", `kubectl patch crd things.example.org --subresource=status --type=merge -p '{"status":{"storedVersions":["v1"]}}'`} {
		if !strings.Contains(got, part) {
			t.Errorf("%q lacks %q", got, part)
		}
	}
}

func rules() []custom.Rule {
	m := func(a, b int) version.Minor { return version.Minor{Major: a, Minor: b} }
	return []custom.Rule{
		{Name: "guard", Security: "policy-engine", Images: []string{"acme/guard"}, Not: []string{"acme/guard-cli"}, Groups: []string{"guard.example.org"}, Labels: []string{"app=guard"}, Webhooks: []string{"guard-*"},
			Supports: []custom.Support{
				{From: m(1, 0), To: m(1, 4), MinKubernetes: m(1, 30), MaxKubernetes: m(1, 35), Source: "https://example.org/guard", Date: "2026-11-01"},
				{From: m(1, 5), To: m(1, 5), MinKubernetes: m(1, 31), MaxKubernetes: m(1, 36), Source: "https://example.org/guard"},
				{From: m(1, 6), To: m(1, 6), MinKubernetes: m(1, 36), MaxKubernetes: m(1, 36), Tested: true, Older: true, Source: "https://example.org/guard"},
				{From: m(1, 7), To: m(1, 7), MaxKubernetes: m(1, 35), Tested: true, Older: true, Source: "https://example.org/guard"},
			}},
		{Name: "panel", Images: []string{"acme/panel"}, Groups: []string{"panel.example.org"}, Supports: []custom.Support{{From: m(2, 0), MinKubernetes: m(1, 20), MaxKubernetes: m(1, 30)}}},
	}
}

func TestAddons(t *testing.T) {
	image := func(repository, tag string, labels ...string) custom.Image {
		i := custom.Image{Repository: repository, Tag: tag, Nodes: []string{"n1", "n2"}, Pods: 3, Labels: labels}
		v, err := version.Parse(tag)
		if err != nil {
			i.Unread = err.Error()
		}
		i.Version = v
		return i
	}
	definitions := []custom.Definition{{Name: "policies.guard.example.org", Group: "guard.example.org"}, {Name: "panels.panel.example.org", Group: "panel.example.org"}}
	for _, test := range []struct {
		name string
		c    custom.Cluster
		want string
	}{
		{"nothing", custom.Cluster{}, ""},
		{"supported", custom.Cluster{Images: []custom.Image{image("ghcr.io/acme/guard", "1.5.2")}}, ""},
		{"excluded at the second hop", custom.Cluster{Images: []custom.Image{image("ghcr.io/acme/guard", "1.4.0")}}, "ADDON-001 blocker Addon/guard/1.4.0"},
		{"from a mirror", custom.Cluster{Images: []custom.Image{image("mirror.example.org/x/acme/guard", "v1.4.0")}}, "ADDON-001 blocker Addon/guard/1.4.0"},
		{"two versions", custom.Cluster{Images: []custom.Image{image("acme/guard", "1.4.0"), image("acme/guard", "1.5.0")}}, "ADDON-001 blocker Addon/guard/1.4.0"},
		{"another program of the name", custom.Cluster{Images: []custom.Image{image("evil.example.org/notacme/guard", "1.4.0"), image("acme/guard-cli", "1.0.0")}}, ""},
		{"a version nobody speaks of", custom.Cluster{Images: []custom.Image{image("acme/guard", "0.9.0")}}, "ADDON-002 blocker Addon/guard/0.9.0"},
		{"an unreadable version", custom.Cluster{Images: []custom.Image{image("acme/guard", "edge")}}, "ADDON-002 blocker Addon/guard"},
		{"too new to have been tested", custom.Cluster{Images: []custom.Image{image("acme/guard", "1.7.0")}}, "ADDON-002 blocker Addon/guard/1.7.0"},
		{"too old a Kubernetes half-way", custom.Cluster{Images: []custom.Image{image("acme/guard", "1.6.0")}}, "ADDON-001 blocker Addon/guard/1.6.0"},
		{"not of security, excluded", custom.Cluster{Images: []custom.Image{image("acme/panel", "2.3.0")}}, "ADDON-003 warning Addon/panel/2.3.0"},
		{"not of security, unknown", custom.Cluster{Images: []custom.Image{image("acme/panel", "1.3.0")}}, "ADDON-004 info Addon/panel/1.3.0"},
		{"by its labels, with a version", custom.Cluster{Images: []custom.Image{image("corp/g", "77", "app=guard", "app.kubernetes.io/version=1.4.0")}}, "ADDON-001 blocker Addon/guard/1.4.0"},
		{"by its labels alone", custom.Cluster{Images: []custom.Image{image("corp/g", "1.5.0", "app=guard")}}, "ADDON-002 blocker Addon/guard"},
		{"labels that disagree", custom.Cluster{Images: []custom.Image{image("corp/g", "1", "app=guard", "app.kubernetes.io/version=1.5.0", "app.kubernetes.io/version=1.4.0")}}, "ADDON-002 blocker Addon/guard"},
		{"its webhook alone", custom.Cluster{Webhooks: []string{"guard-validate"}}, "ADDON-002 blocker Addon/guard"},
		{"its definitions alone", custom.Cluster{Definitions: definitions}, "ADDON-005 info Addon/panel\nADDON-005 warning Addon/guard"},
		{"its definitions beside it", custom.Cluster{Definitions: definitions, Images: []custom.Image{image("acme/guard", "1.5.0"), image("acme/panel", "2.0.0")}}, "ADDON-003 warning Addon/panel/2.0.0"},
		{"pods not read", custom.Cluster{Definitions: definitions, Unread: map[custom.Part]string{custom.Pods: "forbidden"}},
			"ADDON-002 blocker Addon/guard\nADDON-004 info Addon/panel\nADDON-006 warning Pods"},
		{"webhooks not read", custom.Cluster{Unread: map[custom.Part]string{custom.Webhooks: "forbidden"}}, "ADDON-006 info webhook configurations"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := question()
			q.Rules = rules()
			got := strings.Split(told(&test.c, q), "\n")
			want := strings.Split(test.want, "\n")
			if diff := cmp.Diff(map[string]bool{}, difference(want, got)); diff != "" {
				t.Errorf("want %q, got %q", want, got)
			}
			q.Hops = nil
			if got := told(&test.c, q); strings.Contains(got, "ADDON") {
				t.Errorf("without a path: %s", got)
			}
		})
	}
}

// difference is what stands in one list alone.
func difference(a, b []string) map[string]bool {
	out := map[string]bool{}
	for _, x := range a {
		out[x] = !out[x]
	}
	for _, x := range b {
		out[x] = !out[x]
	}
	for x, odd := range out {
		if !odd {
			delete(out, x)
		}
	}
	return out
}

func TestMerge(t *testing.T) {
	m := func(a, b int) version.Minor { return version.Minor{Major: a, Minor: b} }
	got := custom.Merge(rules(), []custom.Rule{
		{Name: "guard", Security: "none", Images: []string{"corp/g"}, Supports: []custom.Support{{From: m(1, 4), To: m(1, 4), MinKubernetes: m(1, 30), Source: "https://corp.example.org"}}},
		{Name: "ours", Security: "network-policy", Images: []string{"corp/net"}},
	})
	if len(got) != 3 || got[0].Security != "" || got[2].Security != "network-policy" {
		t.Fatalf("%+v", got)
	}
	for minor, want := range map[int]custom.Verdict{29: custom.Excluded, 36: custom.Supported} {
		if verdict, s := got[0].At(version.New(1, 4, 9), m(1, minor)); verdict != want || s.Source != "https://corp.example.org" {
			t.Errorf("1.%d: %v by %+v", minor, verdict, s)
		}
	}
	if rules()[0].Security != "policy-engine" || len(rules()[0].Images) != 1 {
		t.Error("Merge changed what it was given")
	}
}

func TestNil(t *testing.T) {
	if got := custom.Judge(nil, question()); got != nil {
		t.Errorf("%+v", got)
	}
}
