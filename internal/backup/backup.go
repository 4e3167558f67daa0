// Package backup takes a backup of a kubeadm control plane and proves it: the
// snapshot of etcd and what must come back with it, streamed to where it is
// kept, and restored once to see that it can be. It joins the packages below
// it and decides their order; which hosts, stores and keys there are is the
// caller's. It never changes the cluster, and never keeps a key in the clear.
// Start at [Take] and [Verify].
package backup

import (
	"context"
	"fmt"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/backup/member"
	"github.com/fixline-dev/fixline/internal/backup/node"
	"github.com/fixline-dev/fixline/internal/backup/prove"
)

// Options say what is backed up, and where to.
type Options struct {
	// Cluster is its name.
	Cluster string
	Program string // "fixline v0.2.0"
	// Etcd are the ways to its members; any of them will do.
	Etcd []*member.Cluster
	// Hosts are the control-plane hosts whose files were read.
	Hosts []node.Files
	// Export writes the workload export; nil = none. It gets a path to write to.
	Export func(ctx context.Context, path string) error
	Store  keep.Store
	// Recipients seal it; none = it lies in the clear.
	Recipients []age.Recipient
	// Kubernetes is the API server's version; "" = not known.
	Kubernetes string
	// Coverage lists what the caller could not read.
	Coverage []archive.Gap

	Proof
}

// Proof says how a restore is tried.
type Proof struct {
	// Scratch is where; "" = in memory.
	Scratch  string
	Programs prove.Search
	// Oldest: a snapshot taken before it proves nothing; zero = any age.
	Oldest time.Time
	Now    func() time.Time
	// Step says what is being done, Note what a person should know.
	Step, Note func(format string, args ...any)
}

// Taken is what came of it.
type Taken struct {
	Where  string         `json:"where"`
	Beside string         `json:"beside"` // where the clear manifest is
	Backup archive.Beside `json:"manifest"`
	Proof  prove.Proof    `json:"proof"`
}

// Take takes a backup, stores it whole or not at all, and tries to restore it.
// A backup that is stored and not proven is no error: the proof says so.
func Take(ctx context.Context, o Options) (Taken, error) {
	var t Taken
	if err := o.Store.Check(ctx); err != nil {
		return t, &StoreError{fmt.Errorf("the backup cannot be kept in %s: %w", o.Store.Where(""), err)}
	}
	o.Step("asking etcd")
	seen, err := member.Look(ctx, o.Etcd...)
	if err != nil {
		return t, err
	}
	for _, n := range append(seen.Notes, alarms(seen)...) {
		o.Note("note: %s", n)
	}
	one, err := seen.Chosen.From.At(seen.Chosen.Endpoint)
	if err != nil {
		return t, err
	}
	defer func() { _ = one.Close() }()

	began := o.Now()
	p := prove.NewProof(stamp(began))
	scratch, err := prove.NewScratch(o.Scratch, prove.Need(seen.Chosen.Bytes))
	if err != nil {
		p.Note(prove.Restored, prove.Unknown, "the restore was not tried: "+err.Error())
		o.Note("note: the restore will not be tried: %v", err)
		scratch = nil
	} else {
		defer func() {
			if err := scratch.Remove(); err != nil {
				o.Note("note: %v", err)
			}
		}()
	}
	w := &taking{Options: o, one: one, seen: seen, chosen: seen.Chosen, scratch: scratch, began: began}
	t.Backup, err = w.write(ctx)
	if w.attempt != nil {
		defer w.attempt.Close() // before the scratch folder goes
	}
	if err != nil {
		return t, err
	}
	t.Where, t.Beside = o.Store.Where(t.Backup.Stored.Name), o.Store.Where(w.base()+archive.BesideSuffix)
	p.Backup, p.Cluster, p.Taken = t.Backup.Stored, o.Cluster, stamp(began)
	switch {
	case w.lost != nil:
		p.Note(prove.Restored, prove.Unknown, "the restore was not tried: "+w.lost.Error())
	case scratch != nil:
		if err := w.prove(ctx, t.Backup.Manifest, p); err != nil {
			return t, fmt.Errorf("the backup is stored as %s; proving it: %w", t.Where, err)
		}
	}
	p.Seconds = seconds(o.Now().Sub(began))
	p.Judge()
	t.Proof = *p
	return t, nil
}

// StoreError is a place that cannot be written to.
type StoreError struct{ Err error }

func (e *StoreError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *StoreError) Unwrap() error { return e.Err }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()/100) / 10 }

// alarms are those that are raised, in words.
func alarms(s member.Seen) []string {
	var out []string
	for _, a := range s.Alarms {
		switch {
		case strings.HasPrefix(a, "NOSPACE"):
			out = append(out, "etcd has the alarm "+a+": its space is used up, and it takes no writes until it is compacted, defragmented and the alarm disarmed; a snapshot can be taken")
		case strings.HasPrefix(a, "CORRUPT"):
			out = append(out, "etcd has the alarm "+a+": its members do not hold the same data, so no snapshot of it proves anything")
		default:
			out = append(out, "etcd has the alarm "+a)
		}
	}
	return out
}
