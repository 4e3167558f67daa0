package disrupt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// podFindings are pods that are lost, bound, or the only one, each kind folded
// into one finding.
func (x *index) podFindings() []finding.Found {
	var emptyDir, bound, hostPath, alone []int
	for _, n := range x.c.Nodes {
		if !x.drained[n.Name] {
			continue
		}
		for _, i := range x.on[n.Name] {
			p := &x.c.Pods[i]
			if !p.moves() {
				continue
			}
			if p.EmptyDir {
				emptyDir = append(emptyDir, i)
			}
			if p.bound() {
				bound = append(bound, i)
			} else if p.HostPath {
				hostPath = append(hostPath, i)
			}
			if p.Workload == "" {
				alone = append(alone, i)
			}
		}
	}
	var out []finding.Found
	add := func(code string, pods []int, one, more string) *finding.Found {
		if len(pods) == 0 {
			return &finding.Found{}
		}
		message := fmt.Sprintf("%d %s", len(pods), more)
		if len(pods) == 1 {
			message = "1 " + one
		}
		out = append(out, finding.New(code, "Pods", message, x.podNames(pods)...))
		return &out[len(out)-1]
	}
	add("DRAIN-007", emptyDir, "pod has an emptyDir volume", "pods have emptyDir volumes")
	add("DRAIN-008", bound, "pod can run on its own node only", "pods can run on their own node only")
	if f := add("DRAIN-008", hostPath, "pod uses a directory of its node (hostPath), whose content stays behind", "pods use directories of their node (hostPath), whose content stays behind"); f.Code != "" {
		f.Object, f.Severity = "Pods/hostPath", finding.Info
	}
	add("DRAIN-009", alone, "pod has no controller", "pods have no controller")
	return append(out, x.singles()...)
}

// bound reports whether p can run on the node it is on and on no other.
func (p *Pod) bound() bool {
	_, host := p.Selector[hostname]
	return p.Local != "" || host
}

const hostname = "kubernetes.io/hostname"

// singles are workloads of one replica on nodes to drain.
func (x *index) singles() []finding.Found {
	one := map[string]bool{}
	for _, w := range x.c.Workloads {
		if w.Replicas == 1 {
			one[w.Namespace+"\x00"+w.Kind+"/"+w.Name] = true
		}
	}
	var names []string
	for i := range x.c.Pods {
		p := &x.c.Pods[i]
		if p.Workload != "" && p.moves() && x.drained[p.Node] && one[p.Namespace+"\x00"+p.Workload] {
			kind, name, _ := strings.Cut(p.Workload, "/")
			names = append(names, kind+"/"+p.Namespace+"/"+name+" on "+p.Node)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return []finding.Found{finding.New("DRAIN-006", "Workloads", fmt.Sprintf("%s of one replica", count(len(names), "workload")), first(names)...)}
}

// operators are databases and stores that must move first, where no budget of
// theirs said so already: one finding for each operator.
func (x *index) operators() []finding.Found {
	said := map[string]bool{}
	for i := range x.c.Budgets {
		b := &x.c.Budgets[i]
		if b.Operator != nil && b.verdict() != lets && len(x.evicted(i)) > 0 {
			said[b.Operator.Name] = true
		}
	}
	managed := map[string][]int{}
	var order []*Operator
	for i := range x.c.Pods {
		p := &x.c.Pods[i]
		if p.Operator == nil || said[p.Operator.Name] || !p.moves() || !x.drained[p.Node] {
			continue
		}
		if managed[p.Operator.Name] == nil {
			order = append(order, p.Operator)
		}
		managed[p.Operator.Name] = append(managed[p.Operator.Name], i)
	}
	slices.SortFunc(order, func(a, b *Operator) int { return strings.Compare(a.Name, b.Name) })
	var out []finding.Found
	for _, o := range order {
		out = append(out, finding.New("DRAIN-010", "Operator/"+o.Name,
			fmt.Sprintf("%s manages %s here: %s", o.Name, count(len(managed[o.Name]), "pod"), o.Text), append(x.podNames(managed[o.Name]), o.Source)...))
	}
	return out
}

// nodeFindings are nodes that are not as they should be before a drain.
func (x *index) nodeFindings() []finding.Found {
	var cordoned []string
	var out []finding.Found
	for _, n := range x.c.Nodes {
		if n.Cordoned {
			cordoned = append(cordoned, n.Name)
		}
		if n.Ready == NotReady {
			f := finding.New("DRAIN-013", "Node/"+n.Name, "the node is not ready")
			if !n.ControlPlane {
				f.Severity = finding.Warning
			}
			out = append(out, f)
		}
	}
	if len(cordoned) > 0 {
		slices.Sort(cordoned)
		out = append(out, finding.New("DRAIN-012", "Nodes", fmt.Sprintf("%s cordoned already", nodes(len(cordoned))), first(cordoned)...))
	}
	return out
}
