package settings

import (
	"regexp"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Corefile is what kubeadm's migration of CoreDNS's configuration knows.
type Corefile struct {
	// Releases of CoreDNS it knows, oldest first.
	Releases []CoreDNSRelease
	// Newest is the newest of them that kubeadm of a minor knows.
	Newest map[version.Minor]string
	Source string // URL
}

// CoreDNSRelease is one release with the plugins the migration knows of it.
type CoreDNSRelease struct {
	Version string // "1.11.3"
	Plugins map[string]CorefilePlugin
}

// CorefilePlugin is a plugin the migration knows. What stands for nothing in a
// list of options is unknown to it.
type CorefilePlugin struct {
	Options  []string
	Patterns []*regexp.Regexp
}

func (p CorefilePlugin) knows(option string) bool {
	return slices.Contains(p.Options, option) || slices.ContainsFunc(p.Patterns, func(r *regexp.Regexp) bool { return r.MatchString(option) })
}

// at is the index of a release; -1 where it is not known.
func (c Corefile) at(tag string) int {
	return slices.IndexFunc(c.Releases, func(r CoreDNSRelease) bool { return r.Version == tag })
}

// unsupported are the plugins and options of a Corefile that the migration
// from one release to a later one does not know in one of the releases between
// them, each once; hidden counts options whose names were not kept. It does
// what kubeadm's preflight check CoreDNSUnsupportedPlugins does
// (https://github.com/coredns/corefile-migration/blob/v1.0.36/migration/migrate.go).
func (c Corefile) unsupported(servers []kubeadm.Server, from, to int) (names []string, hidden int) {
	seen := map[string]bool{}
	say := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, s := range servers {
		for _, p := range s.Plugins {
			for _, release := range c.Releases[from+1 : to+1] {
				known, ok := release.Plugins[p.Name]
				if !ok {
					say("plugin " + p.Name)
					break
				}
				for _, o := range p.Options {
					switch {
					case o == Hidden && len(known.Patterns) > 0: // an address of hosts
					case o == Hidden:
						hidden++
					case !known.knows(o):
						say("option " + o + " of plugin " + p.Name)
					}
				}
			}
		}
	}
	return names, hidden
}
