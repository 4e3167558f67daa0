// Package scan is the command `fixline scan`: it joins manifests, the table of
// API versions and the ignore file into one answer, and a report. It decides
// what is read and how the run ends; package manifest says what an object is,
// package removal what becomes of it. Start at [NewCmdScan].
package scan

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline scan`.
type Options struct {
	Factory *factory.Factory

	Paths  []string
	Target string
	Addons map[string]string // product -> version
	Rules  []string
	Ignore []string
	AsOf   flags.Date
	FailOn flags.Enum
	Patch  string // where a unified diff of the certain edits goes, "-" = standard output
	Output output.Options

	cluster clusterOptions
}

const long = `Find what uses an API version that the target does not serve any more, does not
serve yet, or deprecates: what to write instead, and what else changed between the
two. Manifests are named with file, line, column and document; of a cluster it
takes who writes each object in which version, its last-applied annotation, Helm's
releases (--helm), the API servers' own count of requested deprecated APIs, and
who called them (--audit-log). What was seen of one object is one finding.

Without PATH the live cluster of your kubeconfig is scanned, or a recorded one
(--bundle); with PATH only what is named. The cluster is only read, and no
deprecated API version is ever requested.

PATH is a file, a folder (its .yaml, .yml and .json files at any depth), or - for
standard input, such as what helm template or kustomize build print. Nothing is
rendered: a template is listed as unread. So is everything else that could hide an
object and could not be read, and the run then ends with exit code 4, never with a
clean bill. Links out of a folder and hidden files are left out, and said.

Where an API version is all that must change in a file, --patch writes the edit as
a unified diff for git apply. No file is ever touched; the exit code says what was
found before the patch.

`

const example = `  # The cluster of the current kubeconfig context, with its Helm releases
  fixline scan --target 1.36 --helm

  # A bundle, who calls, and the manifests, joined
  fixline scan deploy/ --target 1.36 --bundle prod.tar.zst --audit-log audit.log

  # A folder of manifests
  fixline scan deploy/ --target 1.36

  # Rendered charts and overlays
  helm template charts/web | fixline scan - --target 1.36.2
  kustomize build overlays/prod | fixline scan - --target 1.36.2

  # With rules of your own, and with the version of an add-on they speak of
  fixline scan deploy/ --target 1.36 --rules rules.yaml --addon cert-manager=1.15

  # What can be moved without a person, as a patch to look at and apply
  fixline scan deploy/ --target 1.36 --patch api.patch
  git apply api.patch

  # For code scanning
  fixline scan . --target 1.36 -o sarif --output-file scan.sarif`

// NewCmdScan builds the command.
func NewCmdScan(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, FailOn: flags.Enum{Value: "blocker", Allowed: []string{"blocker", "warning", "info", "none"}}}
	cmd := &cobra.Command{
		Use:     "scan [PATH...|-]",
		Short:   "Which manifests, objects and callers use API versions that a target does not serve?",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Interrupted),
		Example: example,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			if err := o.cluster.complete(cmd, args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.Target, "target", "", "The `VERSION` of Kubernetes to be moved to (1.36 or 1.36.2)")
	fs.StringToStringVar(&o.Addons, "addon", nil, "The version of an add-on to be moved to, `NAME=VERSION`; repeatable")
	fs.StringSliceVar(&o.Rules, "rules", nil, "Add rules about API versions from a `FILE`; repeatable")
	fs.StringSliceVar(&o.Ignore, "ignore", nil, "`FILE` with accepted findings, each with owner, reason and expiry; repeatable")
	fs.Var(&o.AsOf, "as-of", "Judge as of a day: which releases are out, which acceptances hold (default today)")
	flags.EnumVar(cmd, &o.FailOn, "fail-on", "", "Lowest severity that ends with exit code 3")
	fs.StringVar(&o.Patch, "patch", "", "Write a unified diff of every edit that is certain to `FILE`, or - (in place of the report)")
	o.cluster.addFlags(cmd)
	o.Output.AddForms(cmd, report.ScanFormats())
	flags.Path(fs, "rules", "ignore", "patch")
	flags.NoTwin(fs, "ignore")
	return cmd
}
