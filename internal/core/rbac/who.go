package rbac

import (
	"cmp"
	"slices"
	"strings"
)

// Permission is one verb on one resource.
type Permission struct {
	Verb, Group, Resource string // Resource may carry a subresource: pods/exec
	// ClusterWide: only bindings over all namespaces count. Always set it for
	// resources without a namespace: a RoleBinding never grants those.
	ClusterWide bool
}

// String is the permission as kubectl auth can-i takes it: "create
// controllerrevisions.apps".
func (p Permission) String() string { return p.Verb + " " + p.Object() }

// Object is what the verb is for: "controllerrevisions.apps", "pods/exec".
func (p Permission) Object() string {
	if p.Group == "" {
		return p.Resource
	}
	resource, sub, has := strings.Cut(p.Resource, "/")
	s := resource + "." + p.Group
	if has {
		s += "/" + sub
	}
	return s
}

// Class says how a holder counts.
type Class int

const (
	// Counted: a person, a group or a workload.
	Counted Class = iota
	// Administrator: can do everything anyway; listed, not counted.
	Administrator
	// Component: a part of Kubernetes itself; listed, not counted.
	Component
)

// Holder is one subject that has a permission, and through what.
type Holder struct {
	Subject Subject
	Class   Class
	Binding Binding // without its subjects
	Role    Role    // without its rules
	// Names limits the permission to objects of these names; empty = all.
	Names []string
}

// Who returns every subject that a binding gives one of the permissions, one
// entry per subject and binding, those that count first. Classes say which do.
func (p *Policy) Who(perms ...Permission) []Holder {
	var out []Holder
	index := p.index()
	for i := range p.Bindings {
		b := &p.Bindings[i]
		role, ok := index[b.roleKey()]
		if !ok {
			continue // the role is gone: the binding grants nothing
		}
		allowed, names := grants(b, role, perms)
		if !allowed {
			continue
		}
		for _, s := range b.Subjects {
			s = s.normal()
			out = append(out, Holder{
				Subject: s,
				Class:   classify(s, b, role),
				Binding: Binding{Namespace: b.Namespace, Name: b.Name, RoleKind: b.RoleKind, RoleName: b.RoleName},
				Role:    Role{Namespace: role.Namespace, Name: role.Name},
				Names:   names,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), a.Subject.compare(b.Subject))
	})
	return out
}

// grants reports whether a binding of the role gives one of the permissions,
// and to which object names it is limited where every one it gives is.
func grants(b *Binding, role *Role, perms []Permission) (bool, []string) {
	allowed := false
	var limited []string
	for _, perm := range perms {
		if perm.ClusterWide && b.Namespace != "" {
			continue
		}
		ok, names := role.allows(perm)
		if ok && len(names) == 0 {
			return true, nil
		}
		allowed = allowed || ok
		limited = append(limited, names...)
	}
	slices.Sort(limited)
	return allowed, slices.Compact(limited)
}

type roleKey struct{ namespace, name string }

func (p *Policy) index() map[roleKey]*Role {
	m := make(map[roleKey]*Role, len(p.Roles))
	for i := range p.Roles {
		m[roleKey{p.Roles[i].Namespace, p.Roles[i].Name}] = &p.Roles[i]
	}
	return m
}

// roleKey is the role a binding names: a Role of its own namespace, or a
// ClusterRole. A ClusterRoleBinding cannot name a Role.
func (b *Binding) roleKey() roleKey {
	if b.RoleKind == "Role" {
		return roleKey{b.Namespace, b.RoleName}
	}
	return roleKey{"", b.RoleName}
}

// allows reports whether a rule of the role gives the permission, and to which
// object names it is limited (none = to all).
func (r *Role) allows(perm Permission) (bool, []string) {
	var names []string
	allowed := false
	for i := range r.Rules {
		rule := &r.Rules[i]
		if !rule.matches(perm) {
			continue
		}
		if len(rule.ResourceNames) == 0 {
			return true, nil
		}
		// A create request carries no name, so a rule limited to names never
		// allows it; creating a subresource (pods/exec) does carry one.
		if perm.Verb == "create" && !strings.Contains(perm.Resource, "/") {
			continue
		}
		allowed = true
		names = append(names, rule.ResourceNames...)
	}
	slices.Sort(names)
	return allowed, slices.Compact(names)
}

// matches follows pkg/apis/rbac/v1/evaluation_helpers.go of Kubernetes: "*"
// in each list, "*/exec" for that subresource of everything, and "pods" never
// covers pods/exec.
func (r *Rule) matches(perm Permission) bool {
	if !contains(r.Verbs, perm.Verb) || !contains(r.APIGroups, perm.Group) {
		return false
	}
	_, sub, has := strings.Cut(perm.Resource, "/")
	for _, res := range r.Resources {
		if res == "*" || res == perm.Resource || has && res == "*/"+sub {
			return true
		}
	}
	return false
}

// contains reports whether a list of a rule covers the value: by name, or by
// "*".
func contains(list []string, want string) bool {
	for _, s := range list {
		if s == "*" || s == want {
			return true
		}
	}
	return false
}

// normal turns the user name of a service account into the service account.
func (s Subject) normal() Subject {
	if s.Kind == "User" {
		if rest, ok := strings.CutPrefix(s.Name, "system:serviceaccount:"); ok {
			if ns, name, ok := strings.Cut(rest, ":"); ok {
				return Subject{Kind: "ServiceAccount", Namespace: ns, Name: name}
			}
		}
	}
	return s
}

func (s Subject) compare(o Subject) int {
	return cmp.Or(
		cmp.Compare(s.breadth(), o.breadth()), // the widest are named first
		cmp.Compare(s.Kind, o.Kind), cmp.Compare(s.Namespace, o.Namespace), cmp.Compare(s.Name, o.Name))
}

func (s Subject) breadth() int {
	if s.Everyone() {
		return 0
	}
	return 1
}
