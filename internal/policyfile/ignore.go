package policyfile

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

// LoadIgnore reads the ignore file at path.
func LoadIgnore(path string) ([]policy.Acceptance, error) {
	f, err := strict.Open(path, limits())
	if err != nil {
		return nil, fmt.Errorf("reading the ignore file: %w", err)
	}
	entries, err := ReadIgnore(f, path)
	_ = f.Close() // only read from
	return entries, err
}

// ReadIgnore reads accepted risks. Each entry names who accepted what, why and
// until when; one that lacks any of these is an error, for nobody could say
// later whether it still holds. file names the input in errors.
func ReadIgnore(r io.Reader, file string) ([]policy.Acceptance, error) {
	return strict.One(r, file, limits(), readIgnore)
}

func readIgnore(n *strict.Node) []policy.Acceptance {
	if !header(n, "Ignore") {
		return nil
	}
	n.Fields("apiVersion", "kind", "entries")
	if n.Get("entries").Kind() == strict.Absent {
		n.Get("entries").Report("is required", "a list of {advisory, owner, reason, expires} or {finding, object, owner, reason, expires}")
	}
	var out []policy.Acceptance
	seen := map[string]int{}
	for _, item := range n.Get("entries").Items() {
		e := entry(item)
		out = append(out, e)
		for _, cluster := range clustersOf(e) {
			what := strings.TrimSpace(strings.Join([]string{e.Advisory, e.Finding, e.Object, e.File}, " "))
			key := what + "\x00" + cluster
			if line, twice := seen[key]; twice && what != "" {
				item.Report(fmt.Sprintf("%s is already accepted for the same clusters on line %d", what, line), "keep one entry, so that one owner and one day hold")
				break
			}
			seen[key] = item.Line()
		}
	}
	return out
}

func entry(n *strict.Node) policy.Acceptance {
	n.Fields("advisory", "finding", "object", "file", "clusters", "owner", "role", "reason", "expires")
	e := policy.Acceptance{
		Clusters: clusters(n.Get("clusters")),
		Owner:    n.Get("owner").Required(),
		Role:     n.Get("role").Enum(policy.Roles()...),
		Reason:   n.Get("reason").Required(),
		Expires:  day(n.Get("expires")),
	}
	switch {
	case n.Has("finding") && n.Has("advisory"):
		n.Get("finding").Report("stands beside an advisory", "one entry accepts one of them")
	case n.Has("finding"):
		e.Finding, e.Object, e.File = findingCode(n.Get("finding")), n.Get("object").Text(), n.Get("file").Text()
		if e.Object == "" && e.File == "" {
			n.Get("finding").Report("would be accepted everywhere", `add object: "Ingress/shop/web" or file: "charts/old/*"`)
		}
	default:
		e.Advisory = advisoryID(n.Get("advisory"))
		for _, key := range []string{"object", "file"} {
			if n.Has(key) {
				n.Get(key).Report("narrows a finding, not an advisory", "write finding: CODE, or clusters")
			}
		}
	}
	return e
}

// findingCode refuses a code that is not registered, for it would accept
// nothing silently.
func findingCode(n *strict.Node) string {
	code := n.Required()
	if code == "" || slices.ContainsFunc(finding.All(), func(c finding.Code) bool { return c.Code == code }) {
		return code
	}
	n.Report(fmt.Sprintf("%q is no finding", code), "such as API-001; docs/reference/findings lists them")
	return code
}

// clusters: an empty list would read as "none" and mean "all", so it is refused.
func clusters(n *strict.Node) []string {
	names := n.Texts()
	if n.Kind() == strict.List && len(names) == 0 {
		n.Report("names no cluster", "leave it out to accept the risk for every cluster")
	}
	return names
}

func clustersOf(e policy.Acceptance) []string {
	if len(e.Clusters) == 0 {
		return []string{"*"}
	}
	return e.Clusters
}

var (
	idPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)
)

// advisoryID refuses what can never match, for it would accept nothing silently.
func advisoryID(n *strict.Node) string {
	id := n.Required()
	switch {
	case id == "":
	case !idPattern.MatchString(id):
		n.Report(fmt.Sprintf("%q is no advisory", id), "such as CVE-2020-8554")
	case strings.HasPrefix(strings.ToUpper(id), "CVE") && !cvePattern.MatchString(id):
		n.Report(fmt.Sprintf("%q is no CVE identifier", id), "such as CVE-2020-8554")
	}
	return id
}

// day is the last day an entry holds.
func day(n *strict.Node) time.Time {
	text := n.Required()
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		n.Report(fmt.Sprintf("%q is no date", text), "write YYYY-MM-DD, the last day it holds")
	}
	return d
}
