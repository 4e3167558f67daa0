// Backup measures `fixline backup` on a real etcd of this machine, a million keys by default: the time of snapshot and
// proof against the three steps a person would take without it (etcdctl snapshot save, etcdutl snapshot restore, an etcd
// ready on the result), in turn within one run, and the memory of its own beyond the page cache. It says what it saw
// beside what is aimed at and fails only where a program does: a slow machine is no defect. Start at [run].
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/lab/program"
)

type options struct {
	fixline, etcd      string
	keys, size, rounds int
}

func main() {
	var o options
	flag.StringVar(&o.fixline, "fixline", "bin/fixline", "the `program` to measure")
	flag.StringVar(&o.etcd, "etcd", "3.7.0", "the etcd `version`")
	flag.IntVar(&o.keys, "keys", 1000000, "how many keys there are")
	flag.IntVar(&o.size, "size", 700, "bytes of each value")
	flag.IntVar(&o.rounds, "rounds", 3, "measure each way this many times, in turn")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// programs are those of one etcd.
type programs struct{ etcd, etcdctl, etcdutl string }

func find(ctx context.Context, version string) (programs, error) {
	store, err := program.Open(os.Stderr)
	if err != nil {
		return programs{}, err
	}
	paths, err := store.Paths(ctx, program.Program{Name: "etcd", Version: version}, program.Program{Name: "etcdctl", Version: version},
		program.Program{Name: "etcdutl", Version: version})
	if err != nil {
		return programs{}, err
	}
	return programs{paths[0], paths[1], paths[2]}, nil
}

// run fills an etcd, and takes each way in turn.
func run(ctx context.Context, w io.Writer, o options) error {
	p, err := find(ctx, o.etcd)
	if err != nil {
		return err
	}
	// In memory, as the proof is: a disk would decide the result.
	dir, err := os.MkdirTemp("/dev/shm", "fixline-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	live, err := serve(ctx, p.etcd, filepath.Join(dir, "live"))
	if err != nil {
		return err
	}
	defer live.stop()
	began := time.Now()
	if err := fill(ctx, live.url, o.keys, o.size); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d keys of %d bytes written in %.0f s, database %d MB\n", o.keys, o.size, time.Since(began).Seconds(), size(filepath.Join(dir, "live", "member", "snap", "db"))>>20)
	var by, own [2][]time.Duration // wall and CPU time
	var anon int64
	for range o.rounds {
		hand, err := byHand(ctx, p, live, filepath.Join(dir, "hand"))
		if err != nil {
			return err
		}
		by[0], by[1] = append(by[0], hand.wall), append(by[1], hand.cpu)
		ours, err := backup(ctx, o.fixline, p, live, filepath.Join(dir, "own"))
		if err != nil {
			return err
		}
		own[0], own[1], anon = append(own[0], ours.wall), append(own[1], ours.cpu), max(anon, ours.anon)
	}
	ratio := func(i int) float64 { return median(own[i]).Seconds() / median(by[i]).Seconds() }
	fmt.Fprintf(w, "snapshot save, snapshot restore, etcd ready  %6.1f s, %5.1f s of CPU\n", median(by[0]).Seconds(), median(by[1]).Seconds())
	fmt.Fprintf(w, "fixline backup, sealed and proven            %6.1f s, %5.1f s of CPU: %.2f (aim: at most 1.5) and %.2f of it\n",
		median(own[0]).Seconds(), median(own[1]).Seconds(), ratio(0), ratio(1))
	_, err = fmt.Fprintf(w, "fixline's own memory, beyond the page cache  %6d MB (aim: under 300)\n", anon>>20)
	return err
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}
