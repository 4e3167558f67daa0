// Collect measures `fixline collect` on a real kube-apiserver of this machine: wall time and peak memory on a cluster of
// 50,000 objects and on a tenth of it, against one paginated pass over the same lists with client-go, in JSON and in
// protobuf, in turn within one run. It says what it saw beside what is aimed at and fails only where fixline or the
// cluster does: a slow machine is no defect. Start at [run].
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/tools/bench/process"
)

type options struct {
	fixline, client, version string
	full                     int // percent
	rounds                   int
	keep                     bool
}

func main() {
	var o options
	flag.StringVar(&o.fixline, "fixline", "bin/fixline", "the `program` to measure")
	flag.StringVar(&o.client, "client", "bin/bench-client", "the `program` built of ./bench/client")
	flag.StringVar(&o.version, "version", "1.37.1", "the Kubernetes `version` of the API server")
	flag.IntVar(&o.full, "percent", 100, "how much of the 50,000 objects to create")
	flag.IntVar(&o.rounds, "rounds", 5, "measure each program this many times, in turn")
	flag.BoolVar(&o.keep, "serve", false, "fill the cluster, say where its kubeconfig is, and wait for an interrupt")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// run starts a cluster, measures at a tenth of the objects and at all of them, and takes the cluster away again.
func run(ctx context.Context, w io.Writer, o options) (err error) {
	dir, err := os.MkdirTemp("", "fixline-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cp, err := controlplane.Start(ctx, controlplane.Options{Version: o.version})
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := cp.Stop(); err == nil {
			err = stopErr
		}
	}()
	b := bench{options: o, w: w, dir: dir, kubeconfig: filepath.Join(dir, "kubeconfig")}
	if err := cp.Kubeconfig(b.kubeconfig, cp.Admin()); err != nil {
		return err
	}
	tenth := o.full / 10
	if err := b.fill(0, tenth); err != nil {
		return err
	}
	if !o.keep {
		small, err := b.measure(ctx, 3, b.collects())
		if err != nil {
			return err
		}
		b.small = small
	}
	if err := b.fill(tenth, o.full); err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintln(w, b.kubeconfig)
		<-ctx.Done()
		return nil
	}
	large, err := b.measure(ctx, o.rounds, append(b.collects(), b.passes()...))
	if err != nil {
		return err
	}
	return b.report(large)
}

type bench struct {
	options
	w               io.Writer
	dir, kubeconfig string

	fills int
	small []series
}

func (b *bench) fill(from, to int) error {
	start := time.Now()
	r, err := process.Measure(b.client, "fill", "-kubeconfig", b.kubeconfig, "-from", fmt.Sprint(from), "-to", fmt.Sprint(to))
	if err != nil {
		return err
	}
	fmt.Fprintf(b.w, "filled kube-apiserver %s with %s in %s\n", b.version, firstLine(r.Text), time.Since(start).Round(time.Second))
	time.Sleep(5 * time.Second) // what the server does behind our back: schemas, compaction
	return nil
}
