package cverecord_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/cverecord"
)

func say(c claim.Claim) string {
	var out []string
	for _, comp := range c.Components {
		s := comp.Name + ":"
		for _, i := range comp.Intervals {
			mark := ""
			if i.FromStated {
				mark = "!"
			}
			s += fmt.Sprintf(" [%s%s,%s)", i.From, mark, i.Before)
		}
		for _, f := range comp.Fixed {
			s += " +" + f.String()
		}
		out = append(out, s)
	}
	for _, u := range c.Unparsed {
		out = append(out, "unparsed: "+u)
	}
	return strings.Join(out, "; ")
}

func record(affected string) string {
	return `{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-2025-0001","state":"PUBLISHED","datePublished":"2025-02-14T01:02:03.000Z"},
"containers":{"cna":{"title":"t","datePublic":"2025-02-13T17:00:00.000Z","affected":[` + affected + `],
"metrics":[{"format":"CVSS"},{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}]}}}`
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ name, affected, want string }{
		{"lessThanOrEqual per minor", `{"vendor":"Kubernetes","product":"Kubernetes","versions":[
			{"version":"v1.31.0","lessThanOrEqual":"v1.31.11","status":"affected","versionType":"custom"},{"version":"v1.32.0","lessThanOrEqual":"<=v1.32.7","status":"affected"}]}`,
			": [1.31.0!,1.31.12) [1.32.0!,1.32.8)"},
		{"free text ranges", `{"product":"Kubernetes","versions":[{"version":"v1.32.0 - v1.32.5","status":"affected"},{"version":"v1.33.0 - v1.33.1","status":"affected"}]}`,
			": [1.32.0!,1.32.6) [1.33.0!,1.33.2)"},
		{"free text upper bound", `{"product":"Kubelet","versions":[{"version":"<=v1.32.2","status":"affected"}]}`, "kubelet: [,1.32.3)"},
		{"mixed, bounds without a patch", `{"product":"Kubelet","versions":[{"version":"<=v1.29.12","status":"affected"},{"version":"v1.30","lessThanOrEqual":"v1.30.8","status":"affected"},{"version":"v1.31","lessThanOrEqual":"v1.31.4","status":"affected"}]}`,
			"kubelet: [,1.29.13) [1.30.0!,1.30.9) [1.31.0!,1.31.5)"},
		{"single unaffected versions are fixes", `{"product":"kubelet","defaultStatus":"unaffected","versions":[{"version":"0","lessThanOrEqual":"1.28.11","status":"affected","versionType":"semver"},
			{"version":"1.29.0","lessThanOrEqual":"1.29.6","status":"affected"},{"version":"1.28.12","status":"unaffected"},{"version":"1.29.7","status":"unaffected"},{"version":"1.31.0","status":"unaffected"}]}`,
			"kubelet: [,1.28.12) [1.29.0!,1.29.7) +1.28.12 +1.29.7 +1.31.0"},
		{"lessThan is a fix", `{"product":"kube-apiserver","versions":[{"version":"1.33.0","lessThan":"1.33.9","status":"affected"}]}`, "kube-apiserver: [1.33.0!,1.33.9) +1.33.9"},
		{"no upper bound", `{"product":"kube-apiserver","versions":[{"version":"1.3.0","lessThan":"*","status":"affected","versionType":"semver"}]}`, "kube-apiserver: [1.3.0!,)"},
		{"the bound in versionType", `{"product":"Kubernetes","modules":["Kube-Proxy"],"platforms":["Windows"],"versions":[{"version":"0","status":"affected","versionType":"v1.20.5"}]}`, "kube-proxy: [,1.20.6)"},
		{"next of", `{"product":"Kubernetes","versions":[{"version":"unspecified","lessThanOrEqual":"1.20.11","status":"affected"},{"version":"unspecified","lessThanOrEqual":"1.21.5","status":"affected"},
			{"version":"next of 1.21.5","lessThan":"unspecified","status":"unknown"}]}`,
			`: [,1.20.12) [1.21.0,1.21.6); unparsed: Kubernetes status unknown: version "next of 1.21.5" lessThan "unspecified"`},
		{"all versions", `{"product":"Kubernetes","versions":[{"version":"Kubernetes all versions","status":"affected"}]}`, ": [!,)"},
		{"affected by default", `{"product":"ingress-nginx","defaultStatus":"affected","versions":[{"version":"1.11.5","status":"unaffected","lessThan":"*"}]}`, "ingress-nginx: [,1.11.5) +1.11.5"},
		{"a component of its own", `{"product":"Secrets Store CSI Driver","versions":[{"version":"0","lessThan":"1.3.3","status":"affected"}]}`, "secrets-store-csi-driver: [,1.3.3) +1.3.3"},
		{"nothing to read", `{"product":"Kubernetes","versions":[{"version":"n/a","status":"affected"}]}`, `:; unparsed: Kubernetes version "n/a"`},
		{"a component without versions keeps its name", `{"product":"Kubelet","versions":[{"version":"the spring release","status":"affected"}]}`, `kubelet:; unparsed: Kubelet version "the spring release"`},
		{"no version is affected", `{"product":"kubelet","defaultStatus":"unaffected","versions":[{"version":"1.29.7","status":"unaffected"}]}`, "kubelet:; unparsed: the record names no affected versions"},
		{"prose", `{"product":"Kubernetes","versions":[{"version":"before the March 1.20 release","status":"affected"},{"version":"1.20.0","lessThan":"soon","status":"affected"},{"version":"v1.18.0","lessThanOrEqual":"v1.18.18","status":"affected"}]}`,
			`: [1.18.0!,1.18.19); unparsed: Kubernetes version "before the March 1.20 release"; unparsed: Kubernetes version "1.20.0" lessThan "soon"`},
		{"nothing at all", ``, "unparsed: the record names no affected versions"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			claims, _, err := cverecord.Parse("x.json", strings.NewReader(record(tc.affected)))
			if err != nil || len(claims) != 1 {
				t.Fatal(claims, err)
			}
			c := claims[0]
			if diff := cmp.Diff(tc.want, say(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.CVE != "CVE-2025-0001" || c.Published.Format(time.DateOnly) != "2025-02-13" || !strings.HasPrefix(c.Vector, "CVSS:3.1/AV:L") || (c.OS == "windows") != strings.Contains(tc.affected, "Windows") {
				t.Errorf("claim %+v", c)
			}
		})
	}
}

