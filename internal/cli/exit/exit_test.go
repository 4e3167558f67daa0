package exit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want Code
	}{
		{"none", nil, OK},
		{"plain", errors.New("x"), Failed},
		{"usage", Usagef("x"), Usage},
		{"wrapped usage", fmt.Errorf("doing: %w", Usagef("x")), Usage},
		{"hint keeps the code", WithHint(Usagef("x"), "y"), Usage},
		{"hint on a plain error", WithHint(errors.New("x"), "y"), Failed},
		{"findings", Result(Findings), Findings},
		{"ok result", Result(OK), OK},
		{"cancelled", context.Canceled, Failed},
		{"bad input", BadInput(errors.New("x")), Usage},
		{"no bad input", BadInput(nil), OK},
	} {
		if got := Of(tc.err); got != tc.want {
			t.Errorf("%s: Of = %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestWorst(t *testing.T) {
	for _, tc := range []struct {
		codes []Code
		want  Code
	}{
		{nil, OK},
		{[]Code{OK, OK}, OK},
		{[]Code{OK, Incomplete, OK}, Incomplete},
		{[]Code{Incomplete, Findings, OK}, Findings},
		{[]Code{Findings, Incomplete}, Findings},
	} {
		if got := Worst(tc.codes...); got != tc.want {
			t.Errorf("Worst(%v) = %d, want %d", tc.codes, got, tc.want)
		}
	}
}

func TestPrint(t *testing.T) {
	for _, tc := range []struct {
		name, program string
		err           error
		want          string
	}{
		{"none", "fixline", nil, ""},
		{"silent", "fixline", Result(Findings), ""},
		{"plain", "fixline", errors.New("no such file"), "error: no such file\n"},
		{"hint", "fixline", WithHint(Usagef("no %q", "x"), "fixline demo"), "error: no \"x\"\nhint: fixline demo\n"},
		{"plugin", "kubectl fixline", WithHint(Usagef("bad"), "list them: fixline advisories list | less"),
			"error: bad\nhint: list them: kubectl fixline advisories list | less\n"},
		{"prose keeps the name", "kubectl fixline", WithHint(Usagef("bad"), "a newer fixline knows more"),
			"error: bad\nhint: a newer fixline knows more\n"},
		{"hint below a wrap", "fixline", fmt.Errorf("reading: %w", WithHint(Usagef("bad"), "do")), "error: reading: bad\nhint: do\n"},
		{"lines", "fixline", errors.New("a\nb"), "error: a\n  b\n"},
		{"cancelled", "fixline", fmt.Errorf("listing pods: %w", context.Canceled), "error: interrupted; nothing was changed\n"},
	} {
		var out strings.Builder
		Print(&out, tc.program, tc.err)
		if diff := cmp.Diff(tc.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
