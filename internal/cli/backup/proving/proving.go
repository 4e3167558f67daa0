// Package proving is what `fixline backup` and `fixline backup verify` share:
// the flags that say how a restore is tried and where backups are kept, and
// how a proof is printed, recorded and turned into an exit code. It decides
// the code; what is proven is package backup's. Start at [Options].
package proving

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/backup"
	"github.com/fixline-dev/fixline/internal/backup/prove"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/record"
)

// Options say how a restore is tried.
type Options struct {
	EtcdBinary string
	EtcdImage  string
	Scratch    string
	MaxAge     time.Duration
	NewerThan  string
	Record     string

	pulled string // EtcdImage with its digest; see Pull
}

// AddFlags adds them.
func (o *Options) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.EtcdBinary, "etcd-binary", "", "Restore into the etcd at `PATH`, a program or a folder with etcd and etcdutl (default: beside this program, then in PATH)")
	fs.StringVar(&o.EtcdImage, "etcd-image", "", "Restore into the etcd of the image `REF`, which is pulled")
	fs.StringVar(&o.Scratch, "scratch", "", "Restore in `DIR` where memory does not hold it: the Secrets lie there in the clear for a moment")
	fs.DurationVar(&o.MaxAge, "max-age", 0, "Take no snapshot older than this for a proof (default: any age)")
	fs.StringVar(&o.NewerThan, "newer-than", "", "Take no snapshot from before `TIME` (RFC 3339) for a proof, such as when the plan was made")
	fs.StringVar(&o.Record, "record", "", "Append the proof to the change record in `DIR`")
	flags.NoTwin(fs, "scratch")
	flags.Path(fs, "etcd-binary", "scratch", "record")
}

// Validate finds what is wrong with them.
func (o *Options) Validate() error {
	if o.MaxAge < 0 {
		return exit.Usagef("--max-age: %s is less than no time", o.MaxAge)
	}
	if o.NewerThan != "" {
		if _, err := time.Parse(time.RFC3339, o.NewerThan); err != nil {
			return exit.Usagef("--newer-than: %q is no time such as 2026-03-15T02:00:00Z", o.NewerThan)
		}
	}
	if o.Scratch != "" {
		if info, err := os.Stat(o.Scratch); err != nil || !info.IsDir() {
			return exit.Usagef("--scratch: %s is no folder", o.Scratch)
		}
	}
	if o.Record != "" { // before a long stream, not after it
		if _, err := os.Stat(filepath.Join(o.Record, record.JournalFile)); err != nil {
			return exit.Usagef("--record: %s is no change record: %w", o.Record, err)
		}
	}
	if o.EtcdBinary != "" && o.EtcdImage != "" {
		return exit.Usagef("--etcd-binary and --etcd-image name two etcds; give one")
	}
	if o.EtcdBinary != "" {
		if _, err := os.Stat(o.EtcdBinary); err != nil {
			return exit.Usagef("--etcd-binary: %w", err)
		}
	}
	return nil
}

// Proof is how package backup takes them.
func (o *Options) Proof(f *factory.Factory) backup.Proof {
	p := backup.Proof{Scratch: o.Scratch, Now: f.Now, Step: f.Progress.Step, Note: f.IO.Notef,
		Programs: prove.Search{Given: o.EtcdBinary, Image: o.pulled, Path: f.Getenv("PATH")}}
	if own, err := os.Executable(); err == nil {
		p.Programs.Beside = []string{filepath.Dir(own)}
	}
	if o.MaxAge > 0 {
		p.Oldest = f.Now().Add(-o.MaxAge)
	}
	if t, err := time.Parse(time.RFC3339, o.NewerThan); err == nil && t.After(p.Oldest) {
		p.Oldest = t
	}
	return p
}

// Code is what a proof ends the run with: a backup that fails its proof stands
// in the way of a change as a blocker does, one that could not be tried is no
// clean bill.
func Code(p prove.Proof) exit.Code {
	switch p.Result {
	case prove.Pass:
		return exit.OK
	case prove.Fail:
		return exit.Findings
	}
	return exit.Incomplete
}
