package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/report"
)

func boardRow(component, node, current string, state board.State, why string) board.Row {
	r := board.Row{Component: component, Target: at("1.35.4"), State: state, Code: "SKEW-002", Why: why,
		Rule: component + " must not be newer than kube-apiserver and at most 3 minors older"}
	if node != "" {
		r.Node = at(node)
	}
	if current != "" {
		r.Current = at(current)
	}
	return r
}

func boardOf(legal string, next *board.Next, rows ...board.Row) board.Board {
	return board.Board{APIVersion: "fixline.dev/v1alpha1", Kind: "Board", Cluster: "prod", AsOf: "2026-03-15", SkewPolicy: "upstream",
		Target: at("1.35.4"), Legal: legal, Next: next, Rows: rows}
}

// boards are what every form is shown.
func boards() map[string][]board.Board {
	illegal := boardOf("no", &board.Next{Component: "kubelet", Node: at("w2"), From: at("1.35.4"), To: at("1.34.2"), Stop: true,
		Why: "kubelet 1.35 is one minor newer than kube-apiserver 1.34"},
		boardRow("kube-apiserver", "cp1", "1.34.2", board.Legal, ""),
		boardRow("kubelet", "w1", "1.31.4", board.LastLegal, "before any kube-apiserver goes to 1.35, this one must move"),
		boardRow("kubelet", "w2", "1.35.4", board.Illegal, "kubelet 1.35 is one minor newer than kube-apiserver 1.34"))
	illegal.Taken = at("2026-03-15T09:00:00Z")
	unknown := boardOf("unknown", &board.Next{Component: "kubelet", Node: at("w9"), Why: "its version could not be read"},
		boardRow("kube-apiserver", "cp1", "1.35.4", board.Done, ""), boardRow("kubelet", "w9", "", board.Unknown, "its version could not be read"))
	unknown.Gaps = []board.Gap{{Check: "list pods: versions", Reason: "forbidden"}}
	large := boardOf("yes", &board.Next{Component: "kubelet", Node: at("w1"), From: at("1.34.2"), To: at("1.35.4"), Why: "every kube-apiserver is at 1.35.4; drain w1 first"},
		boardRow("kube-apiserver", "cp1", "1.35.4", board.Done, ""))
	for i := range 480 {
		large.Rows = append(large.Rows, boardRow("kubelet", fmt.Sprintf("w%d", i+1), "1.34.2", board.Legal, ""))
	}
	done := boardOf("yes", nil, boardRow("kube-apiserver", "cp1", "1.35.4", board.Done, ""))
	aimless := boardOf("yes", nil, boardRow("kube-apiserver", "", "1.35.4", board.Legal, ""))
	aimless.Target, aimless.Rows[0].Target = nil, nil
	hostile := boardOf("no", &board.Next{Component: "kube\x1b[31mlet", Node: at("<b>|`w1"), From: at("=1"), To: at("2"), Stop: true, Why: "a\nb | <script>alert(1)</script>"},
		boardRow("=cmd()", "<b>|`w1", "1\x1b]0;x\a", board.Illegal, "a\nb | <script>alert(1)</script>"))
	empty := boardOf("unknown", nil)
	return map[string][]board.Board{"illegal": {illegal}, "unknown": {unknown}, "large": {large}, "hostile": {hostile}, "several": {done, aimless, empty}}
}

func TestBoardGoldens(t *testing.T) {
	extension := map[report.Format]string{report.Text: "txt", report.JSON: "json", report.YAML: "yaml", report.Markdown: "md", report.HTML: "html", report.CSV: "csv"}
	for _, f := range report.BoardFormats() {
		for name, list := range boards() {
			if name == "large" && f != report.Text && f != report.Markdown && f != report.HTML {
				continue
			}
			got := writeBoards(t, f, list)
			golden(t, "board-"+name+"."+extension[f], got)
			if name == "hostile" && f != report.JSON && f != report.YAML && (bytes.ContainsRune(got, 0x1b) || f == report.HTML && strings.Contains(string(got), "<script")) {
				t.Errorf("%s lets through what acts", f)
			}
		}
	}
	if err := report.WriteBoards(&bytes.Buffer{}, report.SARIF, time.Time{}, nil, report.Options{}); err == nil {
		t.Error("a form that is not offered was written")
	}
}

func writeBoards(t *testing.T, f report.Format, list []board.Board) []byte {
	t.Helper()
	var out bytes.Buffer
	day := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	if err := report.WriteBoards(&out, f, day, list, report.Options{ToolVersion: "0.1.0"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBoardJSONHasEveryRow: what text folds, programs get whole; lists are
// never null.
func TestBoardJSONHasEveryRow(t *testing.T) {
	got := string(writeBoards(t, report.JSON, boards()["large"]))
	if n := strings.Count(got, `"component": "kubelet"`); n != 481 {
		t.Errorf("%d kubelets, want 480 rows and the next move", n)
	}
	if got := string(writeBoards(t, report.JSON, []board.Board{boardOf("unknown", nil)})); !strings.Contains(got, `"rows": []`) || !strings.Contains(got, `"gaps": []`) {
		t.Errorf("a list is null: %s", got)
	}
}
