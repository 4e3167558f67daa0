package flags

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
)

func TestApply(t *testing.T) {
	for _, tc := range []struct {
		name       string
		args       []string
		env        map[string]string
		output     string
		bundle     string
		accept     string
		wantErrHas string
	}{
		{name: "nothing", output: "text"},
		{name: "environment", env: map[string]string{"FIXLINE_OUTPUT": "json"}, output: "json"},
		{name: "command line wins", args: []string{"-o", "yaml"}, env: map[string]string{"FIXLINE_OUTPUT": "json"}, output: "yaml"},
		{name: "empty is unset", env: map[string]string{"FIXLINE_OUTPUT": ""}, output: "text"},
		{name: "no twin for what weakens", env: map[string]string{"FIXLINE_ACCEPT": "all"}, output: "text"},
		{name: "a group member on the line silences the others", args: []string{"--inventory", "a"},
			env: map[string]string{"FIXLINE_BUNDLE": "b"}, output: "text"},
		{name: "group from the environment", env: map[string]string{"FIXLINE_BUNDLE": "b"}, output: "text", bundle: "b"},
		{name: "bad value names the variable", env: map[string]string{"FIXLINE_OUTPUT": "jsn"}, wantErrHas: `FIXLINE_OUTPUT: "jsn" is none of text, json, yaml; did you mean "json"?`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
			out := &Enum{Value: "text", Allowed: []string{"text", "json", "yaml"}}
			fs.VarP(out, "output", "o", "")
			bundle := fs.String("bundle", "", "")
			fs.String("inventory", "", "")
			accept := fs.String("accept", "", "")
			NoTwin(fs, "accept")
			Group(fs, "source", "recorded", "bundle")
			Group(fs, "source", "declared", "inventory")
			if err := fs.Parse(tc.args); err != nil {
				t.Fatal(err)
			}
			err := Apply(fs, Environment(func(k string) string { return tc.env[k] }))
			if tc.wantErrHas != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErrHas) || exit.Of(err) != exit.Usage {
					t.Fatalf("error %v, want a usage error with %q", err, tc.wantErrHas)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if out.Value != tc.output || *bundle != tc.bundle || *accept != tc.accept {
				t.Errorf("output %q bundle %q accept %q, want %q %q %q", out.Value, *bundle, *accept, tc.output, tc.bundle, tc.accept)
			}
		})
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"assess", "advisories", "releases", "demo"}
	for in, want := range map[string]string{
		"asses":  `; did you mean "assess"?`,
		"adviso": `; did you mean "advisories"?`,
		"xyz":    "",
		"Demo":   `; did you mean "demo"?`,
	} {
		if got := Suggest(in, known); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	root := &cobra.Command{Use: "fixline"}
	cmd := &cobra.Command{Use: "assess", Run: func(*cobra.Command, []string) {}}
	root.AddCommand(cmd)
	cmd.Flags().Var(&Date{}, "as-of", "")
	for _, tc := range []struct{ arg, want string }{
		{"--as-off=2026-01-01", `unknown flag --as-off; did you mean "--as-of"?`},
		{"--as-of=tomorrow", `--as-of: "tomorrow" is not a day such as 2026-03-15`},
	} {
		err := UsageError(cmd, cmd.ParseFlags([]string{tc.arg}))
		if err.Error() != tc.want || exit.Of(err) != exit.Usage {
			t.Errorf("%s: %v (code %d), want %q", tc.arg, err, exit.Of(err), tc.want)
		}
	}
	if err := SubcommandsOnly(root, []string{"asess"}); err.Error() != `unknown command "asess"; did you mean "assess"?` {
		t.Error(err)
	}
}

func TestDateOr(t *testing.T) {
	now := time.Date(2026, 3, 15, 23, 59, 0, 0, time.FixedZone("west", -3600))
	var d Date
	if got := d.Or(now).Format(time.DateOnly); got != "2026-03-16" {
		t.Errorf("today = %s, want the day in UTC", got)
	}
	if err := d.Set("2026-01-02"); err != nil || d.Or(now).Format(time.DateOnly) != "2026-01-02" {
		t.Errorf("given day lost: %v %v", d, err)
	}
}
