package assess

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// movesTogether are the components that move with the cluster's version; every
// other component has its own target and never blocks theirs.
func movesTogether() []string {
	return []string{
		inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler,
		inventory.Kubelet, inventory.KubeProxy,
	}
}

func isKubernetes(component string) bool {
	switch component {
	case inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Kubelet, inventory.KubeProxy:
		return true
	}
	return false
}

// otherTargets are the versions that close what affects etcd, runtimes,
// add-ons and clients, one row per component and version that runs.
func (a *Assessor) otherTargets(c inventory.Cluster, all []judged) []OtherTarget {
	concerned := map[[2]string]Verdict{}
	for _, j := range all {
		if len(j.adv.Affected) == 0 {
			continue // it names no component that a version could fix
		}
		for _, v := range j.components {
			if v.Verdict != NotAffected && !isKubernetes(v.Component) && v.Version != nil {
				key := [2]string{v.Component, *v.Version}
				if was, ok := concerned[key]; !ok || v.Verdict.Rank() < was.Rank() {
					concerned[key] = v.Verdict
				}
			}
		}
	}
	rows := map[[2]string]*OtherTarget{}
	for _, i := range c.Instances {
		key := [2]string{i.Component, i.Version.String()}
		verdict, ok := concerned[key]
		if !ok {
			continue
		}
		if rows[key] == nil {
			o := a.otherTarget(i)
			o.Nodes, o.Verdict = []string{}, verdict
			rows[key] = &o
		}
		if w := i.Where(); w != "" && !slices.Contains(rows[key].Nodes, w) {
			rows[key].Nodes = append(rows[key].Nodes, w)
		}
	}
	out := []OtherTarget{}
	for _, r := range rows {
		slices.Sort(r.Nodes)
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y OtherTarget) int {
		return cmp.Or(cmp.Compare(x.Component, y.Component), cmp.Compare(x.Current, y.Current))
	})
	return out
}

// otherTarget is the move of one component version, found once per run. Nodes
// is the caller's to fill.
func (a *Assessor) otherTarget(i inventory.Instance) OtherTarget {
	key := placeless{i.Component, i.Version}
	got, ok := a.memo.others[key]
	if !ok {
		got = a.move(i)
		a.memo.others[key] = got
	}
	return got
}

// placeless is an instance wherever it runs.
type placeless struct {
	component string
	version   version.Version
}

// move is the best version above i's, and what it closes and leaves open.
// Where the user named advisories only those count.
func (a *Assessor) move(i inventory.Instance) OtherTarget {
	o := OtherTarget{Component: i.Component, Current: i.Version.String(), Fixes: []string{}, Remaining: []string{}}
	base := i.Version.Base()
	var open []*advisory.Advisory
	for _, adv := range a.byComponent[i.Component] {
		if adv.Covers(i.Component, base) {
			open = append(open, adv)
		}
	}
	best := a.best(i.Component, base, open)
	for _, adv := range a.byComponent[i.Component] {
		switch covers := adv.Covers(i.Component, base); {
		case best.Known() && adv.Covers(i.Component, best), !best.Known() && covers:
			o.Remaining = append(o.Remaining, adv.ID)
		case covers && a.counts(adv):
			o.Fixes = append(o.Fixes, adv.ID)
		}
	}
	slices.Sort(o.Fixes)
	slices.Sort(o.Remaining)
	if best.Known() {
		o.Version = ptr(best.String())
	}
	i.Component = a.canonical(i.Component)
	o.How = how(i, best, a.basis.Cautions)
	return o
}

// best is the smallest supported version that nothing fixable covers, else the
// smallest that closes what can be closed of what is open at base and is itself
// in range of something else; out of support where there is no other.
// Unreadable where none helps. What every version there is to move to leaves
// open, because its fix came later than the as-of day, hides no other's fix.
func (a *Assessor) best(component string, base version.Version, open []*advisory.Advisory) version.Version {
	above := slices.DeleteFunc(slices.Clone(a.upgrades[a.canonical(component)]), func(v version.Version) bool { return !base.Less(v) })
	open = slices.DeleteFunc(slices.Clone(open), func(adv *advisory.Advisory) bool {
		return !a.closable(adv) ||
			!slices.ContainsFunc(above, func(v version.Version) bool { return !adv.Covers(component, v) })
	})
	if len(open) == 0 {
		return version.Version{} // no version would change anything
	}
	closes := func(v version.Version) bool {
		return !slices.ContainsFunc(open, func(adv *advisory.Advisory) bool { return adv.Covers(component, v) })
	}
	clean := func(v version.Version) bool { return a.clean(component, v) }
	for _, good := range []func(version.Version) bool{clean, closes} {
		for _, supportedOnly := range []bool{true, false} {
			for _, v := range above {
				if good(v) && !(supportedOnly && a.ended(component, v.Minor())) {
					return v
				}
			}
		}
	}
	return version.Version{}
}

// counts reports whether the run is about adv.
func (a *Assessor) counts(adv *advisory.Advisory) bool {
	return len(a.basis.Only) == 0 || a.named(adv)
}

// closable reports whether adv counts and some version closes it.
func (a *Assessor) closable(adv *advisory.Advisory) bool {
	return adv.Fix == advisory.Fixed && fixable(adv) && a.counts(adv)
}

// clean reports whether no fixable advisory of component that counts covers v.
// What no known version closes blocks none: it stays on every one.
func (a *Assessor) clean(component string, v version.Version) bool {
	for _, adv := range a.byComponent[component] {
		if a.closable(adv) && adv.Covers(component, v) {
			return false
		}
	}
	return true
}

// ended reports whether the calendar says the line is out of support. A
// product without a calendar never is.
func (a *Assessor) ended(component string, m version.Minor) bool {
	cal := a.calendarOf(component)
	if cal == nil {
		return false
	}
	s, _ := cal.Status(m, a.basis.AsOf)
	return s == support.EndOfLife
}

// how says who moves the component and what to mind.
func how(i inventory.Instance, to version.Version, cautions []Caution) string {
	if !to.Known() {
		return "no fixed version is known: mitigate, and watch the project's releases"
	}
	s := who(i, to)
	for _, c := range cautions {
		if c.Component == i.Component && i.Version.Base().Less(c.Below) && !to.Less(c.Crossing) {
			s += "; " + c.Text + " (" + c.Source + ")"
		}
	}
	return s
}

// who says by whom and how a component is moved.
func who(i inventory.Instance, to version.Version) string {
	switch i.Component {
	case inventory.Etcd:
		return "kubeadm moves etcd only to the version it brings itself; set etcd.local.imageTag in kubeadm-config to take this one"
	case inventory.Containerd, inventory.CRIO, inventory.Runc:
		if i.Version.Kind() == version.Distribution {
			return fmt.Sprintf("the distribution builds this package: look for its security notice, or install upstream %s; drain the node first", to)
		}
		return "drain the node, install the package on it, restart the runtime"
	case inventory.Kubectl, inventory.Kubeadm:
		return "install the package on that host; the cluster's upgrade does not move it"
	case inventory.CoreDNS:
		return "kubeadm brings its own version with an upgrade; to move earlier change the image of the Deployment kube-system/coredns after reading its plugin changes"
	}
	return "upgrade the add-on by the way it was installed (chart, operator or manifest)"
}
