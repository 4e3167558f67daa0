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
	corePattern = regexp.MustCompile(`^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(.*)$`)
	// Upstream pre-releases; runc and others write rc93 without a dot, and
	// development builds append a count and a commit: alpha.0.123+abcdef.
	prePattern    = regexp.MustCompile(`^-((?:alpha|beta|rc|pre|dev)(?:[.-]?\d+)*)(?:\+[0-9A-Za-z.-]+)?$`)
	pseudoPattern = regexp.MustCompile(`^-(?:.*\.)?\d{14}-[0-9a-f]{12}(?:\+incompatible)?$`)
	// A plain count after the hyphen is the revision of an image or package of
	// the same release: etcd:3.6.6-0, kubeadm 1.34.2-1.1.
	revisionPattern = regexp.MustCompile(`^-(\d+(?:\.\d+)*)$`)
	// Marks of Debian, Ubuntu, RPM and Alpine packages.
	distroPattern = regexp.MustCompile(`~|\+ds|\+dfsg|deb\d|ubuntu|\.(?:el|fc|amzn|azl|cm|oe|suse|lp|sle)\d|^-r\d+$`)
	epochPattern  = regexp.MustCompile(`^\d+:`)
)

// Parse reads one version string. A leading v is dropped; the kind is told
// from what follows the three numbers. The error names what was wrong; the
// Version is then Unreadable.
func Parse(s string) (Version, error) {
	if len(s) > MaxLength {
		return Version{}, fmt.Errorf("%q... is no version: longer than %d characters", s[:32], MaxLength)
	}
	m := corePattern.FindStringSubmatch(epochPattern.ReplaceAllString(s, ""))
	if m == nil {
		return Version{raw: s}, fmt.Errorf("%q is not a version such as 1.34.2", s)
	}
	v := Version{raw: s}
	v.major, _ = strconv.Atoi(m[1])
	v.minor, _ = strconv.Atoi(m[2])
	v.patch, _ = strconv.Atoi(m[3])
	rest := m[4]
	switch {
	case rest == "" || rest == "+incompatible" || revisionPattern.MatchString(rest):
		v.kind = Release
	case pseudoPattern.MatchString(rest):
		v.kind, v.suffix = Pseudo, rest[1:]
	case prePattern.MatchString(rest):
		v.kind, v.pre = PreRelease, prePattern.FindStringSubmatch(rest)[1]
	case distroPattern.MatchString(rest):
		v.kind, v.suffix = Distribution, rest
	case rest[0] == '-' || rest[0] == '+':
		if len(rest) == 1 {
			return Version{raw: s}, fmt.Errorf("%q is not a version: nothing follows %q", s, rest)
		}
		v.kind, v.suffix = Vendor, rest[1:]
	default:
		return Version{raw: s}, fmt.Errorf("%q is not a version such as 1.34.2: %q is left over", s, rest)
	}
	return v, nil
}

// ParsePackage reads the version of a host package. Any revision makes it a
// distribution build, which may carry backported fixes; upstreamPackages are
// the project's own and keep their kind.
func ParsePackage(name, s string) (Version, error) {
	v, err := Parse(s)
	if err != nil || upstreamPackage(name) {
		return v, err
	}
	if rest := strings.TrimPrefix(strings.TrimPrefix(epochPattern.ReplaceAllString(s, ""), "v"), v.Base().String()); rest != "" && v.kind == Release {
		v.kind, v.suffix = Distribution, rest
	}
	return v, nil
}

// upstreamPackage: packages of pkgs.k8s.io are the project's own builds
// (https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/).
func upstreamPackage(name string) bool {
	switch name {
	case "kubeadm", "kubelet", "kubectl":
		return true
	}
	return false
}

func number(s string) (int, error) {
	if s == "" || len(s) > 9 {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not a number", s)
		}
	}
	return strconv.Atoi(s)
}
