package evidence

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Pod is the used part of a Pod.
type Pod struct {
	Meta   `json:"metadata"`
	Spec   PodSpec   `json:"spec"`
	Status PodStatus `json:"status"`
}

// Static reports whether p is the API's mirror of a manifest on its node.
func (p Pod) Static() bool {
	if _, ok := p.Annotations["kubernetes.io/config.mirror"]; ok {
		return true
	}
	return p.Annotations["kubernetes.io/config.source"] == "file"
}

// Done reports whether every container of p has ended for good.
func (p Pod) Done() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// PodSpec is the used part of a PodSpec.
type PodSpec struct {
	NodeName            string            `json:"nodeName,omitempty"`
	NodeSelector        map[string]string `json:"nodeSelector,omitempty"`
	Tolerations         []Toleration      `json:"tolerations,omitempty"`
	ServiceAccount      string            `json:"serviceAccountName,omitempty"`
	AutomountToken      *bool             `json:"automountServiceAccountToken,omitempty"`
	HostPID             bool              `json:"hostPID,omitempty"`
	HostIPC             bool              `json:"hostIPC,omitempty"`
	HostNetwork         bool              `json:"hostNetwork,omitempty"`
	HostUsers           *bool             `json:"hostUsers,omitempty"`
	PriorityClass       string            `json:"priorityClassName,omitempty"`
	RuntimeClass        string            `json:"runtimeClassName,omitempty"`
	GracePeriod         *int64            `json:"terminationGracePeriodSeconds,omitempty"`
	InitContainers      []Container       `json:"initContainers,omitempty"`
	Containers          []Container       `json:"containers"`
	EphemeralContainers []Container       `json:"ephemeralContainers,omitempty"`
	SecurityContext     *SecurityContext  `json:"securityContext,omitempty"`
	Volumes             []Volume          `json:"volumes,omitempty"`
}

// Toleration is a pod's toleration of a taint.
type Toleration struct {
	Key      string `json:"key,omitempty"`
	Operator string `json:"operator,omitempty"`
	Value    string `json:"value,omitempty"`
	Effect   string `json:"effect,omitempty"`
	Seconds  *int64 `json:"tolerationSeconds,omitempty"`
}

// All are the containers of every kind.
func (s PodSpec) All() []Container {
	return slices.Concat(s.InitContainers, s.Containers, s.EphemeralContainers)
}

// Container is the used part of a container. Command and Args are kept for
// components of the cluster only, see [Trim]; Env is never read.
type Container struct {
	Name      string          `json:"name"`
	Image     string          `json:"image"`
	Command   []string        `json:"command,omitempty"`
	Args      []string        `json:"args,omitempty"`
	Ports     []ContainerPort `json:"ports,omitempty"`
	Resources struct {
		Requests map[string]string `json:"requests,omitempty"`
		Limits   map[string]string `json:"limits,omitempty"`
	} `json:"resources,omitzero"`
	RestartPolicy   string           `json:"restartPolicy,omitempty"` // Always: a sidecar among the init containers
	SecurityContext *SecurityContext `json:"securityContext,omitempty"`
	VolumeMounts    []VolumeMount    `json:"volumeMounts,omitempty"`
}

// ContainerPort is a port a container names.
type ContainerPort struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int    `json:"containerPort,omitempty"`
	HostPort      int    `json:"hostPort,omitempty"`
	Protocol      string `json:"protocol,omitempty"`
}

// VolumeMount tells whether a subPath is used.
type VolumeMount struct {
	Name        string `json:"name"`
	SubPath     string `json:"subPath,omitempty"`
	SubPathExpr string `json:"subPathExpr,omitempty"`
}

