// Package report writes one assess.Result in the forms people and programs
// read: text, JSON, YAML, Markdown, HTML, SARIF, JUnit and CSV. It decides how
// a result is said, never what the result is: no verdict, date or exit code is
// made here. It reads no clock, environment, file or network. Every form names
// the catalogue's date, and says aloud what the answer could not see. Start at
// [Write].
package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// Format is one output form, by the name `-o` takes.
type Format string

// The forms Write knows.
const (
	Text     Format = "text"
	JSON     Format = "json"
	YAML     Format = "yaml"
	Markdown Format = "markdown"
	HTML     Format = "html"
	SARIF    Format = "sarif"
	JUnit    Format = "junit"
	CSV      Format = "csv"
)

// Formats lists every form, in the order help texts name them.
func Formats() []Format {
	return []Format{Text, JSON, YAML, Markdown, HTML, SARIF, JUnit, CSV}
}

// ParseFormat turns what a user typed into a Format. The error lists the
// names that would have worked.
func ParseFormat(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if string(f) == name {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("unknown output format %q: use %s", name, strings.Join(names, ", "))
}

// Options say how a result is shown. The zero value is plain text, 100 columns.
type Options struct {
	// Width is the terminal's in columns, for text; 0 means 100. Text is never
	// wider than 100 columns and never narrower than 40.
	Width int
	// Colour adds ANSI colours to text; no other form has any.
	Colour bool
	// Title heads text, Markdown and HTML; "" is "Fixline assessment".
	Title string
	// All shows not-affected advisories too, where the result lists them. JSON
	// and YAML always hold what the result holds.
	All bool
	// Program is how the user calls it in the commands text suggests
	// ("kubectl fixline"); "" is "fixline".
	Program string
	// ToolVersion is the version of Fixline itself, for SARIF and HTML; "" is
	// left out.
	ToolVersion string
}

func (o Options) withDefaults() Options {
	if o.Width == 0 || o.Width > maxWidth {
		o.Width = maxWidth
	}
	o.Width = max(o.Width, minWidth)
	if o.Title == "" {
		o.Title = "Fixline assessment"
	}
	if o.Program == "" {
		o.Program = "fixline"
	}
	return o
}

// Write writes r to w in form f; r is not changed. After an error w may hold a
// part of the report.
func Write(w io.Writer, f Format, r assess.Result, o Options) error {
	render, err := renderer(f)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	err = render(out, r, o.withDefaults())
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("writing the %s report: %w", f, err)
	}
	return nil
}

type renderFunc func(*bufio.Writer, assess.Result, Options) error

// renderer picks the form. Forms whose syntax cannot carry control characters
// get a result in which they are visible; JSON and YAML escape them and stay
// exact.
func renderer(f Format) (renderFunc, error) {
	visibly := func(render renderFunc) renderFunc {
		return func(out *bufio.Writer, r assess.Result, o Options) error {
			o.Title = Visible(o.Title)
			return render(out, makeVisible(r), o)
		}
	}
	switch f {
	case Text:
		return visibly(writeText), nil
	case JSON:
		return writeJSON, nil
	case YAML:
		return writeYAML, nil
	case Markdown:
		return visibly(writeMarkdown), nil
	case HTML:
		return visibly(writeHTML), nil
	case SARIF:
		return visibly(writeSARIF), nil
	case JUnit:
		return visibly(writeJUnit), nil
	case CSV:
		return visibly(writeCSV), nil
	}
	_, err := ParseFormat(string(f))
	return nil, err
}
