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
	NodeName            string           `json:"nodeName,omitempty"`
	HostPID             bool             `json:"hostPID,omitempty"`
	HostNetwork         bool             `json:"hostNetwork,omitempty"`
	InitContainers      []Container      `json:"initContainers,omitempty"`
	Containers          []Container      `json:"containers"`
	EphemeralContainers []Container      `json:"ephemeralContainers,omitempty"`
	SecurityContext     *SecurityContext `json:"securityContext,omitempty"`
	Volumes             []Volume         `json:"volumes,omitempty"`
}

// All are the containers of every kind.
func (s PodSpec) All() []Container {
	return slices.Concat(s.InitContainers, s.Containers, s.EphemeralContainers)
}

// Container is the used part of a container. Command and Args are kept for
// components of the cluster only, see [Trim]; Env is never read.
type Container struct {
	Name            string           `json:"name"`
	Image           string           `json:"image"`
	Command         []string         `json:"command,omitempty"`
	Args            []string         `json:"args,omitempty"`
	SecurityContext *SecurityContext `json:"securityContext,omitempty"`
	VolumeMounts    []VolumeMount    `json:"volumeMounts,omitempty"`
}

// VolumeMount tells whether a subPath is used.
type VolumeMount struct {
	Name        string `json:"name"`
	SubPath     string `json:"subPath,omitempty"`
	SubPathExpr string `json:"subPathExpr,omitempty"`
}

// SecurityContext is the used part of a container's or a pod's.
type SecurityContext struct {
	Privileged      *bool    `json:"privileged,omitempty"`
	RunAsNonRoot    *bool    `json:"runAsNonRoot,omitempty"`
	SeccompProfile  *Profile `json:"seccompProfile,omitempty"`
	AppArmorProfile *Profile `json:"appArmorProfile,omitempty"`
}

// Profile is a seccomp or AppArmor profile: RuntimeDefault, Localhost or Unconfined.
type Profile struct {
	Type string `json:"type"`
}

// PodStatus says what runs, as opposed to what was asked for.
type PodStatus struct {
	Phase      string            `json:"phase,omitempty"`
	Containers []ContainerStatus `json:"containerStatuses,omitempty"`
}

// ContainerStatus is what the kubelet reports of one container.
type ContainerStatus struct {
	Name    string `json:"name"`
	Image   string `json:"image"`
	ImageID string `json:"imageID"`
	State   struct {
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
		if name == "csi" {
			var csi struct {
				Driver string `json:"driver"`
			}
			if err := json.Unmarshal(raw, &csi); err != nil {
				return err
			}
			v.Driver = csi.Driver
		}
	}
	slices.Sort(v.Sources)
	return nil
}
