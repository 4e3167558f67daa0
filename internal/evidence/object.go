package evidence

// The types below are the used part of Kubernetes objects, in the API's own
// JSON form, so that a live answer and a file of `kubectl get -o json` decode
// alike and everything else is dropped while it is read.

// Meta is the used part of ObjectMeta.
type Meta struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Owners      []Owner           `json:"ownerReferences,omitempty"`
}

// Owner is the used part of an OwnerReference.
type Owner struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Object is an object of which only existence and name matter.
type Object struct {
	Meta `json:"metadata"`
}

// Node is a machine as its kubelet reports it.
type Node struct {
	Meta `json:"metadata"`
	Spec struct {
		ProviderID string `json:"providerID,omitempty"`
	} `json:"spec"`
	Status struct {
		NodeInfo NodeInfo `json:"nodeInfo"`
	} `json:"status"`
}

// NodeInfo leaves out kubeProxyVersion: it is deprecated and never said which
// kube-proxy runs (https://kep.k8s.io/4004).
type NodeInfo struct {
	KubeletVersion          string `json:"kubeletVersion"`
	ContainerRuntimeVersion string `json:"containerRuntimeVersion"`
	OperatingSystem         string `json:"operatingSystem"`
	OSImage                 string `json:"osImage"`
	KernelVersion           string `json:"kernelVersion"`
}

// Namespace carries the Pod Security labels.
type Namespace struct {
	Meta `json:"metadata"`
}

// Service is the used part of a Service.
type Service struct {
	Meta `json:"metadata"`
	Spec struct {
		Type        string   `json:"type"`
		ExternalIPs []string `json:"externalIPs,omitempty"`
	} `json:"spec"`
}

// ConfigMap is a ConfigMap with its text data.
type ConfigMap struct {
	Meta `json:"metadata"`
	Data map[string]string `json:"data,omitempty"`
}

// DaemonSet is the used part of a DaemonSet.
type DaemonSet struct {
	Meta `json:"metadata"`
	Spec struct {
		Template struct {
			Spec PodSpec `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
	Status struct {
		Desired int `json:"desiredNumberScheduled"`
		Updated int `json:"updatedNumberScheduled"`
	} `json:"status"`
}

// PersistentVolume carries the names of its volume source.
type PersistentVolume struct {
	Meta `json:"metadata"`
	Spec Volume `json:"spec"`
}

// StorageClass names its provisioner.
type StorageClass struct {
	Meta        `json:"metadata"`
	Provisioner string `json:"provisioner"`
}

// APIService is an API group version; Spec.Service is nil for built-in ones.
type APIService struct {
	Meta `json:"metadata"`
	Spec struct {
		Group   string `json:"group"`
		Version string `json:"version"`
		Service *struct {
			Namespace string `json:"namespace"`
			Name      string `json:"name"`
		} `json:"service,omitempty"`
	} `json:"spec"`
}

// CRD is a CustomResourceDefinition without its schemas.
type CRD struct {
	Meta `json:"metadata"`
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"` // Namespaced | Cluster
		Names struct {
			Kind   string `json:"kind"`
			Plural string `json:"plural"`
		} `json:"names"`
	} `json:"spec"`
}

// WebhookConfiguration is a Validating- or MutatingWebhookConfiguration.
type WebhookConfiguration struct {
	Meta     `json:"metadata"`
	Webhooks []Webhook `json:"webhooks,omitempty"`
}

// Webhook is one webhook with what it is asked about.
type Webhook struct {
	Name  string `json:"name"`
	Rules []struct {
		APIGroups  []string `json:"apiGroups"`
		Resources  []string `json:"resources"`
		Operations []string `json:"operations"`
	} `json:"rules,omitempty"`
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
