package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Lost says what `kubeadm upgrade` along the hops, in their order and the
// target last, would undo: it writes every static pod anew from the
// ClusterConfiguration, so what somebody wrote into a manifest by hand is gone
// afterwards (https://github.com/kubernetes/kubeadm/issues/2157), and what the
// ClusterConfiguration says and no manifest has comes to hold. It also says
// whether kubeadm can take CoreDNS along and which kubelets end with an
// embedded certificate. Patches that whoever upgrades gives with --patches are
// files on hosts and are not seen; every finding they could answer says so.
//
// Of a cluster that is not kubeadm's, or without hops, it says nothing. k is
// nil where nothing of kubeadm was read. Findings come in the order of their
// codes and then of their objects.
func Lost(c inventory.Cluster, k *kubeadm.Told, hops []version.Version, facts LostFacts) []finding.Found {
	if c.Provider != inventory.Kubeadm || len(hops) == 0 {
		return nil
	}
	if k == nil {
		k = &kubeadm.Told{Unread: "nothing of kubeadm was read", DNS: kubeadm.DNS{Unread: "nothing of kubeadm was read"}}
	}
	l := &loss{cluster: c, kubeadm: k, hops: hops, facts: facts, versions: versions(c.Instances)}
	if k.Unread != "" {
		l.add(finding.New("SET-026", "ConfigMap/kube-system/kubeadm-config",
			"what `kubeadm upgrade` would change is not known: "+k.Unread))
	} else {
		l.covered()
		for _, component := range kubeadmComponents() {
			l.component(component)
		}
		l.unseen()
		l.dns()
	}
	l.kubeletConfigs()
	slices.SortStableFunc(l.out, func(a, b finding.Found) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object))
	})
	return l.out
}

// kubeadmComponents are the static pods kubeadm writes.
func kubeadmComponents() []string {
	return []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Etcd}
}

type loss struct {
	cluster  inventory.Cluster
	kubeadm  *kubeadm.Told
	hops     []version.Version
	facts    LostFacts
	versions map[place]version.Minor
	hidden   []string // flags whose values were not kept
	out      []finding.Found
}

func (l *loss) add(f finding.Found) { l.out = append(l.out, f) }

// covered says that the table of what kubeadm writes ends before the path.
func (l *loss) covered() {
	w := l.facts.Written
	for _, h := range l.hops {
		if !w.Covers(h.Minor()) {
			f := finding.New("SET-026", "kubeadm "+h.Minor().String(),
				fmt.Sprintf("what kubeadm writes by itself is known from %s through %s: manifests were compared with that, and %s may write others", w.From, w.Through, h.Minor()), w.Source)
			f.Remedy = fmt.Sprintf("run `kubeadm upgrade diff` of %s on a control plane, and read the whole of it", h)
			l.add(f)
			return
		}
	}
}

// unseen names the flags that are set where kubeadm sets them, to values nobody
// kept.
func (l *loss) unseen() {
	if len(l.hidden) == 0 {
		return
	}
	f := finding.New("SET-026", "static pods/values", fmt.Sprintf("%d flags are set on a node and by kubeadm, and a value was not kept: whether the two are the same is not known", len(l.hidden)), l.hidden...)
	f.Severity, f.Remedy = finding.Info, "compare them by hand before the upgrade"
	l.add(f)
}

// component compares the static pods of one component on all nodes.
func (l *loss) component(component string) {
	if component == inventory.Etcd && l.kubeadm.ExternalEtcd != nil {
		return
	}
	var nodes []staticPod
	for _, s := range l.cluster.Facts.Settings {
		if s.Component != component || s.Node == "" || !strings.HasPrefix(s.Source, "static pod ") {
			continue
		}
		if !s.Complete && s.Flags["config"] == "" { // with a file the command line is still all there is of it
			f := finding.New("SET-026", "Node/"+s.Node+"/"+component, fmt.Sprintf("the command line of %s on %s was read in part: what `kubeadm upgrade` would drop of the rest is not known", component, s.Node), s.Source)
			f.Remedy = "compare /etc/kubernetes/manifests/" + component + ".yaml on " + s.Node + " with kubeadm-config by hand"
			l.add(f)
			continue
		}
		nodes = append(nodes, staticPod{node: s.Node, source: s.Source, flags: flagsOf(s)})
	}
	if len(nodes) == 0 {
		l.add(finding.New("SET-026", component, fmt.Sprintf("no static pod of %s was read: what `kubeadm upgrade` would drop of its flags is not known", component)))
		return
	}
	slices.SortFunc(nodes, func(a, b staticPod) int { return cmp.Compare(a.node, b.node) })
	l.flags(component, nodes)
	l.volumes(component)
	l.inputs(component)
}

// flagsOf are the flags of a static pod, its feature gates as one of them.
func flagsOf(s inventory.Settings) map[string]string {
	out := map[string]string{}
	for name, value := range s.Flags {
		out[name] = value
	}
	var gates []string
	for name, on := range s.Gates {
		gates = append(gates, fmt.Sprintf("%s=%t", name, on))
	}
	if len(gates) > 0 {
		slices.Sort(gates)
		out["feature-gates"] = strings.Join(gates, ",")
	}
	return out
}

// staticPod is the command line of one component on one node.
type staticPod struct {
	node, source string
	flags        map[string]string
}

// arg is a flag as a message writes it.
func arg(flag, value string) string { return "--" + flag + "=" + value }
