// Package cli is the command line: the only place where streams, clock,
// environment and clients enter, and the only one that joins the adapters. It
// decides which command runs and what the process ends with; every judgement
// is made in internal/core. Start at [Main].
package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/root"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// Main runs the process's own command line and returns its exit code.
func Main() int {
	io := terminal.System(os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	f := factory.New(ProgramName(os.Args[0]), io, os.Getenv)
	ctx, stop := interruptible(context.Background(), f, interrupts(), os.Exit)
	defer stop()
	return int(Run(ctx, f, os.Args[1:]))
}

// Run runs one command line in the world of f. Errors are written to f's
// error stream in the form of the contract.
func Run(ctx context.Context, f *factory.Factory, args []string) exit.Code {
	cmd := root.NewCmdRoot(f)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	f.Progress.Done()
	exit.Print(f.IO.Err, f.Program, err)
	return exit.Of(err)
}

// ProgramName is what the user typed to get here: kubectl runs plugins by the
// name kubectl-NAME
// (https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/).
func ProgramName(arg0 string) string {
	name := strings.TrimSuffix(filepath.Base(arg0), ".exe")
	if strings.HasPrefix(name, "kubectl-") || strings.HasPrefix(name, "kubectl_") {
		return "kubectl fixline"
	}
	return "fixline"
}
