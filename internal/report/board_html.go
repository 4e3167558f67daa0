package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/fixline-dev/fixline/internal/core/board"
)

//go:embed board.html
var boardHTML string

// boardsHTML writes one page that stands alone, in the style of the others.
func boardsHTML(out *bufio.Writer, boards []board.Board, o Options) error {
	t, err := template.New("board").Funcs(template.FuncMap{
		"status": func(b board.Board) status { word, how := boardStatus(b); return status{Word: word, Tone: how} },
		"answer": boardAnswer,
		"why":    boardWhy,
		"basis":  boardBasis,
		"lines":  boardLines,
		"rules":  boardRules,
		"tone":   stateTone,
		"or":     deref,
	}).Parse(boardHTML)
	if err != nil {
		return fmt.Errorf("parsing the template of the board: %w", err)
	}
	return t.Execute(out, struct {
		Boards   []board.Board
		Options  Options
		CSS      template.CSS
		CSP, Day string
	}{boards, o, template.CSS(pageCSS), policy(pageCSS), dayOf(boards)})
}

func dayOf(boards []board.Board) string {
	if len(boards) == 0 {
		return ""
	}
	return boards[0].AsOf
}
