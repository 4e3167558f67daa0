package root

import (
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// weakens are names of flags that would take away what no policy may: the
// proven backup, the skew check and the verification.
var weakens = regexp.MustCompile(`(skip|no|without|ignore|allow|disable|force|unsafe|insecure)-?(backup|restore|proof|skew|verif|probe|gate|check|preflight)|` +
	`(backup|skew|verif|probe|gate|check|preflight)[a-z]*-?(skip|off|none|optional)`)

// TestNoFlagWaives: no command has a flag that does without them.
func TestNoFlagWaives(t *testing.T) {
	for _, name := range []string{"skip-backup", "no-verify", "ignore-skew", "allow-gates", "verification-off", "backup-optional"} {
		if !weakens.MatchString(name) {
			t.Errorf("the test would not see --%s", name)
		}
	}
	walk(tree("fixline"), func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			// kubeadm's own flag: only names that the policy lists, never all, and
			// said by the plan; package cli/plan holds that.
			known := c.CommandPath() == "fixline plan" && f.Name == "ignore-preflight-errors"
			if weakens.MatchString(f.Name) && !known {
				t.Errorf("%s --%s waives what no policy or flag may", c.CommandPath(), f.Name)
			}
		})
	})
}
