package scan

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// layouts are ways to write n objects of one API version that is gone, every
// fourth in one that needs no person: block style, flow style, JSON, lists.
func layouts(n int) map[string]string {
	var yaml, list, flows, flow, lines, pretty []string
	for i := range n {
		api, kind := "policy/v1beta1", "PodDisruptionBudget"
		if i%4 == 0 {
			api, kind = "batch/v1beta1", "CronJob"
		}
		name, ns := fmt.Sprintf("web-%05d", i), fmt.Sprintf("team-%d", i%17)
		block := fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n  namespace: %s\nspec:\n  note: it's 3 o'clock\n", api, kind, name, ns)
		braces := fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {name: %s, namespace: %s}, spec: {note: it's 3 o'clock, list: [a, 'b', \"c\"]}}", api, kind, name, ns)
		object := map[string]any{"apiVersion": api, "kind": kind, "metadata": map[string]any{"name": name, "namespace": ns}, "spec": map[string]any{"note": "3 o'clock"}}
		text, _ := json.Marshal(object)
		wide, _ := json.MarshalIndent(object, "  ", "  ")
		yaml = append(yaml, "---\n"+block)
		list = append(list, "- "+strings.ReplaceAll(strings.TrimSuffix(block, "\n"), "\n", "\n  ")+"\n")
		flows = append(flows, "---\n"+braces+"\n")
		flow = append(flow, braces)
		lines = append(lines, string(text))
		pretty = append(pretty, string(wide))
	}
	const head = "apiVersion: v1\nkind: List\nitems:\n"
	return map[string]string{
		"documents.yaml":      strings.Join(yaml, ""),
		"list.yaml":           head + strings.Join(list, ""),
		"flow-documents.yaml": strings.Join(flows, ""),
		"flow-list.yaml":      head + "- " + strings.Join(flow, "\n- ") + "\n",
		"flow-one-line.yaml":  "{apiVersion: v1, kind: List, items: [" + strings.Join(flow, ", ") + "]}\n",
		"flow-lines.yaml":     "{apiVersion: v1, kind: List, items: [\n" + strings.Join(flow, ",\n") + "\n]}\n",
		"one-line.json":       `{"apiVersion":"v1","kind":"List","items":[` + strings.Join(lines, ",") + "]}\n",
		"lines.json":          strings.Join(lines, "\n"),
		"pretty.json":         "{\n \"kind\": \"List\",\n \"apiVersion\": \"v1\",\n \"items\": [\n  " + strings.Join(pretty, ",\n  ") + "\n ]\n}\n",
	}
}

// TestLayouts: however many objects a file holds and however it is written, each
// is found, where it stands, and every edit that needs no person is offered.
func TestLayouts(t *testing.T) {
	const n = 2000
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range layouts(n) {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := scanned(t, name, "--patch", filepath.Join(dir, "patch"))
			if len(r.Findings) != n || !r.Coverage.Complete {
				t.Fatalf("%d findings, want %d: %v, %+v", len(r.Findings), n, err, r.Coverage)
			}
			var lines [][]rune // once: a file may be one line
			for line := range strings.SplitSeq(text, "\n") {
				lines = append(lines, []rune(line))
			}
			seen, patches := map[string]bool{}, 0
			for _, f := range r.Findings {
				seen[f.Object] = true
				line := lines[*f.Line-1][*f.Column-1:]
				rest := strings.TrimLeft(string(line[:min(len(line), 60)]), `"`)
				if !strings.HasPrefix(rest, "apiVersion") || !strings.Contains(rest, string(f.ObjectAPI)) {
					t.Fatalf("%s: %d:%d is %.40q", f.Object, *f.Line, *f.Column, rest)
				}
				if f.Patch != nil {
					patches++
				} else if f.ObjectKind == "CronJob" && !strings.Contains(name, "flow") {
					t.Fatalf("%s: no patch: %s", f.Object, *f.NoPatch)
				}
			}
			diff, err := os.ReadFile("patch")
			if want := n / 4; len(seen) != n || err != nil || !strings.Contains(name, "flow") && (patches != want || strings.Count(string(diff), "\"batch/v1\"")+strings.Count(string(diff), "apiVersion: batch/v1\n") != want) {
				t.Errorf("%d objects, %d patches, want %d and %d: %v", len(seen), patches, n, want, err)
			}
		})
	}
}
