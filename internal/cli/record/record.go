// Package record is the command `fixline record`: the tamper-evident record of
// a change. It only holds the commands below it. Start at [NewCmdRecord].
package record

import (
	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/record/export"
	"github.com/fixline-dev/fixline/internal/cli/record/show"
	"github.com/fixline-dev/fixline/internal/cli/record/sign"
	"github.com/fixline-dev/fixline/internal/cli/record/verify"
)

// NewCmdRecord builds the command with its subcommands.
func NewCmdRecord(f *factory.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Show, verify, sign and export the record of a change",
		Long: `The record of a change is a folder that a person can read and commit: what was
decided and why (record.yaml), the plan, a journal in which each entry holds the
hash of the one before, evidence, and one signature for each who signed. What is
changed in it shows. No network is needed for any of these commands.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete),
		Example: "  fixline record show change/\n  fixline record verify change/ --trusted-keys keys.yaml",
		Args:    flags.SubcommandsOnly,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(show.NewCmdShow(f, nil), verify.NewCmdVerify(f, nil), sign.NewCmdSign(f, nil), export.NewCmdExport(f, nil))
	return cmd
}
