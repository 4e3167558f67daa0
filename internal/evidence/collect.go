package evidence

import "io"

// Decode reads one list from r and keeps its objects in b. It returns what the
// list says of itself; errors are those of [DecodeList].
func (b *Bundle) Decode(list List, r io.Reader) (Listing, error) {
	switch list.Resource {
	case Nodes:
		return DecodeList(r, func(o Node) { o.Trim(); b.Nodes = append(b.Nodes, o) })
	case Pods:
		return DecodeList(r, func(o Pod) { o.Trim(); b.Pods = append(b.Pods, o) })
	case Namespaces:
		return DecodeList(r, func(o Namespace) { o.trim(); b.Namespaces = append(b.Namespaces, o) })
	case Services:
		return DecodeList(r, func(o Service) { o.trim(); b.Services = append(b.Services, o) })
	case PersistentVolumes:
		return DecodeList(r, func(o PersistentVolume) { o.trim(); b.PersistentVolumes = append(b.PersistentVolumes, o) })
	case DaemonSets:
		return DecodeList(r, func(o DaemonSet) { o.Trim(); b.DaemonSets = append(b.DaemonSets, o) })
	case StorageClasses:
		return DecodeList(r, func(o StorageClass) { o.trim(); b.StorageClasses = append(b.StorageClasses, o) })
	case APIServices:
		return DecodeList(r, func(o APIService) { o.trim(); b.APIServices = append(b.APIServices, o) })
	case CRDs:
		return DecodeList(r, func(o CRD) { o.trim(); b.CRDs = append(b.CRDs, o) })
	case ValidatingWebhooks:
		return DecodeList(r, func(o WebhookConfiguration) { o.trim(); b.ValidatingWebhooks = append(b.ValidatingWebhooks, o) })
	case MutatingWebhooks:
		return DecodeList(r, func(o WebhookConfiguration) { o.trim(); b.MutatingWebhooks = append(b.MutatingWebhooks, o) })
	case Roles, ClusterRoles:
		return DecodeList(r, func(o Role) { o.trim(); b.Roles = append(b.Roles, o) })
	case RoleBindings, ClusterRoleBinds:
		return DecodeList(r, func(o Binding) { o.trim(); b.Bindings = append(b.Bindings, o) })
	}
	return DecodeList(r, func(o Object) { o.Trim(); b.keep(list.Resource, o) })
}

func (b *Bundle) keep(r Resource, o Object) {
	switch r {
	case NetworkPolicies:
		b.NetworkPolicies = append(b.NetworkPolicies, o)
	case Ingresses:
		b.Ingresses = append(b.Ingresses, o)
	case AdmissionPolicies:
		b.AdmissionPolicies = append(b.AdmissionPolicies, o)
	case ResourceClaims:
		b.ResourceClaims = append(b.ResourceClaims, o)
	}
}

// Forget drops the objects of a list that must be read again from the start.
func (b *Bundle) Forget(list List) {
	namespaced := func(ns string) bool { return ns != "" }
	switch list.Resource {
	case Nodes:
		b.Nodes = nil
	case Pods:
		b.Pods = nil
	case Namespaces:
		b.Namespaces = nil
	case Services:
		b.Services = nil
	case PersistentVolumes:
		b.PersistentVolumes = nil
	case DaemonSets:
		b.DaemonSets = nil
	case NetworkPolicies:
		b.NetworkPolicies = nil
	case Ingresses:
		b.Ingresses = nil
	case StorageClasses:
		b.StorageClasses = nil
	case APIServices:
		b.APIServices = nil
	case CRDs:
		b.CRDs = nil
	case ValidatingWebhooks:
		b.ValidatingWebhooks = nil
	case MutatingWebhooks:
		b.MutatingWebhooks = nil
	case AdmissionPolicies:
		b.AdmissionPolicies = nil
	case ResourceClaims:
		b.ResourceClaims = nil
	case Roles, ClusterRoles:
		keep := list.Resource == ClusterRoles
		b.Roles = filter(b.Roles, func(r Role) bool { return namespaced(r.Namespace) == keep })
	case RoleBindings, ClusterRoleBinds:
		keep := list.Resource == ClusterRoleBinds
		b.Bindings = filter(b.Bindings, func(r Binding) bool { return namespaced(r.Namespace) == keep })
	}
}

func filter[T any](in []T, keep func(T) bool) []T {
	var out []T
	for _, v := range in {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}
