// Package export writes a change record in the forms people and audit systems
// read: text, Markdown, one HTML page, JSON. It decides what is said first; what
// holds of the record, package record has decided. Start at [Write].
package export

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/report"
)

// Formats are the forms a record is exported in.
func Formats() []report.Format { return []report.Format{report.Markdown, report.HTML, report.JSON} }

// Document is the JSON form. What evidence, plan and attestations hold is not in
// it, only their sums.
type Document struct {
	APIVersion   string             `json:"apiVersion"`
	Kind         string             `json:"kind"`
	Decision     *decision.Decision `json:"decision"` // null where record.yaml cannot be trusted to be what was written
	Verification record.Report      `json:"verification"`
	Journal      []journal.Entry    `json:"journal"`
}

// Of is the document of a record that was verified.
func Of(r record.Report) Document {
	return Document{decision.APIVersion, "ChangeRecordExport", r.Decision(), r, append([]journal.Entry{}, r.Entries()...)}
}

// Options of a text.
type Options struct {
	Width int  // columns of the screen, 0 = 100
	Brief bool // only the verification, not what was decided
}

// Write writes r in one of [Formats], or as text.
func Write(w io.Writer, form report.Format, r record.Report, o Options) error {
	switch form {
	case report.JSON:
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(Of(r))
	case report.Markdown:
		return markdown(w, r)
	case report.HTML:
		return html(w, r)
	case report.Text:
		return text(w, r, o)
	}
	return fmt.Errorf("a record has no form %q", form)
}
