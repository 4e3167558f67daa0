package report

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// BoardFormats are the forms of a version-skew board.
func BoardFormats() []Format { return []Format{Text, JSON, YAML, Markdown, HTML, CSV} }

// WriteBoards writes the boards of one run in form f: as JSON and YAML one
// cluster is a Board and several are a BoardList. Nothing is changed. After an
// error w may hold a part of the report.
func WriteBoards(w io.Writer, f Format, asOf time.Time, boards []board.Board, o Options) error {
	render := map[Format]func(*bufio.Writer, []board.Board, Options) error{
		Text: boardsText, Markdown: boardsMarkdown, HTML: boardsHTML, CSV: boardsCSV,
	}[f]
	text := Visible
	if f == JSON || f == YAML { // they escape what acts, and stay exact
		text = unchanged
		render = func(out *bufio.Writer, boards []board.Board, _ Options) error {
			return boardsData(out, f, asOf, boards)
		}
	}
	if render == nil {
		return fmt.Errorf("a board has no form %q", f)
	}
	clean := make([]board.Board, len(boards))
	for i, b := range boards {
		clean[i] = rebuild(b, text)
	}
	if o.Title == "" {
		o.Title = "Fixline board"
	}
	out := bufio.NewWriterSize(w, 64<<10)
	err := render(out, clean, o.withDefaults())
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("writing the %s board: %w", f, err)
	}
	return nil
}

func boardsData(out *bufio.Writer, f Format, asOf time.Time, boards []board.Board) error {
	var v any = board.NewList(asOf, boards)
	if len(boards) == 1 {
		v = boards[0]
	}
	if f == YAML {
		return toYAML(out, v)
	}
	doc, err := encodeJSON(v, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", doc)
	return err
}

// boardStatus is the answer in a word, and how it is to be taken.
func boardStatus(b board.Board) (string, tone) {
	switch b.Legal {
	case "yes":
		return "LEGAL", good
	case "no":
		return "ILLEGAL", bad
	}
	return "UNKNOWN", warn
}

// boardAnswer is what a reader looks for first: the next move, or why there is
// none.
func boardAnswer(b board.Board) string {
	done := func(r board.Row) bool { return r.State == board.Done || r.Target == nil }
	switch {
	case b.Next != nil:
		return strings.TrimPrefix(b.Next.Sentence(), "illegal: ")
	case len(b.Rows) == 0:
		return "nothing was found that the version-skew policy speaks of"
	case b.Target == nil:
		return "no target was given, so no move comes next"
	case !slices.ContainsFunc(b.Rows, func(r board.Row) bool { return !done(r) }):
		above := func(r board.Row) bool {
			return r.Target != nil && r.Current != nil && *r.Current != *r.Target && *r.Target == *b.Target
		}
		if slices.ContainsFunc(b.Rows, above) {
			return "everything is at " + *b.Target + " or above it, and an upgrade never goes down"
		}
		return "everything is at " + *b.Target
	case b.Legal == "unknown":
		return "something could not be judged, and no other move is known"
	}
	return "no next move is known that keeps everything legal"
}

// boardWhy is the reason of the next move; "" where there is none.
func boardWhy(b board.Board) string {
	if b.Next == nil {
		return ""
	}
	return b.Next.Why
}

// boardBasis says what the board rests on.
func boardBasis(b board.Board) string {
	text := "Skew policy " + b.SkewPolicy
	if b.Target != nil {
		text = "Target " + *b.Target + ", skew policy " + b.SkewPolicy
	}
	if b.Taken != nil {
		text += ", read at " + *b.Taken
	}
	return text
}

// boardLine is rows that are alike: one instance, or many of a large cluster.
type boardLine struct {
	board.Row
	Nodes []string
}

// boardAlike is how many kubelets or kube-proxies must be alike before a form
// for people shows them as one line.
const boardAlike = 6

// boardLines keeps the order. Only what runs on every node is folded: of a
// control plane each member matters by itself.
func boardLines(b board.Board) []boardLine {
	type key struct {
		component, current, target, why, rule string
		state                                 board.State
	}
	keyOf := func(r board.Row) key {
		return key{r.Component, deref(r.Current, ""), deref(r.Target, ""), r.Why, r.Rule, r.State}
	}
	count := map[key]int{}
	for _, r := range b.Rows {
		count[keyOf(r)]++
	}
	at := map[key]int{}
	var out []boardLine
	for _, r := range b.Rows {
		k := keyOf(r)
		everywhere := r.Component == inventory.Kubelet || r.Component == inventory.KubeProxy
		if i, known := at[k]; known && everywhere && count[k] > boardAlike {
			out[i].Nodes = append(out[i].Nodes, deref(r.Node, "-"))
			continue
		}
		at[k] = len(out)
		out = append(out, boardLine{Row: r, Nodes: []string{deref(r.Node, "-")}})
	}
	return out
}

// Where is "480 nodes (w1, w2, ...)" of many.
func (l boardLine) Where() string {
	if len(l.Nodes) == 1 {
		return oneLine(l.Nodes[0])
	}
	return fmt.Sprintf("%d nodes (%s, %s, ...)", len(l.Nodes), oneLine(l.Nodes[0]), oneLine(l.Nodes[1]))
}

// Running is the version, or that it was not read.
func (l boardLine) Running() string { return oneLine(deref(l.Current, "not read")) }

// boardRules are the rules of what is not simply legal, each once.
func boardRules(b board.Board) [][2]string {
	var out [][2]string
	for _, r := range b.Rows {
		rule := [2]string{r.Code, r.Rule}
		if r.State != board.Legal && r.State != board.Done && r.Rule != "" && !slices.Contains(out, rule) {
			out = append(out, rule)
		}
	}
	return out
}

// stateTone colours a state.
func stateTone(s board.State) tone {
	switch s {
	case board.Illegal:
		return bad
	case board.LastLegal, board.Unknown:
		return warn
	case board.Done:
		return good
	}
	return muted
}

// boardsCSV is one row per instance, RFC 4180. A cluster without any has one
// row with these columns empty.
func boardsCSV(out *bufio.Writer, boards []board.Board, _ Options) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	rows := [][]string{{"cluster", "asOf", "component", "node", "current", "target", "state", "code", "rule", "why", "legal", "next"}}
	for _, b := range boards {
		list := b.Rows
		if len(list) == 0 {
			list = []board.Row{{}}
		}
		for _, r := range list {
			rows = append(rows, []string{b.Cluster, b.AsOf, r.Component, deref(r.Node, ""), deref(r.Current, ""), deref(r.Target, ""),
				string(r.State), r.Code, r.Rule, r.Why, b.Legal, boardAnswer(b)})
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = csvCell(row[i])
		}
	}
	return w.WriteAll(rows)
}
