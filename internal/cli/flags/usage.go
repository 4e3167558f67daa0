package flags

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Suggest is `; did you mean "x"?` for the nearest of known, "" where none is
// near. The beginning of exactly one is near enough.
func Suggest(s string, known []string) string {
	near, ok := strict.Nearest(s, known)
	for _, k := range known {
		if !ok && len(s) > 1 && strings.HasPrefix(k, s) {
			near, ok = k, true
		}
	}
	if !ok {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// UsageError types what pflag rejects, for cobra's SetFlagErrorFunc.
func UsageError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var missing *pflag.NotExistError
	if errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "" {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				known = append(known, "--"+f.Name)
			}
		})
		err = fmt.Errorf("unknown flag --%s%s", missing.GetSpecifiedName(), Suggest("--"+missing.GetSpecifiedName(), known))
		return exit.WithHint(exit.BadInput(err), "%s", helpOf(cmd))
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return exit.Usagef("--%s: %s", invalid.GetFlag().Name, cause(err))
	}
	return exit.WithHint(exit.BadInput(err), "%s", helpOf(cmd))
}

// cause is the value's own complaint, without pflag's frame around it.
func cause(err error) string {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if inner := errors.Unwrap(invalid); inner != nil {
			return inner.Error()
		}
	}
	return err.Error()
}

// Below is the command's path without the program's name.
func Below(cmd *cobra.Command) string {
	return strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), cmd.Root().DisplayName()))
}

func helpOf(cmd *cobra.Command) string { return strings.TrimSpace("fixline "+Below(cmd)) + " --help" }

// NoArgs rejects positional arguments, which commands of this kind never take.
func NoArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return exit.WithHint(exit.Usagef("unexpected argument %q", args[0]), "%s", helpOf(cmd))
}

// Args wants one argument for each name: Args("ID").
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return exit.WithHint(exit.Usagef("missing argument %s", names[len(args)]), "%s", helpOf(cmd))
		case len(args) > len(names):
			return exit.WithHint(exit.Usagef("unexpected argument %q", args[len(names)]), "%s", helpOf(cmd))
		}
		return nil
	}
}

// SubcommandsOnly is for commands that only hold others: an argument is an
// unknown command, named with the nearest known one.
func SubcommandsOnly(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	err := exit.Usagef("unknown command %q%s", strings.TrimSpace(Below(cmd)+" "+args[0]), Suggest(args[0], known))
	return exit.WithHint(err, "%s", helpOf(cmd))
}
