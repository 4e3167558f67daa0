// Package backup is the command `fixline backup`: it takes a backup of a
// kubeadm control plane, restores it once to prove it, and prints and records
// the proof. It decides nothing of either: it joins hosts, etcd, store and
// record. Start at [NewCmdBackup].
package backup

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/backup/member"
	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
	"github.com/fixline-dev/fixline/internal/cli/backup/verify"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/source"
)

// Options of `fixline backup`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Kube    *genericclioptions.ConfigFlags
	Proving proving.Options
	Store   proving.Store

	Out  string
	Name string

	Endpoints         []string
	CACert, Cert, Key string
	SSH               hosts.Options
	Local, OnNode     bool

	Recipients     []string
	RecipientsFile []string
	Plaintext      bool

	DryRun bool
	Yes    string

	// given are the flags of a live cluster on the command line itself.
	given []string
}

const long = `Take a backup of a kubeadm control plane and restore it once, to prove that it can
be: a snapshot of etcd, the certificates, kubeconfigs, static pod manifests and
encryption configuration of the control-plane hosts, and an export of the workloads
without Secrets, for comparison. All of it is one file, sealed to age or SSH
recipients, that is streamed to where it is kept and is there whole or not at all; a
small clear manifest beside it has sums, revision, counts, members and the exact
commands of a restore.

Then the snapshot is restored into an etcd of its own minor, started here in memory
and on no network, and compared with what the cluster had as of the snapshot's
revision. A backup that was not restored, or that lacks the keys to what is encrypted
at rest, is "not proven", and the exit code says so.

etcd is reached over SSH (--ssh, through the host's own loopback), on this host
(--local), or by its endpoints (--endpoints, without the hosts' files). The command
says first what it will do and asks; --dry-run says it and prints a HASH, and
--yes HASH answers the question.

`

const example = `  # Over SSH, into a folder of this machine
  fixline backup -O /backups --ssh root@cp1 --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudf5h5sqxxxxxx

  # Every control-plane host, to an S3-compatible store, for whoever has the SSH keys in the file
  fixline backup -O s3://backups/prod --s3-endpoint https://s3.example.org --ssh root@cp1,root@cp2,root@cp3 --recipients-file keys.pub

  # What would be done, and then doing just that
  fixline backup -O /backups --ssh root@cp1 --recipient age1... --dry-run
  fixline backup -O /backups --ssh root@cp1 --recipient age1... --yes HASH

  # Prove one again, with its key
  fixline backup verify /backups/prod-20260315T020000Z.tar.age --identity key.txt`

// NewCmdBackup builds the command and the one below it.
func NewCmdBackup(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:     "backup -O DEST",
		Short:   "Back up a control plane, and prove the backup by restoring it",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Decide, exit.Interrupted),
		Example: example,
		Args:    flags.SubcommandsOnly,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = flags.Given(cmd.Flags(), source.LiveNames()...)
			if err := o.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.Out, "out", "O", "", "Keep the backup in `DEST`: a folder, or s3://BUCKET/PREFIX")
	fs.StringVar(&o.Name, "name", "", "Name of the cluster (default: the record's, the one kubeadm knows, or the host's)")
	fs.StringSliceVar(&o.Endpoints, "endpoints", nil, "Reach etcd at `URL`; repeatable; no file of a host is backed up then")
	fs.StringVar(&o.CACert, "cacert", "", "Trust etcd by the authority in `FILE`")
	fs.StringVar(&o.Cert, "cert", "", "Client certificate for etcd, in `FILE`")
	fs.StringVar(&o.Key, "key", "", "Key of that certificate, in `FILE`")
	o.SSH.AddFlags(fs, "Back up the control-plane host `[USER@]HOST`; repeatable: etcd through whichever keeps up, the files of all")
	fs.BoolVar(&o.Local, "local", false, "Back up the control-plane host this runs on")
	fs.BoolVar(&o.OnNode, "on-node", false, "Keep the backup on the disk of the very node, where a fire takes both")
	fs.StringSliceVar(&o.Recipients, "recipient", nil, "Seal the backup to `KEY`, an age1... or ssh-ed25519/ssh-rsa public key; repeatable")
	fs.StringSliceVar(&o.RecipientsFile, "recipients-file", nil, "Seal the backup to each public key in `FILE`; repeatable")
	fs.BoolVar(&o.Plaintext, "plaintext", false, "Do not seal the backup: who reads it has every Secret and the keys of the cluster")
	fs.BoolVar(&o.DryRun, "dry-run", false, "Say what would be done, and the HASH for --yes, and do nothing")
	fs.StringVar(&o.Yes, "yes", "", "Answer the question: `HASH` is what --dry-run printed")
	o.Proving.AddFlags(fs)
	o.Store.AddFlags(fs)
	o.Output.AddDataFlags(cmd)
	o.Kube = source.KubeFlags()
	o.Kube.AddFlags(fs)
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is always exported"
	flags.NoTwin(fs, "plaintext", "on-node", "yes", "key")
	flags.Path(fs, "cacert", "cert", "key", "recipients-file", "kubeconfig")
	// The only error is a flag that does not exist; the line above made it.
	_ = cmd.RegisterFlagCompletionFunc("context", source.CompleteContexts(o.Kube))
	cmd.AddCommand(verify.NewCmdVerify(f, nil))
	return cmd
}

// validate finds what is wrong with the command line before anything is asked.
func (o *Options) validate() error {
	ways := 0
	for _, given := range []bool{len(o.Endpoints) > 0, o.SSH.Asked(), o.Local} {
		if given {
			ways++
		}
	}
	switch {
	case o.Out == "":
		return exit.WithHint(exit.Usagef("--out is missing: where shall the backup be kept?"), "fixline backup -O FOLDER --ssh root@cp1 --recipient age1...")
	case ways == 0:
		return exit.WithHint(exit.Usagef("no control plane was named"), "add --ssh [USER@]HOST, --local on the host itself, or --endpoints URL")
	case ways > 1:
		return exit.Usagef("--ssh, --local and --endpoints are three ways to one etcd: name one")
	case len(o.Endpoints) == 0 && (o.CACert != "" || o.Cert != "" || o.Key != ""):
		return exit.Usagef("--cacert, --cert and --key go with --endpoints; from a host they are read there")
	case (o.Cert == "") != (o.Key == ""):
		return exit.Usagef("--cert and --key go together")
	case o.Plaintext && len(o.Recipients)+len(o.RecipientsFile) > 0:
		return exit.Usagef("--plaintext seals nothing, but recipients are named")
	case !o.Plaintext && len(o.Recipients)+len(o.RecipientsFile) == 0:
		return exit.WithHint(exit.Usagef("nobody is named to seal the backup to: it would hold every Secret in the clear"),
			"--recipient age1... (age-keygen -o key.txt makes one), --recipients-file ~/.ssh/id_ed25519.pub, or --plaintext")
	case o.DryRun && o.Yes != "":
		return exit.Usagef("--dry-run does nothing, so there is nothing for --yes to answer")
	case o.Factory.Offline && o.Proving.EtcdImage != "":
		return proving.Offline(o.Proving.EtcdImage)
	case o.Factory.Offline && strings.HasPrefix(o.Out, keep.S3Scheme):
		return exit.Usagef("--offline forbids object stores, and --out %s is one", o.Out)
	}
	for _, e := range o.Endpoints {
		if err := member.Check(e); err != nil {
			return exit.Usagef("--endpoints: %w", err)
		}
	}
	if err := o.SSH.Validate(); err != nil {
		return err
	}
	return o.Proving.Validate()
}
