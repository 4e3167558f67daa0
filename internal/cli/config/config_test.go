package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	known := map[string]bool{"output": true, "policy": true, "advisory": true}
	for _, tc := range []struct {
		name, text string
		want       Config
		wantErr    string
	}{
		{name: "empty", want: Config{File: "f", Defaults: map[string]Setting{}, Contexts: map[string]Cluster{}}},
		{name: "all", text: "apiVersion: fixline.dev/v1alpha1\nkind: Config\ndefaults:\n  output: json\n  advisory: [CVE-1, CVE-2]\ncontexts:\n  prod-eu: {name: prod, owner: payments, environment: production}\n",
			want: Config{File: "f", Defaults: map[string]Setting{"output": {"json", 4}, "advisory": {"CVE-1,CVE-2", 5}},
				Contexts: map[string]Cluster{"prod-eu": {"prod", "payments", "production"}}}},
		{name: "unknown key", text: "default:\n  output: json\n", wantErr: `f:1: unknown key "default"; did you mean "defaults"?`},
		{name: "unknown flag", text: "defaults:\n  outptu: json\n", wantErr: `f:2: defaults: unknown key "outptu"; did you mean "output"?`},
		{name: "unknown in a context", text: "contexts:\n  a: {ownr: x}\n", wantErr: `f:2: contexts.a: unknown key "ownr"; did you mean "owner"?`},
		{name: "twice", text: "defaults:\n  output: json\n  output: yaml\n", wantErr: `f:3: defaults: key "output" is given twice`},
		{name: "wrong kind", text: "kind: Policy\n", wantErr: `f:1: "Policy" is not understood; wants "Config"`},
		{name: "no mapping", text: "- a\n", wantErr: `f:1: wants a mapping of keys and values`},
		{name: "nested", text: "defaults:\n  output: {a: b}\n", wantErr: `f:2: defaults.output: wants a value or a list of values`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Parse("f", []byte(tc.text), known)
			if tc.wantErr != "" {
				if err == nil || err.Error() != tc.wantErr {
					t.Fatalf("error %v, want %q", err, tc.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
