package reading

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// maxClockOffset is how far a host's clock may be off: etcd warns of more than
// a second between its members
// (https://github.com/etcd-io/etcd/blob/main/server/etcdserver/api/rafthttp/probing_status.go).
const maxClockOffset = 1000 // milliseconds

// hostStates says what is wrong with the hosts themselves. What the API says
// runs and what the host's packages say are different claims, and both are named.
func (r *reader) hostStates() {
	for _, name := range slices.Sorted(maps.Keys(r.b.Hosts)) {
		h := r.b.Hosts[name]
		object := "Node/" + name
		if _, ok := r.nodes[name]; !ok && r.b.Was(evidence.Nodes) {
			object = "Host/" + name
		}
		r.held(object, name, h)
		r.offered(object, name, h)
		r.repositoryMinor(object, name, h)
		r.clock(object, name, h)
		r.pending(object, name, h)
		r.certificates(name, h)
	}
}

// clock tells of one that is off by more than reading it can explain.
func (r *reader) clock(object, name string, h evidence.Host) {
	c := h.Clock
	if c == nil || max(c.OffsetMS, -c.OffsetMS)-c.RoundTripMS/2 <= maxClockOffset {
		return
	}
	r.observe(ClockOff, object, fmt.Sprintf("the clock of %s is %s off", name, time.Duration(c.OffsetMS)*time.Millisecond),
		fmt.Sprintf("round trip of the comparison: %d ms", c.RoundTripMS))
}

// kubernetesPackages are those that must move in order, one host at a time
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/).
func kubernetesPackages() []string {
	return []string{inventory.Kubeadm, inventory.Kubelet, inventory.Kubectl}
}

func (r *reader) held(object, name string, h evidence.Host) {
	if h.Holds == nil || h.Packages == nil {
		return
	}
	var excluded, loose []string
	for _, repository := range h.Repositories {
		excluded = append(excluded, repository.Exclude...)
	}
	for _, p := range h.Packages {
		// What dnf excludes may be a pattern: exclude=kube*.
		named := func(pattern string) bool { ok, _ := path.Match(pattern, p.Name); return ok }
		if slices.Contains(kubernetesPackages(), p.Name) && !slices.Contains(h.Holds, p.Name) && !slices.ContainsFunc(excluded, named) {
			loose = append(loose, p.Name)
		}
	}
	if len(loose) == 0 {
		return
	}
	slices.Sort(loose)
	what := strings.Join(loose, ", ")
	r.observe(NotHeld, object, fmt.Sprintf("%s on %s may be moved by any upgrade of packages: not held", what, name), "held: "+strings.Join(h.Holds, ", "))
	if h.Updates != nil && h.Updates.Automatic == "active" {
		r.observe(MovesByItself, object, fmt.Sprintf("%s installs updates by itself on %s, and %s may be among them", h.Updates.AutomaticBy, name, what))
	}
}

// reported is the version of the kubelet a node reports.
func (r *reader) reported(name string) version.Version {
	v, err := version.Parse(r.nodes[name].Status.NodeInfo.KubeletVersion)
	if err != nil {
		return version.Version{}
	}
	return v
}

// offered tells of a newer patch release than runs.
func (r *reader) offered(object, name string, h evidence.Host) {
	runs := r.reported(name)
	if !runs.Known() {
		return
	}
	newest, raw := runs.Base(), ""
	for _, o := range h.Offers {
		v, err := version.ParsePackage(o.Package, o.Version)
		if err == nil && o.Package == inventory.Kubelet && v.Minor() == runs.Minor() && newest.Less(v.Base()) {
			newest, raw = v.Base(), o.Package+" "+o.Version+" from "+o.Source
		}
	}
	if raw != "" {
		r.observe(NewerOffered, object, fmt.Sprintf("the API says kubelet %s runs on %s; its package source offers %s", runs, name, newest),
			"nodeInfo.kubeletVersion: "+r.nodes[name].Status.NodeInfo.KubeletVersion, h.OffersFrom+": "+raw)
	}
}

// minorOfURL is the minor a repository of Kubernetes packages is of:
// https://pkgs.k8s.io/core:/stable:/v1.34/deb/, and mirrors laid out alike.
var minorOfURL = regexp.MustCompile(`/v(1\.\d+)(?:/|$)`)

func (r *reader) repositoryMinor(object, name string, h evidence.Host) {
	runs := r.reported(name)
	var minors, evidence []string
	for _, repository := range h.Repositories {
		m := minorOfURL.FindStringSubmatch(repository.URL)
		if m == nil || !repository.Enabled {
			continue
		}
		minors = append(minors, m[1])
		evidence = append(evidence, repository.File+": "+repository.URL)
	}
	if !runs.Known() || len(minors) == 0 || slices.Contains(minors, runs.Minor().String()) {
		return
	}
	r.observe(OtherMinor, object, fmt.Sprintf("%s runs kubelet %s, but reads packages of Kubernetes %s: no patch release of %s can come from there",
		name, runs, strings.Join(slices.Compact(slices.Sorted(slices.Values(minors))), ", "), runs.Minor()), evidence...)
}

func (r *reader) pending(object, name string, h evidence.Host) {
	if h.Updates == nil {
		return
	}
	var security []string
	for _, u := range h.Updates.Pending {
		if u.Security {
			security = append(security, u.Package)
		}
	}
	if len(security) > 0 {
		r.observe(UpdatesPending, object, fmt.Sprintf("%d security updates of the operating system wait on %s", len(security), name),
			few(slices.Compact(slices.Sorted(slices.Values(security)))), "package lists of "+h.Updates.ListsAt)
	}
}

// certificates become facts: whether they have expired depends on the day.
func (r *reader) certificates(name string, h evidence.Host) {
	add := func(path string, c evidence.Certificate) {
		at, err := time.Parse(time.RFC3339, c.NotAfter)
		if err != nil {
			r.gap("expiry of certificate "+path+" on "+name, fmt.Sprintf("notAfter %q is no time", c.NotAfter), false)
			return
		}
		r.c.Facts.Certificates = append(r.c.Facts.Certificates, inventory.Certificate{Node: name, Path: path, Subject: c.Subject, NotAfter: at})
	}
	for _, c := range h.Certificates {
		add(c.Path, c)
	}
	for _, k := range h.Kubeconfigs {
		if k.Certificate != nil {
			add(k.Path, *k.Certificate)
		}
	}
}
