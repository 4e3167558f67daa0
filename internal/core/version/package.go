package version

import (
	"regexp"
	"strings"
)

// upstreamPrePattern: the build service behind pkgs.k8s.io writes a
// pre-release with Debian's tilde: kubelet 1.31.0~rc.1-1.1.
var upstreamPrePattern = regexp.MustCompile(`^~(?:alpha|beta|rc)(?:\.?\d+)*(?:-\d+(?:\.\d+)*)?$`)

// ParsePackage reads the version of a host package. Any revision makes it a
// distribution build, which may carry backported fixes; packages that the
// projects build themselves keep their kind. Errors are those of [Parse].
func ParsePackage(name, s string) (Version, error) {
	v, err := Parse(s)
	if err != nil {
		return v, err
	}
	if v.kind == Release && trimV(s) == v.String() {
		return v, nil // no revision: the plain case, and the most frequent
	}
	rest := packageRevision(v, s)
	if upstreamPackage(name, rest) {
		if v.kind == Distribution && upstreamPrePattern.MatchString(rest) {
			v.kind, v.suffix = PreRelease, ""
		}
		return v, nil
	}
	if rest != "" && (v.kind == Release || v.kind == PreRelease) {
		v.kind, v.suffix = Distribution, rest
	}
	return v, nil
}

// packageRevision is what a package appended to the three numbers and the
// pre-release of its base.
func packageRevision(v Version, s string) string {
	text := trimV(withoutEpoch(s))
	numbers := New(v.major, v.minor, v.patch).String()
	if v.kind == PreRelease {
		numbers += "-" + v.pre
	}
	return strings.TrimPrefix(text, numbers)
}

// upstreamPackage: packages of pkgs.k8s.io are the projects' own builds
// (https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/);
// CRI-O's own packages come from the same build service and carry its
// two-number revision (https://github.com/cri-o/packaging).
func upstreamPackage(name, revision string) bool {
	switch name {
	case "kubeadm", "kubelet", "kubectl":
		return true
	case "cri-o":
		return strings.Count(revision, ".") >= 1 && revisionPattern.MatchString(revision)
	}
	return false
}
