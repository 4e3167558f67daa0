package reading

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// gaps names what was asked for and did not come back, and what this source
// cannot show by its nature (not required: nobody could have shown it).
func (r *reader) gaps() {
	for _, list := range evidence.Lists() {
		access := r.b.Access[list.Resource]
		if access.State == evidence.Read {
			continue
		}
		reason := why(access)
		required := !optional(list, access)
		// What the server counts as empty is answered without the list.
		if counted := r.countedBy(list.Resource); counted != "" {
			reason, required = reason+"; there is none: "+counted, false
		}
		r.gap("list "+string(list.Resource)+": "+list.For, reason, required)
	}
	r.otherGaps()
	r.hostGaps()
	r.unread()
}

// why says why something was not read.
func why(a evidence.Access) string {
	if a.State == evidence.NotAsked && a.Reason == "" {
		return "it was not asked for"
	}
	return a.Reason
}

// optional lists decide no verdict by themselves. A folder of kubectl output
// need not hold PersistentVolumes, and an older server does not serve what
// became stable later: what rests on these is then unknown, and said so.
func optional(list evidence.List, access evidence.Access) bool {
	if list.Resource == evidence.DaemonSets {
		return true
	}
	return access.State == evidence.Absent && (list.Since != "" || list.Resource == evidence.PersistentVolumes)
}

func (r *reader) otherGaps() {
	if a := r.b.Access[evidence.ServerVersionFile]; a.State != evidence.Read {
		r.gap("get /version: version of the API server", why(a), len(r.controlPlaneHosts()) == 0)
	}
	for name, what := range map[string]string{
		"kubeadm-config": "how kubeadm set the cluster up", "kubelet-config": "configuration of kubelets", "kube-proxy": "configuration of kube-proxy",
	} {
		a := r.b.Access[evidence.ConfigMapResource(name)]
		switch {
		case a.State == evidence.Read, nothingToRead(a):
			// Where it does not exist there is nothing to read: no gap.
		case name == "kubelet-config" && r.allConfigz():
		default:
			r.gap("get configmap kube-system/"+name+": "+what, why(a), name != "kubeadm-config")
		}
	}
	if a := r.b.Access[evidence.MetricsText]; a.State != evidence.Read {
		r.gap("get /metrics: counts of stored objects and requested deprecated APIs", why(a), false)
	}
	if a := r.b.Access[evidence.APIGroups]; a.State != evidence.Read {
		r.gap("get /apis: API groups the server serves", why(a), false)
	}
	for _, text := range r.b.Warnings {
		r.observe(Warned, "Cluster", "the API server answered with a warning: "+text)
	}
}

func (r *reader) allConfigz() bool {
	for _, node := range r.kubeletNodes() {
		if r.b.Hosts[node].Configz == nil {
			return false
		}
	}
	return true
}

// hostGaps are what only a look at the machine shows.
func (r *reader) hostGaps() {
	var runc, cgroup, clients []string
	for _, n := range r.b.Nodes {
		if nodeOS(n) == "windows" {
			continue
		}
		if !r.runs(inventory.Runc, n.Name) {
			runc = append(runc, n.Name)
		}
		if r.c.Facts.CgroupVersion[n.Name] == "" {
			cgroup = append(cgroup, n.Name)
		}
		if r.b.Hosts[n.Name].Packages == nil {
			clients = append(clients, n.Name)
		}
	}
	for _, g := range []struct {
		nodes         []string
		check, reason string
	}{
		{runc, "version of runc on ", "runc is not in the API; hosts/NODE/dpkg.txt or versions.txt holds it"},
		{cgroup, "cgroup version of ", "it is not in the API; hosts/NODE/versions.txt holds the file system of /sys/fs/cgroup"},
		{clients, "packages (kubectl, kubeadm, the build of the container runtime) on ", "packages are not in the API; hosts/NODE/dpkg.txt holds them"},
	} {
		if len(g.nodes) > 0 {
			r.gap(g.check+few(g.nodes), g.reason, false)
		}
	}
}

// lone are the words of a reason that are one machine's: names, addresses, keys.
var lone = regexp.MustCompile(`\S*[0-9]\S*`)

// unread are machines, kubelets and single API servers, and facts of them, that
// were asked for and not had: what nobody could read is no clean host. What a
// host does not have, and what nobody asked for, is none of it. Those that are
// alike are one gap, with the reason of the first.
func (r *reader) unread() {
	type failure struct{ what, reason string }
	of, names := map[string]failure{}, map[string][]string{}
	for _, asked := range slices.Sorted(maps.Keys(r.b.Access)) {
		a := r.b.Access[asked]
		if a.State != evidence.Failed && a.State != evidence.Forbidden {
			continue
		}
		top, rest, one := strings.Cut(string(asked), "/")
		name, file, _ := strings.Cut(rest, "/")
		var what string
		switch {
		case top == "hosts" && one && file == "":
			what = "look at host "
		case top == "hosts" && one:
			what = file + " of host "
		case top == "kubelets" && one:
			what = file + " of kubelet "
		case top == "kubelets":
			what, name = "configz.json of kubelets", ""
		// Who may not read metrics at all may not of each server either: said once.
		case top == "apiservers" && one && a.Reason != r.b.Access[evidence.MetricsText].Reason:
			what = file + " of API server "
		default:
			continue
		}
		alike := why(a)
		if name != "" {
			alike = strings.ReplaceAll(alike, name, "1")
		}
		key := what + lone.ReplaceAllString(alike, "1")
		if len(names[key]) == 0 {
			of[key] = failure{what, why(a)}
		}
		names[key] = append(names[key], name)
	}
	for key, f := range of {
		r.gap(f.what+few(names[key]), f.reason, false)
	}
}

// order sorts everything, so that one cluster always reads the same.
func (r *reader) order() {
	rank := func(component string) int {
		at := slices.Index([]string{
			inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.CloudControllerManager, inventory.Etcd,
			inventory.Kubelet, inventory.KubeProxy, inventory.Containerd, inventory.CRIO, inventory.Runc, inventory.Kubeadm, inventory.Kubectl,
		}, component)
		if at < 0 {
			return 100
		}
		return at
	}
	slices.SortStableFunc(r.c.Instances, func(a, b inventory.Instance) int {
		return cmp.Or(cmp.Compare(rank(a.Component), rank(b.Component)), cmp.Compare(a.Component, b.Component),
			cmp.Compare(a.Node, b.Node), cmp.Compare(a.Host, b.Host), a.Version.Compare(b.Version), cmp.Compare(a.ReadFrom, b.ReadFrom))
	})
	slices.SortStableFunc(r.c.Gaps, func(a, b inventory.Gap) int {
		return cmp.Or(cmp.Compare(order(a.Required), order(b.Required)), cmp.Compare(a.Check, b.Check))
	})
	slices.SortStableFunc(r.c.Observed, func(a, b inventory.Observation) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Message, b.Message))
	})
	slices.SortStableFunc(r.c.Facts.Settings, func(a, b inventory.Settings) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Source, b.Source))
	})
}

// order puts required gaps first.
func order(required bool) int {
	if required {
		return 0
	}
	return 1
}
