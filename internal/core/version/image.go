package version

import (
	"fmt"
	"regexp"
	"strings"
)

// MaxImageLength bounds what ParseImage looks at. A reference is at most a
// repository of 255 characters, a tag of 128 and a digest
// (https://github.com/distribution/reference).
const MaxImageLength = 1024

// Image is a container image reference and the version its tag names.
type Image struct {
	Repository string // registry and path: "registry.k8s.io/coredns/coredns"
	Name       string // last path element: "coredns"
	Tag        string // "" = none
	Digest     string // "sha256:...", "" = none
	// Version is what the tag says; Unreadable where Unread is set.
	Version Version
	Unread  string // why Version is not readable, "" when it is
}

var (
	pathPattern   = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)
	hostPattern   = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$`)
	tagPattern    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	digestPattern = regexp.MustCompile(`^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$`)
	// flavourPattern lists what image builders append to the tag of one and the
	// same release: architecture, operating system and base image. Such a
	// suffix changes what is around the program, not its source, so it is no
	// vendor build. What is not listed here (fips, hardened, eksbuild.1) stays one.
	flavourPattern = regexp.MustCompile(`[-_](?:amd64|x86_64|arm64|arm64v8|aarch64|arm|armv[67]l?|arm-v7|386|ppc64le|s390x|riscv64|linux|multiarch|` +
		`windows|windowsservercore|windows-?\d{4}|ltsc\d{4}|servercore-ltsc\d{4}|nanoserver-(?:\d{4}|ltsc\d{4})|` +
		`alpine(?:\d[\d.]*)?|debian(?:[-_]?\d+)?|buster|bullseye|bookworm|trixie|ubuntu(?:[-_]?\d[\d.]*)?|focal|jammy|noble|ubi\d*(?:-minimal)?|` +
		`distroless|minimal|slim|scratch|debug|nonroot|rootless)$`)
)

// ParseImage reads an image reference: [registry[:port]/]path[:tag][@digest],
// or a bare digest. A tag that names no single version leaves Version
// Unreadable and says why in Unread; only text that is no reference is an error.
func ParseImage(ref string) (Image, error) {
	if len(ref) > MaxImageLength {
		return Image{}, fmt.Errorf("%q... is no image reference: longer than %d characters", ref[:32], MaxImageLength)
	}
	// Container statuses of older runtimes prefix their image ids.
	ref = strings.TrimPrefix(strings.TrimPrefix(ref, "docker-pullable://"), "docker://")
	if digestPattern.MatchString(ref) {
		return Image{Digest: ref, Unread: unreadDigest}, nil
	}
	img := Image{Repository: ref}
	if at := strings.IndexByte(ref, '@'); at >= 0 {
		img.Repository, img.Digest = ref[:at], ref[at+1:]
		if !digestPattern.MatchString(img.Digest) {
			return Image{}, fmt.Errorf("%q is no image reference: %q is no sha256 digest", ref, img.Digest)
		}
	}
	// A colon behind the last slash begins the tag; any other is a port.
	if colon := strings.LastIndexByte(img.Repository, ':'); colon > strings.LastIndexByte(img.Repository, '/') {
		img.Repository, img.Tag = img.Repository[:colon], img.Repository[colon+1:]
		if !tagPattern.MatchString(img.Tag) {
			return Image{}, fmt.Errorf("%q is no image reference: %q is no tag", ref, img.Tag)
		}
	}
	if err := checkRepository(img.Repository); err != nil {
		return Image{}, fmt.Errorf("%q is no image reference: %w", ref, err)
	}
	img.Name = img.Repository[strings.LastIndexByte(img.Repository, '/')+1:]
	img.Version, img.Unread = readTag(img.Tag, img.Digest)
	return img, nil
}

// checkRepository holds each element to the grammar of references; the first
// is a host where it could be one.
func checkRepository(repository string) error {
	for i, part := range strings.Split(repository, "/") {
		isHost := i == 0 && strings.Contains(repository, "/") &&
			(strings.ContainsAny(part, ".:") || part == "localhost" || part != strings.ToLower(part))
		switch {
		case isHost && hostPattern.MatchString(part), !isHost && pathPattern.MatchString(part):
		case part == "":
			return fmt.Errorf("a path element is empty")
		case part != strings.ToLower(part) && !isHost:
			return fmt.Errorf("%q is not lower case", part)
		default:
			return fmt.Errorf("%q is no path element", part)
		}
	}
	return nil
}

const unreadDigest = "the image is named by digest alone: the reference says no version"

// readTag is the version a tag names, or why it names none.
func readTag(tag, digest string) (Version, string) {
	switch {
	case tag == "" && digest != "":
		return Version{}, unreadDigest
	case tag == "":
		return Version{}, "the image has no tag: what runs is whatever \"latest\" was when it was pulled"
	}
	text := tag
	for {
		cut := flavourPattern.FindStringIndex(text)
		if cut == nil || cut[0] == 0 {
			break
		}
		text = text[:cut[0]]
	}
	// A tag cannot hold "+", so builders write "_" for it: v1.29.3_vmware.1.
	v, err := Parse(strings.Replace(text, "_", "+", 1))
	if err == nil {
		return v, ""
	}
	if minor, err := ParseMinor(text); err == nil {
		return Version{}, fmt.Sprintf("the tag %q names the minor line %s, not one patch release", tag, minor)
	}
	return Version{}, fmt.Sprintf("the tag %q names no version", tag)
}
