package claim

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// A version is outside of what was read only where all of it was read.
func TestWhatAnUnreadLineMayMeanIsUnknown(t *testing.T) {
	v := version.MustParse
	partly := Claim{CVE: "CVE-2099-1", Source: "feed", Partial: true, Unparsed: []string{"- kubelet: several of 1.26 and 1.31"},
		Components: []Component{{Name: "kubelet",
			Intervals: []Interval{{From: v("1.28.0"), Before: v("1.28.4"), FromStated: true}, {From: v("1.30.0"), Before: v("1.30.2"), FromStated: true}},
			Fixed:     []version.Version{v("1.28.4"), v("1.30.2"), v("1.32.0")}}}}
	whole := partly
	whole.Source, whole.Partial, whole.Unparsed = "osv", false, nil
	record := partly
	record.Source = "osv"
	for name, c := range map[string]struct {
		claims []Claim
		want   map[string]advisory.State
	}{
		"alone": {[]Claim{partly}, map[string]advisory.State{"1.26.3": advisory.Unknown, "1.28.3": advisory.InRange, "1.28.4": advisory.NotAffected,
			"1.29.1": advisory.Unknown, "1.30.1": advisory.InRange, "1.30.2": advisory.NotAffected, "1.31.0": advisory.Unknown, "1.32.0": advisory.NotAffected, "1.33.0": advisory.NotAffected}},
		"a record without a list of fixes": {[]Claim{record}, map[string]advisory.State{"1.28.3": advisory.InRange, "1.30.2": advisory.NotAffected, "1.31.0": advisory.Unknown, "1.37.0": advisory.Unknown}},
		"beside one that was read whole":   {[]Claim{partly, whole}, map[string]advisory.State{"1.26.3": advisory.NotAffected, "1.28.3": advisory.InRange, "1.29.1": advisory.NotAffected}},
	} {
		adv, err := Merge(c.claims, support.Calendar{})
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range c.want {
			got := adv.Judge(&inventory.Instance{Component: "kubelet", Version: v(at)}, nil)
			if got.State != want {
				t.Errorf("%s: %s is %v, want %v: %s", name, at, got.State, want, got.Reason())
			}
		}
	}
}
