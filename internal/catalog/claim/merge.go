package claim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// rank orders sources by how much they are trusted where they disagree; lower
// wins. A user's own file speaks for the user's clusters.
func rank(source string) int {
	switch source {
	case "user":
		return 0
	case "mail", "issue", "feed", catalogue:
		return 1
	case "changelog":
		return 2
	case "stackrox":
		return 3
	case "cve-record":
		return 4
	case "vulndb":
		return 6
	}
	return 5 // cve-feed-osv, osv
}

// Merge decides what holds of one CVE when several sources speak. cal is the
// Kubernetes release calendar: it tells which minors were still supported at
// publication and which fixes can no longer come. All claims must be of one
// CVE.
//
//   - Components are those the most trusted source names.
//   - Fixed versions: the most trusted source that covers a minor decides
//     whether the minor has a fix; where several name one, the higher patch.
//   - Beginning: the lowest any source states; "<= v1.24.14" reaches down,
//     golang/vulndb's "introduced 0" is a default and no statement. Where no
//     source states one, minors below that were unsupported at publication
//     are unknown.
//   - A fix named in a minor of which no earlier patch is in range makes those
//     earlier patches unknown.
//
// What sources disagree on makes the advisory disputed and is named in it.
func Merge(claims []Claim, cal support.Calendar) (advisory.Advisory, error) {
	if len(claims) == 0 {
		return advisory.Advisory{}, fmt.Errorf("merging claims: none given")
	}
	table, err := names.Load()
	if err != nil {
		return advisory.Advisory{}, fmt.Errorf("merging claims: %w", err)
	}
	sorted := slices.Clone(claims)
	slices.SortStableFunc(sorted, func(a, b Claim) int {
		return cmp.Or(cmp.Compare(rank(a.Source), rank(b.Source)), cmp.Compare(a.URL, b.URL))
	})
	out := advisory.Advisory{ID: sorted[0].CVE, Fix: advisory.Fixed}
	everywhere := false // a more trusted source names a component and limits no system
	for _, c := range sorted {
		if c.CVE != out.ID {
			return advisory.Advisory{}, fmt.Errorf("merging claims: they are of two advisories, %q and %q", out.ID, c.CVE)
		}
		describe(&out, c, everywhere)
		everywhere = everywhere || c.OS == "" && slices.ContainsFunc(c.Components, func(x Component) bool { return x.Name != "" })
	}
	slices.Sort(out.Aliases)
	out.Aliases = slices.Compact(out.Aliases)

	var disputes []string
	for _, product := range products(sorted, table) {
		var productCal support.Calendar
		if cal.Product == product {
			productCal = cal
		}
		for _, component := range components(sorted, product, table) {
			views := viewsOf(sorted, product, component, table, productCal)
			m := merge(views, productCal, out.Published)
			disputes = append(disputes, m.disputes...)
			for _, name := range expand(product, component) {
				out.Affected = append(out.Affected, advisory.Affected{Component: name, Aliases: table.Aliases[name], Ranges: m.ranges, Fixed: m.fixed})
			}
		}
	}
	if why, listed := partial(sorted); why != "" {
		for i := range out.Affected {
			fill(&out.Affected[i], why, listed)
		}
	}
	disputes = unique(disputes)
	out.Disputed = len(disputes) > 0
	out.Dispute = strings.Join(disputes, "; ")
	out.Fix = fixState(out.Affected)
	out.Unparsed = unparsed(sorted, out.Affected)
	return out, nil
}

// describe takes over what needs no judgement: the first word of the most
// trusted source that has one.
func describe(out *advisory.Advisory, c Claim, everywhere bool) {
	out.Aliases = append(out.Aliases, c.Aliases...)
	if out.Published.IsZero() {
		out.Published = c.Published
	}
	if out.Vector == "" && c.Vector != "" {
		if v, score, err := BaseVector(c.Vector); err == nil {
			out.Vector, out.Score = v, score
		}
	}
	if c.OS != "" && !everywhere && !slices.ContainsFunc(out.Conditions, func(x advisory.Condition) bool {
		return x.Question != nil && x.Question.OS == c.OS
	}) {
		out.Conditions = append(out.Conditions, OSCondition(c.OS))
	}
	out.Sources = append(out.Sources, advisory.Source{Name: Title(c.Source), URL: c.URL, Says: says(c)})
}

// OSCondition is the exploit condition of a defect in one system's builds.
func OSCondition(os string) advisory.Condition {
	return advisory.Condition{
		Text:     "the component runs on " + strings.ToUpper(os[:1]) + os[1:],
		Question: &advisory.Question{OS: os},
	}
}

func products(claims []Claim, table names.Names) []string {
	var out []string
	for _, c := range claims {
		for _, comp := range c.Components {
			if p := table.Product(comp.Name); !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// components of product are what the most trusted claim that names any says;
// "" where none does.
func components(claims []Claim, product string, table names.Names) []string {
	for _, c := range claims {
		var named []string
		for _, comp := range c.Components {
			if comp.Name != "" && table.Product(comp.Name) == product && !slices.Contains(named, comp.Name) {
				named = append(named, comp.Name)
			}
		}
		if len(named) > 0 {
			slices.Sort(named)
			return named
		}
	}
	return []string{""}
}

// expand: a source that says "Kubernetes" alone means what a cluster runs.
func expand(product, component string) []string {
	if component == "" && product == names.Kubernetes {
		return []string{"kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubelet"}
	}
	return []string{component}
}

// fixState is Never where every component is affected without end and no
// version is named that fixes any.
func fixState(in []advisory.Affected) advisory.Fix {
	if len(in) == 0 {
		return advisory.Fixed
	}
	for _, a := range in {
		open := slices.ContainsFunc(a.Ranges, func(r advisory.Range) bool { return !r.Before.Known() && !r.Unknown })
		if !open || len(a.Fixed) > 0 {
			return advisory.Fixed
		}
	}
	return advisory.Never
}

// unparsed says why nothing is known of the versions, where that is so.
func unparsed(claims []Claim, affected []advisory.Affected) string {
	for _, a := range affected {
		if len(a.Ranges) > 0 {
			return ""
		}
	}
	var out []string
	for _, c := range claims {
		for _, s := range c.Unparsed {
			out = append(out, Title(c.Source)+": "+s)
		}
	}
	if len(out) == 0 {
		return "no source names versions"
	}
	return strings.Join(unique(out), "; ")
}

func unique(in []string) []string {
	var out []string
	for _, s := range in {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// ascending sorts versions and drops doubles.
func ascending(in []version.Version) []version.Version {
	out := slices.Clone(in)
	slices.SortFunc(out, version.Version.Compare)
	return slices.CompactFunc(out, func(a, b version.Version) bool { return a.Compare(b) == 0 })
}
