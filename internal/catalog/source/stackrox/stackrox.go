// Package stackrox reads the YAML files of github.com/stackrox/k8s-cves into
// claims. It decides how their range strings are meant, also the misspelled
// ones; what it cannot read it reports. Start at [Parse].
package stackrox

import (
	"fmt"
	"io"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// MaxSize bounds one file in bytes.
const MaxSize = 1 << 20

type file struct {
	CVE         string   `yaml:"cve"`
	URL         string   `yaml:"url"`
	IssueURL    string   `yaml:"issueUrl"`
	Published   string   `yaml:"published"`
	Components  []string `yaml:"components"`
	Description string   `yaml:"description"`
	CVSS        struct {
		NVD        vectors `yaml:"nvd"`
		Kubernetes vectors `yaml:"kubernetes"`
	} `yaml:"cvss"`
	Affected []struct {
		Range   string `yaml:"range"`
		FixedBy string `yaml:"fixedBy"`
	} `yaml:"affected"`
}

type vectors struct {
	V3 string `yaml:"vectorV3"`
}

// Parse reads one file, named name in errors. The project's own vector is
// preferred over NVD's.
func Parse(name string, r io.Reader) ([]claim.Claim, error) {
	raw, err := plain.ReadAll(name, r, MaxSize)
	if err != nil {
		return nil, err
	}
	var f file
	if err := yaml.Load(raw, &f); err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	if f.CVE == "" {
		return nil, fmt.Errorf("reading %q: no \"cve\" field: not a file of stackrox/k8s-cves", name)
	}
	c := claim.Claim{CVE: f.CVE, Source: "stackrox", URL: f.IssueURL, Published: day(f.Published)}
	if c.URL == "" {
		c.URL = f.URL
	}
	for _, s := range []string{f.CVSS.Kubernetes.V3, f.CVSS.NVD.V3} {
		if v, _, err := claim.BaseVector(s); err == nil {
			c.Vector = v
			break
		}
	}
	var intervals []claim.Interval
	var fixed []version.Version
	for _, a := range f.Affected {
		in, ok := lines.Range(strings.TrimSpace(a.Range))
		if !ok {
			c.Unparsed = append(c.Unparsed, a.Range)
		}
		if fix, good := fixedBy(a.FixedBy); good {
			fixed = append(fixed, fix)
			in = lines.Split(in, []version.Version{fix})
		} else if a.FixedBy != "" {
			c.Unparsed = append(c.Unparsed, "fixedBy: "+a.FixedBy)
		}
		intervals = append(intervals, in...)
	}
	components := f.Components
	if len(components) == 0 {
		components = []string{""}
	}
	for _, component := range components {
		c.Components = append(c.Components, claim.Component{
			Name: component, Intervals: lines.Fold(intervals), Fixed: lines.Ascending(fixed),
		})
	}
	return []claim.Claim{c}, nil
}

func fixedBy(s string) (version.Version, bool) {
	v, err := version.Parse(s)
	if err == nil {
		return v, true
	}
	m, err := version.ParseMinor(s)
	if err != nil {
		return version.Version{}, false
	}
	return m.First(), true
}

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04Z", s)
	if err != nil {
		return time.Time{}
	}
	return t
}
