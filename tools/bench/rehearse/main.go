// Rehearse measures `fixline rehearse` on the data of a real control plane of the lab, started for it: how long the whole
// takes beyond the target kube-apiserver's own start, in each run of its own, because that start is most of it and swings
// with the machine. It says what it saw beside what is aimed at and fails only where a program does: a slow machine is no
// defect. Start at [run].
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/lab/program"
)

type options struct {
	fixline, from, to, kubernetes string
	rounds                        int
}

func main() {
	var o options
	flag.StringVar(&o.fixline, "fixline", "bin/fixline", "the `program` to measure")
	flag.StringVar(&o.from, "from", "1.37.0", "the `version` of the cluster")
	flag.StringVar(&o.to, "to", "1.37.1", "the `version` to rehearse")
	flag.StringVar(&o.kubernetes, "kubernetes", filepath.Join("..", "test", "rehearse", "testdata", "kubernetes"), "`folder` with manifests and encryption configuration, as a control plane has them")
	flag.IntVar(&o.rounds, "rounds", 3, "measure this many times")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// programs are those a rehearsal starts, and etcdctl to save a snapshot.
type programs struct{ etcd, etcdctl, from, to string }

func find(ctx context.Context, o options) (programs, error) {
	store, err := program.Open(os.Stderr)
	if err != nil {
		return programs{}, err
	}
	etcd, err := store.EtcdFor(ctx, o.from)
	if err != nil {
		return programs{}, err
	}
	paths, err := store.Paths(ctx, program.Program{Name: "etcd", Version: etcd}, program.Program{Name: "etcdctl", Version: etcd},
		program.Program{Name: "kube-apiserver", Version: o.from}, program.Program{Name: "kube-apiserver", Version: o.to})
	if err != nil {
		return programs{}, err
	}
	return programs{paths[0], paths[1], paths[2], paths[3]}, nil
}

// run takes a snapshot of a control plane, and rehearses on it: without and with today's version to compare with.
func run(ctx context.Context, w io.Writer, o options) error {
	p, err := find(ctx, o)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fixline-bench-rehearse-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	if err := prepare(ctx, p, o, dir); err != nil {
		return err
	}
	fmt.Fprintf(w, "a control plane of %s started, and a snapshot of it saved, in %.1f s\n", o.from, time.Since(began).Seconds())
	for _, way := range []struct {
		name string
		args []string
	}{{"rehearsal of " + o.to, nil}, {"the same, held to today's " + o.from, []string{"--baseline", p.from}}} {
		var all []taken
		for range o.rounds {
			one, err := rehearse(ctx, p, o, dir, way.args...)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		slices.SortFunc(all, func(a, b taken) int { return int(a.beyond() - b.beyond()) })
		m := all[len(all)/2]
		fmt.Fprintf(w, "%-34s %5.1f s, of it %.1f s the target kube-apiserver's own start: %.1f s beyond", way.name, m.whole.Seconds(), m.start.Seconds(), m.beyond().Seconds())
		if way.args == nil {
			fmt.Fprint(w, " (aim: at most 5)")
		}
		fmt.Fprintln(w)
	}
	return nil
}

// taken is how long one rehearsal took, and of that the start of the target.
type taken struct{ whole, start time.Duration }

func (t taken) beyond() time.Duration { return t.whole - t.start }

// prepare starts a control plane, saves its snapshot, and lays its files out as /etc/kubernetes.
func prepare(ctx context.Context, p programs, o options, dir string) error {
	keys, err := filepath.Abs(filepath.Join(o.kubernetes, "encryption.yaml"))
	if err != nil {
		return err
	}
	cp, err := controlplane.Start(ctx, controlplane.Options{Version: o.from, ControllerManager: true, APIServerArgs: []string{"--encryption-provider-config=" + keys}})
	if err != nil {
		return err
	}
	defer func() { _ = cp.Stop() }() // what it stored was saved by then
	pki := filepath.Join(cp.Dir(), "pki")
	save := exec.CommandContext(ctx, p.etcdctl, "--endpoints", cp.EtcdEndpoint(), "--cacert", filepath.Join(pki, "etcd", "ca.crt"),
		"--cert", filepath.Join(pki, "apiserver-etcd-client.crt"), "--key", filepath.Join(pki, "apiserver-etcd-client.key"), "snapshot", "save", filepath.Join(dir, "snapshot.db"))
	if out, err := save.CombinedOutput(); err != nil {
		return fmt.Errorf("etcdctl snapshot save: %w: %s", err, out)
	}
	if err := os.CopyFS(filepath.Join(dir, "kubernetes", "pki"), os.DirFS(pki)); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(dir, "kubernetes"), os.DirFS(o.kubernetes))
}

// rehearse runs the program once. Exit code 3 or 4 is an answer: what a rehearsal finds is not measured here.
func rehearse(ctx context.Context, p programs, o options, dir string, more ...string) (taken, error) {
	args := append([]string{"rehearse", "--snapshot", filepath.Join(dir, "snapshot.db"), "--kubernetes", filepath.Join(dir, "kubernetes"),
		"--etcd-binary", p.etcd, "--binary", p.to, "--name", "bench", "-o", "json"}, more...)
	dry, err := exec.CommandContext(ctx, o.fixline, append(args, "--dry-run")...).Output()
	if err != nil {
		return taken{}, fmt.Errorf("fixline rehearse --dry-run: %w", err)
	}
	var asked struct{ Hash string }
	if err := json.Unmarshal(dry, &asked); err != nil {
		return taken{}, err
	}
	cmd := exec.CommandContext(ctx, o.fixline, append(args, "--yes", asked.Hash)...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	out, err := cmd.Output()
	t := taken{whole: time.Since(began)}
	if code := cmd.ProcessState.ExitCode(); err != nil && code != 3 && code != 4 {
		return t, fmt.Errorf("fixline rehearse: %w", err)
	}
	var said struct {
		Hops []struct {
			Checks []struct {
				Check, State string
				Seconds      float64
			}
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return t, err
	}
	for _, h := range said.Hops {
		for _, c := range h.Checks {
			if c.Check == "start" && c.State == "pass" {
				t.start += time.Duration(c.Seconds * float64(time.Second))
			}
		}
	}
	if t.start == 0 {
		return t, fmt.Errorf("the target did not start: %s", out)
	}
	return t, nil
}
