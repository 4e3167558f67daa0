package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fixline-dev/fixline/tools/bench/process"
)

// What is aimed at.
const (
	aimMB    = 150.0
	aimRatio = 1.5
	// aimFlat is how much more memory ten times the objects may take: a page of
	// five thousand objects is not yet what a page of a large list is.
	aimFlat = 1.5
)

// job is one program that is measured.
type job struct {
	name string
	args func() []string // of one run
	base bool            // it is what collect is compared with
	helm bool
}

// series is what the runs of one job cost.
type series struct {
	job
	wall, cpu []time.Duration
	peak      int64 // the highest
	said      string
}

func (s series) median() time.Duration { return middle(s.wall) }

func middle(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func (b *bench) collects() []job {
	collect := func(name, out string, helm bool) job {
		return job{name: name, helm: helm, args: func() []string {
			b.fills++ // a bundle that is there is not written over
			args := []string{b.fixline, "collect", "--kubeconfig", b.kubeconfig, "-O", filepath.Join(b.dir, fmt.Sprintf("%d-%s", b.fills, out))}
			if helm {
				args = append(args, "--helm")
			}
			return args
		}}
	}
	return []job{
		collect("fixline collect -O FOLDER", "bundle", false),
		collect("fixline collect -O FILE.tar.zst", "bundle.tar.zst", false),
		collect("fixline collect --helm -O FILE.tar.zst", "bundle.tar.zst", true),
	}
}

func (b *bench) passes() []job {
	pass := func(name, content string, helm bool) job {
		return job{name: name, base: true, helm: helm, args: func() []string {
			args := []string{b.client, "pass", "-kubeconfig", b.kubeconfig, "-content", content}
			if helm {
				args = append(args, "-helm")
			}
			return args
		}}
	}
	return []job{
		pass("client-go, JSON", "json", false),
		pass("client-go, protobuf", "protobuf", false),
		pass("client-go with Helm's Secrets, JSON", "json", true),
		pass("client-go with Helm's Secrets, protobuf", "protobuf", true),
	}
}

// measure runs the jobs in turn, so that what else the machine does falls on all of them alike. The first round warms
// the server's caches and does not count.
func (b *bench) measure(ctx context.Context, rounds int, jobs []job) ([]series, error) {
	out := make([]series, len(jobs))
	for round := range rounds + 1 {
		for i, j := range jobs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			args := j.args()
			r, err := process.Measure(args[0], args[1:]...)
			if err != nil {
				return nil, err
			}
			s := &out[i]
			s.job, s.said = j, firstLine(r.Text)
			s.peak = max(s.peak, r.Peak)
			if round > 0 {
				s.wall, s.cpu = append(s.wall, r.Wall), append(s.cpu, r.CPU)
			}
			if err := b.clean(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// clean removes the bundles.
func (b *bench) clean() error {
	all, err := filepath.Glob(filepath.Join(b.dir, "*-bundle*"))
	for _, path := range all {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return err
}

func (b *bench) report(large []series) error {
	fmt.Fprintf(b.w, "%s on %d cores (%s/%s) that the API server and etcd share; median of %d, in turn; peak is the highest\n",
		b.fixline, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, b.rounds)
	table := tabwriter.NewWriter(b.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "program\tseconds\tCPU seconds\tpeak MB\tpeak MB at a tenth\t: JSON pass\t: protobuf pass")
	var notes []string
	for i, s := range large {
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.0f\t", s.name, s.median().Seconds(), middle(s.cpu).Seconds(), mega(s.peak))
		if s.base {
			fmt.Fprintf(table, "\t\t\t%s\n", s.said)
			continue
		}
		small := b.small[i]
		var ratios []float64
		for _, base := range large {
			if base.base && base.helm == s.helm {
				ratios = append(ratios, s.median().Seconds()/base.median().Seconds())
			}
		}
		fmt.Fprintf(table, "%.0f\t%.2f\t%.2f\n", mega(small.peak), ratios[0], ratios[1])
		grown := float64(s.peak) / float64(small.peak)
		notes = append(notes, fmt.Sprintf("%s: aim at most %g times a pass: JSON %s, protobuf %s; under %g MB: %s; flat (ten times the objects, %.2f times the memory): %s",
			s.name, aimRatio, verdict(ratios[0] <= aimRatio), verdict(ratios[1] <= aimRatio), aimMB, verdict(mega(s.peak) < aimMB), grown, verdict(grown < aimFlat)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(b.w, strings.Join(notes, "\n"))
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}
