package osv

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
)

func entryOf(affected string) string {
	return `{"id":"GO-2099-1","aliases":["CVE-2099-0001","GHSA-a-b-c"],"published":"0001-01-01T00:00:00Z","affected":[` + affected + `]}`
}

func block(pkg, events string, more ...string) string {
	specific := ""
	if len(more) > 0 {
		specific = `,"ecosystem_specific":{"custom_ranges":[{"type":"ECOSYSTEM","events":[` + more[0] + `]}]}`
	}
	return fmt.Sprintf(`{"package":{"ecosystem":"Go","name":%q},"ranges":[{"type":"SEMVER","events":[%s]}]%s}`, pkg, events, specific)
}

func in(v string) string    { return fmt.Sprintf(`{"introduced":%q}`, v) }
func fixed(v string) string { return fmt.Sprintf(`{"fixed":%q}`, v) }
func last(v string) string  { return fmt.Sprintf(`{"last_affected":%q}`, v) }

func events(e ...string) string { return strings.Join(e, ",") }

func say(cs []claim.Component) string {
	var out []string
	for _, c := range cs {
		s := c.Name + ": " + form.FormatIntervals(c.Intervals)
		for _, f := range c.Fixed {
			s += " +" + f.String()
		}
		out = append(out, s)
	}
	return strings.Join(out, " | ")
}

