package version

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestOrder holds one ascending chain; neighbours on a line are equal.
func TestOrder(t *testing.T) {
	chain := [][]string{
		{"1.0.0-rc9"},
		{"1.0.0-rc.10", "1.0.0-rc10"},
		{"1.0.0-rc93", "1.0.0~rc93+ds1-5+deb11u5"},
		{"1.0.0"},
		{"1.9.0"},
		{"1.10.0-alpha.1"},
		{"1.10.0-alpha.1.5"},
		{"1.10.0-alpha.2", "1.10.0-alpha.2-gke.1"},
		{"1.10.0-beta.0"},
		{"1.10.0-rc.1"},
		{"1.10.0", "1.10.0-eks-2d98532", "1.10.0+rke2r1", "1.10.0-0", "1:1.10.0-1.el9"},
		{"1.35.6"},
		{"1.35.7", "1.35.7-gke.1", "v1.35.7-dirty"},
		{"1.35.10"},
		{"2.0.0"},
	}
	for i, low := range chain {
		for j, high := range chain {
			for _, a := range low {
				for _, b := range high {
					got := MustParse(a).Compare(MustParse(b))
					if want := sign(i - j); sign(got) != want {
						t.Errorf("%s against %s: %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
	if !(Version{}).Less(New(0, 0, 0)) {
		t.Error("an unreadable version must sort before every readable one")
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// versions draws every form that Parse tells apart.
func versions() *rapid.Generator[Version] {
	return rapid.Custom(func(t *rapid.T) Version {
		n := rapid.IntRange(0, 12)
		base := fmt.Sprintf("%d.%d.%d", n.Draw(t, "major"), n.Draw(t, "minor"), n.Draw(t, "patch"))
		suffix := rapid.SampledFrom([]string{"", "-0", "-1.1", "-gke.1", "+k3s1", "-dirty", "~ds1-1+deb12u3", "-1.el9",
			"-alpha.1", "-alpha.1-gke.5", "-beta.0", "-rc.1", "-rc1", "-rc93", "~rc93-1", "-0.20221216123456-0123456789ab",
			"-rc.99999999999999999999", "-rc.5", "-rc.05", "-alpha.0.123+abcdef"}).Draw(t, "suffix")
		return MustParse(base + suffix)
	})
}

func TestOrderIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := versions().Draw(t, "a"), versions().Draw(t, "b"), versions().Draw(t, "c")
		if a.Compare(a) != 0 {
			t.Fatalf("%s differs from itself", a.Raw())
		}
		if sign(a.Compare(b)) != -sign(b.Compare(a)) {
			t.Fatalf("%s and %s: not antisymmetric", a.Raw(), b.Raw())
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s <= %s <= %s, yet the first is above the last", a.Raw(), b.Raw(), c.Raw())
		}
		all := []Version{c, a, b}
		slices.SortFunc(all, Version.Compare)
		if all[1].Less(all[0]) || all[2].Less(all[1]) {
			t.Fatalf("sorting did not sort: %v", all)
		}
	})
}

func TestPropertiesOfKinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := versions().Draw(t, "v")
		if v.Compare(v.Base()) != 0 {
			t.Fatalf("%s is not equal to its base %s", v.Raw(), v.Base())
		}
		release := New(v.major, v.minor, v.patch)
		isPre := v.Base().Kind() == PreRelease
		if v.Less(release) != isPre {
			t.Fatalf("%s against its release: only a pre-release is below it", v.Raw())
		}
		if isPre && v.patch > 0 && !New(v.major, v.minor, v.patch-1).Less(v) {
			t.Fatalf("%s is not above the patch release before it", v.Raw())
		}
		if v.Kind() == Pseudo {
			return
		}
		again, err := Parse(v.String())
		if err != nil || again.Compare(v) != 0 || again.String() != v.String() {
			t.Fatalf("%s prints as %q, which reads as %v, %v", v.Raw(), v.String(), again, err)
		}
	})
}

func TestMinor(t *testing.T) {
	m := Minor{1, 9}
	got := []string{m.String(), m.Next().String(), m.First().String(), m.Patch(3).String()}
	if diff := cmp.Diff([]string{"1.9", "1.10", "1.9.0", "1.9.3"}, got); diff != "" {
		t.Error(diff)
	}
	if m.Compare(m.Next()) >= 0 || m.Next().Compare(Minor{2, 0}) >= 0 || m.Compare(m) != 0 {
		t.Error("minors are out of order")
	}
	if New(1, 9, 3).Minor() != m || New(1, 9, 3).PatchNumber() != 3 {
		t.Error("a version lost its minor or patch")
	}
}
