package stackrox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/form"
)

const good = `cve: CVE-2099-0001
issueUrl: https://example.org/1
published: 2019-02-25T00:00Z
description: |
  words
components: [kube-apiserver]
cvss:
  nvd: {vectorV3: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
  kubernetes: {vectorV3: "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H"}
affected:
`

func TestParse(t *testing.T) {
	tests := []struct{ name, affected, want, unparsed string }{
		{"the usual", "- {range: \"<= 1.10.10\", fixedBy: \"1.10.11\"}\n- {range: \">= 1.11.0, <= 1.11.4\", fixedBy: \"1.11.5\"}", "<1.10.11; >=1.11.0 <1.11.5", ""},
		{"two upper bounds in one string", "- {range: \"< 1.11.0, <= 1.11.7\", fixedBy: \"1.11.8\"}", "<1.11.8", ""},
		{"one version", "- {range: \"1.13.0\", fixedBy: \"1.13.1\"}", ">=1.13.0 <1.13.1", ""},
		{"minors without a patch", "- {range: \">= 1.3, < 1.3.9\", fixedBy: \"1.3.9\"}", ">=1.3.0 <1.3.9", ""},
		{"only pre-releases", "- {range: \"< 1.9.4\", fixedBy: \"1.9.4\"}\n- {range: \">= 1.10, < 1.10.0-beta.3\", fixedBy: \"1.10.0-beta.3\"}", "<1.9.4", ""},
		{"all versions", "- {range: \">= 0.0.0\"}", ">=0", ""},
		{"not readable", "- {range: \"< 1.9.4\"}\n- {range: \"around 1.2.3\"}", "<1.9.4", "around 1.2.3"},
		{"a fix that is none", "- {range: \"< 1.9.4\", fixedBy: soon}", "<1.9.4", "fixedBy: soon"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("a.yaml", strings.NewReader(good+tt.affected))
			if err != nil {
				t.Fatal(err)
			}
			c := got[0]
			if diff := cmp.Diff(tt.want, form.FormatIntervals(c.Components[0].Intervals)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unparsed, strings.Join(c.Unparsed, ";")); diff != "" {
				t.Errorf("unparsed (-want +got):\n%s", diff)
			}
			if c.Vector != "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H" || c.Components[0].Name != "kube-apiserver" || c.Published.Format("2006-01-02") != "2019-02-25" {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{"", "summary: x", "cve: [", "cve: CVE-1\naffected: 3"} {
		if _, err := Parse("a.yaml", strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "a.yaml") {
			t.Errorf("%q: want an error that names the file, got %v", bad, err)
		}
	}
}
