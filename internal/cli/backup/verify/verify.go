// Package verify is the command `fixline backup verify`: it opens a backup and
// restores it once, to prove it. Start at [NewCmdVerify].
package verify

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/backup"
	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/backup/prove"
	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
)

// Options of `fixline backup verify`.
type Options struct {
	Factory  *factory.Factory
	Output   output.Options
	Proving  proving.Options
	Store    proving.Store
	File     string
	Identity []string
}

// NewCmdVerify builds the command.
func NewCmdVerify(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Prove a backup by restoring it",
		Long: `Open a backup and restore it once into an etcd of the snapshot's own minor, in memory
and on no network, and compare it with what its manifest says the cluster had as of
the snapshot's revision. FILE is a backup of this program, here or s3://BUCKET/FILE, or
a bare snapshot of etcdctl: one of those can be found bad, but nothing says what the
cluster had, so it is never proven.

Refused as proof, with the reason: a file that is damaged or cut short, a copy of a
member's database file (it has no sum), a snapshot older than --max-age or --newer-than,
one of a member that lagged or of a cluster with the alarm CORRUPT, one whose restored
keys are not those of the cluster, and one that lacks the keys to what is encrypted.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Interrupted),
		Example: `  fixline backup verify /backups/prod-20260315T020000Z.tar.age --identity key.txt

  # Not older than a day, into the etcd of a release, into the record of a change
  fixline backup verify prod.tar.age --identity ~/.ssh/id_ed25519 --max-age 24h --etcd-binary etcd-v3.6.6-linux-amd64/ --record change/`,
		Args: flags.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			if err := o.Proving.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringSliceVar(&o.Identity, "identity", nil, "Open the backup with the private key in `FILE`, of age or SSH; repeatable")
	flags.Path(fs, "identity")
	o.Proving.AddFlags(fs)
	o.Store.AddFlags(fs)
	o.Output.AddDataFlags(cmd)
	return cmd
}

func (o *Options) run(ctx context.Context) error {
	if o.Factory.Offline && strings.HasPrefix(o.File, keep.S3Scheme) {
		return exit.Usagef("--offline forbids object stores, and %s is in one", o.File)
	}
	ids, err := proving.Identities(o.Identity)
	if err != nil {
		return exit.BadInput(err)
	}
	done, err := o.Proving.Pull(ctx, o.Factory)
	defer done()
	if err != nil {
		o.Factory.Progress.Done()
		return err
	}
	p, err := o.prove(ctx, ids)
	o.Factory.Progress.Done()
	if err != nil {
		return ended(err)
	}
	if err := o.Output.Data(o.Factory, p, func(w io.Writer) error { return proving.Text(w, p, o.Factory.IO.Width()) }); err != nil {
		return err
	}
	if err := proving.Evidence(o.Factory, o.Proving.Record, p); err != nil {
		return err
	}
	return exit.Result(proving.Code(p))
}

// prove tells a backup of ours from a bare snapshot: by its name, as a copied
// file has nothing else to tell it by.
func (o *Options) prove(ctx context.Context, ids []age.Identity) (prove.Proof, error) {
	address, name, err := keep.Split(o.File)
	if err != nil {
		return prove.Proof{}, exit.BadInput(err)
	}
	how := o.Proving.Proof(o.Factory)
	if !strings.HasSuffix(name, archive.SealedSuffix) && !strings.HasSuffix(name, archive.PlainSuffix) {
		if strings.HasPrefix(o.File, keep.S3Scheme) {
			return prove.Proof{}, exit.Usagef("%s: a backup of this program ends in %s or %s; a bare snapshot is read from a file", o.File, archive.SealedSuffix, archive.PlainSuffix)
		}
		return backup.VerifySnapshot(ctx, o.File, how)
	}
	store, err := o.Store.Open(o.Factory, address)
	if err != nil {
		return prove.Proof{}, err
	}
	s := backup.Stored{Store: store, Name: name, Keys: ids, Proof: how}
	if info, err := os.Stat(o.File); err == nil {
		s.Size = info.Size()
	}
	return backup.Verify(ctx, s)
}

// ended: a file, key or place that the user named wrongly is theirs to correct.
func ended(err error) error {
	if _, ok := errors.AsType[*archive.KeyError](err); ok || errors.Is(err, fs.ErrNotExist) {
		return exit.BadInput(err)
	}
	if _, ok := errors.AsType[*prove.MemoryError](err); ok {
		return exit.BadInput(err)
	}
	return err
}
