package evidence

import "io"

// Decode reads one list from r and keeps its objects in b. It returns what the
// list says of itself; errors are those of [DecodeList].
func (b *Bundle) Decode(list List, r io.Reader) (Listing, error) {
	return list.Each(r, func(o any) error {
		b.keep(list.Resource, o)
		return nil
	})
}

// keep adds an object of [List.Each]. What no judgement holds in memory yet is
// left in the files.
func (b *Bundle) keep(r Resource, o any) {
	switch o := o.(type) {
	case *Node:
		b.Nodes = append(b.Nodes, *o)
	case *Pod:
		b.Pods = append(b.Pods, *o)
	case *Namespace:
		b.Namespaces = append(b.Namespaces, *o)
	case *Service:
		b.Services = append(b.Services, *o)
	case *PersistentVolume:
		b.PersistentVolumes = append(b.PersistentVolumes, *o)
	case *DaemonSet:
		b.DaemonSets = append(b.DaemonSets, *o)
	case *StorageClass:
		b.StorageClasses = append(b.StorageClasses, *o)
	case *APIService:
		b.APIServices = append(b.APIServices, *o)
	case *CRD:
		b.CRDs = append(b.CRDs, *o)
	case *WebhookConfiguration:
		if r == ValidatingWebhooks {
			b.ValidatingWebhooks = append(b.ValidatingWebhooks, *o)
		} else {
			b.MutatingWebhooks = append(b.MutatingWebhooks, *o)
		}
	case *Role:
		b.Roles = append(b.Roles, *o)
	case *Binding:
		b.Bindings = append(b.Bindings, *o)
	case *Deployment:
		b.Deployments = append(b.Deployments, *o)
	case *StatefulSet:
		b.StatefulSets = append(b.StatefulSets, *o)
	case *ReplicaSet:
		b.ReplicaSets = append(b.ReplicaSets, *o)
	case *DisruptionBudget:
		b.DisruptionBudgets = append(b.DisruptionBudgets, *o)
	case *EndpointSlice:
		b.EndpointSlices = append(b.EndpointSlices, *o)
	case *Claim:
		b.Claims = append(b.Claims, *o)
	case *SecurityPolicy:
		b.SecurityPolicies = append(b.SecurityPolicies, *o)
	case *NetworkPolicy:
		b.NetworkPolicies = append(b.NetworkPolicies, Object{o.Meta})
	case *Ingress:
		b.Ingresses = append(b.Ingresses, Object{o.Meta})
	case *AdmissionPolicy:
		if r == AdmissionPolicies {
			b.AdmissionPolicies = append(b.AdmissionPolicies, Object{o.Meta})
		}
	case *Object:
		if r == ResourceClaims {
			b.ResourceClaims = append(b.ResourceClaims, *o)
		}
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
	case Deployments:
		b.Deployments = nil
	case StatefulSets:
		b.StatefulSets = nil
	case ReplicaSets:
		b.ReplicaSets = nil
	case DisruptionBudgets:
		b.DisruptionBudgets = nil
	case EndpointSlices:
		b.EndpointSlices = nil
	case Claims:
		b.Claims = nil
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
