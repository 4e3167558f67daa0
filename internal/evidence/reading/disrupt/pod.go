package disrupt

import (
	"maps"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// pod is one pod.
func (r *reader) pod(p *evidence.Pod) disrupt.Pod {
	out := disrupt.Pod{
		Namespace: p.Namespace, Name: p.Name, Node: p.Spec.NodeName, Labels: p.Labels, Static: p.Static(), Selector: p.Spec.NodeSelector,
		Ready: ready(p.Status.Conditions), Pending: p.Status.Phase == "Pending", Deleting: p.Deleted != "",
		Operator: r.names.ofPod(p.Labels),
	}
	if o, ok := controller(p.Meta); ok {
		out.Daemon = o.Kind == "DaemonSet"
		out.Workload = r.workload(p, o)
	}
	for _, t := range p.Spec.Tolerations {
		out.Tolerations = append(out.Tolerations, disrupt.Toleration{Key: t.Key, Value: t.Value, Effect: t.Effect, Exists: t.Operator == "Exists"})
	}
	for _, v := range p.Spec.Volumes {
		out.EmptyDir = out.EmptyDir || slices.Contains(v.Sources, "emptyDir")
		out.HostPath = out.HostPath || slices.Contains(v.Sources, "hostPath")
		if v.Claim != "" {
			r.claim(&out, v.Claim)
		}
	}
	out.Requests, out.Unknown = r.requests(p.Spec)
	return out
}

// workload is the topmost keeper of a pod: a Deployment rather than its
// ReplicaSet. Where ReplicaSets were not read, the name says it: a Deployment
// calls them after itself and the hash its pods are labelled with.
func (r *reader) workload(p *evidence.Pod, o evidence.Owner) string {
	if o.Kind != "ReplicaSet" {
		return o.Kind + "/" + o.Name
	}
	if top, ok := r.owners[object{p.Namespace, o.Name}]; ok {
		return top
	}
	if name, ok := strings.CutSuffix(o.Name, "-"+p.Labels["pod-template-hash"]); ok && !r.b.Was(evidence.ReplicaSets) {
		return "Deployment/" + name
	}
	return o.Kind + "/" + o.Name
}

// claim adds where the volume of a claim is: on one node, or in one zone.
func (r *reader) claim(p *disrupt.Pod, claim string) {
	v, ok := r.volumes[object{p.Namespace, claim}]
	if !ok {
		return
	}
	for _, source := range v.Spec.Sources {
		if source == "local" || source == "hostPath" || r.names.localDriver(v.Spec.Driver) {
			p.Local = v.Name
		}
	}
	// A volume of one zone can be mounted there only. Several are joined by "__".
	if zone := v.Labels[zoneLabel]; zone != "" && !strings.Contains(zone, "__") {
		p.Selector = maps.Clone(p.Selector)
		if p.Selector == nil {
			p.Selector = map[string]string{}
		}
		p.Selector[zoneLabel] = zone
	}
}

// requests are what the scheduler counts of a pod: its containers and sidecars
// together, or the largest moment of its start
// (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers).
func (r *reader) requests(s evidence.PodSpec) (disrupt.Amounts, string) {
	var sum, sidecars, most disrupt.Amounts
	why := ""
	of := func(c evidence.Container) disrupt.Amounts {
		a, unread := r.request(c)
		if unread != "" {
			why = unread
		}
		return a
	}
	for _, c := range s.InitContainers {
		a := of(c)
		if c.RestartPolicy == "Always" {
			sidecars = sidecars.Plus(a)
			most = most.Max(sidecars)
			continue
		}
		most = most.Max(sidecars.Plus(a))
	}
	for _, c := range s.Containers {
		sum = sum.Plus(of(c))
	}
	return sum.Plus(sidecars).Max(most), why
}

// request is what one container asks for; a limit without a request is one.
func (r *reader) request(c evidence.Container) (disrupt.Amounts, string) {
	var out disrupt.Amounts
	why := ""
	for _, x := range []struct {
		name string
		per  int64
		into *int64
	}{{"cpu", 1000, &out.MilliCPU}, {"memory", 1, &out.Memory}} {
		text, ok := c.Resources.Requests[x.name]
		if !ok {
			if text, ok = c.Resources.Limits[x.name]; !ok {
				continue
			}
		}
		n, err := r.amount(text, x.per, true)
		if err != nil {
			why = x.name + " of container " + c.Name + ": " + err.Error()
			continue
		}
		*x.into = n
	}
	return out, why
}
