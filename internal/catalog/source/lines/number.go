package lines

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// A number may lack its patch ("v1.20") or leave it open ("1.12.x",
// "v1.21.?"): it then means the whole minor.
func wholeMinor(s string) (version.Minor, bool) {
	for _, tail := range []string{".x", ".?", ".*"} {
		s = strings.TrimSuffix(s, tail)
	}
	if strings.Count(s, ".") != 1 {
		return version.Minor{}, false
	}
	m, err := version.ParseMinor(s)
	return m, err == nil
}

// floor is the lowest version s names.
func floor(s string) (version.Version, bool) {
	if m, ok := wholeMinor(s); ok {
		return m.First(), true
	}
	v, err := version.Parse(s)
	return v, err == nil
}

// above is the version right after the highest one s names.
func above(s string) (version.Version, bool) {
	if m, ok := wholeMinor(s); ok {
		return m.Next().First(), true
	}
	v, err := version.Parse(s)
	if err != nil {
		return v, false
	}
	return After(v), true
}

// After is the release right after v: 1.34.3 for 1.34.2. After a pre-release
// comes its own release: what lies between is not known to be clean.
func After(v version.Version) version.Version {
	if v.Kind() == version.PreRelease {
		return v.Minor().Patch(v.PatchNumber())
	}
	return v.Minor().Patch(v.PatchNumber() + 1)
}
