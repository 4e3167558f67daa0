package form

import "strings"

// CompareIDs orders advisory ids by kind, year and number: CVE-2019-11254
// before CVE-2019-1002100.
func CompareIDs(a, b string) int { return strings.Compare(idKey(a), idKey(b)) }

func idKey(id string) string {
	parts := strings.Split(id, "-")
	for i, p := range parts {
		parts[i] = strings.Repeat(" ", max(0, 12-len(p))) + p
	}
	return strings.Join(parts, "-")
}
