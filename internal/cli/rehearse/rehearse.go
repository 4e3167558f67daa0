// Package rehearse is the command `fixline rehearse`: it joins a snapshot, a
// control plane's files and the programs to start into one rehearsal, says what
// will be started and asks first, and keeps the evidence. It decides what is
// started and how the run ends; the rehearsal itself is package
// internal/rehearse. Start at [NewCmdRehearse].
package rehearse

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline rehearse`.
type Options struct {
	Factory *factory.Factory

	Snapshot, Kubernetes    string
	Backup, Host            string
	Identity                []string
	Store                   proving.Store
	BinaryDir               string
	Etcd, EtcdImage         string
	Baseline, BaselineImage string
	Binaries, Images        []string
	Answers                 string
	Refused                 []string
	Scratch                 string
	Sample                  int
	StartTimeout            time.Duration
	Name, Record            string
	DryRun                  bool
	Yes                     string
	FailOn                  flags.Enum
	Output                  output.Options
}

const long = `Start the target version's own API server on a private copy of the cluster's data,
with the cluster's flags, keys and encryption configuration, and ask it what an
upgrade would show: does it start, can it read every stored object, what changes
when objects are written back, may the same subjects do the same, is refused what
was refused, which API versions vanish, and how long the largest lists take.

Data and control plane come out of a backup of fixline backup (--backup), whose own
manifest the evidence is held to; or the data is an etcd snapshot (--snapshot), and
the rest the folder /etc/kubernetes of a control plane (--kubernetes). Of --binary or --image each is one hop, in their
order and on the same copy. With --baseline, or --baseline-image, the version that
runs today is asked the same on another copy first: only then is it known for
every answer whether it changes.

The cluster is never touched. Keys and data are in memory only (/dev/shm), unless
--scratch names a place you accept, and are removed afterwards; what a killed run
left is removed by the next. Everything listens on loopback, and nobody else can
log in. What would call other programs is left out, and said: webhooks, OIDC,
token and audit webhooks, other API servers.

What will be started is shown first and asked about; --dry-run ends there and
prints its HASH, and --yes HASH answers without a question.

