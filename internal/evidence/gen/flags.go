package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A flag's line in the help of pflag ("  -v, --v Level  ..."), of etcd
// ("  --name 'default'") and of Go's flag package ("  -conf string"). Further
// in stand descriptions.
var (
	longLine  = regexp.MustCompile(`^ {1,8}(?:-([A-Za-z]), )?--([A-Za-z][A-Za-z0-9._-]*)`)
	shortLine = regexp.MustCompile(`^ {2}-([A-Za-z][A-Za-z0-9._-]*)(?: |$)`)
)

// flagsOf are the flags a help names, short forms among them.
func flagsOf(help string) []string {
	var out []string
	for _, line := range strings.Split(help, "\n") {
		if m := longLine.FindStringSubmatch(line); m != nil {
			out = append(out, m[2])
			if m[1] != "" {
				out = append(out, m[1])
			}
		} else if m := shortLine.FindStringSubmatch(line); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

// secretEnds are the ends of names of flags that hold a secret themselves.
// What ends in -file, -ttl or -url holds none.
func secretEnds() []string {
	return []string{"token", "password", "secret", "passphrase", "api-key", "apikey", "access-key", "certificate-key", "authorization", "header", "headers", "credentials"}
}

// keptFlags joins what help and curated.yaml list and leaves out what may hold
// a secret.
func keptFlags(c curated, helps map[string][]string) map[string][]string {
	out := maps.Clone(helps)
	for components, rows := range c.MoreFlags {
		for _, component := range strings.Fields(components) {
			out[component] = slices.Concat(out[component], slices.Concat(rows...))
		}
	}
	for component, flags := range out {
		drop := slices.Concat(c.DropFlags["*"], c.DropFlags[component])
		out[component] = sorted(slices.DeleteFunc(flags, func(flag string) bool {
			return slices.ContainsFunc(drop, func(d dropped) bool { return d.Flag == flag }) ||
				slices.ContainsFunc(secretEnds(), func(end string) bool { return flag == end || strings.HasSuffix(flag, "-"+end) })
		}))
	}
	return out
}
