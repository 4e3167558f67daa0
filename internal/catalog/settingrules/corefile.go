package settingrules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// corefileFile is corefile.json: what the migration of CoreDNS's configuration
// knows, by release of CoreDNS. A release names a set of plugins.
type corefileFile struct {
	Date    string `json:"date"`
	Source  string `json:"source"`
	License string `json:"license"`
	// Kubeadm is the newest CoreDNS that kubeadm of a minor knows.
	Kubeadm []struct {
		Minor  string `json:"minor"`
		Newest string `json:"newest"`
		Source string `json:"source"`
	} `json:"kubeadm"`
	Releases []struct {
		Version string `json:"version"`
		Plugins string `json:"plugins"`
	} `json:"releases"`
	Plugins map[string]map[string]corefilePlugin `json:"plugins"`
}

// corefilePlugin has its options with what became of each ("" = nothing,
// deprecated, ignored, removed, newdefault); any of them is known.
type corefilePlugin struct {
	Status   string            `json:"status"`
	Options  map[string]string `json:"options"`
	Patterns map[string]string `json:"patterns"`
}

// DecodeCorefile reads corefile.json, strictly: an unknown key, a release
// without plugins, and a newest release that is not among them are errors.
func DecodeCorefile(data []byte) (settings.Corefile, error) {
	var f corefileFile
	out := settings.Corefile{Newest: map[version.Minor]string{}}
	if err := strict(data, &f); err != nil {
		return out, fmt.Errorf("reading Corefile plugins: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
		return out, fmt.Errorf("reading Corefile plugins: date: %w", err)
	}
	if out.Source = f.Source; !strings.HasPrefix(f.Source, "https://") {
		return out, fmt.Errorf("reading Corefile plugins: the source %q is no https address", f.Source)
	}
	sets := map[string]map[string]settings.CorefilePlugin{}
	for name, set := range f.Plugins {
		sets[name] = map[string]settings.CorefilePlugin{}
		for plugin, p := range set {
			one := settings.CorefilePlugin{Options: slices.Sorted(maps.Keys(p.Options))}
			for _, text := range slices.Sorted(maps.Keys(p.Patterns)) {
				pattern, err := regexp.Compile(text)
				if err != nil {
					return out, fmt.Errorf("reading Corefile plugins: %s: %w", plugin, err)
				}
				one.Patterns = append(one.Patterns, pattern)
			}
			sets[name][plugin] = one
		}
	}
	for _, r := range f.Releases {
		if sets[r.Plugins] == nil {
			return out, fmt.Errorf("reading Corefile plugins: %s has no plugins %q", r.Version, r.Plugins)
		}
		out.Releases = append(out.Releases, settings.CoreDNSRelease{Version: r.Version, Plugins: sets[r.Plugins]})
	}
	for _, k := range f.Kubeadm {
		m, err := version.ParseMinor(k.Minor)
		if err != nil {
			return out, fmt.Errorf("reading Corefile plugins: kubeadm: %w", err)
		}
		if !slices.ContainsFunc(out.Releases, func(r settings.CoreDNSRelease) bool { return r.Version == k.Newest }) {
			return out, fmt.Errorf("reading Corefile plugins: kubeadm %s knows %s, which is no release here", m, k.Newest)
		}
		out.Newest[m] = k.Newest
	}
	return out, nil
}
