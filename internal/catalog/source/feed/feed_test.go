package feed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/feed"
)

// say writes a claim on one line.
func say(c claim.Claim) string {
	var out []string
	for _, comp := range c.Components {
		s := comp.Name + ":"
		for _, i := range comp.Intervals {
			s += fmt.Sprintf(" [%s,%s)", i.From, i.Before)
		}
		for _, f := range comp.Fixed {
			s += " +" + f.String()
		}
		out = append(out, s)
	}
	for _, u := range c.Unparsed {
		out = append(out, "unparsed: "+u)
	}
	return c.CVE + " " + c.Status + " " + strings.Join(out, "; ")
}

type entry map[string]any

func feedOf(t *testing.T, items ...entry) string {
	t.Helper()
	data, err := json.MarshalIndent(map[string]any{
		"version": "https://jsonfeed.org/version/1.1", "title": "Kubernetes Vulnerability Announcements - CVE Feed",
		"_kubernetes_io": map[string]any{"updated_at": "2026-10-01T00:00:00Z"}, "items": items,
	}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func item(id, status, body string) entry {
	return entry{"id": id, "summary": "something bad", "status": status, "date_published": "2026-09-14T10:00:00Z",
		"url": "https://github.com/kubernetes/kubernetes/issues/1", "external_url": "https://www.cve.org/cverecord?id=" + id, "content_text": strings.ReplaceAll(body, "\n", "\r\n")}
}

const prose = `CVSS Rating: [CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H](https://www.first.org/cvss/calculator/3.1#CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H) - **HIGH** (7.2)

Somebody may do something with v1.2.3.

#### Affected Versions

- kubelet: <= v1.34.11
- kubelet: <= v1.36.4
- kubelet: = v1.37.0
- kubelet: some 1.x builds of 2020-1.9

### How do I mitigate this?

Update to a newer one than 1.0.0.

#### Fixed Versions

- kubelet master - fixed by #1
- kubelet: >= v1.34.12
- kubelet: >= v1.36.5
- kubelet: >= v1.37.1

/area security
`

const block = "Text.\n\n#### Affected Versions\n\n- kube-apiserver: <= v1.34.3\n\n<details>\n<summary>OSV</summary>\n\n```json osv\n" +
	`{"schema_version":"1.7.0","id":"CVE-2026-0002","affected":[{"package":{"ecosystem":"Kubernetes","name":"kube-apiserver"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.33.9"}]},{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.34.4"}]}]}],
"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"}]}` + "\n```\n\n</details>\n"

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name           string
		item           entry
		want, warnings []string
	}{
		{"prose", item("CVE-2026-0001", "fixed", prose),
			[]string{"CVE-2026-0001 fixed kubelet: [,1.34.12) [1.36.0,1.36.5) [1.37.0,1.37.1) +1.34.12 +1.36.5 +1.37.1; unparsed: - kubelet: some 1.x builds of 2020-1.9"},
			[]string{"CVE-2026-0001: unparsed: - kubelet: some 1.x builds of 2020-1.9"}},
		{"the OSV block comes first, and a difference is said", item("CVE-2026-0002", "open", block),
			[]string{"CVE-2026-0002 open kube-apiserver: [,1.33.9) [1.34.0,1.34.4) +1.33.9 +1.34.4"},
			[]string{"CVE-2026-0002: its OSV block and its version lines differ; the block is used"}},
		{"a broken OSV block falls back to the prose", item("CVE-2026-0002", "fixed", strings.Replace(block, `"affected":[`, `"affected":[[`, 1)),
			[]string{"CVE-2026-0002 fixed kube-apiserver: [,1.34.4)"},
			[]string{"CVE-2026-0002: its OSV block was not understood"}},
		{"a block about another CVE is not taken", item("CVE-2026-0003", "fixed", block),
			[]string{"CVE-2026-0003 fixed kube-apiserver: [,1.34.4)"}, nil},
		{"several CVEs in one title", item("CVE-2026-0004, CVE-2026-0005", "unfixed", "**Affected Versions**\nv1.27.0 - v1.27.1\n<= v1.24.13\n\n**Fixed Versions**\nv1.27.2\nV1.24.14\n\nThis bug affects Kubelet."),
			[]string{"CVE-2026-0004 unfixed kubelet: [,1.24.14) [1.27.0,1.27.2) +1.24.14 +1.27.2", "CVE-2026-0005 unfixed kubelet: [,1.24.14) [1.27.0,1.27.2) +1.24.14 +1.27.2"}, nil},
		{"all later minors", item("CVE-2026-0006", "fixed", "#### Affected Versions\n\n- kubelet >= v1.8.0 (including all later minor versions)\n\n#### Fixed Versions\n\n- kubelet v1.28.4 - fixed by #121882\n"),
			[]string{"CVE-2026-0006 fixed kubelet: [1.8.0,1.28.4) +1.28.4"}, nil},
		{"plain headings and a list of components", item("CVE-2026-0007", "fixed", "Affected Components:\n- kube-apiserver\n- `kubelet`\n\nAffected Versions\nv1.22.0 - v1.22.1\n\nThis issue is fixed in the following versions:\nv1.22.2\n"),
			[]string{"CVE-2026-0007 fixed kube-apiserver: [1.22.0,1.22.2) +1.22.2; kubelet: [1.22.0,1.22.2) +1.22.2"}, nil},
		{"headings that only end in a colon", item("CVE-2026-0012", "fixed", "The API server does 1.0 things wrong.\n \nVulnerable versions:\nKubernetes 1.7.x-1.12.x\nKubernetes 1.13.0-1.13.8\nKubernetes 1.14.0-1.14.4\n \nVulnerable configurations:\nAll clusters after 1.6 with such roles.\n \nMitigations prior to upgrading:\nNone before 1.13.9.\n \nFixed versions:\nFixed in v1.13.9 by #80852\nFixed in v1.14.5 by #80851\nFixed in master by #80750\n"),
			[]string{"CVE-2026-0012 fixed : [1.7.0,1.13.0) [1.13.0,1.13.9) [1.14.0,1.14.5) +1.13.9 +1.14.5"}, nil},
		{"fixes beside the affected lines, and a component in words", item("CVE-2026-0013", "fixed", "**Affected components:**\nKubernetes API server\n\n**Affected versions:**\n<= v1.15.9, resolved in 1.15.10 by https://github.com/kubernetes/kubernetes/pull/87640\nv1.16.0-v1.16.7, resolved in 1.16.8 by https://github.com/kubernetes/kubernetes/pull/87639\nFixed in master by https://github.com/kubernetes/kubernetes/pull/87467\n\n**How do I mitigate this vulnerability?**\nPrior to upgrading to 1.17.3, nothing.\n"),
			[]string{"CVE-2026-0013 fixed kube-apiserver: [,1.15.10) [1.16.0,1.16.8) +1.15.10 +1.16.8"}, nil},
		{"a component over its list", item("CVE-2026-0015", "fixed", "### Affected Versions\nkubelet:\n- v1.30.0 - v1.30.4\n- <= v1.29.8\n\nkube-proxy:\n- <= v1.30.4\n\n### Fixed Versions\n- v1.30.5\n- v1.29.9\n"),
			[]string{"CVE-2026-0015 fixed kubelet: [,1.29.9) [1.30.0,1.30.5) +1.29.9 +1.30.5; kube-proxy: [,1.29.9) [1.30.0,1.30.5) +1.29.9 +1.30.5"}, nil},
		{"a doubled name", item("CVE-2026-0014", "fixed", "#### Affected Versions\r\n- Kubernetes kube-apiserver v1.25.0 - v1.25.3\n#### Fixed Versions\n- Kubernetes kube-apiserver v1.25.4\n**Fix impact:** from 1.25.4 on, some clients break.\n### Detection\nsee 1.2.3\n"),
			[]string{"CVE-2026-0014 fixed kube-apiserver: [1.25.0,1.25.4) +1.25.4"}, nil},
		{"a placeholder", item("CVE-2026-0008", "open", ""),
			[]string{"CVE-2026-0008 open unparsed: the issue has no details yet (placeholder)"}, []string{"CVE-2026-0008: unparsed: the issue has no details yet"}},
		{"a placeholder with a sentence", item("CVE-2026-0009", "open", "Placeholder. Details will be populated after public release of 1.38.0."),
			[]string{"CVE-2026-0009 open unparsed: the issue has no details yet (placeholder)"}, []string{"unparsed"}},
		{"no version lines", item("CVE-2026-0010", "open", "Something is wrong in 1.34.2, upgrade."),
			[]string{"CVE-2026-0010 open unparsed: the issue names no versions under a heading for affected or fixed versions"}, []string{"unparsed"}},
		{"a wrong title", item("Placeholder Issue", "open", prose), nil, []string{`rejected: its id "Placeholder Issue" is no CVE id`}},
		{"an unknown status", item("CVE-2026-0011", "stale", ""),
			[]string{"CVE-2026-0011 unknown unparsed: the issue has no details yet (placeholder)"}, []string{`status "stale"`, "unparsed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := feed.Parse("index.json", strings.NewReader(feedOf(t, tc.item)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range f.Claims {
				got = append(got, say(c))
				if c.Source != "feed" || c.URL == "" || c.Published.Format(time.DateOnly) != "2026-09-14" {
					t.Errorf("claim %+v", c)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if len(f.Warnings) != len(tc.warnings) {
				t.Fatalf("warnings %q, want %q", f.Warnings, tc.warnings)
			}
			for i, w := range tc.warnings {
				if !strings.Contains(f.Warnings[i], w) {
					t.Errorf("warning %q does not say %q", f.Warnings[i], w)
				}
			}
		})
	}
}

func TestVectorAndTitle(t *testing.T) {
	it := item("CVE-2026-0001", "fixed", prose)
	it["summary"] = "CVE-2026-0099: a title of another"
	f, err := feed.Parse("index.json", strings.NewReader(feedOf(t, it, it)))
	if err != nil {
		t.Fatal(err)
	}
	if f.Updated.Format(time.DateOnly) != "2026-10-01" {
		t.Errorf("updated %s", f.Updated)
	}
	if len(f.Claims) != 1 || f.Claims[0].Vector != "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H" || f.Claims[0].Title != "a title of another" {
		t.Errorf("claims %+v", f.Claims)
	}
	all := strings.Join(f.Warnings, "\n")
	for _, want := range []string{"its title names CVE-2026-0099", "CVE-2026-0001 is listed twice"} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning says %q:\n%s", want, all)
		}
	}
}

