package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/fixline-dev/fixline/internal/report"
)

// What a cluster says about itself can be written by whoever may name a node,
// a label or a namespace. No form may let it act.

func TestNoFormCarriesControlCharacters(t *testing.T) {
	for _, f := range report.Formats() {
		doc := string(write(t, f, hostile(), report.Options{Title: bomb}))
		if f == report.CSV {
			doc = strings.ReplaceAll(doc, "\r\n", "\n") // RFC 4180's own line ends
		}
		for i, r := range doc {
			// JSON may carry U+202E as it is: it is for programs.
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && f != report.JSON && f != report.YAML) {
				t.Errorf("%s holds %U near %q", f, r, doc[max(0, i-30):min(len(doc), i+30)])
				break
			}
		}
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain ä 漢字": "plain ä 漢字", "\x1b[2J": `\x1b[2J`, "a\nb\tc": "a\nb    c", "\x9b0m": `\x9b0m`, "\u009b": `\u009b`,
		"a\u202eb": `a\u202eb`, "z\u200bw": `z\u200bw`, "\u2028": `\u2028`, "\xff": `\xff`, "\U000e0041": `\U000e0041`,
	} {
		if got := report.Visible(in); got != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHTMLLetsNothingThrough(t *testing.T) {
	page := string(write(t, report.HTML, hostile(), report.Options{Title: bomb}))
	for _, bad := range []string{"<script", `href="javascript:`, "<svg", "onerror=", "http-equiv=\"refresh", "<link", "<img", "@import", "url("} {
		if strings.Contains(strings.ToLower(page), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("no style sheet")
	}
	sum := sha256.Sum256([]byte(style[1]))
	policy := "style-src &#39;sha256-" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;") + "&#39;"
	if !strings.Contains(page, policy) || !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Errorf("the policy does not name the style sheet's hash %s", policy)
	}
	if strings.Contains(page, " style=") {
		t.Error("a style attribute, which the policy forbids")
	}
}

func TestMarkdownStaysLiteral(t *testing.T) {
	doc := string(write(t, report.Markdown, hostile(), report.Options{}))
	fence := ""
	for _, line := range strings.Split(doc, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "```") && !strings.HasPrefix(line, "#") {
			switch {
			case fence == "":
				fence = trimmed
				continue
			case trimmed == fence:
				fence = ""
				continue
			}
		}
		if fence != "" {
			continue
		}
		outside := regexp.MustCompile("``[^`].*?[^`]``|`[^`]*`").ReplaceAllString(line, "")
		if strings.Contains(outside, "<script") {
			t.Errorf("HTML outside of code: %s", line)
		}
		if strings.HasPrefix(line, "|") {
			cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") - 1
			if cells != 2 && cells != 5 && cells != 6 {
				t.Errorf("%d cells in %s", cells, line)
			}
		}
	}
	if fence != "" {
		t.Error("a code block does not end")
	}
}

func TestCSVIsNoProgram(t *testing.T) {
	doc := write(t, report.CSV, hostile(), report.Options{All: true})
	rows, err := csv.NewReader(bytes.NewReader(doc)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		if len(row) != len(rows[0]) {
			t.Errorf("%d cells, the header has %d", len(row), len(rows[0]))
		}
		for _, cell := range row {
			if strings.ContainsAny(cell, "\n\r") || cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("cell %q", cell)
			}
		}
	}
}

// A cluster without an advisory still has its row: missing is not clean.
func TestCSVNamesEveryCluster(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(write(t, report.CSV, fleet(), report.Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		seen[row[0]] = true
	}
	for _, name := range fleet().Rollout {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
