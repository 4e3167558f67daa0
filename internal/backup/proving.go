package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/prove"
)

// prove holds the restore of what was sent to the cluster and, beside it, what
// is stored to what was sent.
func (w *taking) prove(ctx context.Context, m archive.Manifest, p *prove.Proof) error {
	stored := make(chan error, 1)
	go func() { stored <- w.stored(ctx, p.Backup) }()
	in := w.input(w.attempt, m)
	for _, h := range w.Hosts {
		in.Authorities = append(in.Authorities, h.Authorities()...)
		if text := h.Content(h.Encryption); text != nil {
			in.Configuration = text
		}
	}
	err := prove.Prove(ctx, in, p)
	if kept := <-stored; kept != nil {
		p.Note(prove.Whole, prove.Fail, kept.Error())
	} else {
		p.Note(prove.Whole, prove.Pass, "what is stored has the sum of what was sent")
	}
	return err
}

// input is what a proof needs of the options.
func (o Proof) input(a *prove.Attempt, m archive.Manifest) prove.Input {
	return prove.Input{Attempt: a, Manifest: m, Oldest: o.Oldest, Step: o.Step}
}

// begin begins the restore of the snapshot in a scratch folder.
func (o Proof) begin(ctx context.Context, scratch *prove.Scratch, version string, prefixes []string) *prove.Attempt {
	return prove.Start{Scratch: scratch, Snapshot: scratch.Path(snapshotFile), Version: version, Prefixes: prefixes, Programs: o.Programs, Step: o.Step}.Begin(ctx)
}

// check holds the snapshot in a scratch folder to its sum, then restores and
// proves it.
func (o Proof) check(ctx context.Context, scratch *prove.Scratch, in prove.Input, p *prove.Proof) error {
	err := prove.CheckSum(scratch.Path(snapshotFile))
	if wrong, ok := errors.AsType[*prove.SnapshotError](err); ok {
		in.About(p)
		p.Note(prove.Sum, prove.Fail, "the snapshot: "+wrong.Why)
		return nil
	} else if err != nil {
		return err
	}
	prefixes, err := prove.Prefixes(scratch.Path(snapshotFile))
	if wrong, ok := errors.AsType[*prove.SnapshotError](err); ok {
		in.About(p)
		p.Note(prove.Restored, prove.Fail, "the snapshot: "+wrong.Why)
		return nil
	} else if err != nil {
		return err
	}
	in.Attempt = o.begin(ctx, scratch, in.Manifest.Etcd.Version, prefixes)
	defer in.Attempt.Close()
	return prove.Prove(ctx, in, p)
}

// snapshotFile is the snapshot's name in the scratch folder.
const snapshotFile = "snapshot.db"

// stored reads the backup back from its store.
func (w *taking) stored(ctx context.Context, want archive.Stored) error {
	r, err := w.Store.Open(ctx, want.Name)
	if err != nil {
		return fmt.Errorf("reading the stored backup: %w", err)
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, r, make([]byte, 1<<20))
	if err != nil {
		return fmt.Errorf("reading the stored backup: %w", err)
	}
	if n != want.Bytes || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return errors.New("what is stored is not what was sent")
	}
	return nil
}

// progress says how much of a stream came.
type progress struct {
	r         io.Reader
	size, got int64
	said      int64
	came      *atomic.Int64 // the same as got, for who watches
	step      func(string, ...any)
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.got += int64(n)
	p.came.Store(p.got)
	if percent := p.got * 100 / max(p.size, 1); n > 0 && percent/5 != p.said/5 || p.got == int64(n) {
		p.said = percent
		p.step("snapshot: %d of %d MiB", p.got>>20, p.size>>20)
	}
	return n, err
}
