package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// setting is one name with its value, and whether a flag gave it.
type setting struct {
	name, value string
	flag        bool
}

// found are the settings of s that the rule speaks of, in the rule's order.
func (r Rule) found(s inventory.Settings) []setting {
	var out []setting
	add := func(values map[string]string, name, shown string, flag bool) {
		if v, ok := values[name]; ok && r.matches(v) {
			out = append(out, setting{shown, v, flag})
		}
	}
	for _, name := range r.Names {
		switch r.Kind {
		case Flag:
			add(s.Flags, name, "--"+name, true)
		case Config:
			add(s.Config, name, name, false)
		case KubeadmConfig:
			add(s.Config, name, name, false)
			if gate, ok := strings.CutPrefix(name, "featureGates."); ok { // readers keep gates apart from fields
				if on, set := s.Gates[gate]; set && r.matches(strconv.FormatBool(on)) {
					out = append(out, setting{name, strconv.FormatBool(on), false})
				}
			}
		}
	}
	if r.Kind == ProxyMode {
		if s.Flags["config"] == "" { // with a file kube-proxy does not look at the flag
			add(s.Flags, "proxy-mode", "--proxy-mode", true)
		}
		add(s.Config, "mode", "mode", false)
	}
	return out
}

// matches compares a value with the rule's.
func (r Rule) matches(value string) bool {
	if len(r.Except) > 0 {
		return !slices.ContainsFunc(r.Except, func(v string) bool { return same(value, v) })
	}
	if len(r.Values) == 0 {
		return true
	}
	return slices.ContainsFunc(r.Values, func(want string) bool {
		return same(value, want) || slices.ContainsFunc(strings.Split(value, ","), func(one string) bool { return same(one, want) })
	})
}

// same compares as the components do: True, T and 1 are ways to write true.
func same(got, want string) bool {
	got = strings.TrimSpace(got)
	if want == "true" || want == "false" {
		b, err := strconv.ParseBool(got)
		return err == nil && strconv.FormatBool(b) == want
	}
	return got == want
}

func (r Rule) finding(hop version.Version, s setting) Finding {
	return Finding{Code: r.Code(), Component: r.Component, Name: s.name, Value: s.value, Hop: hop,
		Message: fmt.Sprintf("from %s on %s", r.From, r.Message), Remedy: r.Remedy, Source: r.Source}
}

// Code is the finding a rule raises.
func (r Rule) Code() string {
	switch {
	case r.Kind == Cgroup:
		return "SET-008"
	case r.Kind == Runtime:
		return "SET-010"
	case r.Kind == ProxyMode:
		return "SET-011"
	case r.Kind == KubeadmConfig && r.Effect == Stops:
		return "SET-012"
	case r.Effect == Stops && len(r.Values)+len(r.Except) > 0:
		return "SET-007"
	case r.Effect == Stops:
		return "SET-001"
	case r.Effect == Changes:
		return "SET-014"
	}
	return "SET-013"
}

// where names the file or object that holds a setting. A kubelet's flags are
// no part of the configuration its settings are named after.
func where(s inventory.Settings, one setting) string {
	if s.Component == inventory.Kubelet && one.flag && s.Source != "inventory" {
		return "command line of the kubelet (/var/lib/kubelet/kubeadm-flags.env, /etc/default/kubelet, /etc/sysconfig/kubelet, systemd units)"
	}
	return s.Source
}
