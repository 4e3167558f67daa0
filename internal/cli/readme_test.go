package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

var updateReadme = flag.Bool("update", false, "write README's run anew")

// readmeLines is how much of the demo README shows: the answer, the order, and
// the first advisories.
const readmeLines = 30

// TestReadme holds the run that README shows to what the program prints.
func TestReadme(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "```text\n", "```\n<!-- /demo -->"
	text := string(raw)
	from := strings.Index(text, begin) + len(begin)
	to := strings.Index(text, end)
	if to < from {
		t.Fatal("README has no demo block")
	}
	lines := strings.SplitN(demoText(t), "\n", readmeLines+1)
	want := strings.Join(lines[:readmeLines], "\n") + "\n...\n"
	if *updateReadme {
		if err := os.WriteFile(path, []byte(text[:from]+want+text[to:]), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, text[from:to]); diff != "" {
		t.Errorf("README shows another run; -update writes it (-program +README):\n%s", diff)
	}
}

func demoText(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	f := factory.New("fixline", terminal.Test(nil, &out, &bytes.Buffer{}), func(string) string { return "" })
	if code := cli.Run(context.Background(), f, []string{"demo", "--dir", t.TempDir()}); code != 0 {
		t.Fatalf("fixline demo ended with %d", code)
	}
	return out.String()
}
