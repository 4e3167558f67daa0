package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli/exit"
)

func TestParse(t *testing.T) {
	known := map[string]bool{"output": true, "policy": true, "advisory": true}
	for _, tc := range []struct {
		name, text string
		want       Config
		wantErr    string
	}{
		{name: "empty", want: Config{File: "f"}},
		{name: "all", text: "apiVersion: fixline.dev/v1alpha1\nkind: Config\ndefaults:\n  output: json\n  advisory: [CVE-1, CVE-2]\ncontexts:\n  prod-eu: {name: prod, owner: payments, environment: production}\n",
			want: Config{File: "f", Defaults: map[string]Setting{"output": {"json", 4}, "advisory": {"CVE-1,CVE-2", 5}},
				Contexts: map[string]Cluster{"prod-eu": {"prod", "payments", "production"}}}},
		{name: "unknown key", text: "default:\n  output: json\n", wantErr: `f:1: default: unknown key "default"`},
		{name: "unknown flag", text: "defaults:\n  outptu: json\n", wantErr: `f:2: defaults.outptu: unknown key "outptu"`},
		{name: "unknown in a context", text: "contexts:\n  a: {ownr: x}\n", wantErr: `f:2: contexts.a.ownr: unknown key "ownr"`},
		{name: "twice", text: "defaults:\n  output: json\n  output: yaml\n", wantErr: `f:3: defaults.output: the key "output" is already set on line 2`},
		{name: "wrong kind", text: "kind: Policy\n", wantErr: `f:1: kind: "Policy" is not one of Config`},
		{name: "no mapping", text: "- a\n", wantErr: `f:1: expected a map, found a list`},
		{name: "nested", text: "defaults:\n  output: {a: b}\n", wantErr: `f:2: defaults.output: expected a text, found a map`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Parse("f", strings.NewReader(tc.text), known)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
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

func TestUnknownKeyNamesTheNearest(t *testing.T) {
	_, err := Parse("f", strings.NewReader("defaults:\n  outptu: json\n"), map[string]bool{"output": true})
	var out strings.Builder
	exit.Print(&out, "fixline", exit.BadInput(err))
	if !strings.Contains(out.String(), `unknown key "outptu"`) || !strings.Contains(out.String(), `"output"`) {
		t.Errorf("the screen says %q; it should name the key and the nearest one", out.String())
	}
}

// TestUnasked: what a found file may not decide.
func TestUnasked(t *testing.T) {
	for flag, refused := range map[string]bool{"kubeconfig": true, "output-file": true, "out": true, "ssh": true, "ssh-known-hosts": true, "kubelet": true, "helm": false, "timeout": false} {
		c := Config{File: "f", Defaults: map[string]Setting{flag: {Value: "x", Line: 2}}}
		if err := c.unasked(); (err != nil) != refused {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