func TestRecordsThatGiveNoClaim(t *testing.T) {
	in := "[" + strings.Replace(record(""), "PUBLISHED", "REJECTED", 1) + "," + strings.Replace(record(""), "CVE-2025-0001", "GHSA-x", 1) + "]"
	claims, warnings, err := cverecord.Parse("x.json", strings.NewReader(in))
	if err != nil || len(claims) != 0 || len(warnings) != 2 {
		t.Errorf("claims %v, warnings %q, error %v", claims, warnings, err)
	}
	for _, bad := range []string{"", "{", "[]x", `{"containers":[]}`} {
		if _, _, err := cverecord.Parse("x.json", strings.NewReader(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	if !cverecord.Sniff([]byte(in)) || !cverecord.Sniff([]byte(record(""))) || cverecord.Sniff([]byte(`{"id":"CVE-2025-0001"}`)) {
		t.Error("Sniff")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("v1.31.0", "", "v1.31.11", "affected", "custom")
	f.Add("next of 1.22.2", "unspecified", "", "unknown", "v1.20.5")
	f.Fuzz(func(t *testing.T, v, less, lessEqual, status, kind string) {
		q := func(s string) string { return fmt.Sprintf("%q", strings.ToValidUTF8(s, "?")) }
		in := record(fmt.Sprintf(`{"product":"kubelet","versions":[{"version":%s,"lessThan":%s,"lessThanOrEqual":%s,"status":%s,"versionType":%s}]}`, q(v), q(less), q(lessEqual), q(status), q(kind)))
		claims, _, err := cverecord.Parse("fuzz", strings.NewReader(in))
		if err != nil {
			return // Go's quoting is not JSON's everywhere
		}
		for _, c := range claims {
			if len(c.Components) == 0 && len(c.Unparsed) == 0 {
				t.Errorf("claim %+v says nothing and does not say so", c)
			}
			for _, comp := range c.Components {
				for _, i := range comp.Intervals {
					if i.From.Known() && i.Before.Known() && !i.From.Less(i.Before) {
						t.Errorf("empty stretch %s..%s from %s", i.From, i.Before, in)
					}
				}
			}
		}
	})
}
