package root

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/advisories"
	"github.com/fixline-dev/fixline/internal/cli/apply"
	"github.com/fixline-dev/fixline/internal/cli/assess"
	"github.com/fixline-dev/fixline/internal/cli/backup"
	"github.com/fixline-dev/fixline/internal/cli/board"
	"github.com/fixline-dev/fixline/internal/cli/collect"
	"github.com/fixline-dev/fixline/internal/cli/demo"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/plan"
	"github.com/fixline-dev/fixline/internal/cli/record"
	"github.com/fixline-dev/fixline/internal/cli/rehearse"
	"github.com/fixline-dev/fixline/internal/cli/releases"
	"github.com/fixline-dev/fixline/internal/cli/scan"
	"github.com/fixline-dev/fixline/internal/cli/versioncmd"
)

// addCommands is the list of commands. Help and completion are cobra's own.
func addCommands(root *cobra.Command, f *factory.Factory) {
	root.AddCommand(
		assess.NewCmdAssess(f, nil),
		collect.NewCmdCollect(f, nil),
		scan.NewCmdScan(f, nil),
		plan.NewCmdPlan(f, nil),
		board.NewCmdBoard(f, nil),
		backup.NewCmdBackup(f, nil),
		rehearse.NewCmdRehearse(f, nil),
		apply.NewCmdApply(f, nil),
		record.NewCmdRecord(f),
		demo.NewCmdDemo(f, nil),
		advisories.NewCmdAdvisories(f),
		releases.NewCmdReleases(f, nil),
		versioncmd.NewCmdVersion(f, nil),
	)
	root.SetHelpCommand(newCmdHelp())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			completionExamples(c, root.Name())
		}
	}
}

// completionExamples gives cobra's own commands the example every command has.
func completionExamples(completion *cobra.Command, program string) {
	completion.Example = "  " + program + " completion bash > /etc/bash_completion.d/" + program
	for _, shell := range completion.Commands() {
		shell.Example = "  " + program + " completion " + shell.Name()
	}
}

// newCmdHelp is cobra's own help command, but a topic it does not know is a
// usage error and not a success.
func newCmdHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help about any command",
		Long:    "Show the help of a command.\n\n" + exit.Help(exit.OK, exit.Usage),
		Example: "  fixline help assess",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				if topic == nil {
					topic = cmd.Root()
				}
				if len(rest) == 0 {
					rest = args
				}
				return flags.SubcommandsOnly(topic, rest)
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			topic, _, err := cmd.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, c := range topic.Commands() {
				if c.IsAvailableCommand() {
					names = append(names, c.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
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
