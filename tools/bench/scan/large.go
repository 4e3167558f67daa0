package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/fixline-dev/fixline/tools/bench/process"
)

// layouts are ways to write many objects into one file.
func layouts() []string {
	return []string{"documents.yaml", "list.yaml", "flow-documents.yaml", "flow-one-line.yaml", "flow-lines.yaml", "one-line.json", "pretty.json"}
}

// benchLarge measures single files of many objects, each of which is a finding: CPU seconds and peak memory of a quarter
// of the objects and of all. Four times the objects should take about four times the CPU, however they are written.
func benchLarge(w io.Writer, program, target, asOf string, runs, objects int) error {
	dir, err := os.MkdirTemp("", "fixline-bench-large-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "file\tobjects\tMB\tform\tCPU seconds\tpeak MB\ttimes the CPU of a quarter\t")
	for _, name := range layouts() {
		for _, form := range []string{"text", "json", "sarif"} {
			var cpu [2]float64
			for i, n := range []int{objects / 4, objects} {
				path := filepath.Join(dir, fmt.Sprintf("%d-%s", n, name))
				size, err := writeLarge(path, name, n)
				if err != nil {
					return err
				}
				var best process.Run
				for range runs {
					if err := better(&best, []string{program, "scan", path, "--target", target, "--as-of", asOf, "-o", form}); err != nil {
						return err
					}
				}
				cpu[i] = best.CPU.Seconds()
				if i == 1 {
					fmt.Fprintf(table, "%s\t%d\t%.1f\t%s\t%.2f\t%.0f\t%.1f\t\n", name, n, float64(size)/1e6, form, cpu[1], float64(best.Peak)/1e6, cpu[1]/cpu[0])
				}
			}
		}
	}
	return table.Flush()
}

// writeLarge writes one file of n objects of API versions that are gone and returns its size.
func writeLarge(path, layout string, n int) (int64, error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	begin, before, between, end, write := "", "", "", "", block
	switch layout {
	case "documents.yaml":
		before = "---\n"
	case "list.yaml":
		begin, before = "apiVersion: v1\nkind: List\nitems:\n", "- "
		write = func(i int) string { return strings.ReplaceAll(strings.TrimSuffix(block(i), "\n"), "\n", "\n  ") + "\n" }
	case "flow-documents.yaml":
		before, write = "---\n", func(i int) string { return braces(i) + "\n" }
	case "flow-one-line.yaml":
		begin, between, end, write = "{apiVersion: v1, kind: List, items: [", ", ", "]}\n", braces
	case "flow-lines.yaml":
		begin, between, end, write = "{apiVersion: v1, kind: List, items: [\n", ",\n", "\n]}\n", braces
	case "one-line.json":
		begin, between, end = `{"apiVersion":"v1","kind":"List","items":[`, ",", "]}\n"
		write = func(i int) string { return object(i, "", "") }
	case "pretty.json":
		begin, between, end = "{\n \"apiVersion\": \"v1\",\n \"kind\": \"List\",\n \"items\": [\n", ",\n", "\n ]\n}\n"
		write = func(i int) string { return object(i, "\n   ", " ") }
	}
	fmt.Fprint(w, begin)
	for i := range n {
		if i > 0 {
			fmt.Fprint(w, between)
		}
		fmt.Fprint(w, before, write(i))
	}
	fmt.Fprint(w, end)
	if err := w.Flush(); err != nil { // holds the first error of all writes
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), file.Close()
}

// gone is the API version and kind of object i: every third needs no person to be moved.
func gone(i int) (apiVersion, kind string) {
	if i%3 == 0 {
		return "batch/v1beta1", "CronJob"
	}
	return "policy/v1beta1", "PodDisruptionBudget"
}

func block(i int) string {
	api, kind := gone(i)
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: web-%05d\n  namespace: team-%d\n  labels:\n    app.kubernetes.io/name: web-%05d\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: web-%05d\n", api, kind, i, i%17, i, i)
}

func braces(i int) string {
	api, kind := gone(i)
	return fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {name: web-%05d, namespace: team-%d, labels: {app.kubernetes.io/name: web-%05d}}, spec: {maxUnavailable: 1, selector: {matchLabels: {app.kubernetes.io/name: web-%05d}}}}", api, kind, i, i%17, i, i)
}

func object(i int, line, space string) string {
	api, kind := gone(i)
	return fmt.Sprintf(`{%[6]s"apiVersion":%[7]s"%[1]s",%[6]s"kind":%[7]s"%[2]s",%[6]s"metadata":%[7]s{%[6]s"name":%[7]s"web-%05[3]d",%[6]s"namespace":%[7]s"team-%[4]d",%[6]s"labels":%[7]s{"app.kubernetes.io/name":%[7]s"web-%05[5]d"}},%[6]s"spec":%[7]s{"maxUnavailable":%[7]s1,%[6]s"selector":%[7]s{"matchLabels":%[7]s{"app.kubernetes.io/name":%[7]s"web-%05[5]d"}}}}`, api, kind, i, i%17, i, line, space)
}
