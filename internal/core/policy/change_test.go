package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSigners(t *testing.T) {
	who := &Declaration{Role: "security", Name: "Ada", Reason: "exploited now"}
	for _, tc := range []struct {
		change Change
		want   string
		after  string
	}{
		{Change{Environment: "development", Severity: "critical"}, "platform", ""},
		{Change{Environment: "production"}, "platform workload-owner", ""},
		{Change{Environment: "production", Severity: "medium"}, "platform workload-owner", ""},
		{Change{Environment: "production", Severity: "high"}, "platform workload-owner security", ""},
		{Change{Environment: "production", Severity: "unknown"}, "platform workload-owner security", ""},
		{Change{Severity: "critical"}, "platform workload-owner security", ""}, // nobody named the environment
		{Change{Severity: "critical", Emergency: who}, "platform", "workload-owner security"},
		{Change{Severity: "critical", Emergency: &Declaration{Role: "workload-owner", Name: "Bob", Reason: "hurry"}}, "platform workload-owner security", ""},
		{Change{Severity: "critical", Emergency: &Declaration{Role: "security", Reason: "nobody says so"}}, "platform workload-owner security", ""},
	} {
		p := Default()
		after, days := p.SignersAfter(tc.change)
		if got := strings.Join(p.Signers(tc.change), " "); got != tc.want || strings.Join(after, " ") != tc.after || (days > 0) != (tc.after != "") {
			t.Errorf("%+v: %q, then %q within %d days", tc.change, got, after, days)
		}
	}
}

func TestMayWaive(t *testing.T) {
	for _, tc := range []struct {
		code, role string
		days       int
		ok         bool
		why        string
	}{
		{"API-001", "platform", 30, true, ""},
		{"API-001", "workload-owner", 1, true, ""},
		{"API-001", "workload-owner", 31, false, "API-001 may be waived for 30 days at most, not for 31"},
		{"API-001", "security", 1, false, "API-001 may be waived by platform or workload-owner, not by security"},
		{"API-001", "", 1, false, "names no role"},
		{"ETCD-001", "platform", 1, false, "the policy lets nobody waive ETCD-001"},
		{"SKEW-002", "platform", 1, false, "cannot be waived by anybody"},
		{"BACKUP-001", "security", 0, false, "cannot be waived by anybody"},
	} {
		if ok, why := Default().MayWaive(tc.code, tc.role, tc.days); ok != tc.ok || !strings.Contains(why, tc.why) {
			t.Errorf("%+v: %v, %q", tc, ok, why)
		}
	}
}

func TestWaives(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	e := Acceptance{Finding: "API-001", Object: "Ingress/shop/*", Owner: "shop", Role: "workload-owner", Reason: "it goes", Expires: day("2026-03-31")}
	for _, tc := range []struct {
		object, on string
		ok         bool
		why        string
	}{
		{"Ingress/shop/web", "2026-03-15", true, ""},
		{"Ingress/shop/web", "2026-03-31", true, ""},
		{"Ingress/shop/web", "2026-04-01", false, "ran out on 2026-03-31"},
		{"Ingress/shop/web", "2026-02-01", false, "30 days at most, not for 58"},
		{"Ingress/other/web", "2026-03-15", false, ""},
	} {
		ok, why := Default().Waives(e, "API-001", tc.object, "", day(tc.on))
		if ok != tc.ok || !strings.Contains(why, tc.why) || tc.why == "" && why != "" {
			t.Errorf("%+v: %v, %q", tc, ok, why)
		}
	}
}

func TestRehearsalRequired(t *testing.T) {
	for _, tc := range []struct {
		environment, provider string
		want                  bool
	}{
		{"production", "kubeadm", true}, {"", "kubeadm", true}, {"", "unknown", true}, {"staging", "kubeadm", false}, {"production", "eks", false},
	} {
		if got, why := Default().RehearsalRequired(tc.environment, tc.provider); got != tc.want || why == "" {
			t.Errorf("%+v: %v, %q", tc, got, why)
		}
	}
	if got, _ := (Policy{}).RehearsalRequired("production", "kubeadm"); got {
		t.Error("no environment in the list, and one is asked for")
	}
}

func TestMaxAge(t *testing.T) {
	for _, tc := range []struct {
		kind, gate string
		want       time.Duration
	}{{Evidence, AtPlan, 7 * day}, {Evidence, AtApply, day}, {Backup, AtApply, day}, {Backup, AtPlan, 0}, {Rehearsed, AtApply, 14 * day}} {
		if got, ok := Default().MaxAge(tc.kind, tc.gate); got != tc.want || ok != (tc.want > 0) {
			t.Errorf("%+v: %v, %v", tc, got, ok)
		}
	}
}

func TestSeverityOf(t *testing.T) {
	for score, want := range map[float64]string{9.8: "critical", 9: "critical", 8.9: "high", 7: "high", 6.9: "medium", 4: "medium", 3.9: "low"} {
		if got := SeverityOf(score, true); got != want {
			t.Errorf("%v: %s", score, got)
		}
	}
	if SeverityOf(9, false) != "unknown" {
		t.Error("without a vector it is not known")
	}
}

// drawnPolicy sets every field of a policy to anything at all, by reflection,
// so that one added later is drawn too.
func drawnPolicy(t *rapid.T, v reflect.Value) {
	words := []string{"", "*", "S*", "SKEW-*", "SKEW-002", "BACKUP-001", "VERIFY-*", "PLAN-008", "platform", "security", "workload-owner", "production", "kubeadm", "critical"}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom(words).Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rapid.IntRange(0, 100_000).Draw(t, "number")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(0, 100).Draw(t, "factor"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "yes"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 3).Draw(t, "length"), 3))
		for i := range v.Len() {
			drawnPolicy(t, v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			drawnPolicy(t, v.Field(i))
		}
	}
}

// TestNoPolicyWaives: whatever a file says and whoever declares an emergency,
// nobody waives the skew check, the proven backup or the verification, and
// somebody signs.
func TestNoPolicyWaives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Policy
		drawnPolicy(t, reflect.ValueOf(&p).Elem())
		code := rapid.SampledFrom([]string{"SKEW-001", "SKEW-009", "BACKUP-001", "BACKUP-099", "VERIFY-001", "PROBE-001", "PLAN-008"}).Draw(t, "code")
		role := rapid.SampledFrom(Roles()).Draw(t, "role")
		if ok, why := p.MayWaive(code, role, 0); ok || why == "" {
			t.Fatalf("%s is waived by %s under %+v", code, role, p)
		}
		e := Acceptance{Finding: code, Object: "Node/w1", Owner: "x", Role: role, Reason: "y", Expires: time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)}
		if ok, _ := p.Waives(e, code, "Node/w1", "", e.Expires); ok {
			t.Fatalf("an entry waives %s", code)
		}
	})
	if got := strings.Join(Always("kubeadm"), "; "); !strings.Contains(got, "version-skew policy") || !strings.Contains(got, "verified after") || !strings.Contains(got, "backup was restored") {
		t.Errorf("always: %s", got)
	}
	// What a method of Policy decides, a file could change.
	if _, of := reflect.TypeFor[Policy]().MethodByName("Always"); of {
		t.Error("Always takes a policy")
	}
	if strings.Contains(strings.Join(Always("eks"), " "), "backup") {
		t.Error("a provider's etcd cannot be backed up by its users")
	}
}
