// Command gen writes internal/evidence/data/kept.json, the words a bundle may
// keep: flags out of the programs' own help, fields out of published Go types,
// and curated.yaml beside it. It decides nothing at run time. Run it from the
// repository's root, where the lab has or builds the programs:
//
//	go run ./internal/evidence/gen
//
// Start at [generate].
package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed curated.yaml
var curatedYAML []byte

// target is what is written, from the repository's root.
const target = "internal/evidence/data/kept.json"

// curated is curated.yaml.
type curated struct {
	Date  string `yaml:"date"`
	Helps struct {
		Versions []string              `yaml:"versions"`
		Programs map[string][][]string `yaml:"programs"`
	} `yaml:"helps"`
	Types      []publishedType           `yaml:"types"`
	DropFields map[string][]dropped      `yaml:"dropFields"`
	DropFlags  map[string][]dropped      `yaml:"dropFlags"`
	MoreFlags  map[string][][]string     `yaml:"moreFlags"`
	Plugins    map[string]map[string]any `yaml:"plugins"`
}

// dropped is something that is not kept, and why.
type dropped struct {
	Path string `yaml:"path"`
	Flag string `yaml:"flag"`
	Why  string `yaml:"why"`
}

// list is kept.json, as internal/evidence reads it.
type list struct {
	Date    string                    `json:"date"`
	Sources []string                  `json:"sources"`
	Flags   map[string][]string       `json:"flags"`
	Fields  map[string][]string       `json:"fields"`
	Plugins map[string]map[string]any `json:"plugins"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := generate(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func generate(ctx context.Context) error {
	c, err := readCurated(curatedYAML)
	if err != nil {
		return err
	}
	out := list{Date: c.Date, Flags: map[string][]string{}, Fields: map[string][]string{}, Plugins: c.Plugins}
	helps, err := readHelps(ctx, c)
	if err != nil {
		return err
	}
	out.Flags = keptFlags(c, helps)
	for _, t := range c.Types {
		for _, v := range t.Versions {
			fields, err := t.fields(ctx, v)
			if err != nil {
				return fmt.Errorf("reading %s of %s@%s: %w", t.Document, t.Package, v, err)
			}
			out.Fields[t.Document] = append(out.Fields[t.Document], fields...)
		}
		out.Sources = append(out.Sources, t.Package+" "+strings.Join(t.Versions, ", "))
	}
	for document, fields := range out.Fields {
		out.Fields[document] = keptFields(fields, c.DropFields[document])
	}
	out.Sources = append(out.Sources, "--help of the programs that Kubernetes "+strings.Join(c.Helps.Versions, " and ")+" deploys", "internal/evidence/gen/curated.yaml")
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	return os.WriteFile(target, text.Bytes(), 0o644)
}

func readCurated(data []byte) (curated, error) {
	var c curated
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("reading curated.yaml: %w", err)
	}
	return c, nil
}

// readHelps runs every program's help; the answer is by component.
func readHelps(ctx context.Context, c curated) (map[string][]string, error) {
	out := map[string][]string{}
	for _, version := range c.Helps.Versions {
		for program, asks := range c.Helps.Programs {
			path, err := output(ctx, "go", "-C", "lab", "run", "./cmd/lab", "build", "--version", version, program)
			if err != nil {
				return nil, err
			}
			for _, words := range asks {
				// Go's own flag package leaves --help with an error; the text counts.
				text, err := exec.CommandContext(ctx, strings.TrimSpace(path), words...).CombinedOutput()
				flags := flagsOf(string(text))
				if len(flags) == 0 {
					return nil, fmt.Errorf("%s %s of Kubernetes %s names no flag: %w", program, strings.Join(words, " "), version, err)
				}
				out[program] = append(out[program], flags...)
			}
		}
	}
	return out, nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("running %s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(text), nil
}

// sorted is the set of words, sorted.
func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
