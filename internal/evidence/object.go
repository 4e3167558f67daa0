package evidence

// The types below are the used part of Kubernetes objects, in the API's own
// JSON form, so that a live answer and a file of `kubectl get -o json` decode
// alike and everything else is dropped while it is read.

// Meta is the used part of ObjectMeta.
type Meta struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	// Annotations are those something reads, see [Meta.Trim]; of
	// last-applied-configuration only apiVersion and kind.
	Annotations map[string]string `json:"annotations,omitempty"`
	Owners      []Owner           `json:"ownerReferences,omitempty"`
	Writers     []Writer          `json:"managedFields,omitempty"`
	Created     string            `json:"creationTimestamp,omitempty"` // RFC 3339
	Deleted     string            `json:"deletionTimestamp,omitempty"` // RFC 3339
}

// Metadata is m itself: every object of [List.Each] answers it.
func (m *Meta) Metadata() *Meta { return m }

// Owner is the used part of an OwnerReference.
type Owner struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Controller bool   `json:"controller,omitempty"`
}

// Writer is a managedFields entry without the fields: who last wrote in which
// API version, and when.
type Writer struct {
	Manager     string `json:"manager,omitempty"`
	Operation   string `json:"operation,omitempty"`
	APIVersion  string `json:"apiVersion,omitempty"`
	Time        string `json:"time,omitempty"` // RFC 3339
	Subresource string `json:"subresource,omitempty"`
}

// Selector is a label selector.
type Selector struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []struct {
		Key      string   `json:"key"`
		Operator string   `json:"operator"`
		Values   []string `json:"values,omitempty"`
	} `json:"matchExpressions,omitempty"`
}

// Condition is a condition of a status, without its message.
type Condition struct {
	Type   string `json:"type"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	Since  string `json:"lastTransitionTime,omitempty"` // RFC 3339
}

// Reference names an object.
type Reference struct {
	APIGroup  string `json:"apiGroup,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

// Object is an object of which only existence and name matter.
type Object struct {
	Meta `json:"metadata"`
}

// Node is a machine as its kubelet reports it.
type Node struct {
	Meta `json:"metadata"`
	Spec struct {
		ProviderID    string  `json:"providerID,omitempty"`
		PodCIDR       string  `json:"podCIDR,omitempty"`
		Unschedulable bool    `json:"unschedulable,omitempty"`
		Taints        []Taint `json:"taints,omitempty"`
	} `json:"spec"`
	Status struct {
		NodeInfo    NodeInfo          `json:"nodeInfo"`
		Addresses   []NodeAddress     `json:"addresses,omitempty"`
		Allocatable map[string]string `json:"allocatable,omitempty"`
		Conditions  []Condition       `json:"conditions,omitempty"`
		Endpoints   struct {
			Kubelet struct {
				Port int `json:"Port,omitempty"` // upper case in the API
			} `json:"kubeletEndpoint,omitzero"`
		} `json:"daemonEndpoints,omitzero"`
	} `json:"status"`
}

// Taint is a node's taint.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// NodeAddress is where a node answers: Type is InternalIP, ExternalIP, Hostname...
type NodeAddress struct {
	Type    string `json:"type"`
	Address string `json:"address"`
}

// NodeInfo leaves out kubeProxyVersion: it is deprecated and never said which
// kube-proxy runs (https://kep.k8s.io/4004).
type NodeInfo struct {
	KubeletVersion          string `json:"kubeletVersion"`
	ContainerRuntimeVersion string `json:"containerRuntimeVersion"`
	OperatingSystem         string `json:"operatingSystem"`
	OSImage                 string `json:"osImage"`
	KernelVersion           string `json:"kernelVersion"`
	Architecture            string `json:"architecture,omitempty"`
}

// Namespace carries the Pod Security labels.
type Namespace struct {
	Meta   `json:"metadata"`
	Status struct {
		Phase string `json:"phase,omitempty"`
	} `json:"status,omitzero"`
}

// ConfigMap is a ConfigMap with its text data.
type ConfigMap struct {
	Meta `json:"metadata"`
	Data map[string]string `json:"data,omitempty"`
}

// Role is a Role or, without a namespace, a ClusterRole.
type Role struct {
	Meta  `json:"metadata"`
	Rules []PolicyRule `json:"rules,omitempty"`
}

// PolicyRule is an RBAC rule.
type PolicyRule struct {
	Verbs           []string `json:"verbs"`
	APIGroups       []string `json:"apiGroups,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"`
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
}

// Binding is a RoleBinding or, without a namespace, a ClusterRoleBinding.
type Binding struct {
	Meta    `json:"metadata"`
	RoleRef struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"roleRef"`
	Subjects []struct {
		Kind      string `json:"kind"`
		Namespace string `json:"namespace,omitempty"`
		Name      string `json:"name"`
	} `json:"subjects,omitempty"`
}
