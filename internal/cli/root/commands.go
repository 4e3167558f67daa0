package root

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/advisories"
	"github.com/fixline-dev/fixline/internal/cli/assess"
	"github.com/fixline-dev/fixline/internal/cli/demo"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/releases"
	"github.com/fixline-dev/fixline/internal/cli/versioncmd"
)

// addCommands is the list of commands. Help and completion are cobra's own.
func addCommands(root *cobra.Command, f *factory.Factory) {
	root.AddCommand(
		assess.NewCmdAssess(f, nil),
		demo.NewCmdDemo(f, nil),
		advisories.NewCmdAdvisories(f),
		releases.NewCmdReleases(f, nil),
		versioncmd.NewCmdVersion(f, nil),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
}

// flagNames lists every flag of every command: what fixline.yaml may set.
func flagNames(root *cobra.Command) map[string]bool {
	names := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		add := func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "version" && f.Name != "config" && !f.Hidden {
				names[f.Name] = true
			}
		}
		c.LocalFlags().VisitAll(add)
		c.PersistentFlags().VisitAll(add)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return names
}
