package reach

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// leaf answers a question without parts: one case per kind. A new kind gets
// its field in advisory.Question, its case here and its line in [Check]; see
// docs/how-to/add-a-question.md.
func (a *Asker) leaf(q *advisory.Question, in *inventory.Instance, n quantifier) inventory.Answer {
	switch {
	case q.OS != "":
		return a.os(q.OS, in)
	case q.Uses != "":
		return a.uses(q.Uses)
	case q.Gate != nil:
		return a.each(q.Gate.Component, in, n, func(i *inventory.Instance) inventory.Answer { return a.gate(q.Gate, i) })
	case q.Flag != nil:
		return a.each(q.Flag.Component, in, n, func(i *inventory.Instance) inventory.Answer { return a.flag(q.Flag, i) })
	case q.Config != nil:
		return a.each(q.Config.Component, in, n, func(i *inventory.Instance) inventory.Answer { return a.config(q.Config, i) })
	case q.AdmissionPlugin != "":
		return a.each(inventory.KubeAPIServer, in, n, func(i *inventory.Instance) inventory.Answer { return a.plugin(q.AdmissionPlugin, i) })
	case q.AnonymousAuth:
		return a.each(inventory.KubeAPIServer, in, n, a.anonymous)
	case len(q.Who) > 0:
		return a.whoMay(q.Who)
	case q.PodSecurity != "":
		return a.podSecurity(q.PodSecurity)
	case q.Runs != nil:
		return a.runs(q.Runs, in)
	case q.Beyond != "":
		return unknown("the cluster cannot show " + q.Beyond)
	}
	return unknown("the catalogue asks a question this version of Fixline does not know")
}

// each asks a question of every instance it is about.
func (a *Asker) each(component string, in *inventory.Instance, n quantifier, ask func(*inventory.Instance) inventory.Answer) inventory.Answer {
	list := a.scope(component, in)
	if component == "" && len(list) == 0 {
		return unknown("asked of the affected instance, and none was named")
	}
	if len(list) == 0 {
		where := "in the cluster"
		if onNode(component) && in != nil && onNode(in.Component) && in.Node != "" {
			where = "on node " + in.Node
		}
		return unknown("no " + component + " was seen " + where + ": list it, or declare its facts in an inventory")
	}
	answers := make([]inventory.Answer, 0, len(list))
	for _, i := range list {
		answers = append(answers, ask(i))
	}
	return combine(n, answers)
}

// scope is which instances of a component a question is about: the instance
// itself ("" always means that), else its neighbours on the node where both belong to a node, else
// every one in the cluster.
func (a *Asker) scope(component string, in *inventory.Instance) []*inventory.Instance {
	switch {
	case in != nil && (component == "" || in.Component == component):
		return []*inventory.Instance{in}
	case component == "":
		return nil
	}
	list := a.instances[component]
	if in != nil && in.Node != "" && onNode(component) && onNode(in.Component) {
		var near []*inventory.Instance
		for _, i := range list {
			if i.Node == in.Node {
				near = append(near, i)
			}
		}
		return near
	}
	if len(list) == 0 {
		// An inventory may declare settings of a component it lists no row of.
		for _, s := range a.cluster.Facts.Settings {
			if s.Component == component {
				return []*inventory.Instance{{Component: component, Node: s.Node}}
			}
		}
	}
	return list
}

// onNode: components of which each node has its own.
func onNode(component string) bool {
	switch component {
	case inventory.Kubelet, inventory.KubeProxy, inventory.Containerd, inventory.CRIO, inventory.Runc:
		return true
	}
	return false
}

// name is an instance as messages name it: "kubelet on node w1".
func name(in *inventory.Instance) string {
	switch {
	case in.Node != "":
		return in.Component + " on node " + in.Node
	case in.Host != "":
		return in.Component + " on host " + in.Host
	}
	return in.Component
}

// uses answers from what the reader or the inventory said of the objects.
func (a *Asker) uses(use string) inventory.Answer {
	if ans, ok := a.cluster.Facts.Uses[use]; ok {
		if ans.Evidence == "" {
			ans.Evidence = "facts.uses." + use
		}
		return ans
	}
	if use == inventory.UseWindowsNodes {
		return a.windowsFromInstances()
	}
	if plugin, ok := strings.CutPrefix(use, inventory.UseVolumePlugin+":"); ok {
		// The name alone says that every plugin in use was found.
		if all := a.cluster.Facts.Uses[inventory.UseVolumePlugin]; all.State != inventory.Unknown {
			return inventory.Answer{State: inventory.No, Evidence: "no volume plugin " + plugin + " is in use: " + all.Evidence}
		}
	}
	return unknown(use + " was not read: read the cluster's objects, or declare facts.uses." + use)
}

// windowsFromInstances answers from the kubelets, where each says its system.
func (a *Asker) windowsFromInstances() inventory.Answer {
	kubelets := a.instances[inventory.Kubelet]
	known := len(kubelets) > 0
	for _, k := range kubelets {
		if k.OS == "windows" {
			return inventory.Answer{State: inventory.Yes, Evidence: "node " + k.Where() + " runs windows"}
		}
		known = known && k.OS != ""
	}
	if known {
		return inventory.Answer{State: inventory.No, Evidence: "no node of " + strconv.Itoa(len(kubelets)) + " runs windows"}
	}
	return unknown("the operating systems of the nodes were not read: list nodes, or declare facts.uses.windowsNodes")
}

