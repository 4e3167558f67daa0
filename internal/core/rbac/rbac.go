// Package rbac answers "who may do X" from Role-Based Access Control objects,
// without asking the API server. It follows the RBAC authorizer of Kubernetes
// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/); it never
// resolves group membership outside the bindings, and it knows nothing of other
// authorizers (node, webhook, ABAC): the caller does. Start at [Policy.Who].
package rbac

// Policy is every role and binding of one cluster, aggregation already
// resolved by the controller, as the API returns it.
type Policy struct {
	Roles    []Role
	Bindings []Binding
}

// Role is a Role (Namespace set) or a ClusterRole (Namespace empty).
type Role struct {
	Namespace, Name string
	Rules           []Rule
}

// Rule is one PolicyRule.
type Rule struct {
	Verbs, APIGroups, Resources, ResourceNames, NonResourceURLs []string
}

// Binding is a RoleBinding (Namespace set) or a ClusterRoleBinding.
type Binding struct {
	Namespace, Name string
	RoleKind        string // Role | ClusterRole
	RoleName        string
	Subjects        []Subject
}

// Subject is who a binding names.
type Subject struct {
	Kind, Namespace, Name string // Kind: User | Group | ServiceAccount
}
