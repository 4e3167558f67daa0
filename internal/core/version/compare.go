package version

import (
	"cmp"
	"strconv"
	"strings"
)

// New is an upstream release.
func New(major, minor, patch int) Version {
	return Version{kind: Release, major: major, minor: minor, patch: patch}
}

// MustParse is Parse for constants in tests and tables; it panics on a bad one.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

// Kind says who built v.
func (v Version) Kind() Kind { return v.kind }

// Known reports whether v holds three numbers.
func (v Version) Known() bool { return v.kind != Unreadable }

// Raw is the string v was read from, for evidence.
func (v Version) Raw() string { return v.raw }

// Suffix is what a vendor or distribution appended: "gke.1", "~ds1-1+deb12u3".
func (v Version) Suffix() string { return v.suffix }

// Minor is the minor line of v.
func (v Version) Minor() Minor { return Minor{v.major, v.minor} }

// PatchNumber is the third number of v.
func (v Version) PatchNumber() int { return v.patch }

// Base is the upstream release or pre-release v was built from.
func (v Version) Base() Version {
	if v.kind == Unreadable {
		return Version{}
	}
	b := Version{kind: Release, major: v.major, minor: v.minor, patch: v.patch}
	if v.pre != "" {
		b.kind, b.pre = PreRelease, v.pre
	}
	return b
}

// String is the version without v, Debian epoch and image or package revision;
// vendor and distribution suffixes stay. Unreadable versions give "".
func (v Version) String() string {
	switch v.kind {
	case Unreadable:
		return ""
	case Vendor, Distribution, Pseudo:
		return trimV(withoutEpoch(v.raw))
	}
	s := strconv.Itoa(v.major) + "." + strconv.Itoa(v.minor) + "." + strconv.Itoa(v.patch)
	if v.pre != "" {
		s += "-" + v.pre
	}
	return s
}

func trimV(s string) string {
	if len(s) > 0 && s[0] == 'v' {
		return s[1:]
	}
	return s
}

// Compare orders the bases of v and o: vendor and distribution suffixes do not
// count, a pre-release is below its release. Unreadable sorts first.
func (v Version) Compare(o Version) int {
	return cmp.Or(
		cmp.Compare(boolInt(v.Known()), boolInt(o.Known())),
		cmp.Compare(v.major, o.major),
		cmp.Compare(v.minor, o.minor),
		cmp.Compare(v.patch, o.patch),
		comparePre(v.pre, o.pre),
	)
}

// Less is v.Compare(o) < 0.
func (v Version) Less(o Version) bool { return v.Compare(o) < 0 }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// comparePre orders pre-release names; none is above all. Runs of digits
// compare as numbers, so rc9 < rc10 and rc.9 < rc93, as their projects count.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	as, bs := chunks(a), chunks(b)
	for i := 0; i < len(as) && i < len(bs); i++ {
		c := compareChunk(as[i], bs[i])
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// compareChunk compares two runs; a run of digits is below a run of letters.
// Digits are compared as text of equal length, so that no count overflows.
func compareChunk(a, b string) int {
	if !isDigit(a[0]) || !isDigit(b[0]) {
		return cmp.Compare(a, b)
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// chunks splits "rc.9" and "rc93" into runs of letters and of digits.
func chunks(s string) []string {
	var out []string
	start := -1
	class := func(r byte) int {
		switch {
		case isDigit(r):
			return 1
		case r == '.' || r == '-':
			return 0
		}
		return 2
	}
	for i := 0; i < len(s); i++ {
		if c := class(s[i]); c == 0 {
			if start >= 0 {
				out = append(out, s[start:i])
			}
			start = -1
		} else if start >= 0 && c != class(s[start]) {
			out = append(out, s[start:i])
			start = i
		} else if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, s[start:])
	}
	return out
}
