package layout_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/report/layout"
)

func TestWrap(t *testing.T) {
	for name, tc := range map[string]struct {
		in    string
		width int
		want  []string
	}{
		"empty":                {"", 10, []string{""}},
		"fits":                 {"one two", 10, []string{"one two"}},
		"exactly":              {"one two", 7, []string{"one two"}},
		"breaks at spaces":     {"one  two\nthree", 8, []string{"one two", "three"}},
		"long word":            {"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		"long name at its dot": {"ip-10-0-1-17.internal", 14, []string{"ip-10-0-1-17.", "internal"}},
		"url is never broken":  {"see https://example.org/a/b/c", 10, []string{"see", "https://example.org/a/b/c"}},
		"wide runes":           {"漢字漢字", 5, []string{"漢字", "漢字"}},
		"rune wider than line": {"漢", 1, []string{"漢"}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, layout.Wrap(tc.in, tc.width)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTableNeverWiderThanAsked(t *testing.T) {
	table := layout.Table{Heads: []string{"ID", "WHAT", "FIXED IN"}, Flexible: []int{1}}
	table.Row("CVE-2025-13281", "kube-controller-manager 1.34.1 on 漢字-control-plane-0001, w2 and 14 more", "1.34.2")
	table.Row("CVE-2020-8554", "", "no version")
	for width := 24; width <= 100; width++ {
		for _, line := range table.Lines(width) {
			if layout.Width(line) > width {
				t.Errorf("width %d: %d columns: %q", width, layout.Width(line), line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("width %d: trailing space: %q", width, line)
			}
		}
	}
}

func TestStyleDoesNotMoveColumns(t *testing.T) {
	plain := layout.Table{Heads: []string{"A", "B"}}
	plain.Row("xy", "z")
	styled := layout.Table{Heads: plain.Heads, Rows: [][]layout.Cell{{
		{Text: "xy", Style: func(s string) string { return "<" + s + ">" }}, {Text: "z"}}}}
	got := strings.NewReplacer("<", "", ">", "").Replace(strings.Join(styled.Lines(80), "\n"))
	if d := cmp.Diff(strings.Join(plain.Lines(80), "\n"), got); d != "" {
		t.Error(d)
	}
}

func TestFit(t *testing.T) {
	for in, want := range map[string]string{"short": "short", "rather long": "rather…", "漢字漢字漢字": "漢字漢…"} {
		if got := layout.Fit(in, 7); got != want {
			t.Errorf("Fit(%q) = %q, want %q", in, got, want)
		}
	}
}
