// Package agree asks before something is started or changed: a hash on the
// command line answers for a machine, a person at a terminal says yes. It decides
// that nothing is done by accident; what is asked about is the caller's. Start at
// [To].
package agree

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
)

// To wants a yes to what has a hash and text says: --yes with that hash, or a
// person. The error ends the run with [exit.Decide], and nothing was done.
func To(f *factory.Factory, yes, hash string, text func(io.Writer) error) error {
	switch {
	case yes == hash:
		return nil
	case yes != "":
		return exit.WithHint(&exit.Error{Code: exit.Decide, Err: fmt.Errorf("--yes %.12s answers another question: what would be done now has the hash %s", yes, hash)},
			"the same command with --dry-run says what would be done")
	case !f.IO.InIsTerminal():
		return exit.WithHint(&exit.Error{Code: exit.Decide, Err: errors.New("nobody is here to be asked")}, "--yes %s, once what --dry-run says is what you want", hash)
	}
	var said strings.Builder
	_ = text(&said) // a Builder takes all
	return Person(f, said.String())
}

// Person asks a person whether to go on, after what was said.
func Person(f *factory.Factory, said string) error {
	f.IO.Notef("%s\nGo on? [y/N]", strings.TrimSuffix(said, "\n"))
	line, err := bufio.NewReader(f.IO.In).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); err == nil && slices.Contains([]string{"y", "yes"}, answer) {
		return nil
	}
	return &exit.Error{Code: exit.Decide, Err: errors.New("nothing was done")}
}