func TestParseRefusesOtherFiles(t *testing.T) {
	for _, in := range []string{"", "{}", `{"items":"none"}`, `{"version":"https://jsonfeed.org/version/1.1","items":[`} {
		if _, err := feed.Parse("x.json", strings.NewReader(in)); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
	if feed.Sniff([]byte(`{"items":[]}`)) || !feed.Sniff([]byte(`{"version":"https://jsonfeed.org/version/1.1","items":[]}`)) {
		t.Error("Sniff")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("CVE-2026-0001", "a title", prose)
	f.Add("CVE-2026-0002", "CVE-2026-0002: x", block)
	f.Fuzz(func(t *testing.T, id, title, body string) {
		data, err := json.Marshal(map[string]any{"items": []entry{{"id": id, "summary": title, "content_text": body}}})
		if err != nil {
			return
		}
		got, err := feed.Parse("fuzz", strings.NewReader(string(data)))
		if err != nil {
			t.Fatalf("a well-formed feed is an error: %v", err)
		}
		if len(got.Claims) == 0 && len(got.Warnings) == 0 {
			t.Error("an item vanished without a word")
		}
		for _, c := range got.Claims {
			if len(c.Components) == 0 && len(c.Unparsed) == 0 {
				t.Errorf("claim %+v says nothing and does not say so", c)
			}
		}
	})
}
