// Scan measures `fixline scan` from outside, on generated folders of manifests, beside a program that only reads the same
// files one after the other: seconds, CPU seconds, peak memory, and how they grow with the number of files. It says what
// it saw beside what was aimed at and fails only where fixline does: a slow machine is no defect. Other scanners can be
// measured on the same folder with -peer. Start at [main].
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/fixline-dev/fixline/tools/bench/process"
)

// What is aimed at, for 10,000 files on two cores.
const (
	aimReads = 3.0 // times the time of reading the files
	aimMB    = 100.0
	// aimFaster is how many times as long another scanner takes (Pluto's detect-files).
	aimFaster = 6.0
)

func main() {
	program := flag.String("fixline", "bin/fixline", "the `program` to measure")
	target := flag.String("target", "1.36", "the `version` to scan for")
	asOf := flag.String("as-of", "2026-11-20", "the `day` to judge by, so that runs compare")
	runs := flag.Int("runs", 5, "measure each this many times and take the best")
	sizes := flag.String("files", "1000,10000", "the `sizes` to measure, in files of three documents")
	peer := flag.String("peer", "", "another scanner's `command`, to which the folder is appended, such as 'pluto detect-files -o json -d'")
	large := flag.Int("large", 0, "measure single files of this many `objects` instead, in every layout")
	read := flag.String("read", "", "only read the files of a `folder`: what fixline is compared with")
	flag.Parse()
	var err error
	switch {
	case *read != "":
		err = readAll(os.Stdout, *read)
	case *large > 0:
		err = benchLarge(os.Stdout, *program, *target, *asOf, *runs, *large)
	default:
		err = bench(os.Stdout, *program, *target, *asOf, *runs, *sizes, *peer)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// readAll reads every file below dir into memory, one after the other.
func readAll(w io.Writer, dir string) error {
	var bytes int
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		bytes += len(data)
		return err
	})
	fmt.Fprintln(w, bytes) // so that nothing read can be left out as unused
	return err
}

// point is what one size cost.
type point struct {
	files             int
	scan, read, other process.Run
}

func bench(w io.Writer, program, target, asOf string, runs int, sizes, peer string) error {
	dir, err := os.MkdirTemp("", "fixline-bench-scan-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s scan on %d cores (%s/%s), best of %d\n", program, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runs)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "files\tdocuments\tMB\t\tseconds\tCPU seconds\tpeak MB\ttimes the read\t")
	var points []point
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return fmt.Errorf("reading the size %q: %w", size, err)
		}
		folder := filepath.Join(dir, size)
		bytes, err := writeFolder(folder, n)
		if err != nil {
			return err
		}
		p := point{files: n}
		commands := []struct {
			name string
			into *process.Run
			args []string
		}{
			{"read", &p.read, []string{self, "-read", folder}},
			{"fixline", &p.scan, []string{program, "scan", folder, "--target", target, "--as-of", asOf, "-o", "json"}},
		}
		if peer != "" {
			commands = append(commands, struct {
				name string
				into *process.Run
				args []string
			}{strings.Fields(peer)[0], &p.other, append(strings.Fields(peer), folder)})
		}
		// Round by round, so that other work on the machine disturbs each of them alike.
		for range runs {
			for _, c := range commands {
				if err := better(c.into, c.args); err != nil {
					return err
				}
			}
		}
		for _, c := range commands {
			fmt.Fprintf(table, "%d\t%d\t%.1f\t%s\t%.3f\t%.3f\t%.0f\t%.1f\t\n", n, documentsPerFile*n, float64(bytes)/1e6, filepath.Base(c.name),
				c.into.Wall.Seconds(), c.into.CPU.Seconds(), float64(c.into.Peak)/1e6, c.into.Wall.Seconds()/p.read.Wall.Seconds())
		}
		points = append(points, p)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, compare(points[0], points[len(points)-1]))
	return nil
}

// better runs a command once more and keeps the best time, which other work on the machine disturbed least, and the
// highest peak.
func better(best *process.Run, args []string) error {
	r, err := process.Measure(args[0], args[1:]...)
	if err != nil {
		return err
	}
	peak := max(r.Peak, best.Peak)
	if best.Wall == 0 || r.Wall < best.Wall {
		*best = r
	}
	best.Peak = peak
	return nil
}

// compare says how the largest does against the aim, and how cost grew.
func compare(small, large point) string {
	times := large.scan.Wall.Seconds() / large.read.Wall.Seconds()
	mb := float64(large.scan.Peak) / 1e6
	text := fmt.Sprintf("%.1f times the read; aim: at most %g: %s; %.0f MB; aim: under %g: %s", times, aimReads, verdict(times <= aimReads), mb, aimMB, verdict(mb < aimMB))
	if small.files != large.files {
		text += fmt.Sprintf("; %gx the files took %.1fx the time (the program's start counts in both)", float64(large.files)/float64(small.files), large.scan.Wall.Seconds()/small.scan.Wall.Seconds())
	}
	if large.other.Wall > 0 {
		faster := large.other.Wall.Seconds() / large.scan.Wall.Seconds()
		text += fmt.Sprintf("; the peer took %.1f times as long; aim: at least %g: %s", faster, aimFaster, verdict(faster >= aimFaster))
	}
	return text
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}
