package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// cgroup judges the nodes whose control groups the target's kubelet refuses.
func (j *judge) cgroup(r Rule) {
	for _, i := range j.cluster.Instances {
		if i.Component != r.Component || i.OS == "windows" {
			continue
		}
		hop, ok := j.first(r.From)
		if !ok {
			return
		}
		node := i.Where()
		f := Finding{Component: r.Component, Name: r.Unless, Hop: hop, Remedy: r.Remedy, Source: r.Source}
		switch v := j.cluster.Facts.CgroupVersion[node]; {
		case v == "":
			f.Code, f.Name = "SET-015", "cgroup version"
			f.Message = fmt.Sprintf("which control groups the nodes use was not read, and from %s on %s", r.From, r.Message)
			j.add(f, r.ID, Place{node, "/sys/fs/cgroup"})
		case !slices.Contains(r.Values, v):
		default:
			value, source, written := j.exception(r, i)
			f.Value = value
			now, known := j.now(r.Component, node)
			behind := known && now.Compare(r.From) >= 0 // it runs, so somebody allowed it
			switch {
			case written && same(value, r.UnlessValue), behind:
				f.Code, f.Message = "SET-009", fmt.Sprintf("%s=%s keeps the kubelet on cgroup %s, which is to go altogether", r.Unless, r.UnlessValue, v)
			case same(value, r.UnlessValue):
				f.Code, f.Message = "SET-015", fmt.Sprintf("from %s on %s, unless %s=%s is written down; the running kubelet shows that value, but it is also its default of today", r.From, r.Message, r.Unless, r.UnlessValue)
			default:
				f.Code, f.Message = "SET-008", fmt.Sprintf("from %s on %s", r.From, r.Message)
			}
			j.add(f, r.ID, Place{node, source})
		}
	}
}

// exception looks for the field that allows what a rule refuses. What configz
// answers does not count below the release the default changes in: it shows
// the default of today like something that was written.
func (j *judge) exception(r Rule, i inventory.Instance) (value, source string, written bool) {
	source = "the kubelet's configuration file"
	for _, s := range j.settingsOf(i) {
		if v, ok := s.Config[r.Unless]; ok {
			shown := strings.HasPrefix(s.Source, "configz") && i.Version.Known() && i.Version.Minor().Compare(r.From) < 0
			return v, s.Source, !shown
		}
		source = s.Source
	}
	return "", source, false
}

// runtime judges the versions of container runtimes.
func (j *judge) runtime(r Rule) {
	hop, ok := j.first(r.From)
	if !ok {
		return
	}
	for _, i := range j.cluster.Instances {
		if now, known := j.now(inventory.Kubelet, i.Where()); known && r.Effect != Deprecated && now.Compare(r.From) >= 0 {
			continue // the kubelet beside it has been so for long
		}
		if i.Component == r.Component && i.Version.Known() && i.Version.Less(r.Below) {
			j.add(r.finding(hop, setting{name: r.Component, value: i.Version.String()}), r.ID, Place{i.Where(), i.ReadFrom})
		}
	}
}

// unread says whose settings were not read, or only in part. A provider's own
// control plane is the provider's to upgrade, and is a gap already.
func (j *judge) unread() {
	for _, i := range j.cluster.Instances {
		if i.Hidden || !j.facts.Gates.of(i.Component) {
			continue
		}
		complete, some := false, false
		for _, s := range j.settingsOf(i) {
			some, complete = true, complete || s.Complete
		}
		if complete {
			continue
		}
		f := Finding{Code: "SET-015", Component: i.Component, Name: "settings", Message: "its command line and configuration were not read: a flag or gate that stops it would not be seen",
			Remedy: "read them: collect from the hosts, or with the kubelets' configz"}
		if some {
			f.Message = "its command line and configuration were read in part: what is not in that part would not be seen"
		}
		j.add(f, f.Message, Place{Node: i.Where()})
	}
}
