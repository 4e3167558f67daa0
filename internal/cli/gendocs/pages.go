package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/root"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// Pages are all generated files by their path from the top of the checkout.
func Pages() (map[string][]byte, error) {
	cmd := root.NewCmdRoot(factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" }))
	pages := map[string][]byte{}
	if err := add(pages, cmd); err != nil {
		return nil, err
	}
	pages["docs/reference/exit-codes.md"] = exitCodes()
	return pages, nil
}

func add(pages map[string][]byte, cmd *cobra.Command) error {
	if !cmd.IsAvailableCommand() && cmd.HasParent() || cmd.Name() == "help" || cmd.Name() == "completion" && cmd.HasParent() {
		return nil
	}
	cmd.DisableAutoGenTag = true
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "_")
	var md, man bytes.Buffer
	if err := doc.GenMarkdown(cmd, &md); err != nil {
		return fmt.Errorf("writing the page of %s: %w", cmd.CommandPath(), err)
	}
	twins(&md, cmd)
	// A fixed day: a page changes when the command does, not with the clock.
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	header := doc.GenManHeader{Section: "1", Source: "Fixline", Manual: "Fixline Manual", Date: &day,
		Title: strings.ToUpper(strings.ReplaceAll(name, "_", "-"))}
	if err := doc.GenMan(cmd, &header, &man); err != nil {
		return fmt.Errorf("writing the manual page of %s: %w", cmd.CommandPath(), err)
	}
	pages["docs/reference/"+name+".md"] = md.Bytes()
	pages["docs/man/"+strings.ReplaceAll(name, "_", "-")+".1"] = man.Bytes()
	for _, c := range cmd.Commands() {
		if err := add(pages, c); err != nil {
			return err
		}
	}
	return nil
}

// twins lists the command's own flags with their environment variables.
func twins(w *bytes.Buffer, cmd *cobra.Command) {
	var rows []string
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden || f.Name == "help" || f.Name == "version":
		case flags.Twin(f) == "":
			rows = append(rows, fmt.Sprintf("| `--%s` | none: it must be seen on the command line |", f.Name))
		default:
			rows = append(rows, fmt.Sprintf("| `--%s` | `%s` |", f.Name, flags.Twin(f)))
		}
	})
	if len(rows) > 0 {
		fmt.Fprintf(w, "\n### Environment\n\n| flag | variable |\n|---|---|\n%s\n", strings.Join(rows, "\n"))
	}
}

func exitCodes() []byte {
	var w bytes.Buffer
	w.WriteString("## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, c := range []exit.Code{exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Stopped, exit.Decide, exit.Interrupted} {
		fmt.Fprintf(&w, "| %d | %s |\n", c, exit.Meaning(c))
	}
	w.WriteString("\n3 wins over 4. With several clusters the highest of 3, 4, 0 wins by the same rule.\n")
	return w.Bytes()
}
