package export

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/report"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is what the template sees.
type page struct {
	record.Report
	Title, Sentence string
	Why             string // of the state, without its word
	Sections        []section
	CSS             template.CSS
	CSP             string
}

// html is one page that stands alone: nothing is loaded from elsewhere, and
// its policy allows the one style sheet in it, by hash, and nothing else.
func html(w io.Writer, r record.Report) error {
	t, err := template.New("page").Funcs(template.FuncMap{"visible": report.Visible}).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parsing the page template: %w", err)
	}
	sum := sha256.Sum256([]byte(pageCSS))
	p := page{Report: r, Title: capital(title(r)), Sections: all(r), CSS: template.CSS(pageCSS),
		CSP: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:]))}
	_, p.Why, _ = strings.Cut(r.Summary, ": ")
	if d := r.Decision(); d != nil {
		p.Sentence = d.Sentence
	}
	return t.Execute(w, p)
}