`

const example = `  # Of a backup, from 1.34 to 1.35, kept in the record of the change
  fixline rehearse --backup /backups/prod-20260315T020000Z.tar.age --identity key.txt --binary-dir bin/ \
    --baseline kube-apiserver-1.34 --binary kube-apiserver-1.35 --record change/

  # Of a snapshot and a copy of /etc/kubernetes, from 1.34 to 1.35
  fixline rehearse --snapshot etcd.db --kubernetes etc-kubernetes/ --binary-dir bin/ \
    --baseline kube-apiserver-1.34 --binary kube-apiserver-1.35

  # The programs out of a mirror of the registry, two hops, kept in the record
  fixline rehearse --snapshot etcd.db --kubernetes etc-kubernetes/ --record change/ \
    --etcd-image mirror.example.org/etcd:3.6.6-0 --baseline-image mirror.example.org/kube-apiserver:v1.34.2 \
    --image mirror.example.org/kube-apiserver:v1.34.4 --image mirror.example.org/kube-apiserver:v1.35.4

  # What would be started, and the HASH for --yes
  fixline rehearse --snapshot etcd.db --kubernetes etc-kubernetes/ --binary-dir bin/ --dry-run`

// NewCmdRehearse builds the command.
func NewCmdRehearse(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, FailOn: flags.Enum{Value: "blocker", Allowed: []string{"blocker", "warning", "info", "none"}}}
	cmd := &cobra.Command{
		Use:     "rehearse --backup FILE",
		Short:   "Does the target's API server start on the cluster's data, and what changes?",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Decide, exit.Interrupted),
		Example: example,
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *Options) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&o.Backup, "backup", "", "The backup to rehearse on, a `FILE` of fixline backup, or s3://BUCKET/FILE")
	fs.StringSliceVar(&o.Identity, "identity", nil, "Open the backup with the private key in `FILE`, of age or SSH; repeatable")
	fs.StringVar(&o.Host, "host", "", "Take the flags and keys of this control-plane host, by its `NAME` in the backup (default the first)")
	o.Store.AddFlags(fs)
	fs.StringVar(&o.Snapshot, "snapshot", "", "The plain etcd snapshot, the `FILE` that etcdctl snapshot save wrote")
	fs.StringVar(&o.Kubernetes, "kubernetes", "", "`DIR` with what /etc/kubernetes of a control plane has, instead of the backup's; below its folder host/, files from elsewhere by whole path")
	fs.StringVar(&o.BinaryDir, "binary-dir", "", "`DIR` with the programs etcd and kube-apiserver, for those that are not named otherwise")
	fs.StringVar(&o.Etcd, "etcd-binary", "", "The program etcd, a `FILE`; of the minor that wrote the snapshot")
	fs.StringVar(&o.EtcdImage, "etcd-image", "", "Take etcd out of the image `REF`")
	fs.StringArrayVar(&o.Binaries, "binary", nil, "The kube-apiserver of a hop, a `FILE`; repeatable, in the order of the hops")
	fs.StringArrayVar(&o.Images, "image", nil, "Take the kube-apiserver of a hop out of the image `REF`; repeatable, in the order of the hops")
	fs.StringVar(&o.Baseline, "baseline", "", "The kube-apiserver that runs today, a `FILE`, to hold every answer to")
	fs.StringVar(&o.BaselineImage, "baseline-image", "", "Take the kube-apiserver that runs today out of the image `REF`")
	fs.StringVar(&o.Answers, "answers", "", "`FILE` with questions about access and today's answers")
	fs.StringSliceVar(&o.Refused, "refused", nil, "`FILE` with objects that must be refused; repeatable")
	fs.StringVar(&o.Scratch, "scratch", "", "`DIR` for the cluster's keys and data that you accept, instead of /dev/shm")
	fs.IntVar(&o.Sample, "sample", 20, "The most objects of one resource that are written back, spread over all of them")
	fs.DurationVar(&o.StartTimeout, "start-timeout", 3*time.Minute, "How long a program may need until it is ready")
	fs.StringVar(&o.Name, "name", "", "`NAME` of the cluster, for the evidence (default what the backup says)")
	fs.StringVar(&o.Record, "record", "", "Keep the evidence in the change record `DIR`")
	fs.BoolVar(&o.DryRun, "dry-run", false, "Only say what would be started, and its HASH")
	fs.StringVar(&o.Yes, "yes", "", "Agree to what --dry-run said, by its `HASH`")
	flags.EnumVar(cmd, &o.FailOn, "fail-on", "", "Lowest severity that ends with exit code 3")
	flags.Path(fs, "backup", "identity", "snapshot", "kubernetes", "binary-dir", "etcd-binary", "binary", "baseline", "answers", "refused", "scratch", "record")
	flags.NoTwin(fs, "yes", "scratch")
	o.Output.AddForms(cmd, report.RehearsalFormats())
}

// complete finds what contradicts itself before anything is read.
func (o *Options) complete() error {
	if err := o.data(); err != nil {
		return err
	}
	if len(o.Binaries) > 0 && len(o.Images) > 0 {
		return exit.Usagef("--binary and --image both name hops, and their order would not be known; use one")
	}
	for _, pair := range [][3]string{{"--etcd-binary", "--etcd-image", o.Etcd + "\x00" + o.EtcdImage}, {"--baseline", "--baseline-image", o.Baseline + "\x00" + o.BaselineImage}} {
		if pair[2][0] != 0 && pair[2][len(pair[2])-1] != 0 {
			return exit.Usagef("%s and %s name the same program; use one", pair[0], pair[1])
		}
	}
	o.fromDir("etcd", &o.Etcd, o.EtcdImage != "")
	if len(o.Binaries) == 0 && len(o.Images) == 0 {
		var found string
		if o.fromDir("kube-apiserver", &found, false); found != "" {
			o.Binaries = []string{found}
		}
	}
	switch {
	case o.Etcd == "" && o.EtcdImage == "":
		return exit.WithHint(exit.Usagef("no etcd is named"), "--etcd-binary FILE, --etcd-image REF, or --binary-dir DIR with a program etcd in it")
	case len(o.Binaries) == 0 && len(o.Images) == 0:
		return exit.WithHint(exit.Usagef("no kube-apiserver is named"), "--binary FILE or --image REF of the target, or --binary-dir DIR with a program kube-apiserver in it")
	case o.Sample < 1:
		return exit.Usagef("--sample: %d is too few; 1 is the least", o.Sample)
	case o.StartTimeout < time.Second:
		return exit.Usagef("--start-timeout: %s is too short; 1s is the least", o.StartTimeout)
	case o.DryRun && o.Yes != "":
		return exit.Usagef("--dry-run starts nothing, so --yes has nothing to agree to; use one")
	case o.Factory.Offline && (len(o.Images) > 0 || o.EtcdImage != "" || o.BaselineImage != ""):
		return exit.WithHint(exit.Usagef("--offline forbids to pull an image"), "name programs: --binary, --baseline, --etcd-binary")
	}
	return nil
}

// data: a backup has both, the cluster's data and its control plane's files.
func (o *Options) data() error {
	switch {
	case o.Backup != "" && o.Snapshot != "":
		return exit.Usagef("--backup and --snapshot both name the data; use one")
	case o.Backup == "" && (o.Snapshot == "" || o.Kubernetes == ""):
		return exit.WithHint(exit.Usagef("--backup, or --snapshot and --kubernetes, are needed: the cluster's data, and its control plane's files"), "fixline rehearse --help")
	case o.Backup == "" && (len(o.Identity) > 0 || o.Host != ""):
		return exit.Usagef("--identity and --host go with --backup")
	case o.Host != "" && o.Kubernetes != "":
		return exit.Usagef("--host and --kubernetes both say whose flags and keys are taken; use one")
	case o.Factory.Offline && strings.HasPrefix(o.Backup, keep.S3Scheme):
		return exit.Usagef("--offline forbids object stores, and --backup %s is in one", o.Backup)
	}
	return nil
}

// fromDir takes a program from --binary-dir where it was not named.
func (o *Options) fromDir(name string, to *string, named bool) {
	if o.BinaryDir == "" || *to != "" || named {
		return
	}
	path := filepath.Join(o.BinaryDir, name)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		*to = path
	}
}
