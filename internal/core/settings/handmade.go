package settings

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const unseenPatches = "a directory of patches (`kubeadm upgrade --patches`) is on hosts and cannot be seen: what it holds is kept"

// fate is what becomes of one flag of one static pod.
type fate int

const (
	stays    fate = iota
	dropped       // set by hand: the next manifest is without it
	replaced      // set by hand to another value than the next manifest has
	gained        // not set: the next manifest has it
	hidden        // set in both, and a value was not kept
)

// flags compares each flag of all static pods of a component.
func (l *loss) flags(component string, pods []staticPod) {
	for _, flag := range l.names(component, pods) {
		fates := map[fate][]staticPod{}
		next := ""
		for _, p := range pods {
			f, to := l.fate(component, flag, p)
			fates[f] = append(fates[f], p)
			if f == replaced || f == gained {
				next = to
			}
		}
		if len(fates[hidden]) > 0 {
			l.hidden = append(l.hidden, fmt.Sprintf("--%s of %s on %s", flag, component, nodesOf(fates[hidden])))
		}
		for _, f := range []fate{dropped, replaced, gained} {
			if len(fates[f]) > 0 {
				l.tell(component, flag, f, fates[f], next)
			}
		}
		if byHand := len(fates[dropped]) + len(fates[replaced]); byHand > 0 {
			l.differs(component, flag, pods)
		}
	}
}

