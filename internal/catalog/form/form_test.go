package form

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func TestIntervalsAreInverse(t *testing.T) {
	for _, s := range []string{
		">=1.9.0 <1.9.10", ">=1.9.0", "<1.9.10", "1.9+ <1.9.10", "1.9.3+ <1.9.10", ">=0", "any",
		"<1.24.17; 1.25+ <1.25.13; >=1.28.0 <1.28.1", ">=1.0.0-rc93 <1.1.12",
	} {
		in, err := ParseIntervals(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if got := FormatIntervals(in); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
	in, err := ParseIntervals("=1.13.6")
	if err != nil || FormatIntervals(in) != ">=1.13.6 <1.13.7" {
		t.Errorf("=1.13.6: got %q, %v", FormatIntervals(in), err)
	}
	zero, err := ParseIntervals(">=0 <1.14.0")
	if err != nil || zero[0] != (claim.Interval{Before: version.New(1, 14, 0), FromStated: true}) && zero[0].From.Known() {
		t.Errorf(">=0 <1.14.0: got %+v, %v", zero, err)
	}
}

func TestParseIntervalsRefuses(t *testing.T) {
	for _, s := range []string{"", "1.9.0", "<", ">=1.9.0 >=1.9.1", "<1.9.0 >=1.8.0", ">=1.9.0 <1.9.0", ">=1.9.0 <1.8.0", ">=1.9.0 <x", "a b c", "1.9.0+ <1.8.0"} {
		if got, err := ParseIntervals(s); err == nil {
			t.Errorf("%q: want an error, got %+v", s, got)
		}
	}
}

func sample() advisory.Advisory {
	v := version.MustParse
	def := "0"
	return advisory.Advisory{
		ID: "CVE-2099-1", Aliases: []string{"GHSA-a"}, Summary: "s", Published: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
		Vector: "CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:C/C:H/I:N/A:N", Score: 5.8, Fix: advisory.GateOnly, ClientOnly: true, Disputed: true, Dispute: "d",
		Affected: []advisory.Affected{
			{Component: "kubelet", Ranges: []advisory.Range{
				{Introduced: v("1.3.0"), Before: v("1.30.11")},
				{Introduced: v("1.30.11"), Before: v("1.31.0"), Gate: &advisory.GateFix{Component: "kubelet", Gate: "G", Value: true, Since: v("1.30.11")}},
				{Introduced: v("1.32.0"), Unknown: true, Why: "w"},
			}, Fixed: []version.Version{v("1.31.0")}},
			{Component: "kube-proxy", Ranges: []advisory.Range{{Before: v("1.2.0")}}},
			{Component: "kubectl", Ranges: []advisory.Range{{Before: v("1.2.0")}}},
			{Component: "ingress-nginx", Aliases: []string{"x"}, Ranges: []advisory.Range{{Before: v("1.2.0")}}},
		},
		Conditions: []advisory.Condition{
			{Text: "a", Question: &advisory.Question{OS: "windows"}},
			{Text: "b", Question: &advisory.Question{Not: true, Any: []advisory.Question{{Uses: "gitRepoVolumes"}, {Beyond: "x"}}}},
			{Text: "c", Question: &advisory.Question{All: []advisory.Question{{AnonymousAuth: true}, {PodSecurity: "baseline"}}}},
			{Text: "d", Question: &advisory.Question{Who: []advisory.Permission{{Verb: "get", Group: "g", Resource: "r", ClusterWide: true}}}},
			{Text: "e"},
		},
		Mitigations: []advisory.Mitigation{
			{Text: "f", Apply: "kubectl x", Question: &advisory.Question{Gate: &advisory.GateQuestion{
				Component: "kubelet", Gate: "G", Value: true, Source: "u",
				Defaults: []advisory.GateDefault{{Value: true}, {From: v("1.33.0"), Locked: true}},
			}}},
			{Text: "g", Question: &advisory.Question{Flag: &advisory.SettingQuestion{Component: "kubelet", Name: "n", Op: "equals", Value: "v", Default: &def}}},
			{Text: "h", Question: &advisory.Question{Config: &advisory.SettingQuestion{Name: "n", Op: "set"}}},
			{Text: "i", Question: &advisory.Question{AdmissionPlugin: "P"}},
			{Text: "j", Question: &advisory.Question{Runs: &advisory.RunsQuestion{Component: "etcd", From: v("3.5.0")}}},
		},
		Sources:  []advisory.Source{{Name: "n", URL: "u", Says: "s"}},
		Unparsed: "p",
	}
}

func TestAdvisoriesAreInverse(t *testing.T) {
	want := sample()
	written := Encode(want)
	if n := len(written.Affected); n != 3 {
		t.Errorf("components with the same ranges share an entry: want 3 entries, got %d", n)
	}
	got, err := Decode(written)
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b version.Version) bool { return a.String() == b.String() })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeNamesTheField(t *testing.T) {
	tests := []struct {
		name, want string
		spoil      func(*Advisory)
	}{
		{"no id", "id", func(a *Advisory) { a.ID = "" }},
		{"fix", "fix", func(a *Advisory) { a.Fix = "maybe" }},
		{"date", "published", func(a *Advisory) { a.Published = "yesterday" }},
		{"range", "affected.ranges", func(a *Advisory) { a.Affected[0].Ranges[0].From = "x" }},
		{"fixed", "affected.fixed", func(a *Advisory) { a.Affected[0].Fixed = []string{"x"} }},
		{"gate", "gate", func(a *Advisory) { a.Affected[0].Ranges[0].Gate = &GateFix{} }},
		{"two questions", "conditions[0].question", func(a *Advisory) { a.Conditions[0].Question.Uses = "x" }},
		{"an empty question", "conditions[0].question", func(a *Advisory) { a.Conditions[0].Question = &Question{} }},
		{"a nested one", "any[0]", func(a *Advisory) { a.Conditions[1].Question.Any[0] = Question{} }},
		{"op", "mitigations[1].question: flag.op", func(a *Advisory) { a.Mitigations[1].Question.Flag.Op = "like" }},
		{"level", "podSecurity", func(a *Advisory) { a.Conditions[2].Question.All[1].PodSecurity = "high" }},
		{"defaults out of order", "gate.defaults[1]", func(a *Advisory) { a.Mitigations[0].Question.Gate.Defaults[1].From = "0" }},
	}
	for _, tt := range tests {
		a := Encode(sample())
		tt.spoil(&a)
		if _, err := Decode(a); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: want an error with %q, got %v", tt.name, tt.want, err)
		}
	}
}

func TestCompareIDs(t *testing.T) {
	order := []string{"CVE-2019-9512", "CVE-2019-11254", "CVE-2019-1002100", "CVE-2020-8551", "GHSA-5j5w-g665-5m35"}
	for i := 1; i < len(order); i++ {
		if CompareIDs(order[i-1], order[i]) >= 0 {
			t.Errorf("%s should come before %s", order[i-1], order[i])
		}
	}
}
