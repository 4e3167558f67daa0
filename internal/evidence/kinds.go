package evidence

import (
	"io"
)

// kept is what every kind can do: drop what its type has no field for is done
// by decoding; Trim drops what has one but is not for keeping.
type kept[T any] interface {
	*T
	Trim()
}

// Each reads one list of l from r, object by object, and hands each on as a
// pointer to its type (*Pod, *Deployment, ...; *Object where only existence
// and writers matter), reduced to what may be kept. The types are the
// whitelist: what has no field here is in no bundle. It returns what the list
// says of itself; errors are those of [DecodeList] and of each.
func (l List) Each(r io.Reader, each func(object any) error) (Listing, error) {
	return l.kind().read(r, each)
}

// Kept is an object of a list, as [List.Each] hands it on: a pointer to its
// type. Trim drops what the type has a field for but is not for keeping.
type Kept interface{ Trim() }

// New is an empty object of l, for who decodes another form than JSON into it.
// It must then do what Each does: fill the fields by their JSON names, Trim.
func (l List) New() Kept { return l.kind().make() }

func (l List) kind() kind {
	if k, ok := kinds()[l.Resource]; ok {
		return k
	}
	return of[Object]()
}

// kind is a type that objects of a list are kept as.
type kind struct {
	make func() Kept
	read func(r io.Reader, each func(any) error) (Listing, error)
}

func of[T any, P kept[T]]() kind {
	return kind{
		make: func() Kept { return P(new(T)) },
		read: func(r io.Reader, each func(any) error) (Listing, error) {
			return DecodeList(r, func(o *T) error {
				P(o).Trim()
				return each(o)
			})
		},
	}
}

// kinds names the type of each list that is kept as more than an [Object].
func kinds() map[Resource]kind {
	return map[Resource]kind{
		Nodes: of[Node](), Pods: of[Pod](), Namespaces: of[Namespace](), Services: of[Service](),
		PersistentVolumes: of[PersistentVolume](), Claims: of[Claim](), StorageClasses: of[StorageClass](),
		VolumeAttachments: of[VolumeAttachment](), CSINodes: of[CSINode](),
		DaemonSets: of[DaemonSet](), Deployments: of[Deployment](), StatefulSets: of[StatefulSet](),
		ReplicaSets: of[ReplicaSet](), Jobs: of[Job](), CronJobs: of[CronJob](),
		DisruptionBudgets: of[DisruptionBudget](), Autoscalers: of[Autoscaler](),
		NetworkPolicies: of[NetworkPolicy](), Ingresses: of[Ingress](), IngressClasses: of[IngressClass](), EndpointSlices: of[EndpointSlice](),
		APIServices: of[APIService](), CRDs: of[CRD](),
		ValidatingWebhooks: of[WebhookConfiguration](), MutatingWebhooks: of[WebhookConfiguration](),
		AdmissionPolicies: of[AdmissionPolicy](), MutatingPolicies: of[AdmissionPolicy](),
		AdmissionBindings: of[AdmissionBinding](), MutatingPolicyBindings: of[AdmissionBinding](),
		Roles: of[Role](), ClusterRoles: of[Role](), RoleBindings: of[Binding](), ClusterRoleBinds: of[Binding](),
		ServiceAccounts: of[ServiceAccount](), SigningRequests: of[SigningRequest](), Leases: of[Lease](),
		PriorityClasses: of[PriorityClass](), RuntimeClasses: of[RuntimeClass](), SecurityPolicies: of[SecurityPolicy](),
	}
}
