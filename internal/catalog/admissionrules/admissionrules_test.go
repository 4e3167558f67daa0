package admissionrules

import (
	"strings"
	"testing"
)

// TestRefuses: what has no source or no meaning is no fact.
func TestRefuses(t *testing.T) {
	const request = `{"version":"v1","resource":"pods","operations":["CREATE"],"for":"x","source":"https://a"}`
	if _, _, err := Decode([]byte(`{"date":"2026-11-30","reviews":[{"version":"v1","since":"1.16","source":"https://a"}],"upgrade":[` + request + `]}`)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, to, want string }{
		{`"https://a"`, `"http://a"`, "no https address"},
		{`"CREATE"`, `"create"`, `the operation "create" is none`},
		{`["CREATE"]`, `[]`, "names no operation"},
		{`"for":"x"`, `"for":""`, "version, resource and for"},
		{`"for":"x"`, `"fro":"x"`, "unknown field"},
	} {
		_, _, err := Decode([]byte(`{"date":"2026-11-30","reviews":[],"upgrade":[` + strings.Replace(request, tt.from, tt.to, 1) + `]}`))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: %v, want %q", tt.to, tt.from, err, tt.want)
		}
	}
	if _, _, err := Decode([]byte(`{"date":"soon"}`)); err == nil {
		t.Error("a date that is none was taken")
	}
	if _, _, err := Decode([]byte(`{"date":"2026-11-30","reviews":[{"version":"v1","since":"x","source":"https://a"}]}`)); err == nil {
		t.Error("a release that is none was taken")
	}
}

func TestMappingRefuses(t *testing.T) {
	const whole = `{"date":"2026-11-30","removed":"1.25","removedSource":"https://a","source":"https://a","guide":"https://a","rules":[{"field":"x","lost":[{"text":"y"}]}]}`
	if _, err := DecodeMapping([]byte(whole)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, to string }{
		{`"guide":"https://a"`, `"guide":""`}, {`"1.25"`, `"none"`}, {`"2026-11-30"`, `"x"`}, {`"field":"x"`, `"field":""`}, {`"field":"x"`, `"field":"x","open":true`}, {`"text":"y"`, `"text":""`}, {`"rules"`, `"rulez"`},
	} {
		if _, err := DecodeMapping([]byte(strings.Replace(whole, tt.from, tt.to, 1))); err == nil {
			t.Errorf("%s was taken", tt.to)
		}
	}
}
