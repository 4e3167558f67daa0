package rbac

import "slices"

// detour is a permission that lets its holder take on what others may do.
type detour struct {
	perm Permission
	// kubeSystem: only over the service accounts of kube-system, whose own
	// permissions are not counted: in another namespace the holder gains
	// nothing that is not counted already.
	kubeSystem bool
}

// detours are the ways of
// https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
// that lead past the counting rule.
func detours() []detour {
	const rbacGroup = "rbac.authorization.k8s.io"
	out := []detour{
		{Permission{Verb: "impersonate", Resource: "users", ClusterWide: true}, false},
		{Permission{Verb: "impersonate", Resource: "groups", ClusterWide: true}, false},
		{Permission{Verb: "impersonate", Resource: "serviceaccounts"}, true},
		{Permission{Verb: "bind", Group: rbacGroup, Resource: "clusterroles"}, false},
		{Permission{Verb: "bind", Group: rbacGroup, Resource: "roles"}, false},
		{Permission{Verb: "escalate", Group: rbacGroup, Resource: "clusterroles", ClusterWide: true}, false},
		{Permission{Verb: "escalate", Group: rbacGroup, Resource: "roles"}, false},
		{Permission{Verb: "create", Resource: "serviceaccounts/token"}, true},
		{Permission{Verb: "create", Resource: "pods"}, true},
		{Permission{Verb: "create", Resource: "pods/exec"}, true},
		{Permission{Verb: "update", Resource: "pods/ephemeralcontainers"}, true},
		{Permission{Verb: "patch", Resource: "pods/ephemeralcontainers"}, true},
	}
	// Whoever writes a pod template chooses the service account, also of a
	// workload that is there already.
	for _, w := range []struct{ group, resource string }{
		{"", "replicationcontrollers"},
		{"apps", "deployments"}, {"apps", "daemonsets"}, {"apps", "statefulsets"}, {"apps", "replicasets"},
		{"batch", "jobs"}, {"batch", "cronjobs"},
	} {
		for _, verb := range []string{"create", "update", "patch"} {
			out = append(out, detour{Permission{Verb: verb, Group: w.group, Resource: w.resource}, true})
		}
	}
	return out
}

// Escalators are the counted subjects that could obtain a permission they do
// not have: by impersonation, by binding or widening roles, or by running as a
// service account of kube-system. Where there is one, "nobody may do it" is not
// conclusive. clusterWide: only ways to permissions over all namespaces.
func (p *Policy) Escalators(clusterWide bool) []Holder {
	var anywhere, kubeSystem []Permission
	for _, d := range detours() {
		if d.kubeSystem {
			kubeSystem = append(kubeSystem, d.perm)
			continue
		}
		d.perm.ClusterWide = d.perm.ClusterWide || clusterWide
		anywhere = append(anywhere, d.perm)
	}
	out := p.Who(anywhere...)
	for _, h := range p.Who(kubeSystem...) {
		if ns := h.Binding.Namespace; ns == "" || ns == "kube-system" {
			out = append(out, h)
		}
	}
	return slices.DeleteFunc(out, func(h Holder) bool { return h.Class != Counted })
}