func TestParseRanges(t *testing.T) {
	tests := []struct{ name, json, want, unparsed string }{
		{
			"events out of order",
			entryOf(block("k8s.io/kubelet", events(in("1.17.0"), fixed("1.17.3"), in("1.16.0"), fixed("1.16.7"), in("1.15.0"), fixed("1.15.10")))),
			"kubelet: >=1.15.0 <1.15.10; >=1.16.0 <1.16.7; >=1.17.0 <1.17.3 +1.15.10 +1.16.7 +1.17.3", "",
		},
		{
			"the real range in custom_ranges",
			entryOf(block("k8s.io/ingress-nginx", in("0"), events(in("0"), fixed("1.11.5"), in("1.12.0-beta.0"), fixed("1.12.1")))),
			"ingress-nginx: <1.11.5; >=1.12.0-beta.0 <1.12.1 +1.11.5 +1.12.1", "",
		},
		{
			"custom_ranges beside real ones",
			entryOf(block("go.etcd.io/etcd/server/v3", events(in("3.5.0"), fixed("3.5.30")), events(in("0"), fixed("3.4.44")))),
			"etcd: <3.4.44; >=3.5.0 <3.5.30 +3.4.44 +3.5.30", "",
		},
		{
			"pseudo-versions decide nothing, and are reported",
			entryOf(block("k8s.io/ingress-nginx", events(in("0"), fixed("0.0.0-20260319175635-5183b7d86137")))),
			"ingress-nginx: ", "range with a pseudo-version",
		},
		{
			"one open range per minor",
			entryOf(block("k8s.io/kubelet", events(in("0"), fixed("1.34.12"))) + "," + block("k8s.io/kubelet", events(in("0"), fixed("1.36.5")))),
			"kubelet: <1.34.12; 1.36+ <1.36.5 +1.34.12 +1.36.5", "",
		},
		{
			"two module paths, one product",
			entryOf(block("github.com/containerd/containerd", events(in("0"), fixed("1.7.29"))) + "," + block("github.com/containerd/containerd/v2", events(in("0"), fixed("2.0.7")))),
			"containerd: <1.7.29; 2.0+ <2.0.7 +1.7.29 +2.0.7", "",
		},
		{
			"an open twin beside the real entry",
			entryOf(block("github.com/containerd/containerd", in("0")) + "," + block("github.com/containerd/containerd/v2", events(in("2.1.0"), fixed("2.1.9")))),
			"containerd: >=2.1.0 <2.1.9 +2.1.9", "",
		},
		{
			"an open entry alone",
			entryOf(block("github.com/cri-o/cri-o", in("0"))),
			"cri-o: any", "",
		},
		{
			"staging numbers",
			entryOf(block("k8s.io/client-go", events(in("0"), fixed("0.20.0-alpha.2")))),
			"client-go: <1.20.0-alpha.2 +1.20.0-alpha.2", "",
		},
		{
			"numbers of the product stay",
			entryOf(block("k8s.io/client-go", events(in("1.12.0"), fixed("1.12.5")))),
			"client-go: >=1.12.0 <1.12.5 +1.12.5", "",
		},
		{
			"last_affected",
			entryOf(block("kubelet", events(in("1.34.0"), last("1.34.4")))),
			"kubelet: >=1.34.0 <1.34.5", "",
		},
		{
			"listed versions",
			`{"id":"CVE-2099-0001","affected":[{"package":{"name":"kubelet"},"versions":["1.13.6","1.14.2"]}]}`,
			"kubelet: >=1.13.6 <1.13.7; >=1.14.2 <1.14.3", "",
		},
		{
			"an unknown package is the image of its name",
			entryOf(block("github.com/traefik/traefik/v3", events(in("3.0.0"), fixed("3.0.3")))),
			"traefik: >=3.0.0 <3.0.3 +3.0.3", "",
		},
		{
			"a version that is none",
			entryOf(block("kubelet", events(in("0"), fixed("soon")))),
			"kubelet: ", "event with version soon",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("a.json", strings.NewReader(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].CVE != "CVE-2099-0001" {
				t.Fatalf("want one claim of CVE-2099-0001, got %+v", got)
			}
			if diff := cmp.Diff(tt.want, say(got[0].Components)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unparsed, strings.Join(got[0].Unparsed, ";")); diff != "" {
				t.Errorf("unparsed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseDescribes(t *testing.T) {
	got, err := Parse("a.json", strings.NewReader(`{"id":"CVE-2099-0001","published":"2026-09-28","summary":"s",
		"affected":[{"package":{"name":"kubectl"},"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/av:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H/E:P"}],"ranges":[{"type":"SEMVER","events":[{"introduced":"1.34.0"}]}]}],
		"references":[{"type":"WEB","url":"https://example.org/web"},{"type":"ADVISORY","url":"https://example.org/advisory"}],
		"database_specific":{"platform":"windows"}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := got[0]
	if c.Source != "osv" || c.URL != "https://example.org/advisory" || c.OS != "windows" ||
		c.Vector != "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" || c.Published.Format("2006-01-02") != "2026-09-28" {
		t.Errorf("got %+v", c)
	}
}

func TestParsePlatform(t *testing.T) {
	for platform, want := range map[string]string{"Windows": "windows", "linux": "linux", "linux, windows": "", "all": "", "": ""} {
		got, err := Parse("a.json", strings.NewReader(`{"id":"CVE-2099-0001","affected":[],"database_specific":{"platform":"`+platform+`"}}`))
		if err != nil || got[0].OS != want {
			t.Errorf("platform %q: %v, %v, want %q", platform, got, err, want)
		}
	}
}

// A record whose versions cannot be read still says what it is about: without
// a component it would concern nobody in particular.
func TestParseKeepsTheComponentWithoutVersions(t *testing.T) {
	for _, affected := range []string{
		`{"package":{"ecosystem":"Kubernetes","name":"kubelet"},"ranges":[{"type":"GIT","repo":"https://example.org/x","events":[{"introduced":"0"}]}]}`,
		`{"package":{"ecosystem":"Kubernetes","name":"kubelet"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"spring"}]}]}`,
		`{"package":{"ecosystem":"Kubernetes","name":"kubelet"}}`,
	} {
		got, err := Parse("a.json", strings.NewReader(`{"id":"CVE-2099-0001","affected":[`+affected+`]}`))
		if err != nil {
			t.Fatal(err)
		}
		c := got[0]
		if len(c.Components) != 1 || c.Components[0].Name != "kubelet" || len(c.Components[0].Intervals) != 0 || len(c.Unparsed) == 0 {
			t.Errorf("%s: components %+v, unparsed %q", affected, c.Components, c.Unparsed)
		}
	}
}

func TestParseManyAndNone(t *testing.T) {
	got, err := Parse("a.json", strings.NewReader(`[
		{"id":"GO-1","aliases":["CVE-2099-0001","CVE-2099-0002"],"affected":[]},
		{"id":"GO-2","aliases":["GHSA-x-y-z"],"affected":[]},
		{"id":"GO-3","aliases":["CVE-2099-0003"],"withdrawn":"2025-01-01T00:00:00Z","affected":[]}]`))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range got {
		ids = append(ids, c.CVE)
	}
	if diff := cmp.Diff([]string{"CVE-2099-0001", "CVE-2099-0002", "GHSA-x-y-z"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"no JSON", "{\n  \"id\": \"CVE-2099-0001\",\n  oops\n}", "line 3"},
		{"a wrong type", `{"id":"CVE-2099-0001","affected":"all"}`, "affected"},
		{"no id", `{"summary":"x"}`, `no "id"`},
		{"empty", "", "unexpected end"},
		{"nested without end", strings.Repeat("[", 100_000), "depth"},
	}
	for _, tt := range tests {
		_, err := Parse("a.json", strings.NewReader(tt.in))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "a.json") {
			t.Errorf("%s: want an error with %q and the file, got %v", tt.name, tt.want, err)
		}
	}
	if _, err := Parse("big.json", bytes.NewReader(make([]byte, MaxSize+1))); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("too large: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(entryOf(block("k8s.io/kubelet", events(in("0"), fixed("1.34.12"))))))
	f.Add([]byte(entryOf(block("k8s.io/ingress-nginx", in("0"), events(in("0"), fixed("1.11.5"))))))
	f.Add([]byte(`[{"id":"x","affected":[{"versions":["1.2.3"]}]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		claims, err := Parse("f.json", bytes.NewReader(raw))
		if err != nil {
			return
		}
		for _, c := range claims {
			for _, comp := range c.Components {
				for _, v := range comp.Intervals {
					if v.Before.Known() && !v.From.Less(v.Before) {
						t.Errorf("empty stretch %s..%s", v.From, v.Before)
					}
				}
			}
		}
	})
}
