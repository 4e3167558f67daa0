package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Attempt is a restore that is under way, in the background: on a cluster of
// some size it takes as long as what else there is to ask and to store.
type Attempt struct {
	ctx    context.Context //nolint:containedctx // what runs in the background ends with it
	cancel context.CancelFunc
	done   chan struct{}
	in     Start

	programs *Programs
	by       string
	notes    []Check
	server   *Server // nil where it did not come to that; the last note says why
	err      error
}

// Start says what is restored.
type Start struct {
	Scratch *Scratch
	// Snapshot is its path, in the scratch folder, and its sum is right: what is
	// damaged may end the program. It is removed as soon as it is restored.
	Snapshot string
	Version  string // of the server that gave it: "3.6.6"
	// Prefixes are its resources: see [Prefixes].
	Prefixes []string
	// Programs find the etcd to restore into.
	Programs Search
	// Step says what is being done.
	Step func(format string, args ...any)
}

// Begin begins one. Close must be called in the end.
func (s Start) Begin(ctx context.Context) *Attempt {
	ctx, cancel := context.WithCancel(ctx)
	a := &Attempt{ctx: ctx, cancel: cancel, done: make(chan struct{}), in: s}
	go func() {
		defer close(a.done)
		a.err = a.run()
	}()
	return a
}

// Close ends it and what it started.
func (a *Attempt) Close() {
	a.cancel()
	<-a.done
	if a.server != nil {
		a.server.Stop()
	}
}

func (a *Attempt) note(check string, state State, why string) {
	a.notes = append(a.notes, Check{check, state, why})
}

func (a *Attempt) run() error {
	minor := Minor(a.in.Version)
	programs, err := a.in.Programs.Find(a.ctx, minor)
	if err != nil {
		a.note(Restored, Unknown, err.Error())
		return a.ctx.Err()
	}
	a.programs = &programs
	a.in.Step("restoring the snapshot for a test")
	data := a.in.Scratch.Path("data")
	a.by, err = a.in.Scratch.restore(a.ctx, a.in.Snapshot, minor, programs.Etcdutl, data)
	if a.ctx.Err() != nil {
		return context.Cause(a.ctx)
	}
	if err != nil {
		a.note(Restored, Fail, "it cannot be restored: "+err.Error())
		return nil //nolint:nilerr // the note is what the proof says of it
	}
	a.note(Restored, Pass, "restored by "+a.by)
	if err := os.Remove(a.in.Snapshot); err != nil {
		return err
	}
	a.in.Step("starting etcd %s on the restored data", programs.Version)
	server, err := a.in.Scratch.Serve(a.ctx, programs.Etcd, data)
	if err != nil {
		if a.ctx.Err() != nil {
			return context.Cause(a.ctx)
		}
		a.note(Started, Fail, err.Error())
		return nil
	}
	a.server = server
	a.note(Started, Pass, fmt.Sprintf("etcd %s serves the restored data", programs.Version))
	return nil
}

// wait gives what came of it; a nil server where it ended before.
func (a *Attempt) wait(p *Proof) (*Server, error) {
	<-a.done
	p.Programs = a.programs
	if a.by != "" {
		p.RestoredBy = &a.by
	}
	p.Checks = append(p.Checks, a.notes...)
	return a.server, a.err
}

// with adds that the server ended to what went wrong.
func (e *Server) with(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, e.Gone())
}
