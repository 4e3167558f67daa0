package version

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// MaxLength bounds what Parse looks at; no real version is near it.
const MaxLength = 256

var (
	// Upstream pre-releases; runc and others write rc93 without a dot, and
	// development builds append a count: alpha.0.123. Group 2 is what follows.
	prePattern = regexp.MustCompile(`^-((?:alpha|beta|rc|pre|dev)(?:[.-]?\d+)*)($|[+-].+$)`)
	// The commit behind a development build of upstream's own tree.
	commitPattern = regexp.MustCompile(`^\+(?:incompatible|[0-9a-f]{6,40})$`)
	pseudoPattern = regexp.MustCompile(`^-(?:.*\.)?\d{14}-[0-9a-f]{12}(?:\+incompatible)?$`)
	// A plain count after the hyphen is the revision of an image or package of
	// the same release: etcd:3.6.6-0, kubeadm 1.34.2-1.1.
	revisionPattern = regexp.MustCompile(`^-\d+(?:\.\d+)*$`)
	// Marks of Debian, Ubuntu, RPM and Alpine packages.
	distroPattern = regexp.MustCompile(`[~^]|\+ds|\+dfsg|\+really|deb\d|ubuntu|rhaos|[.+](?:el|fc|amzn|azl|cm|ph|oe|an|tl|ky|suse|lp|sle|mga)\d|^-r\d+$`)
	// Debian writes a pre-release ~rc93, RPM also -73.rc95.
	distroPrePattern = regexp.MustCompile(`^(?:~|-[\d.]*\.)((?:alpha|beta|rc)(?:\.?\d+)*)(?:$|[^0-9A-Za-z])`)
	epochPattern     = regexp.MustCompile(`^\d{1,9}:`)
	// Debian's way back to an older version: 1.20.5+really1.20.2 is 1.20.2
	// (https://www.debian.org/doc/debian-policy/ch-controlfields.html#version).
	reallyPattern = regexp.MustCompile(`\+really(\d+\.\d+\.\d+.*)$`)
	partPattern   = regexp.MustCompile(`^v?\d{1,9}(\.\d{1,9})?$`)
)

// Parse reads one version string. A leading v and a Debian epoch are dropped;
// the kind is told from what follows the three numbers. The error names what
// was wrong; the Version is then Unreadable.
func Parse(s string) (Version, error) {
	if len(s) > MaxLength {
		return Version{}, fmt.Errorf("%q... is no version: longer than %d characters", s[:32], MaxLength)
	}
	text := withoutEpoch(s)
	v := Version{raw: s}
	major, minor, patch, rest, ok := splitCore(text)
	if !ok {
		return v, malformed(s, text)
	}
	if m := reallyPattern.FindStringSubmatch(rest); rest != "" && m != nil {
		real, err := Parse(m[1])
		if err != nil {
			return v, fmt.Errorf("%q is not a version: after +really, %w", s, err)
		}
		real.raw, real.kind, real.suffix = s, Distribution, text[strings.Index(text, "+really"):]
		return real, nil
	}
	kind, pre, suffix, err := classify(rest)
	if err != nil {
		return v, fmt.Errorf("%q is not a version such as 1.34.2: %w", s, err)
	}
	v.major, v.minor, v.patch = major, minor, patch
	v.kind, v.pre, v.suffix = kind, pre, suffix
	return v, nil
}

// splitCore reads the three numbers by hand: fleets and catalogues hold
// versions by the hundred thousand, and most are nothing more.
func splitCore(text string) (major, minor, patch int, rest string, ok bool) {
	rest = trimV(text)
	for i, into := range [...]*int{&major, &minor, &patch} {
		end := 0
		for end < len(rest) && isDigit(rest[end]) {
			end++
		}
		n, err := number(rest[:end])
		if err != nil {
			return 0, 0, 0, "", false
		}
		*into, rest = n, rest[end:]
		if i == 2 {
			return major, minor, patch, rest, true
		}
		if rest == "" || rest[0] != '.' {
			return 0, 0, 0, "", false
		}
		rest = rest[1:]
	}
	return 0, 0, 0, "", false
}

func withoutEpoch(s string) string {
	if strings.IndexByte(s, ':') < 0 {
		return s
	}
	return epochPattern.ReplaceAllString(s, "")
}

// classify tells the kind from rest, what follows the three numbers.
func classify(rest string) (kind Kind, pre, suffix string, err error) {
	if rest == "" {
		return Release, "", "", nil
	}
	if i := strings.IndexFunc(rest, foreign); i >= 0 {
		return Unreadable, "", "", fmt.Errorf("%q is left over", rest[i:])
	}
	if rest == "+incompatible" || revisionPattern.MatchString(rest) {
		return Release, "", "", nil
	}
	if pseudoPattern.MatchString(rest) {
		return Pseudo, "", rest[1:], nil
	}
	if distroPattern.MatchString(rest) {
		if m := distroPrePattern.FindStringSubmatch(rest); m != nil {
			pre = m[1]
		}
		return Distribution, pre, rest, nil
	}
	if m := prePattern.FindStringSubmatch(rest); m != nil {
		if m[2] == "" || commitPattern.MatchString(m[2]) {
			return PreRelease, m[1], "", nil
		}
		return Vendor, m[1], m[2][1:], nil
	}
	if rest[0] != '-' && rest[0] != '+' {
		return Unreadable, "", "", fmt.Errorf("%q is left over", rest)
	}
	if len(rest) == 1 {
		return Unreadable, "", "", fmt.Errorf("nothing follows %q", rest)
	}
	return Vendor, "", rest[1:], nil
}

// foreign: a character no project, vendor or distribution puts into a version.
func foreign(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune(".-+_~^", r)
}

// malformed says what is missing where three numbers were not found.
func malformed(s, text string) error {
	switch m := partPattern.FindStringSubmatch(text); {
	case s == "":
		return fmt.Errorf("no version: the text is empty")
	case m == nil:
		return fmt.Errorf("%q is not a version such as 1.34.2", s)
	case m[1] == "":
		return fmt.Errorf("%q is not a version: the minor and patch numbers are missing, as in 1.34.2", s)
	}
	return fmt.Errorf("%q is a minor line, not a version: the patch number is missing, as in %s.0", s, trimV(text))
}

func number(s string) (int, error) {
	if s == "" || len(s) > 9 || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, fmt.Errorf("%q is not a number", s)
		}
	}
	return strconv.Atoi(s)
}
