package host

import (
	_ "embed"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// probes.yaml holds every command that is run on a host, so that it can be read
// as what it is before it is run.
//
//go:embed probes.yaml
var probesYAML []byte

// Probe is one thing a host is asked.
type Probe struct {
	Name string `yaml:"name"`
	// Files of hosts/NODE/ that it may give.
	Files []string `yaml:"files"`
	// From is the short form of its command, for where a fact comes from.
	From string `yaml:"from"`
	// For says what stays undecided without it.
	For string `yaml:"for"`
	// Root: an account without root's rights may get less of it.
	Root bool `yaml:"root"`
	// Seconds it may take on the host, where that is more than 20.
	Seconds int `yaml:"seconds"`
	// Script for /bin/sh. It reads only; status 44 says there is no such thing
	// on this host, and standard error why.
	Script string `yaml:"script"`
}

// absent is the exit status of a Script that finds nothing to ask.
const absent = 44

// Probes are all, in the order they are asked. The file is part of the program
// and a test parses it, so damage is a broken build and panics.
func Probes() []Probe {
	var all struct {
		Probes []Probe `yaml:"probes"`
	}
	if err := yaml.Unmarshal(probesYAML, &all); err != nil {
		panic(fmt.Sprintf("reading an embedded file: %v", err))
	}
	for i, p := range all.Probes {
		all.Probes[i].Script = strings.TrimSpace(p.Script)
		all.Probes[i].Seconds = max(p.Seconds, 20)
	}
	return all.Probes
}