// SecurityContext is a container's or a pod's: one type for both, each using
// its own fields.
type SecurityContext struct {
	Privileged               *bool    `json:"privileged,omitempty"`
	AllowPrivilegeEscalation *bool    `json:"allowPrivilegeEscalation,omitempty"`
	ReadOnlyRootFilesystem   *bool    `json:"readOnlyRootFilesystem,omitempty"`
	RunAsNonRoot             *bool    `json:"runAsNonRoot,omitempty"`
	RunAsUser                *int64   `json:"runAsUser,omitempty"`
	RunAsGroup               *int64   `json:"runAsGroup,omitempty"`
	FSGroup                  *int64   `json:"fsGroup,omitempty"`
	SupplementalGroups       []int64  `json:"supplementalGroups,omitempty"`
	ProcMount                string   `json:"procMount,omitempty"`
	SeccompProfile           *Profile `json:"seccompProfile,omitempty"`
	AppArmorProfile          *Profile `json:"appArmorProfile,omitempty"`
	Capabilities             *struct {
		Add  []string `json:"add,omitempty"`
		Drop []string `json:"drop,omitempty"`
	} `json:"capabilities,omitempty"`
	SELinuxOptions *struct {
		User  string `json:"user,omitempty"`
		Role  string `json:"role,omitempty"`
		Type  string `json:"type,omitempty"`
		Level string `json:"level,omitempty"`
	} `json:"seLinuxOptions,omitempty"`
	WindowsOptions *struct {
		HostProcess *bool `json:"hostProcess,omitempty"`
	} `json:"windowsOptions,omitempty"`
	Sysctls []struct {
		Name string `json:"name"`
	} `json:"sysctls,omitempty"`
}

// Profile is a seccomp or AppArmor profile: RuntimeDefault, Localhost or Unconfined.
type Profile struct {
	Type string `json:"type"`
	Path string `json:"localhostProfile,omitempty"`
}

// PodStatus says what runs, as opposed to what was asked for.
type PodStatus struct {
	Phase          string            `json:"phase,omitempty"`
	HostIP         string            `json:"hostIP,omitempty"`
	PodIP          string            `json:"podIP,omitempty"`
	Started        string            `json:"startTime,omitempty"` // RFC 3339
	Conditions     []Condition       `json:"conditions,omitempty"`
	InitContainers []ContainerStatus `json:"initContainerStatuses,omitempty"`
	Containers     []ContainerStatus `json:"containerStatuses,omitempty"`
}

// ContainerStatus is what the kubelet reports of one container.
type ContainerStatus struct {
	Name    string `json:"name"`
	Image   string `json:"image"`
	ImageID string `json:"imageID"`
	Ready   bool   `json:"ready,omitempty"`
	// Restarts since the pod was made.
	Restarts int `json:"restartCount,omitempty"`
	State    struct {
		Running *struct{} `json:"running,omitempty"`
		Waiting *struct {
			Reason string `json:"reason"`
		} `json:"waiting,omitempty"`
		Terminated *struct {
			Reason string `json:"reason"`
		} `json:"terminated,omitempty"`
	} `json:"state"`
}

// Volume is a pod's volume or the spec of a PersistentVolume, reduced to the
// names of its sources.
type Volume struct {
	// Sources are the names of the volume sources: "hostPath", "gitRepo",
	// "csi", "rbd". A pod's volume has one.
	Sources []string
	// Driver is the CSI driver, where the source is csi.
	Driver string
	// Claim is the PersistentVolumeClaim, where the source is one.
	Claim string
}

// notSources are the fields beside the source in a PersistentVolumeSpec and a
// pod's volume (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/).
func notSources() []string {
	return []string{
		"name", "capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName",
		"mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName",
	}
}

// UnmarshalJSON keeps the source's name and drops its parameters, which may
// point at credentials.
func (v *Volume) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	*v = Volume{}
	for name, raw := range fields {
		if slices.Contains(notSources(), name) || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
			continue
		}
		v.Sources = append(v.Sources, name)
		var source struct {
			Driver string `json:"driver"`
			Claim  string `json:"claimName"`
		}
		switch name {
		case "csi", "persistentVolumeClaim":
			if err := json.Unmarshal(raw, &source); err != nil {
				return err
			}
			// An object has one source; where a text has both, neither hides the other.
			v.Driver, v.Claim = v.Driver+source.Driver, v.Claim+source.Claim
		}
	}
	slices.Sort(v.Sources)
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads: each source with nothing in it
// but the driver or the claim.
func (v Volume) MarshalJSON() ([]byte, error) {
	out := map[string]map[string]string{}
	for _, name := range v.Sources {
		out[name] = map[string]string{}
	}
	if v.Driver != "" {
		out["csi"]["driver"] = v.Driver
	}
	if v.Claim != "" {
		out["persistentVolumeClaim"]["claimName"] = v.Claim
	}
	return json.Marshal(out)
}
