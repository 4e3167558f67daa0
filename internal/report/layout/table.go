package layout

import "strings"

// Table is rows under a heading, two spaces between columns, no lines drawn.
type Table struct {
	Heads []string
	// Flexible names, by index, the columns that may wrap when the table is
	// too wide; the others keep their width as long as it can be helped.
	Flexible []int
	Rows     [][]Cell
}

// Cell is one field of a row.
type Cell struct {
	Text string
	// Style decorates a finished line of the cell (ANSI colours); nil leaves
	// it. It is applied after the padding is known and must not add columns.
	Style func(string) string
}

const (
	between     = 2  // columns between columns
	flexibleMin = 16 // a flexible column does not shrink below this before fixed ones do
	columnMin   = 4
)

// Row adds a row of plain cells.
func (t *Table) Row(texts ...string) {
	cells := make([]Cell, len(texts))
	for i, s := range texts {
		cells[i] = Cell{Text: s}
	}
	t.Rows = append(t.Rows, cells)
}

// Lines renders the table into lines of at most width columns, without
// trailing spaces.
func (t Table) Lines(width int) []string {
	if len(t.Rows) == 0 {
		return nil
	}
	widths := t.widths(width)
	lines := row(cells(t.Heads), widths)
	for _, r := range t.Rows {
		lines = append(lines, row(r, widths)...)
	}
	return lines
}

func cells(texts []string) []Cell {
	out := make([]Cell, len(texts))
	for i, s := range texts {
		out[i] = Cell{Text: s}
	}
	return out
}

// widths starts from what every column wants and takes single columns away,
// always from the widest: first of the flexible ones, then of all.
func (t Table) widths(width int) []int {
	widths := make([]int, len(t.Heads))
	total := between * (len(t.Heads) - 1)
	for i, h := range t.Heads {
		widths[i] = Width(h)
		for _, r := range t.Rows {
			if i < len(r) {
				widths[i] = max(widths[i], Width(r[i].Text))
			}
		}
		total += widths[i]
	}
	all := make([]int, len(widths))
	for i := range all {
		all[i] = i
	}
	total = shrink(widths, t.Flexible, flexibleMin, total, width)
	shrink(widths, all, columnMin, total, width)
	return widths
}

func shrink(widths, columns []int, least, total, width int) int {
	for total > width {
		widest := -1
		for _, c := range columns {
			if widths[c] > least && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	return total
}

// row renders one row; a cell that wraps makes the row several lines high.
func row(cells []Cell, widths []int) []string {
	wrapped := make([][]string, len(widths))
	high := 1
	for i := range widths {
		if i < len(cells) {
			// A column keeps its width, whatever is in it.
			wrapped[i] = wrap(cells[i].Text, widths[i], func(string) bool { return false })
			high = max(high, len(wrapped[i]))
		}
	}
	lines := make([]string, high)
	for n := range lines {
		lines[n] = rowLine(cells, wrapped, widths, n)
	}
	return lines
}

func rowLine(cells []Cell, wrapped [][]string, widths []int, n int) string {
	var b strings.Builder
	pending := 0 // spaces owed before the next text, so that none trail
	for i, w := range widths {
		if n < len(wrapped[i]) && wrapped[i][n] != "" {
			text := wrapped[i][n]
			b.WriteString(strings.Repeat(" ", pending))
			pending = max(w-Width(text), 0)
			if cells[i].Style != nil {
				text = cells[i].Style(text)
			}
			b.WriteString(text)
		} else {
			pending += w
		}
		pending += between
	}
	return b.String()
}
