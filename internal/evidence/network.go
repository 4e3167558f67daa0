package evidence

import "encoding/json"

// Service is the used part of a Service.
type Service struct {
	Meta `json:"metadata"`
	Spec struct {
		Type        string            `json:"type"`
		ClusterIP   string            `json:"clusterIP,omitempty"`
		ExternalIPs []string          `json:"externalIPs,omitempty"`
		Selector    map[string]string `json:"selector,omitempty"`
		Ports       []ServicePort     `json:"ports,omitempty"`
	} `json:"spec"`
}

// ServicePort is a port of a Service.
type ServicePort struct {
	Name       string          `json:"name,omitempty"`
	Port       int             `json:"port"`
	NodePort   int             `json:"nodePort,omitempty"`
	TargetPort json.RawMessage `json:"targetPort,omitempty"` // a number or a name
	Protocol   string          `json:"protocol,omitempty"`
}

// EndpointSlice is where the backends of a Service answer; the Service is
// named by the label kubernetes.io/service-name.
type EndpointSlice struct {
	Meta        `json:"metadata"`
	AddressType string     `json:"addressType"`
	Endpoints   []Endpoint `json:"endpoints,omitempty"`
	Ports       []struct {
		Name string `json:"name,omitempty"`
		Port *int   `json:"port,omitempty"`
	} `json:"ports,omitempty"`
}

// Endpoint is one backend.
type Endpoint struct {
	Addresses  []string `json:"addresses"`
	Conditions struct {
		Ready   *bool `json:"ready,omitempty"`
		Serving *bool `json:"serving,omitempty"`
	} `json:"conditions,omitzero"`
	Node   string     `json:"nodeName,omitempty"`
	Target *Reference `json:"targetRef,omitempty"`
}

// NetworkPolicy is kept whole: nothing in its spec can be a secret, and a
// before-and-after comparison needs every word.
type NetworkPolicy struct {
	Meta `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

// Ingress names its class.
type Ingress struct {
	Meta `json:"metadata"`
	Spec struct {
		Class string `json:"ingressClassName,omitempty"`
	} `json:"spec,omitzero"`
}

// IngressClass names its controller.
type IngressClass struct {
	Meta `json:"metadata"`
	Spec struct {
		Controller string `json:"controller"`
	} `json:"spec"`
}

// PersistentVolume carries the names of its volume source.
type PersistentVolume struct {
	Meta `json:"metadata"`
	Spec Volume `json:"spec"`
}

// Claim is the used part of a PersistentVolumeClaim.
type Claim struct {
	Meta `json:"metadata"`
	Spec struct {
		Volume       string   `json:"volumeName,omitempty"`
		StorageClass *string  `json:"storageClassName,omitempty"`
		AccessModes  []string `json:"accessModes,omitempty"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase,omitempty"`
	} `json:"status,omitzero"`
}

// StorageClass names its provisioner.
type StorageClass struct {
	Meta        `json:"metadata"`
	Provisioner string `json:"provisioner"`
}

// VolumeAttachment says which volume is attached where.
type VolumeAttachment struct {
	Meta `json:"metadata"`
	Spec struct {
		Attacher string `json:"attacher"`
		Node     string `json:"nodeName"`
		Source   struct {
			Volume string `json:"persistentVolumeName,omitempty"`
		} `json:"source,omitzero"`
	} `json:"spec"`
	Status struct {
		Attached bool `json:"attached"`
	} `json:"status,omitzero"`
}

// CSINode names the CSI drivers of a node.
type CSINode struct {
	Meta `json:"metadata"`
	Spec struct {
		Drivers []struct {
			Name string `json:"name"`
		} `json:"drivers,omitempty"`
	} `json:"spec"`
}
