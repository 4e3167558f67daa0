package claim

import (
	"strings"
)

// Title is how a source is named to a reader.
func Title(source string) string {
	switch source {
	case "cve-feed-osv":
		return "kubernetes-sigs/cve-feed-osv"
	case "stackrox":
		return "stackrox/k8s-cves"
	case "vulndb":
		return "Go vulnerability database"
	case "changelog":
		return "Kubernetes CHANGELOG"
	case "cve-record":
		return "CVE record"
	case "mail":
		return "Kubernetes security mail"
	case "issue":
		return "Kubernetes issue"
	case "feed":
		return "Kubernetes official CVE feed"
	case "user":
		return "your own file"
	case catalogue:
		return "the catalogue"
	case "osv":
		return "OSV record"
	}
	return source
}

// says puts a claim in our words: which component, which versions, fixed where.
func says(c Claim) string {
	var parts []string
	for _, comp := range c.Components {
		var s []string
		for _, i := range comp.Intervals {
			s = append(s, inWords(i))
		}
		text := strings.Join(s, ", ")
		if text == "" {
			text = "no affected version named"
		}
		if comp.Name != "" {
			text = comp.Name + " " + text
		}
		if len(comp.Fixed) > 0 {
			var f []string
			for _, v := range comp.Fixed {
				f = append(f, v.String())
			}
			text += "; fixed in " + strings.Join(f, ", ")
		}
		if len(parts) > 0 && strings.TrimPrefix(text, comp.Name) == strings.TrimPrefix(parts[len(parts)-1], c.Components[0].Name) {
			parts[len(parts)-1] = comp.Name + " and " + parts[len(parts)-1]
			continue
		}
		parts = append(parts, text)
	}
	if len(c.Unparsed) > 0 {
		parts = append(parts, "not understood: "+strings.Join(c.Unparsed, ", "))
	}
	if len(parts) == 0 {
		return "names no versions"
	}
	return strings.Join(parts, "; ")
}

func inWords(i Interval) string {
	from, before := i.From.String(), i.Before.String()
	switch {
	case from == "" && before == "":
		return "all versions"
	case from == "":
		return "before " + before
	case before == "":
		return from + " and later"
	}
	return from + " to before " + before
}