// names are the flags that anything says something of, sorted.
func (l *loss) names(component string, pods []staticPod) []string {
	all := map[string]bool{}
	for _, p := range pods {
		for name := range p.flags {
			all[name] = true
		}
	}
	for _, a := range l.kubeadm.Declared[component].Args {
		all[strings.TrimLeft(a.Name, "-")] = true
	}
	for _, f := range l.facts.Written.Flags {
		if f.Component == component {
			all[f.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// fate compares one flag of one static pod with what kubeadm would write, and
// says what it would write.
func (l *loss) fate(component, flag string, p staticPod) (fate, string) {
	live, set := p.flags[flag]
	if declared := values(l.kubeadm, component, flag); len(declared) > 0 {
		all := strings.Join(declared, ",")
		switch {
		case !set:
			return gained, all
		case live == Hidden || slices.Contains(declared, Hidden):
			return hidden, all
		case equal(live, all) || slices.ContainsFunc(declared, func(v string) bool { return equal(live, v) }), l.merged(live, declared):
			return stays, all
		}
		return replaced, all
	}
	return l.ownFate(component, flag, p.node, live, set)
}

// ownFate is that of a flag the ClusterConfiguration does not name: it is as
// kubeadm writes it, or it is by hand. Any minor's way counts: a manifest may
// be of an older one.
func (l *loss) ownFate(component, flag, node, live string, set bool) (fate, string) {
	now, known := l.versions[place{inventory.KubeAPIServer, node}]
	to, writes := "", false
	for _, f := range l.facts.Written.Flags {
		if f.Component != component || f.Name != flag || !f.applies(l.kubeadm) {
			continue
		}
		if set && (f.Value == "*" || live != Hidden && f.allows(l.kubeadm, live)) {
			return stays, ""
		}
		if set && live == Hidden {
			return hidden, f.Value
		}
		due := !f.Optional && f.by(l.target().Minor()) && known && l.facts.Written.Covers(now) && f.by(now)
		if value, ok := fill(l.kubeadm, f.Value); ok && (set || due) {
			to, writes = value, true
		}
	}
	switch {
	case set && writes:
		return replaced, to
	case set:
		return dropped, ""
	case writes:
		return gained, to
	}
	return stays, ""
}

// merged reports whether live is a default of kubeadm with something added:
// from kubeadm.k8s.io/v1 on an argument may be added to one
// (https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/apis/kubeadm/v1/types.go).
func (l *loss) merged(live string, declared []string) bool {
	if l.kubeadm.APIVersion != "kubeadm.k8s.io/v1" {
		return false
	}
	return slices.ContainsFunc(declared, func(v string) bool { return strings.HasPrefix(live, v) || strings.HasSuffix(live, v) })
}

func (l *loss) target() version.Version { return l.hops[len(l.hops)-1] }

// tell makes the finding of one flag with one fate.
func (l *loss) tell(component, flag string, f fate, pods []staticPod, next string) {
	live := pods[0].flags[flag]
	if slices.ContainsFunc(pods, func(p staticPod) bool { return p.flags[flag] != live }) {
		live = "..."
	}
	keep, ok := l.keep(component, flag, live)
	if !ok && f != gained {
		return // what a release on the way refuses is SET-001, SET-002 or SET-007, and not to be kept
	}
	where := nodesOf(pods)
	when := "`kubeadm upgrade` to " + l.hops[0].String()
	if component == inventory.Etcd { // an equal version is written anew, too: https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/phases/upgrade/staticpods.go
		when += ", even with the etcd that runs now,"
	}
	code := "SET-019"
	if l.facts.Written.secure(component, flag) {
		code = "SET-018"
	}
	var out finding.Found
	object := component + "/--" + flag
	switch f {
	case dropped:
		out = finding.New(code, object, fmt.Sprintf("%s of %s on %s stands in no ClusterConfiguration: %s writes the manifest without it", arg(flag, live), component, where, when))
		out.Remedy = l.declare(component, flag, keep)
	case replaced:
		out = finding.New(code, object, fmt.Sprintf("%s of %s on %s was set by hand: %s writes %s", arg(flag, live), component, where, when, arg(flag, next)))
		out.Remedy = l.declare(component, flag, keep)
	case gained:
		out = finding.New("SET-020", object, fmt.Sprintf("%s on %s runs without %s: %s turns it on", component, where, arg(flag, next), when))
	}
	for _, p := range pods {
		out.Evidence = append(out.Evidence, p.node+": "+shown(flag, p.flags)+" in "+p.source)
	}
	out.Evidence = append(out.Evidence, "ClusterConfiguration: "+l.said(component, flag))
	if f == dropped || f == replaced {
		out.Evidence = append(out.Evidence, unseenPatches)
	}
	l.add(out)
}

// differs tells of a flag set by hand that the control planes do not share.
func (l *loss) differs(component, flag string, pods []staticPod) {
	values := map[string][]string{}
	for _, p := range pods {
		values[shown(flag, p.flags)] = append(values[shown(flag, p.flags)], p.node)
	}
	if len(values) < 2 {
		return
	}
	var parts []string
	for _, v := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, v+" on "+strings.Join(values[v], ", "))
	}
	l.add(finding.New("SET-021", component+"/--"+flag, fmt.Sprintf("%s differs between control planes: %s", component, strings.Join(parts, "; "))))
}

func shown(flag string, flags map[string]string) string {
	if value, ok := flags[flag]; ok {
		return arg(flag, value)
	}
	return "no --" + flag
}

func (l *loss) said(component, flag string) string {
	if values := values(l.kubeadm, component, flag); len(values) > 0 {
		return arg(flag, strings.Join(values, ","))
	}
	return "no --" + flag + " among extraArgs of " + section(component)
}

// section is the part of a ClusterConfiguration a component has.
func section(component string) string {
	switch component {
	case inventory.KubeAPIServer:
		return "apiServer"
	case inventory.KubeControllerManager:
		return "controllerManager"
	case inventory.KubeScheduler:
		return "scheduler"
	}
	return "etcd.local"
}

// declare is how to keep a flag: the line in the form the ClusterConfiguration
// has, and the volume it needs where it names a file.
func (l *loss) declare(component, flag, value string) string {
	if value == Hidden || value == "..." {
		value = "VALUE"
	}
	line := fmt.Sprintf("- {name: %s, value: %q}", flag, value)
	if old := l.kubeadm.APIVersion; strings.HasSuffix(old, "v1beta3") || strings.HasSuffix(old, "v1beta2") {
		line = fmt.Sprintf("%s: %q", flag, value)
	}
	text := fmt.Sprintf("`kubectl -n kube-system edit cm kubeadm-config`, and under %s.extraArgs add `%s`", section(component), line)
	if path.IsAbs(value) && component != inventory.Etcd && !l.facts.Written.covers(l.kubeadm, component, value) {
		text += fmt.Sprintf(", with the host path of %s under %s.extraVolumes", value, section(component))
	}
	return text + "; or pass it as a patch with `kubeadm upgrade --patches`; or remove it from the manifest if it is no longer wanted"
}

func nodesOf(pods []staticPod) string {
	var nodes []string
	for _, p := range pods {
		nodes = append(nodes, p.node)
	}
	return strings.Join(nodes, ", ")
}
