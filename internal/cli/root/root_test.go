package root

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		walk(c, visit)
	}
}

func tree(program string) *cobra.Command {
	return NewCmdRoot(factory.New(program, terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" }))
}

// TestTwins: every flag has one, except those that weaken something, and no
// two share one with another meaning.
func TestTwins(t *testing.T) {
	without := map[string]bool{"ignore": true, "ignore-preflight-errors": true, "force": true, "help": true, "version": true,
		"key": true, "role": true, "adopt-edit": true, "plaintext": true, "on-node": true, "scratch": true, "yes": true,
		"again": true, "done": true, "by": true, "why": true, "outside-window": true, "take-over": true}
	walk(tree("fixline"), func(c *cobra.Command) {
		if c.Name() == "completion" || c.HasParent() && c.Parent().Name() == "completion" {
			return
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			twin := flags.Twin(f)
			signer := c.Name() == "sign" && f.Name == "name" // elsewhere a cluster's
			if (twin == "") != (without[f.Name] || signer) {
				t.Errorf("%s --%s: twin %q", c.CommandPath(), f.Name, twin)
			}
			if twin != "" && !strings.HasPrefix(twin, "FIXLINE_") {
				t.Errorf("%s --%s: twin %q", c.CommandPath(), f.Name, twin)
			}
			if strings.HasSuffix(f.Usage, ".") && f.Name != "as-group" && f.Name != "as" && f.Name != "request-timeout" && f.Name != "kubeconfig" {
				t.Errorf("%s --%s: the usage is no sentence of its own: %q", c.CommandPath(), f.Name, f.Usage)
			}
		})
	})
}

// TestPluginName: as the kubectl plugin no example names a program the user
// may not have.
func TestPluginName(t *testing.T) {
	walk(tree("kubectl fixline"), func(c *cobra.Command) {
		for _, line := range strings.Split(c.Example, "\n") {
			if strings.Contains(strings.ReplaceAll(line, "kubectl fixline", ""), "fixline ") {
				t.Errorf("%s: %q", c.CommandPath(), line)
			}
		}
		if !strings.HasPrefix(c.CommandPath(), "kubectl fixline") {
			t.Errorf("path %q", c.CommandPath())
		}
	})
}
