// Bench measures the fixline program from outside, as a user does: seconds and peak memory of `assess -f` on generated
// inventories of 1,000 and 10,000 clusters with 12 instances each, how the time grows between them, and the start of the
// program. It says what it saw beside what was aimed at and fails only where fixline does: a slow machine is no defect.
// Start at [main].
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fixline-dev/fixline/tools/bench/process"
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
	process.Run
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
			fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\t%.1f\t%.2f\t%.2f\t%.0f\t\n", form, n, n*len(instances()), mega(bytes), mega(best.Output),
				best.Wall.Seconds(), best.CPU.Seconds(), mega(best.Peak))
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
		r, err := process.Measure(program, "--version")
		if err != nil {
			return err
		}
		starts = append(starts, r.Wall)
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
		form, grown, large.Wall.Seconds()/small.Wall.Seconds(), grown,
		aimSeconds, aimMB, verdict(large.Wall.Seconds() < aimSeconds), verdict(mega(large.Peak) < aimMB))
}

// repeat measures several times: the best time, which other work on the machine disturbed least, and the highest peak.
func repeat(runs int, program string, args ...string) (best process.Run, err error) {
	for i := range runs {
		r, err := process.Measure(program, args...)
		if err != nil {
			return process.Run{}, err
		}
		if i == 0 || r.Wall < best.Wall {
			r.Peak, best = max(r.Peak, best.Peak), r
		}
		best.Peak = max(best.Peak, r.Peak)
	}
	return best, nil
}

func mega(bytes int64) float64 { return float64(bytes) / 1e6 }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}
