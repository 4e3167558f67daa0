package osv

import (
	"strings"
	"testing"
)

// One release that fixes and introduces changes nothing; builds of a
// distribution or vendor order nothing among upstream's releases.
func TestEventsThatSayNothing(t *testing.T) {
	for events, want := range map[string]string{
		`{"introduced":"1.26.0"},{"fixed":"1.27.6"},{"introduced":"1.28.2"},{"fixed":"1.28.2"}`: "1.26.0 1.27.6",
		`{"introduced":"1.27.0"},{"fixed":"1.27.6"},{"introduced":"1.27.6"},{"fixed":"1.27.9"}`: "1.27.0 1.27.9",
		`{"introduced":"0"},{"fixed":"1.6.20~ds1-1+deb12u4"}`:                                   "unparsed",
		`{"introduced":"1.34.0-gke.1"},{"fixed":"1.34.1-gke.9"}`:                                "unparsed",
	} {
		claims, err := Parse("f", strings.NewReader(`{"id":"CVE-2099-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"Kubernetes","name":"k8s.io/kubelet"},"ranges":[{"type":"ECOSYSTEM","events":[`+events+`]}]}]}`))
		if err != nil || len(claims) != 1 || len(claims[0].Components) != 1 {
			t.Fatalf("%s: %v, %+v", events, err, claims)
		}
		var got []string
		for _, i := range claims[0].Components[0].Intervals {
			got = append(got, i.From.String(), i.Before.String())
		}
		if claims[0].Partial {
			got = append(got, "unparsed")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", events, got, want)
		}
	}
}
