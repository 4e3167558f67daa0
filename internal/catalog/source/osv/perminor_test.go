package osv

import (
	"fmt"
	"strings"
	"testing"
)

func TestOneOpenRangePerMinorInOneListOfEvents(t *testing.T) {
	for events, want := range map[string]string{
		`{"introduced":"0"},{"fixed":"1.33.9"},{"introduced":"0"},{"fixed":"1.34.4"}`:                 "[,1.33.9) [1.34.0,1.34.4) ",
		`{"introduced":"0"},{"last_affected":"1.34.3"},{"introduced":"0"},{"last_affected":"1.33.8"}`: "[,1.33.9) [1.34.0,1.34.4) ",
		`{"introduced":"0","fixed":"1.33.9"},{"introduced":"0","fixed":"1.34.4"}`:                     "[,1.33.9) [1.34.0,1.34.4) ",
		`{"introduced":"0"},{"fixed":"1.33.9"},{"introduced":"1.34.0"},{"fixed":"1.34.4"}`:            "[,1.33.9) [1.34.0,1.34.4) ",
		`{"fixed":"1.33.9"},{"introduced":"0"}`:                                                       "[,1.33.9) ",
		`{"introduced":"0"},{"introduced":"0"}`:                                                       "[,) ",
	} {
		claims, err := Parse("x.json", strings.NewReader(`{"id":"CVE-2026-0002","affected":[{"package":{"name":"kubelet"},"ranges":[{"type":"SEMVER","events":[`+events+`]}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, i := range claims[0].Components[0].Intervals {
			got += fmt.Sprintf("[%s,%s) ", i.From, i.Before)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", events, got, want)
		}
	}
}
