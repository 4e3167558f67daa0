package admission

import "strings"

// Request is one thing an upgrade asks of the API server.
type Request struct {
	Group, Version, Resource, Subresource string
	Operations                            []string // CREATE, UPDATE, DELETE
	// Namespaces it is asked in; empty = the resource has none, "*" = every
	// namespace.
	Namespaces []string
	Except     []string // of "*"
	// Busy limits "*" to namespaces that have pods, where pods were read.
	Busy bool
	// Labels are those of the objects, where they are known beforehand: an
	// Eviction has none. nil = those of the objects that were read.
	Labels []map[string]string
	// Equivalent are other names of the same objects ("extensions/v1beta1"),
	// which a rule with matchPolicy Equivalent may use where they are served.
	Equivalent []string
	// For says what an upgrade does it for: "the drain of a node".
	For    string
	Source string // URL
}

// Name is the resource as rules write it: "pods/eviction", "leases.coordination.k8s.io".
func (r Request) Name() string {
	out := r.Resource
	if r.Group != "" {
		out += "." + r.Group
	}
	if r.Subresource != "" {
		out += "/" + r.Subresource
	}
	return out
}

// Rule is what a webhook is asked about.
type Rule struct {
	Groups, Versions, Resources, Operations []string
	Scope                                   string // "" and * = both; Cluster, Namespaced
}

// matches decides as the API server's own matcher does
// (apiserver/pkg/admission/plugin/webhook/predicates/rules): every list is
// exact or "*"; "pods" is without subresources, "pods/*" includes pods itself,
// "*" is every resource without subresources and "*/*" everything.
func (r Rule) matches(q Request, operation string) bool {
	return r.scope(q) && listed(r.Operations, operation) && listed(r.Groups, q.Group) && listed(r.Versions, q.Version) && r.resource(q)
}

func (r Rule) scope(q Request) bool {
	namespaced := len(q.Namespaces) > 0
	switch r.Scope {
	case "", "*":
		return true
	case "Namespaced":
		return namespaced
	case "Cluster":
		return !namespaced
	}
	return false
}

func (r Rule) resource(q Request) bool {
	for _, s := range r.Resources {
		resource, sub, _ := strings.Cut(s, "/")
		if (resource == "*" || resource == q.Resource) && (sub == "*" || sub == q.Subresource) {
			return true
		}
	}
	return false
}

func listed(list []string, s string) bool {
	for _, v := range list {
		if v == "*" || v == s {
			return true
		}
	}
	return false
}

// as is the request under another group and version.
func (r Request) as(groupVersion string) Request {
	group, v, ok := strings.Cut(groupVersion, "/")
	if !ok {
		group, v = "", groupVersion
	}
	r.Group, r.Version = group, v
	return r
}
