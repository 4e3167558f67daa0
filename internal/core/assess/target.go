package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/target"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// target chooses the Kubernetes version for one cluster and words it for the
// contract.
func (a *Assessor) target(c inventory.Cluster, all []judged, oldest, floor inventory.Instance) Target {
	if !oldest.Version.Known() {
		return Target{Kind: "none", Path: []Hop{}, Fixes: []string{}, Remaining: []string{}, Rejected: []Rejected{},
			Reason: "no version of a Kubernetes component could be read, so no target can be chosen"}
	}
	in := target.Input{
		Oldest: oldest.Version, Floor: floor.Version, FloorWhy: floor.Component + " on " + floor.Where(),
		Narrow: len(a.basis.Only) > 0, Asked: a.basis.Only, Margin: a.basis.Policy.SupportMarginDays,
		Available: c.Available, AvailableSource: c.AvailableSource,
		Managed: c.Managed(),
		Wanted:  a.basis.Target,
		Mixed:   mixed(c.Instances),
	}
	for _, i := range c.Instances {
		if isKubernetes(i.Component) && !slices.Contains(in.Components, i.Component) {
			in.Components = append(in.Components, i.Component)
		}
	}
	for _, j := range all {
		if moves(j, c.Instances) {
			in.Affecting = append(in.Affecting, j.adv.ID)
		}
	}
	// In a fleet most clusters ask the same question.
	key := fmt.Sprint(in, in.Available == nil)
	t, ok := a.memo.targets[key]
	if !ok {
		t = word(a.table.Choose(in))
		a.memo.targets[key] = t
	}
	if first := a.moveFirst(c, oldest, t); first != "" {
		t.Reason += "; before its first hop these must move, or the hop is illegal: " + first
	}
	for _, caution := range a.basis.Cautions {
		t.Reason += brought(caution, c, oldest, t)
	}
	return t
}

// brought says which instances the hops to t would take over a step that needs
// care: what kubeadm of a minor moves without being asked. One whose version
// could not be read may be among them.
func brought(caution Caution, c inventory.Cluster, oldest inventory.Instance, t Target) string {
	crosses := func(h Hop) bool {
		to, err := version.Parse(h.Version)
		return err == nil && caution.BroughtBy.Known() && !to.Less(caution.BroughtBy)
	}
	hop := slices.IndexFunc(t.Path, crosses)
	if hop < 0 || !oldest.Version.Less(caution.BroughtBy) {
		return ""
	}
	var at []string
	for _, i := range c.Instances {
		if i.Component == caution.Component && !(i.Version.Known() && !i.Version.Base().Less(caution.Below)) {
			at = append(at, strings.TrimSpace(cmp.Or(i.Version.String(), "of an unknown version")+" on "+i.Where()))
		}
	}
	if len(at) == 0 {
		return ""
	}
	return fmt.Sprintf("; not safe as it is: kubeadm %s takes %s to %s or later with it, unless kubeadm-config pins another, and here it is %s: %s (%s)",
		t.Path[hop].Version, caution.Component, caution.Crossing.Minor(), nodes(at), caution.Text, caution.Source)
}

// moveFirst names what the first hop of the API servers would leave outside
// the version-skew policy: it moves before them.
func (a *Assessor) moveFirst(c inventory.Cluster, oldest inventory.Instance, t Target) string {
	if len(t.Path) == 0 {
		return ""
	}
	to, err := version.Parse(t.Path[0].Version)
	if err != nil || to.Minor().Compare(oldest.Version.Minor()) <= 0 {
		return ""
	}
	var first []string
	for _, row := range skew.Hop(a.basis.Skew, skew.Upstream, oldest.Version, to, c.Instances).Blockers {
		first = append(first, fmt.Sprintf("%s %s on %s", row.Component, row.Version, row.Node))
	}
	return nodes(first)
}

// moves reports whether another Kubernetes version could close j here. An
// instance nobody could read says nothing about which version it needs, and
// where a gate is locked the defect is closed already.
func moves(j judged, all []inventory.Instance) bool {
	if !slices.ContainsFunc(j.components, func(v ComponentVerdict) bool {
		return isKubernetes(v.Component) && v.Verdict != NotAffected && v.Version != nil
	}) {
		return false
	}
	return slices.ContainsFunc(all, func(i inventory.Instance) bool {
		return isKubernetes(i.Component) && i.Version.Known() && j.adv.Covers(i.Component, i.Version.Base())
	})
}

// mixed says which kubelet minors the nodes run, when more than one.
func mixed(all []inventory.Instance) string {
	var minors []version.Minor
	for _, i := range all {
		if i.Component == inventory.Kubelet && i.Version.Known() && !slices.Contains(minors, i.Version.Minor()) {
			minors = append(minors, i.Version.Minor())
		}
	}
	if len(minors) < 2 {
		return ""
	}
	slices.SortFunc(minors, version.Minor.Compare)
	return fmt.Sprintf("kubelets run %s to %s", minors[0], minors[len(minors)-1])
}

func word(c target.Choice) Target {
	t := Target{
		Version: orNull(c.Version.String()), Kind: string(c.Kind), Path: []Hop{}, Reason: c.Reason, Wanted: orNull(c.Wanted),
		Fixes: emptied(c.Fixes), Remaining: emptied(c.Remaining), Rejected: []Rejected{},
	}
	for _, v := range c.Path {
		t.Path = append(t.Path, Hop{v.String(), releaseNotes(v)})
	}
	for _, r := range c.Rejected {
		t.Rejected = append(t.Rejected, Rejected{r.Version.String(), r.Reason})
	}
	return t
}

// releaseNotes is the section of one patch in the project's changelog.
func releaseNotes(v version.Version) string {
	base := v.Base()
	return fmt.Sprintf("https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-%s.md#v%s",
		base.Minor(), strings.ReplaceAll(base.String(), ".", ""))
}
