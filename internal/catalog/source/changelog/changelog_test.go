package changelog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/form"
)

const page = `- [v1.33.4](#v1334)
  - [Important Security Information](#important-security-information)

# v1.33.4

## Important Security Information

This release contains changes that address the following vulnerabilities:

### CVE-2099-0001: Something nodes can do

Words that name 1.2.3 and must not count.

**Affected Versions**:
  - kube-apiserver v1.31.0 - v1.31.11
  - kube-apiserver <= v1.30.4
  - kube-apiserver in 1.29.x only sometimes 1.29.3

**Fixed Versions**:
  - kube-apiserver v1.31.12
  - kube-apiserver v1.30.5

This vulnerability was reported by somebody.

**CVSS Rating:** Medium (6.7) [CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:L](https://example.org)

## Changes by Kind

### Bug or Regression

- kubelet v1.0.0 - v1.0.4
`

func TestParse(t *testing.T) {
	got, err := Parse("CHANGELOG-1.33.md", strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].CVE != "CVE-2099-0001" {
		t.Fatalf("want one claim of CVE-2099-0001, got %+v", got)
	}
	c := got[0]
	if diff := cmp.Diff("<1.30.5; >=1.31.0 <1.31.12", form.FormatIntervals(c.Components[0].Intervals)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Vector != "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:L" || !strings.HasSuffix(c.URL, "/CHANGELOG-1.33.md") {
		t.Errorf("got %+v", c)
	}
	if len(c.Unparsed) != 1 {
		t.Errorf("want the line in prose unparsed, got %q", c.Unparsed)
	}
}

func TestJoin(t *testing.T) {
	one, err := Parse("CHANGELOG-1.31.md", strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	wider := strings.Replace(page, "<= v1.30.4", "v1.30.0 - v1.30.4", 1)
	two, err := Parse("CHANGELOG-1.30.md", strings.NewReader(wider))
	if err != nil {
		t.Fatal(err)
	}
	got := Join(append(one, two...))
	if len(got) != 1 {
		t.Fatalf("want one claim, got %d", len(got))
	}
	if diff := cmp.Diff("<1.30.5; >=1.30.0 <1.30.5; >=1.31.0 <1.31.12", form.FormatIntervals(got[0].Components[0].Intervals)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	if _, err := Parse("big.md", strings.NewReader(strings.Repeat("x\n", MaxSize/2+1))); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("too large: got %v", err)
	}
	if _, err := Parse("long.md", strings.NewReader(strings.Repeat("x", 2<<20))); err == nil {
		t.Error("one endless line: want an error")
	}
}
