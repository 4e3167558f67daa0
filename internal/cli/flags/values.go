package flags

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Enum is a flag value out of a short list. Implements pflag.Value.
type Enum struct {
	Value   string
	Allowed []string
}

// Set takes one of Allowed.
func (e *Enum) Set(s string) error {
	if !slices.Contains(e.Allowed, s) {
		return fmt.Errorf("%q is none of %s%s", s, strings.Join(e.Allowed, ", "), Suggest(s, e.Allowed))
	}
	e.Value = s
	return nil
}

// String is the current value.
func (e *Enum) String() string { return e.Value }

// Type is the list itself, as it stands in the help.
func (e *Enum) Type() string { return strings.Join(e.Allowed, "|") }

// EnumVar adds an Enum flag with its shell completion.
func EnumVar(cmd *cobra.Command, e *Enum, name, short, usage string) {
	cmd.Flags().VarP(e, name, short, usage)
	// The only error is a flag that does not exist; the line above made it.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(e.Allowed, cobra.ShellCompDirectiveNoFileComp))
}

// Date is a day, read in UTC; the zero time is "not given". Implements pflag.Value.
type Date struct{ Day time.Time }

// Set reads YYYY-MM-DD.
func (d *Date) Set(s string) error {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("%q is not a day such as 2026-03-15", s)
	}
	d.Day = day
	return nil
}

// String is the day, "" for none.
func (d *Date) String() string {
	if d.Day.IsZero() {
		return ""
	}
	return d.Day.Format(time.DateOnly)
}

// Type names the form.
func (d *Date) Type() string { return "YYYY-MM-DD" }

// Or is the day given, else today, at midnight UTC.
func (d *Date) Or(now time.Time) time.Time {
	if !d.Day.IsZero() {
		return d.Day
	}
	return now.UTC().Truncate(24 * time.Hour)
}

// Moment is the midnight UTC that begins the day given, else now: for what has an
// age in hours.
func (d *Date) Moment(now time.Time) time.Time {
	if !d.Day.IsZero() {
		return d.Day
	}
	return now.UTC()
}

var (
	_ pflag.Value = (*Enum)(nil)
	_ pflag.Value = (*Date)(nil)
)
