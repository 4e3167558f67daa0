// Package update is the command `fixline advisories update`, the only one that
// downloads. Start at [NewCmdUpdate].
package update

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog/store"
	"github.com/fixline-dev/fixline/internal/cli/advisories/kept"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
)

// Options of `fixline advisories update`.
type Options struct {
	Factory *factory.Factory
	From    string
	SHA256  string
}

const feedURL = "https://k8s.io/docs/reference/issues-security/official-cve-feed/index.json"

// NewCmdUpdate builds the command.
func NewCmdUpdate(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "update --from URL|FILE",
		Short: "Download newer advisories from an address you name, or read them from a file",
		Long: `Replace what was kept from an address or a file by what it holds now. The
download is limited in size and time, and its SHA-256 sum is checked against
--sha256 or a .sha256 file beside it, and recorded. Nothing is downloaded from
anywhere else, and nothing with --offline: then import a file.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories update --from " + feedURL + "\n  fixline advisories update --from /mnt/mirror/osv.zip",
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.From, "from", "", "Address or file to take data from, `URL|FILE`")
	cmd.Flags().StringVar(&o.SHA256, "sha256", "", "SHA-256 `SUM` the data must have")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	switch {
	case o.From == "":
		return exit.WithHint(exit.Usagef("missing --from: no address is built in, so that nothing is downloaded unasked"),
			"the official feed: fixline advisories update --from %s", feedURL)
	case o.Factory.Offline && store.IsURL(o.From):
		return exit.WithHint(exit.Usagef("--offline forbids downloads, and --from names an address"), "fixline advisories import FILE")
	}
	s := store.New(o.Factory.DataDir)
	o.Factory.Progress.Step("reading %s", o.From)
	entry, warnings, err := s.Update(ctx, o.From, o.Factory.HTTP, store.Options{SHA256: o.SHA256, Now: knowledge.Today(o.Factory)})
	o.Factory.Progress.Done()
	if err != nil {
		if store.IsURL(o.From) {
			return exit.WithHint(err, "on a machine without this network: download it elsewhere, then fixline advisories import FILE")
		}
		return exit.BadInput(err)
	}
	kept.Say(o.Factory, s, entry, warnings)
	return nil
}
