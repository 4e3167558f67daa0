// Package advisories is the command `fixline advisories`: the data judgements
// rest on, its dates and its sources. Start at [NewCmdAdvisories].
package advisories

import (
	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/advisories/importing"
	"github.com/fixline-dev/fixline/internal/cli/advisories/kept"
	"github.com/fixline-dev/fixline/internal/cli/advisories/list"
	"github.com/fixline-dev/fixline/internal/cli/advisories/show"
	"github.com/fixline-dev/fixline/internal/cli/advisories/update"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

// NewCmdAdvisories builds the command with its subcommands.
func NewCmdAdvisories(f *factory.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "advisories",
		Short: "List, show, import and update the advisories judgements rest on",
		Long: `List and show the advisories of the catalogue with what each source says, and
add newer ones: from a file (import), or from an address you name (update).
Nothing is downloaded unasked.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories list --component etcd\n  fixline advisories show CVE-2025-13281",
		Args:    flags.SubcommandsOnly,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(list.NewCmdList(f, nil), show.NewCmdShow(f, nil), importing.NewCmdImport(f, nil),
		update.NewCmdUpdate(f, nil), kept.NewCmdImported(f, nil), kept.NewCmdRemove(f, nil))
	return cmd
}
