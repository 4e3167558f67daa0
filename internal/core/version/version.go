// Package version reads the version strings seen on real clusters and decides
// how two of them compare: upstream releases, pre-releases, vendor builds,
// distribution packages and image references. It never guesses: a string that
// holds no version is an error, and a build that is not upstream's says so in
// its [Kind]. Start at [Parse]; [ParsePackage] and [ParseImage] read the forms
// of hosts and containers.
package version

// Kind says who built a version, and so how far an upstream range decides it.
type Kind int

const (
	// Unreadable is the zero Kind: nothing is known (a digest alone, "latest").
	Unreadable Kind = iota
	// Release is an upstream release: 1.34.2, v1.34.2, image tag 3.6.6-0.
	Release
	// PreRelease is an upstream alpha, beta or rc: below its release.
	PreRelease
	// Vendor is a provider's or a locally changed build of an upstream base:
	// 1.35.7-gke.1, 1.28.15+rke2r1, 1.27.4-eks-2d98532, 1.25.16-dirty.
	Vendor
	// Distribution is a Debian or RPM build: 1.6.20~ds1-1+deb12u3.
	Distribution
	// Pseudo is a Go pseudo-version; it never decides a range.
	Pseudo
)

// String is the word for k in messages.
func (k Kind) String() string {
	switch k {
	case Release:
		return "release"
	case PreRelease:
		return "pre-release"
	case Vendor:
		return "vendor build"
	case Distribution:
		return "distribution build"
	case Pseudo:
		return "pseudo-version"
	}
	return "unreadable"
}

// Minor is a minor line such as 1.34.
type Minor struct{ Major, Minor int }

// Version is one parsed version. The zero Version is Unreadable.
type Version struct {
	raw                 string
	kind                Kind
	major, minor, patch int
	pre                 string // "beta.1", without the hyphen; PreRelease, and builds of one
	suffix              string // "gke.1", "rke2r1", "~ds1-1+deb12u3"; Vendor and Distribution only
}
