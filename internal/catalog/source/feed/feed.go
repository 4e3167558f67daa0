// Package feed reads the official CVE feed of Kubernetes, a JSON Feed 1.1
// whose items wrap the text of the project's advisory issues. It takes the
// OSV block an issue may carry, else the version lines of its prose, and says
// of every item what it could not read; an item is never dropped in silence.
// It does not decide between sources. Start at [Parse].
//
// Format: https://github.com/kubernetes/sig-security/tree/main/sig-security-tooling/cve-feed
package feed

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// MaxSize bounds one feed in bytes.
const MaxSize = 64 << 20

type document struct {
	Version string `json:"version"`
	Own     *struct {
		UpdatedAt string `json:"updated_at"`
	} `json:"_kubernetes_io"`
	Items []item `json:"items"`
}

type item struct {
	ID        string          `json:"id"`
	Summary   string          `json:"summary"`
	Title     string          `json:"title"`
	URL       string          `json:"url"`
	External  string          `json:"external_url"`
	Published string          `json:"date_published"`
	Text      string          `json:"content_text"`
	Status    string          `json:"status"`
	Own       json.RawMessage `json:"_kubernetes_io"`
}

// Feed is what was read.
type Feed struct {
	// Updated is when the feed was last refreshed; zero where it does not say.
	Updated time.Time
	// Claims, one per CVE, in the order of the feed. Published is the day the
	// issue was opened, at most some days before the disclosure.
	Claims []claim.Claim
	// Warnings name items that were rejected or only partly read.
	Warnings []string
}

// Sniff reports whether JSON looks like the feed. Any JSON Feed does; the
// items decide the rest.
func Sniff(data []byte) bool {
	var d struct {
		Version string          `json:"version"`
		Items   json.RawMessage `json:"items"`
	}
	return json.Unmarshal(data, &d) == nil && strings.HasPrefix(d.Version, "https://jsonfeed.org/version/") && d.Items != nil
}

// Parse reads a whole feed. The error is for what is no feed at all.
func Parse(name string, r io.Reader) (Feed, error) {
	raw, err := plain.ReadAll(name, r, MaxSize)
	if err != nil {
		return Feed{}, err
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		return Feed{}, fmt.Errorf("reading the CVE feed %q: %w", name, plain.AtLine(raw, err))
	}
	if d.Items == nil {
		return Feed{}, fmt.Errorf("reading the CVE feed %q: it has no \"items\"", name)
	}
	table, err := names.Load()
	if err != nil {
		return Feed{}, err
	}
	out := Feed{Claims: []claim.Claim{}, Warnings: []string{}}
	if d.Own != nil {
		out.Updated, _ = time.Parse(time.RFC3339, d.Own.UpdatedAt)
	}
	seen := map[string]bool{}
	for i, it := range d.Items {
		claims, warnings := it.claims(table)
		where := it.URL
		if where == "" {
			where = fmt.Sprintf("item %d", i+1)
		}
		for _, w := range warnings {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s: %s: %s", name, where, w))
		}
		for _, c := range claims {
			if key := c.CVE + " " + c.URL; seen[key] {
				out.Warnings = append(out.Warnings, fmt.Sprintf("%s: %s: %s is listed twice; the first one holds", name, where, c.CVE))
			} else {
				seen[key] = true
				out.Claims = append(out.Claims, c)
			}
		}
	}
	return out, nil
}

var (
	cve      = regexp.MustCompile(`CVE-\d{4}-\d{4,}`)
	cveIDs   = regexp.MustCompile(`^CVE-\d{4}-\d{4,}(?:(?:\s*[,;/&]\s*(?:and\s+)?|\s+and\s+|\s+)CVE-\d{4}-\d{4,})*$`)
	cveTitle = regexp.MustCompile(`^(?:CVE-\d{4}-\d{4,}[\s,;/&:]*(?:and\s+)?)+`)
)

// claims are one per CVE the item's id names; a title that names several
// makes each of them a claim with the same body.
func (it item) claims(table names.Names) ([]claim.Claim, []string) {
	id := strings.TrimSpace(it.ID)
	if !cveIDs.MatchString(id) {
		return nil, []string{fmt.Sprintf("rejected: its id %q is no CVE id; a title must begin with one", it.ID)}
	}
	ids := cve.FindAllString(id, -1)
	warnings := []string{}
	title := it.Summary
	if title == "" {
		title = it.Title
	}
	if head := cveTitle.FindString(title); head != "" {
		for _, named := range cve.FindAllString(head, -1) {
			if !slices.Contains(ids, named) {
				warnings = append(warnings, fmt.Sprintf("its id is %s but its title names %s; check which one the text is about", id, named))
			}
		}
		title = strings.TrimSpace(title[len(head):])
	}
	status, known := statusOf(it.Status)
	if !known {
		warnings = append(warnings, fmt.Sprintf("%s: status %q is none the feed uses; read as unknown", id, it.Status))
	}
	out := []claim.Claim{}
	for _, c := range ids {
		body, w := it.read(c, table, len(ids) == 1)
		warnings = append(warnings, w...)
		body.CVE, body.Source, body.URL, body.Title, body.Status = c, "feed", it.url(c), title, status
		if body.Published.IsZero() {
			body.Published = day(it.Published)
		}
		out = append(out, body)
	}
	return out, warnings
}

func (it item) url(id string) string {
	for _, u := range []string{it.URL, it.External} {
		if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
			return u
		}
	}
	return "https://www.cve.org/cverecord?id=" + id
}

// statusOf: issue open, closed as completed, closed as not planned, reopened.
func statusOf(s string) (string, bool) {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "open", "fixed", "unfixed", "unknown":
		return s, true
	case "": // feeds before 2024-07 have none
		return "unknown", true
	}
	return "unknown", false
}

func day(s string) time.Time {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 1 {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	return time.Time{}
}

// same reports whether two readings agree on every affected stretch.
func same(a, b []claim.Component) bool {
	say := func(cs []claim.Component) []string {
		var out []string
		for _, c := range cs {
			for _, i := range c.Intervals {
				out = append(out, c.Name+" "+bound(i.From)+" "+bound(i.Before))
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(say(a), say(b))
}

func bound(v version.Version) string {
	if v.Compare(version.New(0, 0, 0)) == 0 {
		return ""
	}
	return v.String()
}
