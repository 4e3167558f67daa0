package evidence

import "encoding/json"

// Template is a workload's pod template.
type Template struct {
	Meta `json:"metadata,omitzero"`
	Spec PodSpec `json:"spec"`
}

// Strategy is how a workload replaces its pods: RollingUpdate, Recreate, OnDelete.
type Strategy struct {
	Type string `json:"type,omitempty"`
}

// DaemonSet is the used part of a DaemonSet.
type DaemonSet struct {
	Meta `json:"metadata"`
	Spec struct {
		Selector *Selector `json:"selector,omitempty"`
		Template Template  `json:"template"`
		Strategy Strategy  `json:"updateStrategy,omitzero"`
	} `json:"spec"`
	Status struct {
		Desired   int `json:"desiredNumberScheduled"`
		Updated   int `json:"updatedNumberScheduled"`
		Ready     int `json:"numberReady,omitempty"`
		Available int `json:"numberAvailable,omitempty"`
	} `json:"status"`
}

// Replicas is the status of a workload that counts its pods.
type Replicas struct {
	Total     int `json:"replicas,omitempty"`
	Ready     int `json:"readyReplicas,omitempty"`
	Updated   int `json:"updatedReplicas,omitempty"`
	Available int `json:"availableReplicas,omitempty"`
}

// Deployment is the used part of a Deployment.
type Deployment struct {
	Meta `json:"metadata"`
	Spec struct {
		Replicas *int      `json:"replicas,omitempty"`
		Paused   bool      `json:"paused,omitempty"`
		Selector *Selector `json:"selector,omitempty"`
		Strategy Strategy  `json:"strategy,omitzero"`
		Template Template  `json:"template"`
	} `json:"spec"`
	Status Replicas `json:"status,omitzero"`
}

// StatefulSet is the used part of a StatefulSet.
type StatefulSet struct {
	Meta `json:"metadata"`
	Spec struct {
		Replicas *int      `json:"replicas,omitempty"`
		Selector *Selector `json:"selector,omitempty"`
		Strategy Strategy  `json:"updateStrategy,omitzero"`
		Template Template  `json:"template"`
	} `json:"spec"`
	Status Replicas `json:"status,omitzero"`
}

// ReplicaSet is the used part of a ReplicaSet: the link between a pod and its
// Deployment. Its template is its Deployment's; of one without an owner only
// the replicas matter.
type ReplicaSet struct {
	Meta `json:"metadata"`
	Spec struct {
		Replicas *int      `json:"replicas,omitempty"`
		Selector *Selector `json:"selector,omitempty"`
	} `json:"spec"`
	Status Replicas `json:"status,omitzero"`
}

// Job is the used part of a Job.
type Job struct {
	Meta `json:"metadata"`
	Spec struct {
		Completions *int     `json:"completions,omitempty"`
		Suspend     bool     `json:"suspend,omitempty"`
		Template    Template `json:"template"`
	} `json:"spec"`
	Status struct {
		Active    int `json:"active,omitempty"`
		Succeeded int `json:"succeeded,omitempty"`
		Failed    int `json:"failed,omitempty"`
	} `json:"status,omitzero"`
}

// CronJob is the used part of a CronJob.
type CronJob struct {
	Meta `json:"metadata"`
	Spec struct {
		Schedule string `json:"schedule"`
		TimeZone string `json:"timeZone,omitempty"`
		Suspend  bool   `json:"suspend,omitempty"`
		Job      struct {
			Spec struct {
				Template Template `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

// DisruptionBudget is a PodDisruptionBudget.
type DisruptionBudget struct {
	Meta `json:"metadata"`
	Spec struct {
		// A number or a percentage, as it stands; nil = not set.
		MinAvailable   json.RawMessage `json:"minAvailable,omitempty"`
		MaxUnavailable json.RawMessage `json:"maxUnavailable,omitempty"`
		Selector       *Selector       `json:"selector,omitempty"`
		Unhealthy      string          `json:"unhealthyPodEvictionPolicy,omitempty"`
	} `json:"spec"`
	Status struct {
		Allowed  int `json:"disruptionsAllowed"`
		Healthy  int `json:"currentHealthy"`
		Desired  int `json:"desiredHealthy"`
		Expected int `json:"expectedPods"`
	} `json:"status"`
}

// Autoscaler is the used part of a HorizontalPodAutoscaler.
type Autoscaler struct {
	Meta `json:"metadata"`
	Spec struct {
		Target Reference `json:"scaleTargetRef"`
		Min    *int      `json:"minReplicas,omitempty"`
		Max    int       `json:"maxReplicas"`
	} `json:"spec"`
}

// PriorityClass ranks pods.
type PriorityClass struct {
	Meta          `json:"metadata"`
	Value         int64 `json:"value"`
	GlobalDefault bool  `json:"globalDefault,omitempty"`
}

// RuntimeClass names a runtime's handler.
type RuntimeClass struct {
	Meta    `json:"metadata"`
	Handler string `json:"handler"`
}

// ServiceAccount is an identity of workloads; its tokens are not in it.
type ServiceAccount struct {
	Meta           `json:"metadata"`
	AutomountToken *bool `json:"automountServiceAccountToken,omitempty"`
}

// Lease says who holds what, and since when it was last renewed.
type Lease struct {
	Meta `json:"metadata"`
	Spec struct {
		Holder   string `json:"holderIdentity,omitempty"`
		Seconds  int    `json:"leaseDurationSeconds,omitempty"`
		Renewed  string `json:"renewTime,omitempty"`   // RFC 3339
		Acquired string `json:"acquireTime,omitempty"` // RFC 3339
	} `json:"spec"`
}

// SigningRequest is the used part of a CertificateSigningRequest.
type SigningRequest struct {
	Meta `json:"metadata"`
	Spec struct {
		Signer   string   `json:"signerName"`
		Username string   `json:"username,omitempty"`
		Usages   []string `json:"usages,omitempty"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions,omitempty"`
	} `json:"status,omitzero"`
}
