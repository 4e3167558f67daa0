// Package root is the command `fixline` itself: its global flags, and what
// happens before any command runs. Start at [NewCmdRoot].
package root

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/config"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

const long = `fixline takes a Kubernetes operator from a security advisory to a proven, fixed
cluster: is it affected, is the minor supported, is exploitation reachable here,
and which is the smallest version that fixes it, is supported and can be reached.

Only apply changes a cluster, by a plan that was agreed to. Unknown is never clean:
what could not be read or decided is said aloud and has its own exit code.

Every flag has an environment twin: --as-of is FIXLINE_AS_OF. The flags that
approve or weaken something have none. Flags win over the environment, and the
environment over fixline.yaml.`

const example = `  # Judge the cluster of the current kubeconfig context
  fixline assess

  # The same without a cluster: a recording of a real one
  fixline demo

  # One advisory, one declared cluster, as a document for a ticket
  fixline assess -f cluster.yaml --advisory CVE-2025-13281 -o markdown`

// NewCmdRoot builds the whole command tree in the world of f.
func NewCmdRoot(f *factory.Factory) *cobra.Command {
	var global struct {
		quiet, verbose, offline bool
		config, dataDir         string
	}
	cmd := &cobra.Command{
		Use:               "fixline",
		Short:             "From a Kubernetes security advisory to a proven, fixed cluster",
		Long:              long + "\n\n" + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Stopped, exit.Decide, exit.Interrupted),
		Example:           example,
		Version:           build.Version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Args:              flags.SubcommandsOnly,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	if f.Program != cmd.Name() {
		cmd.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: f.Program}
	}
	cmd.SetIn(f.IO.In)
	cmd.SetOut(f.IO.Out)
	cmd.SetErr(f.IO.Err)
	cmd.SetFlagErrorFunc(flags.UsageError)
	cmd.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	cmd.SuggestionsMinimumDistance = 2

	p := cmd.PersistentFlags()
	p.BoolVarP(&global.quiet, "quiet", "q", false, "No colour, no progress, no notes: only the result and errors")
	p.BoolVarP(&global.verbose, "verbose", "v", false, "Say on standard error what is being done, also into a pipe")
	p.BoolVar(&global.offline, "offline", false, "Forbid any network call but the cluster's own")
	p.StringVar(&global.config, "config", "", "Configuration `FILE` (default ./fixline.yaml, where there is one)")
	p.StringVar(&global.dataDir, "data-dir", "", "`FOLDER` that keeps imported and downloaded data (default the user's data folder)")

	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := flags.Apply(cmd.Flags(), flags.Environment(f.Getenv)); err != nil {
			return err
		}
		c, err := config.Load(global.config, flagNames(cmd.Root()))
		if err != nil {
			return err
		}
		if err := flags.Apply(cmd.Flags(), c.Lookup); err != nil {
			return err
		}
		f.Streams(global.quiet, global.verbose)
		f.Offline, f.DataDir, f.Config = global.offline, global.dataDir, c
		if f.DataDir == "" {
			f.DataDir = factory.DefaultDataDir()
		}
		if c.File != "" {
			f.IO.Verbosef("configuration: %s", c.File)
		}
		for _, name := range flags.Weakening(cmd.Flags()) {
			f.IO.Notef("note: %s sets --%s", c.File, name)
		}
		return nil
	}
	addCommands(cmd, f)
	rename(cmd, f.Program)
	return cmd
}

// rename writes the examples and help texts as the user calls the program.
func rename(cmd *cobra.Command, program string) {
	cmd.Example = exit.Rename(cmd.Example, program)
	cmd.Long = strings.TrimSpace(cmd.Long)
	for _, c := range cmd.Commands() {
		rename(c, program)
	}
}
