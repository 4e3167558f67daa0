package source

import (
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

func parse(t *testing.T, args []string, env map[string]string) (*Options, error) {
	t.Helper()
	var o Options
	cmd := &cobra.Command{Use: "x"}
	o.AddFlags(cmd)
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	if err := flags.Apply(cmd.Flags(), flags.Environment(func(k string) string { return env[k] })); err != nil {
		t.Fatal(err)
	}
	return &o, o.Complete(cmd)
}

func TestContradictions(t *testing.T) {
	for _, tc := range []struct {
		args string
		env  map[string]string
		want string // "" = none
	}{
		{args: ""},
		{args: "--context a --kubeconfig k"},
		{args: "--contexts a,b --kubeconfig k"},
		{args: "--bundle x --name prod --owner team --environment production --available 1.34.4"},
		{args: "-f a.yaml -f b.yaml"},
		{args: "-f a.yaml", env: map[string]string{"FIXLINE_BUNDLE": "x", "FIXLINE_CONTEXT": "c", "FIXLINE_KUBECONFIG": "k", "FIXLINE_OWNER": "o"}},
		{args: "--context c", env: map[string]string{"FIXLINE_INVENTORY": "a.yaml", "FIXLINE_KUBECONFIG": "k"}},
		{args: "--bundle x -f y", want: "--bundle and --inventory name different sources"},
		{args: "--bundle x --contexts y", want: "--bundle and --contexts name different sources"},
		{args: "", env: map[string]string{"FIXLINE_BUNDLE": "x", "FIXLINE_INVENTORY": "y"}, want: "--bundle and --inventory name different sources"},
		{args: "-f y --kubeconfig k", want: "--kubeconfig chooses a live cluster, but --inventory reads none"},
		{args: "--bundle y --as root", want: "--as chooses a live cluster, but --bundle reads none"},
		{args: "--contexts a,b --context c", want: "--context and --contexts contradict"},
		{args: "--contexts a,b --name c", want: "--name and --available describe one cluster"},
		{args: "-f y --owner o", want: "--owner describes a live or recorded cluster"},
	} {
		_, err := parse(t, strings.Fields(tc.args), tc.env)
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s %v: %v", tc.args, tc.env, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || exit.Of(err) != exit.Usage):
			t.Errorf("%s %v: %v, want a usage error with %q", tc.args, tc.env, err, tc.want)
		}
	}
}

const two = `apiVersion: fixline.dev/v1alpha1
kind: ClusterInventory
metadata: {name: a}
spec: {components: [{component: kubelet, version: newest, node: w1}]}
---
apiVersion: fixline.dev/v1alpha1
kind: ClusterInventory
metadata: {name: b}
spec: {components: [{component: kubelet, version: oldest, node: w1}]}
`

// TestAllMistakesAtOnce: whoever mends a file should not have to run again for
// each mistake.
func TestAllMistakesAtOnce(t *testing.T) {
	o, err := parse(t, []string{"-f", "-"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := factory.New("fixline", terminal.Test(strings.NewReader(two), &strings.Builder{}, &strings.Builder{}), func(string) string { return "" })
	clusters, err := o.Open(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range clusters {
		if err == nil {
			t.Fatalf("cluster %q was read", c.Name)
		}
		if exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), `"newest"`) || !strings.Contains(err.Error(), `"oldest"`) {
			t.Errorf("code %d: %v; want both mistakes", exit.Of(err), err)
		}
	}
}

func TestAvailable(t *testing.T) {
	o := Options{Available: []string{"1.34.4", "v1.35.4"}}
	got, err := o.offered()
	if err != nil || len(got) != 2 || got[1].String() != "1.35.4" {
		t.Errorf("offered = %v, %v", got, err)
	}
	if got, err := (&Options{}).offered(); got != nil || err != nil {
		t.Errorf("nothing given must stay unknown, got %v, %v", got, err)
	}
}
