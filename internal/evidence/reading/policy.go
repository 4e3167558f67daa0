package reading

import (
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// policy copies roles, bindings and Pod Security levels. Who may do what is
// known only from all four lists together.
func (r *reader) policy() {
	if r.b.Was(evidence.Namespaces) {
		r.c.Facts.Namespaces = []inventory.Namespace{}
		for _, n := range r.b.Namespaces {
			r.c.Facts.Namespaces = append(r.c.Facts.Namespaces, inventory.Namespace{
				Name: n.Name, Enforce: n.Labels["pod-security.kubernetes.io/enforce"]})
		}
	}
	for _, list := range []evidence.Resource{evidence.Roles, evidence.ClusterRoles, evidence.RoleBindings, evidence.ClusterRoleBinds} {
		if !r.readOrEmpty(list) {
			return
		}
	}
	p := &rbac.Policy{}
	for _, role := range r.b.Roles {
		out := rbac.Role{Namespace: role.Namespace, Name: role.Name}
		for _, rule := range role.Rules {
			out.Rules = append(out.Rules, rbac.Rule(rule))
		}
		p.Roles = append(p.Roles, out)
	}
	for _, b := range r.b.Bindings {
		out := rbac.Binding{Namespace: b.Namespace, Name: b.Name, RoleKind: b.RoleRef.Kind, RoleName: b.RoleRef.Name}
		for _, s := range b.Subjects {
			out.Subjects = append(out.Subjects, rbac.Subject{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name})
		}
		p.Bindings = append(p.Bindings, out)
	}
	r.c.Facts.RBAC = p
}
