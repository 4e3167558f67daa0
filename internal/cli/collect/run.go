package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// hostTimeout bounds a host unless --timeout says otherwise: its slowest
// command, the list of pending updates, may take a minute of it.
const hostTimeout = 3 * time.Minute

// run gathers, writes the bundle and tells what is in it.
func (o *Options) run(ctx context.Context) error {
	g := gathering{Options: o, api: &kube.Collected{}}
	var err error
	if g.way, err = o.SSH.Prepare(o.Factory); err != nil {
		return err
	}
	if err := g.connect(); err != nil {
		return err
	}
	w, err := pack.Create(o.Out, pack.Options{Force: o.Force})
	if err != nil {
		return outputError(err)
	}
	defer w.Abort()
	g.sink = w
	if o.Factory.IO.Progress() {
		o.Factory.IO.Notef("%s", g.intent())
	}
	began := o.Factory.Now()
	err = g.all(ctx)
	o.Factory.Progress.Done()
	if ctx.Err() != nil { // also a last moment to stop before something is there
		return fmt.Errorf("nothing was written: %w", ctx.Err())
	}
	if err != nil {
		return outputError(err)
	}
	ended := o.Factory.Now()
	written, err := w.Commit(evidence.Manifest{
		Cluster: cmp.Or(o.Name, g.at.Label), Server: g.api.Server, Program: "fixline " + build.Version(),
		Started: stamp(began), Finished: stamp(ended), Warnings: g.api.Warnings, Clocks: g.clocks,
	})
	if err != nil {
		return outputError(err)
	}
	answer := answerOf(written, g.api, g.looked, ended.Sub(began), o.Kubelet.Value != "")
	if err := o.Output.Data(o.Factory, answer, func(w io.Writer) error { return answer.text(w, o.Factory.Program, o.Factory.IO.Width()) }); err != nil {
		return err
	}
	if !answer.Coverage.Complete {
		return exit.Result(exit.Incomplete)
	}
	return nil
}

// connect finds the cluster, where one is asked.
func (g *gathering) connect() (err error) {
	if g.HostsOnly {
		return nil
	}
	if err := source.Reachable(g.Kube, *g.Kube.Context, g.Factory); err != nil {
		if exit.Of(err) == exit.Usage && (g.Local || g.SSH.Asked()) {
			return exit.WithHint(err, "name a cluster with --kubeconfig or --context; or read the hosts alone: --hosts-only")
		}
		return err
	}
	g.at, err = source.Connect(g.Kube, *g.Kube.Context)
	return err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// outputError: a place that cannot be written to is the user's to correct, a
// disk that is full has failed.
func outputError(err error) error {
	out, ok := errors.AsType[*pack.OutputError](err)
	if ok && (errors.Is(out, fs.ErrExist) || errors.Is(out, fs.ErrNotExist) || errors.Is(out, fs.ErrPermission)) {
		return exit.BadInput(err)
	}
	return err
}
