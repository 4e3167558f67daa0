// Package flags is what every command's flags share: values that check
// themselves, environment twins, defaults from the configuration file, and
// usage errors that name the nearest right spelling. It decides where a value
// comes from (command line, then environment, then file, then default); what a
// value means is its command's business. Start at [Apply].
package flags

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
)

const (
	noTwin = "fixline_no_twin"
	group  = "fixline_group"
	isPath = "fixline_path"
	origin = "fixline_origin"
)

// NoTwin marks flags that approve or weaken something: no environment variable
// may set them, since nobody sees it in the command that ran.
func NoTwin(fs *pflag.FlagSet, names ...string) { annotate(fs, noTwin, "true", names) }

// Group marks flags of one kind that contradict those of another kind in the
// same group. Where one kind is on the command line, the environment and the
// file no longer speak for the others.
func Group(fs *pflag.FlagSet, name, kind string, members ...string) {
	annotate(fs, group, name+"/"+kind, members)
}

// Path marks flags that name files; the configuration file's values for them
// are relative to its own folder.
func Path(fs *pflag.FlagSet, names ...string) { annotate(fs, isPath, "true", names) }

func annotate(fs *pflag.FlagSet, key, value string, names []string) {
	for _, n := range names {
		// The only error is an unknown flag; TestAnnotations finds those.
		_ = fs.SetAnnotation(n, key, []string{value})
	}
}

// Twin is the environment variable that sets the flag; "" = none may.
func Twin(f *pflag.Flag) string {
	if f.Annotations[noTwin] != nil || f.Name == "help" || f.Name == "version" {
		return ""
	}
	return "FIXLINE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// Weakening lists the flags without a twin that a file set: a report that
// leaves something out because of one should not look as if nobody had asked.
func Weakening(fs *pflag.FlagSet) []string {
	var names []string
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Annotations[noTwin] != nil && f.Annotations[origin] != nil {
			names = append(names, f.Name)
		}
	})
	return names
}

// IsPath reports whether the flag's value names files.
func IsPath(f *pflag.Flag) bool { return f.Annotations[isPath] != nil }

// Apply sets flags that the command line left alone, from lookup, which gives
// a value and where it was found ("FIXLINE_OUTPUT", "fixline.yaml: output").
// Call it once per origin, the strongest first.
func Apply(fs *pflag.FlagSet, lookup func(*pflag.Flag) (value, where string)) error {
	taken := map[string]string{}
	fs.VisitAll(func(f *pflag.Flag) {
		if name, kind := groupOf(f); f.Changed && name != "" {
			taken[name] = kind
		}
	})
	var first error
	fs.VisitAll(func(f *pflag.Flag) {
		name, kind := groupOf(f)
		if first != nil || f.Changed || taken[name] != "" && taken[name] != kind {
			return
		}
		value, where := lookup(f)
		if where == "" {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			first = exit.Usagef("%s: %s", where, cause(err))
		}
		annotate(fs, origin, where, []string{f.Name})
	})
	return first
}

func groupOf(f *pflag.Flag) (name, kind string) {
	if g := f.Annotations[group]; len(g) > 0 {
		name, kind, _ = strings.Cut(g[0], "/")
	}
	return name, kind
}

// Environment looks flags up in their environment twins; an empty variable
// counts as unset, as in most shells' scripts.
func Environment(getenv func(string) string) func(*pflag.Flag) (string, string) {
	return func(f *pflag.Flag) (string, string) {
		name := Twin(f)
		if name == "" {
			return "", ""
		}
		value := getenv(name)
		if value == "" {
			return "", ""
		}
		return value, name
	}
}

// Given lists those of names that stand on the command line itself, as the
// user writes them.
func Given(fs *pflag.FlagSet, names ...string) []string {
	var given []string
	for _, n := range names {
		if f := fs.Lookup(n); f != nil && f.Changed && f.Annotations[origin] == nil {
			given = append(given, "--"+n)
		}
	}
	return given
}
