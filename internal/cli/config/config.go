// Package config reads fixline.yaml: defaults for flags, and who owns which
// kubeconfig context. It is strict: a key it does not know is an error that
// names it, its line and the nearest known key. It never reads the
// environment. Start at [Load].
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Name is the file looked for in the working folder.
const Name = "fixline.yaml"

// Config is one file; the zero Config is "there is none".
type Config struct {
	File     string             // where it was read, "" = none
	Defaults map[string]Setting // by the flag's long name
	Contexts map[string]Cluster // by kubeconfig context
}

// Setting is one flag's default.
type Setting struct {
	Value string // lists joined with commas, as on the command line
	Line  int
}

// Cluster is what the file says of a live cluster that the cluster cannot say.
type Cluster struct {
	Name, Owner, Environment string
}

// Load reads path, or Name in the working folder where path is "" and the file
// exists; such a file may set less. known holds the names of all flags. Errors are bad input.
func Load(path string, known map[string]bool) (Config, error) {
	given := path != ""
	if !given {
		path = Name
	}
	// A configuration is a page, not a data set.
	file, err := strict.Open(path, strict.Limits{Bytes: 1 << 20})
	if errors.Is(err, fs.ErrNotExist) && !given {
		if _, statErr := os.Lstat(path); errors.Is(statErr, fs.ErrNotExist) {
			return Config{}, nil
		}
	}
	if err != nil {
		return Config{}, exit.BadInput(fmt.Errorf("reading the configuration: %w", err))
	}
	defer file.Close()
	c, err := Parse(path, file, known)
	if err == nil && !given {
		err = c.unasked()
	}
	return c, exit.BadInput(err)
}

// unasked refuses what a file that nobody named may not decide: which programs
// run (a kubeconfig may name a credential plugin), which files are replaced, to
// which hosts one logs in and which are taken for the right ones, and who is
// shown credentials. Whoever enters a folder of somebody else's has not agreed
// to what lies in it.
func (c Config) unasked() error {
	for _, flag := range []string{"kubeconfig", "output-file", "out", "force", "kubelet",
		"ssh", "ssh-hosts", "ssh-config", "ssh-key", "ssh-known-hosts", "ssh-jump"} {
		if s, set := c.Defaults[flag]; set {
			return &strict.Error{File: c.File, Line: s.Line, Field: "defaults." + flag,
				Msg:  "a configuration that was only found in the working folder may not set it",
				Hint: "say that you trust the file: --config " + c.File}
		}
	}
	return nil
}

// Parse reads the text of a file called path.
func Parse(path string, text io.Reader, known map[string]bool) (Config, error) {
	limits := strict.Limits{Bytes: 1 << 20, Documents: 1}
	read := func(n *strict.Node) Config { return read(n, known) }
	for c, err := range strict.Decode(text, path, limits, read) {
		if err != nil {
			return Config{}, err
		}
		c.File = path
		return c, nil
	}
	return Config{File: path}, nil
}

func read(n *strict.Node, known map[string]bool) Config {
	c := Config{Defaults: map[string]Setting{}, Contexts: map[string]Cluster{}}
	n.Fields("apiVersion", "kind", "defaults", "contexts")
	n.Get("apiVersion").Enum("fixline.dev/v1alpha1")
	n.Get("kind").Enum("Config")
	defaults := n.Get("defaults").Fields(slices.Sorted(maps.Keys(known))...)
	defaults.Pairs(func(flag string, value *strict.Node) {
		c.Defaults[flag] = Setting{Value: flat(value), Line: value.Line()}
	})
	n.Get("contexts").Pairs(func(name string, value *strict.Node) {
		value.Fields("name", "owner", "environment")
		c.Contexts[name] = Cluster{
			Name: value.Get("name").Text(), Owner: value.Get("owner").Text(),
			Environment: value.Get("environment").Enum("development", "staging", "production"),
		}
	})
	return c
}

// flat is a value, or a list of values joined as on the command line.
func flat(n *strict.Node) string {
	if n.Kind() == strict.List {
		return strings.Join(n.Texts(), ",")
	}
	return n.Text()
}

// Lookup answers flags.Apply: the file's default of a flag and where it stands.
func (c Config) Lookup(f *pflag.Flag) (value, origin string) {
	s, ok := c.Defaults[f.Name]
	if !ok {
		return "", ""
	}
	if flags.IsPath(f) {
		parts := strings.Split(s.Value, ",")
		for i, p := range parts {
			if p != "-" && !filepath.IsAbs(p) {
				parts[i] = filepath.Join(filepath.Dir(c.File), p)
			}
		}
		s.Value = strings.Join(parts, ",")
	}
	return s.Value, fmt.Sprintf("%s:%d: defaults.%s", c.File, s.Line, f.Name)
}
