package agree_test

import (
	"io"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/cli/agree"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

func TestTo(t *testing.T) {
	text := func(w io.Writer) error { _, err := io.WriteString(w, "This will be done.\n"); return err }
	for _, c := range []struct {
		yes  string
		code exit.Code
		want string
	}{{"abc", exit.OK, ""}, {"abd", exit.Decide, "answers another question"}, {"", exit.Decide, "nobody is here"}} {
		f := factory.New("fixline", terminal.Test(strings.NewReader("y\n"), io.Discard, io.Discard), func(string) string { return "" })
		err := agree.To(f, c.yes, "abc", text)
		if exit.Of(err) != c.code || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("--yes %q: %v", c.yes, err)
		}
	}
}

// TestPerson: only a whole yes is one; the end of the input is a no.
func TestPerson(t *testing.T) {
	for answer, want := range map[string]exit.Code{"y\n": exit.OK, " YES \n": exit.OK, "n\n": exit.Decide, "\n": exit.Decide, "y": exit.Decide, "yeah\n": exit.Decide} {
		var said strings.Builder
		f := factory.New("fixline", terminal.Test(strings.NewReader(answer), io.Discard, &said), func(string) string { return "" })
		if err := agree.Person(f, "This will be done.\n"); exit.Of(err) != want {
			t.Errorf("%q: %v", answer, err)
		}
		if said.String() != "This will be done.\nGo on? [y/N]\n" {
			t.Errorf("said %q", said.String())
		}
	}
}
