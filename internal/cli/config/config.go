// Package config reads fixline.yaml: defaults for flags, and who owns which
// kubeconfig context. It is strict: a key it does not know is an error that
// names it, its line and the nearest known key. It never reads the
// environment. Start at [Load].
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

// Name is the file looked for in the working folder.
const Name = "fixline.yaml"

// maxSize bounds what is read: a configuration is a page, not a data set.
const maxSize = 1 << 20

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
// exists. known holds the names of all flags. Errors are bad input.
func Load(path string, known map[string]bool) (Config, error) {
	given := path != ""
	if !given {
		path = Name
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !given:
		return Config{}, nil
	case err != nil:
		return Config{}, exit.BadInput(fmt.Errorf("reading the configuration: %w", err))
	case info.Size() > maxSize:
		return Config{}, exit.Usagef("reading the configuration: %s is larger than %d bytes", path, maxSize)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, exit.BadInput(fmt.Errorf("reading the configuration: %w", err))
	}
	c, err := Parse(path, data, known)
	return c, exit.BadInput(err)
}

// Parse reads the text of a file called path.
func Parse(path string, data []byte, known map[string]bool) (Config, error) {
	c := Config{File: path, Defaults: map[string]Setting{}, Contexts: map[string]Cluster{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return c, nil
	}
	r := reader{path: path, flags: slices.Sorted(maps.Keys(known))}
	err := r.fields(doc.Content[0], "", map[string]func(*yaml.Node) error{
		"apiVersion": r.constant("fixline.dev/v1alpha1"),
		"kind":       r.constant("Config"),
		"defaults":   func(n *yaml.Node) error { return r.defaults(n, c.Defaults) },
		"contexts":   func(n *yaml.Node) error { return r.contexts(n, c.Contexts) },
	})
	if err != nil {
		return Config{}, err
	}
	return c, nil
}

// Lookup answers flags.Apply: the file's default of a flag and where it stands.
func (c Config) Lookup(f *pflag.Flag) (value, origin string) {
	s, ok := c.Defaults[f.Name]
	if !ok {
		return "", ""
	}
	if flags.IsPath(f) && s.Value != "-" && !filepath.IsAbs(s.Value) {
		s.Value = filepath.Join(filepath.Dir(c.File), s.Value)
	}
	return s.Value, fmt.Sprintf("%s:%d: defaults.%s", c.File, s.Line, f.Name)
}

type reader struct {
	path  string
	flags []string
}

// errorf names the file, the line and the field.
func (r reader) errorf(n *yaml.Node, field, format string, args ...any) error {
	where := fmt.Sprintf("%s:%d: ", r.path, n.Line)
	if field != "" {
		where += field + ": "
	}
	return errors.New(where + fmt.Sprintf(format, args...))
}

// fields walks a mapping; each key must be one of known, once.
func (r reader) fields(n *yaml.Node, at string, known map[string]func(*yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return r.errorf(n, at, "wants a mapping of keys and values")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			return r.errorf(key, at, "unknown key %q%s", key.Value, flags.Suggest(key.Value, slices.Sorted(maps.Keys(known))))
		case seen[key.Value]:
			return r.errorf(key, at, "key %q is given twice", key.Value)
		}
		seen[key.Value] = true
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) constant(want string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Value != want {
			return r.errorf(n, "", "%q is not understood; wants %q", n.Value, want)
		}
		return nil
	}
}

func (r reader) defaults(n *yaml.Node, into map[string]Setting) error {
	known := map[string]func(*yaml.Node) error{}
	for _, name := range r.flags {
		known[name] = func(v *yaml.Node) error {
			value, err := r.scalarOrList(v, "defaults."+name)
			into[name] = Setting{Value: value, Line: v.Line}
			return err
		}
	}
	return r.fields(n, "defaults", known)
}

func (r reader) contexts(n *yaml.Node, into map[string]Cluster) error {
	if n.Kind != yaml.MappingNode {
		return r.errorf(n, "contexts", "wants a mapping from kubeconfig contexts")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, at := n.Content[i].Value, "contexts."+n.Content[i].Value
		var c Cluster
		scalar := func(to *string) func(*yaml.Node) error {
			return func(v *yaml.Node) (err error) { *to, err = r.scalarOrList(v, at); return err }
		}
		err := r.fields(n.Content[i+1], at, map[string]func(*yaml.Node) error{
			"name": scalar(&c.Name), "owner": scalar(&c.Owner), "environment": scalar(&c.Environment),
		})
		if err != nil {
			return err
		}
		into[name] = c
	}
	return nil
}

func (r reader) scalarOrList(n *yaml.Node, at string) (string, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value, nil
	case yaml.SequenceNode:
		var parts []string
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return "", r.errorf(item, at, "wants plain values")
			}
			parts = append(parts, item.Value)
		}
		return strings.Join(parts, ","), nil
	}
	return "", r.errorf(n, at, "wants a value or a list of values")
}
