package rbac

import "strings"

// Names of subjects that stand for everyone, or nearly so
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/).
const (
	allAuthenticated   = "system:authenticated"
	allUnauthenticated = "system:unauthenticated"
	allServiceAccounts = "system:serviceaccounts"
	anonymousUser      = "system:anonymous"
)

// Everyone reports whether the subject is no single party but everybody who
// can reach the API server, with a login or without, or every workload.
func (s Subject) Everyone() bool {
	switch s.Kind {
	case "Group":
		return s.Name == allAuthenticated || s.Name == allUnauthenticated || s.Name == allServiceAccounts
	case "User":
		return s.Name == anonymousUser
	}
	return false
}

// classify decides who counts. The rule; docs/how-to/add-a-question.md tells it
// to users:
//
//   - everyone-groups, the anonymous user and the service accounts of a whole
//     namespace always count, whatever they are bound to;
//   - administrators do not: the groups system:masters and
//     kubeadm:cluster-admins, and whoever is bound over all namespaces to the
//     ClusterRole cluster-admin or to a role that allows every verb on every
//     resource;
//   - Kubernetes itself does not: users and groups named system:..., and
//     service accounts of kube-system bound to a role named system:... or
//     carrying a role kubeadm made for them. An add-on's service account counts
//     also in kube-system: it is software somebody chose to run.
func classify(s Subject, b *Binding, role *Role) Class {
	if s.Everyone() || s.Kind == "Group" && strings.HasPrefix(s.Name, allServiceAccounts+":") {
		return Counted
	}
	if s.Kind == "Group" && (s.Name == "system:masters" || s.Name == "kubeadm:cluster-admins") {
		return Administrator
	}
	if b.Namespace == "" && (role.Name == "cluster-admin" || role.everything()) {
		return Administrator
	}
	switch s.Kind {
	case "User", "Group":
		if strings.HasPrefix(s.Name, "system:") {
			return Component
		}
	case "ServiceAccount":
		if s.Namespace == "kube-system" && (strings.HasPrefix(b.RoleName, "system:") || strings.HasPrefix(b.Name, "kubeadm:")) {
			return Component
		}
	}
	return Counted
}

// everything: some rule allows every verb on every resource of every group.
func (r *Role) everything() bool {
	all := func(list []string) bool {
		for _, s := range list {
			if s == "*" {
				return true
			}
		}
		return false
	}
	for _, rule := range r.Rules {
		if all(rule.Verbs) && all(rule.APIGroups) && all(rule.Resources) && len(rule.ResourceNames) == 0 {
			return true
		}
	}
	return false
}
