// Package evidence holds what was read of one cluster, before anything is
// decided: trimmed Kubernetes objects, host facts, and for each thing asked
// whether it came back. It judges nothing and never holds a Secret, an
// environment variable or a managed field: what is not in these types is not
// kept. Adapters fill a [Bundle] (evidence/kube from a live API server,
// evidence/dump from a folder); evidence/reading turns one into the
// inventory.Cluster that judgements take. Start at [Bundle].
package evidence

// Bundle is one look at one cluster.
type Bundle struct {
	// Source says where it was read: "https://10.77.0.11:6443", "folder prod/".
	Source string
	// Name is the cluster's, as its manifest has it; "" where nobody wrote one.
	Name string
	// Taken is when the last of it was read, RFC 3339; "" where nobody wrote it.
	Taken string
	// Clocks are the cluster's clocks as the collecting machine saw them.
	Clocks []Clock
	// Version is the answer of /version; empty when Access says it was not read.
	Version ServerVersion
	// Access says for each thing asked whether it came back. A Resource that
	// is not in the map was not asked.
	Access map[Resource]Access

	Nodes              []Node
	Pods               []Pod
	Namespaces         []Namespace
	Services           []Service
	PersistentVolumes  []PersistentVolume
	ConfigMaps         []ConfigMap // of kube-system: kubeadm-config, kubelet-config, kube-proxy, coredns
	DaemonSets         []DaemonSet // of every namespace
	NetworkPolicies    []Object
	Ingresses          []Object
	StorageClasses     []StorageClass
	APIServices        []APIService
	CRDs               []CRD
	ValidatingWebhooks []WebhookConfiguration
	MutatingWebhooks   []WebhookConfiguration
	AdmissionPolicies  []Object
	ResourceClaims     []Object
	Roles              []Role // Roles and ClusterRoles
	Bindings           []Binding

	// What [Upgrade] lists; empty where Access does not say that it was read.
	Deployments       []Deployment
	StatefulSets      []StatefulSet
	ReplicaSets       []ReplicaSet
	DisruptionBudgets []DisruptionBudget
	EndpointSlices    []EndpointSlice
	Claims            []Claim

	// SecurityPolicies are the PodSecurityPolicies of a recording.
	SecurityPolicies []SecurityPolicy

	// Groups are the API groups and versions the server serves, by group name.
	Groups map[string][]string
	// Metrics are what the API server counts of itself; nil = not read.
	Metrics *Metrics
	// ServerMetrics are the same of each API server, by its address; an API
	// server that is not in the map was not asked by itself.
	ServerMetrics map[string]*Metrics
	// Hosts are facts of the machines, by node name.
	Hosts map[string]Host
	// Warnings are Warning headers the API server answered with. Fixline asks
	// for nothing deprecated, so any entry is a defect worth reporting.
	Warnings []string
}

// ServerVersion is the part of /version that is used.
type ServerVersion struct {
	GitVersion string `json:"gitVersion"`
	Platform   string `json:"platform"`
}

// New is an empty Bundle of a source.
func New(source string) *Bundle {
	return &Bundle{Source: source, Access: map[Resource]Access{}, Hosts: map[string]Host{}}
}

// Was reports whether r was read.
func (b *Bundle) Was(r Resource) bool { return b.Access[r].State == Read }

// ConfigMap is a ConfigMap of kube-system by name; ok is false when it was
// not read or does not exist.
func (b *Bundle) ConfigMap(name string) (ConfigMap, bool) {
	for _, c := range b.ConfigMaps {
		if c.Name == name && c.Namespace == "kube-system" {
			return c, true
		}
	}
	return ConfigMap{}, false
}
