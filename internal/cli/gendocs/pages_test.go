package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/root"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// TestPagesAreCurrent holds docs/reference and docs/man to the commands.
func TestPagesAreCurrent(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	top := filepath.Join("..", "..", "..")
	for path, want := range pages {
		got, err := os.ReadFile(filepath.Join(top, path))
		if err != nil {
			t.Errorf("%v; run: go run ./internal/cli/gendocs", err)
			continue
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s is old; run: go run ./internal/cli/gendocs (-file +command):\n%s", path, diff)
		}
	}
	for _, dir := range folders() {
		files, err := os.ReadDir(filepath.Join(top, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			path := dir + "/" + f.Name()
			if _, ok := pages[path]; !ok && strings.Contains(f.Name(), "fixline") {
				t.Errorf("%s is the page of no command; run: go run ./internal/cli/gendocs", path)
			}
		}
	}
}

// TestEveryCommandExplainsItself: an example and the exit codes, in every
// command of our own.
func TestEveryCommandExplainsItself(t *testing.T) {
	f := factory.New("fixline", terminal.Test(nil, &strings.Builder{}, &strings.Builder{}), func(string) string { return "" })
	var check func(*cobra.Command)
	check = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" || c.Hidden {
			return
		}
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		if !strings.Contains(c.Long, "Exit codes:") {
			t.Errorf("%s does not say its exit codes", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			check(sub)
		}
	}
	check(root.NewCmdRoot(f))
}
