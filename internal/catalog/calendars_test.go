package catalog

import (
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func calendarDay(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSupportedMinorsOnADay(t *testing.T) {
	all, _, err := Calendars()
	if err != nil {
		t.Fatal(err)
	}
	k := all["kubernetes"]
	for asOf, want := range map[string]string{
		"2024-06-01": "1.27 1.28 1.29 1.30",
		"2026-03-15": "1.33 1.34 1.35",
		"2026-11-20": "1.35 1.36 1.37",
		"2027-03-01": "1.36 1.37",
	} {
		got := []string{}
		for _, m := range k.Supported(calendarDay(t, asOf)) {
			got = append(got, m.String())
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("supported on %s: %s, want %s", asOf, s, want)
		}
	}
	if s, _ := k.Status(version.Minor{Major: 1, Minor: 32}, calendarDay(t, "2026-03-15")); s != support.EndOfLife {
		t.Errorf("1.32 on 2026-03-15 is %s", s)
	}
}

func TestTheCalendarHasNoGaps(t *testing.T) {
	all, f, err := Calendars()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"kubernetes", "etcd", "containerd", "eks", "gke", "aks"} {
		c := all[p]
		if c == nil || len(c.Minors) == 0 || c.Through.IsZero() || len(c.Sources) == 0 {
			t.Errorf("the %s calendar is missing or says nothing of its day and sources", p)
			continue
		}
		for _, m := range c.Minors {
			if m.EndOfLife.IsZero() && m.EndedBy.IsZero() && m.OpenOn.IsZero() {
				t.Errorf("%s %s: nothing is known of its end", p, m.Minor)
			}
			var last time.Time
			for i, x := range m.Patches {
				if x.Version != m.Minor.Patch(i) {
					t.Errorf("%s %s: patch %d is %s", p, m.Minor, i, x.Version)
				}
				if !x.Date.IsZero() && x.Date.Before(last) {
					t.Errorf("%s %s came out before an earlier patch", p, x.Version)
				}
				if !x.Date.IsZero() {
					last = x.Date
				}
			}
		}
	}
	k := all["kubernetes"]
	if n := len(k.Minors); n != 36 || k.Minors[0].Minor.String() != "1.2" || k.Minors[n-1].Minor.String() != "1.37" {
		t.Errorf("kubernetes runs over %d minors", n)
	}
	for v, want := range map[string]support.Release{"1.37.2": support.Out, "1.34.13": support.Out, "1.2.7": support.Out, "1.24.17": support.Out, "1.37.3": support.NotKnown} {
		if got := k.Released(version.MustParse(v), calendarDay(t, "2026-11-20")); got != want {
			t.Errorf("%s on 2026-11-20: %s, want %s", v, got, want)
		}
	}
	if f.Date == "" || len(f.Sources) < 6 {
		t.Errorf("releases.json of %q names %d sources", f.Date, len(f.Sources))
	}
}

func TestSkewRulesAreThePolicys(t *testing.T) {
	r, err := SkewRules()
	if err != nil {
		t.Fatal(err)
	}
	if r.URL == "" || r.Date == "" {
		t.Error("the policy's address or day is missing")
	}
	// https://kubernetes.io/releases/version-skew-policy/
	want := map[string][2]int{
		"kube-apiserver/kube-apiserver": {1, 1}, "kubelet/kube-apiserver": {0, 3}, "kube-proxy/kube-apiserver": {0, 3}, "kube-proxy/kubelet": {3, 3},
		"kube-controller-manager/kube-apiserver": {0, 1}, "kube-scheduler/kube-apiserver": {0, 1}, "cloud-controller-manager/kube-apiserver": {0, 1},
		"kubectl/kube-apiserver": {1, 1}, "etcd/etcd": {1, 1},
	}
	for _, rule := range r.Rules {
		k := rule.Component + "/" + rule.Against
		if got := [2]int{rule.MaxNewer, rule.MaxOlder}; got != want[k] {
			t.Errorf("%s allows %v, want %v", k, got, want[k])
		}
		if held := rule.Component == "kubelet" || rule.Component == "kube-proxy"; held != (rule.Conservative != nil && *rule.Conservative == 2) || held != (rule.Below != nil && rule.Below.MaxOlder == 2) {
			t.Errorf("%s: the conservative policy and the exception below 1.25 hold kubelets and kube-proxies to two minors", k)
		}
		delete(want, k)
	}
	if len(want) > 0 {
		t.Errorf("no rule for %v", want)
	}
}

func TestOtherProductsOnADay(t *testing.T) {
	all, _, err := Calendars()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		product, asOf string
		minor         version.Minor
		want          support.Status
	}{
		{"etcd", "2026-11-20", version.Minor{Major: 3, Minor: 4}, support.EndOfLife},
		{"etcd", "2026-11-20", version.Minor{Major: 3, Minor: 5}, support.Supported},
		{"etcd", "2026-11-20", version.Minor{Major: 3, Minor: 7}, support.Supported}, // no end set, and 3.5 goes on
		{"etcd", "2027-12-01", version.Minor{Major: 3, Minor: 7}, support.Unknown},
		{"containerd", "2026-11-20", version.Minor{Major: 2, Minor: 2}, support.EndOfLife},
		{"containerd", "2026-11-20", version.Minor{Major: 2, Minor: 3}, support.Supported},
		{"eks", "2026-11-20", version.Minor{Major: 1, Minor: 34}, support.Supported},
		{"gke", "2026-11-20", version.Minor{Major: 1, Minor: 34}, support.EndOfLife},
	} {
		if got, _ := all[tc.product].Status(tc.minor, calendarDay(t, tc.asOf)); got != tc.want {
			t.Errorf("%s %s on %s is %s, want %s", tc.product, tc.minor, tc.asOf, got, tc.want)
		}
	}
}
