package policy

import "testing"

func TestMayIgnore(t *testing.T) {
	p := Policy{Preflight: []Preflight{{"SystemVerification", "ann", "the lab has cgroup v1"}, {"all", "ann", "never"}}}
	for check, want := range map[string]bool{"SystemVerification": true, "systemverification": true, "NumCPU": false, "all": false, "": false} {
		if got, ok := p.MayIgnore(check); ok != want || ok && got.Owner != "ann" {
			t.Errorf("%q: %t, %+v", check, ok, got)
		}
	}
	if _, ok := Default().MayIgnore("SystemVerification"); ok {
		t.Error("the default policy lets errors be ignored")
	}
}
