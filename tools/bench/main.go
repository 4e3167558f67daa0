// Bench measures the fixline program from outside, as a user does: seconds and peak memory of `assess -f` on generated
// inventories of 1,000 and 10,000 clusters with 12 instances each, how the time grows between them, and the start of the
// program. It says what it saw beside what was aimed at and fails only where fixline does: a slow machine is no defect.
// Start at [main] and [measure].
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// What is aimed at, for two cores.
const (
	aimSeconds = 3.0
	aimMB      = 300.0
	aimStart   = 50 * time.Millisecond
)

func main() {
	program := flag.String("fixline", "bin/fixline", "the `program` to measure")
	asOf := flag.String("as-of", "2026-11-20", "the `day` to judge by, so that runs compare")
	runs := flag.Int("runs", 3, "measure each size this many times and take the best")
	sizes := flag.String("clusters", "1000,10000", "the `sizes` to measure")
	forms := flag.String("output", "text,json", "the output `forms` to measure")
	flag.Parse()
	if err := bench(os.Stdout, *program, *asOf, *runs, *sizes, *forms); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// point is what one size cost in one output form.
type point struct {
	clusters int
	run
}

func bench(w io.Writer, program, asOf string, runs int, sizes, forms string) error {
	dir, err := os.MkdirTemp("", "fixline-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	fmt.Fprintf(w, "%s on %d cores (%s/%s), best of %d\n", program, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runs)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "output\tclusters\tinstances\tinput MB\toutput MB\tseconds\tCPU seconds\tpeak MB\t")
	var notes []string
	for form := range strings.SplitSeq(forms, ",") {
		var points []point
		for size := range strings.SplitSeq(sizes, ",") {
			n, err := strconv.Atoi(size)
			if err != nil {
				return fmt.Errorf("reading the size %q: %w", size, err)
			}
			file := filepath.Join(dir, size+".yaml")
			bytes, err := writeFile(file, n)
			if err != nil {
				return err
			}
			best, err := repeat(runs, program, "assess", "-f", file, "--as-of", asOf, "-o", form)
			if err != nil {
				return err
			}
			fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t%.1f\t%.2f\t%.2f\t%.0f\t\n", form, n, n*len(instances()), mega(bytes), mega(best.output),
				best.wall.Seconds(), best.cpu.Seconds(), mega(best.peak))
			points = append(points, point{n, best})
		}
		notes = append(notes, compare(form, points[0], points[len(points)-1]))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, strings.Join(notes, "\n"))

	var starts []time.Duration
	for range 21 {
		r, err := measure(program, "--version")
		if err != nil {
			return err
		}
		starts = append(starts, r.wall)
	}
	slices.Sort(starts)
	median := starts[len(starts)/2]
	fmt.Fprintf(w, "--version: median %s of %d; aim: under %s: %s\n", median.Round(100*time.Microsecond), len(starts), aimStart, verdict(median < aimStart))
	return nil
}

// compare says how cost grew from the smallest to the largest size, and how the largest does against the aim.
func compare(form string, small, large point) string {
	grown := float64(large.clusters) / float64(small.clusters)
	return fmt.Sprintf("%s: %gx the clusters took %.1fx the time (linear: %g; the program's start counts in both); aim under %g s and %g MB: %s, %s",
		form, grown, large.wall.Seconds()/small.wall.Seconds(), grown,
		aimSeconds, aimMB, verdict(large.wall.Seconds() < aimSeconds), verdict(mega(large.peak) < aimMB))
}

// repeat measures several times: the best time, which other work on the machine disturbed least, and the highest peak.
func repeat(runs int, program string, args ...string) (best run, err error) {
	for i := range runs {
		r, err := measure(program, args...)
		if err != nil {
			return run{}, err
		}
		if i == 0 || r.wall < best.wall {
			r.peak, best = max(r.peak, best.peak), r
		}
		best.peak = max(best.peak, r.peak)
	}
	return best, nil
}

// run is what one run of the program cost; sizes are bytes.
type run struct {
	wall, cpu    time.Duration
	peak, output int64
}

// measure runs the program. Exit codes 3 and 4 are answers (findings; incomplete), not failures.
func measure(program string, args ...string) (run, error) {
	cmd := exec.Command(program, args...)
	var out counter
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && (exit.ExitCode() == 3 || exit.ExitCode() == 4) {
		err = nil
	}
	if err != nil {
		return run{}, fmt.Errorf("running %s %s: %w\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	if out == 0 {
		return run{}, fmt.Errorf("running %s %s: it printed nothing", program, strings.Join(args, " "))
	}
	state := cmd.ProcessState
	// Linux carries a process's peak over exec from the process that forked it, so this one must stay small.
	peak := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		peak *= 1024 // getrusage(2): kilobytes there, bytes on macOS
	}
	return run{wall: wall, cpu: state.UserTime() + state.SystemTime(), peak: peak, output: int64(out)}, nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}
