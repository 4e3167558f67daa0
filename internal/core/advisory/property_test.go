package advisory

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func drawVersion(t *rapid.T, label string) version.Version {
	minor := rapid.IntRange(28, 31).Draw(t, label+" minor")
	patch := rapid.IntRange(0, 4).Draw(t, label+" patch")
	v := version.New(1, minor, patch)
	switch rapid.IntRange(0, 5).Draw(t, label+" kind") {
	case 0:
		return version.MustParse(v.String() + "-rc.1")
	case 1:
		return version.MustParse(v.String() + "-gke.7")
	}
	return v
}

func drawRange(t *rapid.T) Range {
	a := version.New(1, rapid.IntRange(28, 31).Draw(t, "from minor"), rapid.IntRange(0, 4).Draw(t, "from patch"))
	b := version.New(1, rapid.IntRange(28, 31).Draw(t, "to minor"), rapid.IntRange(0, 4).Draw(t, "to patch"))
	if b.Less(a) {
		a, b = b, a
	}
	return Range{Introduced: a, Before: b}
}

// Adding a range never turns an affected or undecided instance into one that
// is not affected.
func TestJudgeIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranges := rapid.SliceOfN(rapid.Custom(drawRange), 0, 4).Draw(t, "ranges")
		more := append(append([]Range(nil), ranges...), drawRange(t))
		in := &inventory.Instance{Component: inventory.Kubelet, Version: drawVersion(t, "running")}
		judge := func(r []Range) State {
			a := &Advisory{Fix: Fixed, Affected: []Affected{{Component: inventory.Kubelet, Ranges: r}}}
			return a.Judge(in, nil).State
		}
		if before, after := judge(ranges), judge(more); before != NotAffected && after == NotAffected {
			t.Fatalf("%s was %v and became not affected by adding %v to %v", in.Version, before, more[len(more)-1], ranges)
		}
	})
}

// The fixed version that is named is above the running one and itself outside
// every range; judged again, it is not affected.
func TestFixedVersionIsNeverInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		adv := &Advisory{Fix: Fixed, Affected: []Affected{{Component: inventory.Kubelet,
			Ranges: rapid.SliceOfN(rapid.Custom(drawRange), 1, 4).Draw(t, "ranges")}}}
		for i := range rapid.IntRange(0, 3).Draw(t, "fixed releases") {
			_ = i
			adv.Affected[0].Fixed = append(adv.Affected[0].Fixed, drawVersion(t, "fixed").Base())
		}
		in := &inventory.Instance{Component: inventory.Kubelet, Version: drawVersion(t, "running")}
		j := adv.Judge(in, nil)
		if j.State == NotAffected || !j.FixedIn.Known() {
			return
		}
		if !in.Version.Less(j.FixedIn) {
			t.Fatalf("fixed version %s is not above %s", j.FixedIn, in.Version)
		}
		fixed := &inventory.Instance{Component: inventory.Kubelet, Version: j.FixedIn}
		if got := adv.Judge(fixed, nil).State; got != NotAffected {
			t.Fatalf("fixed version %s is judged %v", j.FixedIn, got)
		}
	})
}