// os answers for the machine of the instance; without an instance, whether
// any node runs the system.
func (a *Asker) os(want string, in *inventory.Instance) inventory.Answer {
	if want != "linux" && want != "windows" {
		return unknown("the catalogue asks for an operating system no node reports: " + strconv.Quote(want))
	}
	if in != nil && in.OS != "" {
		return inventory.Answer{State: yes(in.OS == want), Evidence: machine(in) + " runs " + in.OS}
	}
	if want == "windows" && (in == nil || !advisory.IsClient(in.Component)) {
		ans := a.uses(inventory.UseWindowsNodes)
		if in == nil || ans.State == inventory.No {
			return ans
		}
	}
	if in == nil {
		return unknown("which operating systems the nodes run was not read")
	}
	return unknown("the operating system of " + machine(in) + " is not known")
}

func machine(in *inventory.Instance) string {
	switch {
	case in.Node != "":
		return "node " + in.Node
	case in.Host != "":
		return "host " + in.Host
	}
	return "the machine of " + in.Component
}

// exempt are namespaces of Kubernetes itself; what runs there is privileged.
func exempt(ns string) bool {
	return ns == "kube-system" || ns == "kube-public" || ns == "kube-node-lease"
}

// strictness orders the Pod Security levels
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
func strictness(level string) int {
	return slices.Index([]string{"privileged", "baseline", "restricted"}, level)
}

// podSecurity answers whether a namespace enforces less than the level. That
// none does is only believed where the admission plugin is on and no
// configuration file can exempt users or namespaces.
func (a *Asker) podSecurity(level string) inventory.Answer {
	if a.cluster.Facts.Namespaces == nil {
		return unknown("namespaces were not read, so their Pod Security levels are not known")
	}
	var weaker []string
	for _, ns := range a.cluster.Facts.Namespaces {
		enforce := ns.Enforce
		if enforce == "" {
			enforce = "privileged"
		}
		if !exempt(ns.Name) && strictness(enforce) < strictness(level) {
			weaker = append(weaker, ns.Name)
		}
	}
	config := a.each(inventory.KubeAPIServer, nil, some, func(i *inventory.Instance) inventory.Answer {
		return a.flag(&advisory.SettingQuestion{Component: inventory.KubeAPIServer, Name: "admission-control-config-file", Op: "set"}, i)
	})
	if len(weaker) > 0 {
		slices.Sort(weaker)
		ans := inventory.Answer{State: inventory.Yes, Evidence: strconv.Itoa(len(weaker)) + " of " + strconv.Itoa(len(a.cluster.Facts.Namespaces)) +
			" namespaces enforce less than " + level + ": " + firstTen(weaker)}
		if config.State == inventory.Yes {
			ans.Evidence += " (by their labels, though an admission configuration file may set a stricter default)"
		}
		return ans
	}
	on := a.each(inventory.KubeAPIServer, nil, every, func(i *inventory.Instance) inventory.Answer { return a.plugin("PodSecurity", i) })
	switch {
	case on.State == inventory.No:
		return inventory.Answer{State: inventory.Yes, Evidence: "Pod Security labels are not enforced: " + on.Evidence}
	case on.State == inventory.Unknown:
		return unknown("every namespace is labelled " + level + ", but whether the labels are enforced is not known: " + on.Evidence)
	case config.State != inventory.No:
		return unknown("every namespace is labelled " + level + ", but an admission configuration file may exempt some: " + config.Evidence)
	}
	return inventory.Answer{State: inventory.No, Evidence: "as of the reading every namespace but those of Kubernetes itself enforces " + level}
}

func firstTen(list []string) string {
	if len(list) <= 10 {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:10], ", ") + " and " + strconv.Itoa(len(list)-10) + " more"
}

// runs answers whether another component in a range of versions runs: on the
// instance's node for what belongs to nodes, else anywhere. That none was seen
// is no proof, except that a node with one container runtime has no other.
func (a *Asker) runs(q *advisory.RunsQuestion, in *inventory.Instance) inventory.Answer {
	list := a.scope(q.Component, in)
	if len(list) == 0 {
		if other := a.otherRuntime(q.Component, in); other != nil {
			return inventory.Answer{State: inventory.No, Evidence: "node " + in.Node + " runs " + other.Component}
		}
		return unknown("no " + q.Component + " was seen, but that is no proof that none runs")
	}
	r := advisory.Range{Introduced: q.From, Before: q.Before}
	var answers []inventory.Answer
	bounded := q.From.Known() || q.Before.Known()
	for _, i := range list {
		v := i.Version
		inside := v.Known() && r.Covers(v.Base())
		switch {
		case !v.Known() && bounded:
			answers = append(answers, unknown("the version of "+name(i)+" could not be read"))
		case v.Kind() == version.Pseudo && bounded:
			answers = append(answers, unknown(name(i)+" is a development build ("+v.String()+"), which does not say which release it contains"))
		case inside && (v.Kind() == version.Vendor || v.Kind() == version.Distribution):
			answers = append(answers, unknown(name(i)+" is a build of its own ("+v.String()+")"))
		default:
			answers = append(answers, inventory.Answer{State: yes(inside || !v.Known()), Evidence: name(i) + " is " + v.String()})
		}
	}
	return combine(some, answers)
}

func (a *Asker) otherRuntime(component string, in *inventory.Instance) *inventory.Instance {
	if in == nil || in.Node == "" || component != inventory.Containerd && component != inventory.CRIO {
		return nil
	}
	for _, c := range []string{inventory.Containerd, inventory.CRIO} {
		for _, i := range a.instances[c] {
			if c != component && i.Node == in.Node {
				return i
			}
		}
	}
	return nil
}
