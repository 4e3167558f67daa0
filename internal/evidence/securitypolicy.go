package evidence

import "slices"

// SecurityPolicy is a PodSecurityPolicy of policy/v1beta1, which releases below
// 1.25 serve. It is read from recordings and manifests alone.
type SecurityPolicy struct {
	Meta `json:"metadata"`
	Spec struct {
		Privileged        bool         `json:"privileged,omitempty"`
		DefaultAdd        []string     `json:"defaultAddCapabilities,omitempty"`
		RequiredDrop      []string     `json:"requiredDropCapabilities,omitempty"`
		AllowedAdd        []string     `json:"allowedCapabilities,omitempty"`
		Volumes           []string     `json:"volumes,omitempty"`
		HostNetwork       bool         `json:"hostNetwork,omitempty"`
		HostPorts         []PolicySpan `json:"hostPorts,omitempty"`
		HostPID           bool         `json:"hostPID,omitempty"`
		HostIPC           bool         `json:"hostIPC,omitempty"`
		SELinux           SELinuxRule  `json:"seLinux,omitzero"`
		RunAsUser         PolicyIDs    `json:"runAsUser,omitzero"`
		RunAsGroup        PolicyIDs    `json:"runAsGroup,omitzero"`
		Supplemental      PolicyIDs    `json:"supplementalGroups,omitzero"`
		FSGroup           PolicyIDs    `json:"fsGroup,omitzero"`
		ReadOnlyRoot      bool         `json:"readOnlyRootFilesystem,omitempty"`
		DefaultEscalation *bool        `json:"defaultAllowPrivilegeEscalation,omitempty"`
		Escalation        *bool        `json:"allowPrivilegeEscalation,omitempty"`
		HostPaths         []struct {
			Prefix   string `json:"pathPrefix,omitempty"`
			ReadOnly bool   `json:"readOnly,omitempty"`
		} `json:"allowedHostPaths,omitempty"`
		FlexVolumes []struct {
			Driver string `json:"driver"`
		} `json:"allowedFlexVolumes,omitempty"`
		CSIDrivers []struct {
			Name string `json:"name"`
		} `json:"allowedCSIDrivers,omitempty"`
		UnsafeSysctls    []string `json:"allowedUnsafeSysctls,omitempty"`
		ForbiddenSysctls []string `json:"forbiddenSysctls,omitempty"`
		ProcMounts       []string `json:"allowedProcMountTypes,omitempty"`
		RuntimeClass     *struct {
			Allowed []string `json:"allowedRuntimeClassNames"`
			Default string   `json:"defaultRuntimeClassName,omitempty"`
		} `json:"runtimeClass,omitempty"`
	} `json:"spec"`
}

// PolicySpan is a range of numbers, both ends included.
type PolicySpan struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// PolicyIDs is how users or groups are chosen: MustRunAs, MustRunAsNonRoot,
// MayRunAs, RunAsAny.
type PolicyIDs struct {
	Rule   string       `json:"rule,omitempty"`
	Ranges []PolicySpan `json:"ranges,omitempty"`
}

// SELinuxRule is how SELinux options are chosen: MustRunAs, RunAsAny.
type SELinuxRule struct {
	Rule    string `json:"rule,omitempty"`
	Options *struct {
		User  string `json:"user,omitempty"`
		Role  string `json:"role,omitempty"`
		Type  string `json:"type,omitempty"`
		Level string `json:"level,omitempty"`
	} `json:"seLinuxOptions,omitempty"`
}

// ProfileAnnotations are those a PodSecurityPolicy says something with.
func ProfileAnnotations() []string {
	return []string{
		"seccomp.security.alpha.kubernetes.io/allowedProfileNames", "seccomp.security.alpha.kubernetes.io/defaultProfileName",
		"apparmor.security.beta.kubernetes.io/allowedProfileNames", "apparmor.security.beta.kubernetes.io/defaultProfileName",
	}
}

// Trim drops annotations that are not a part of the policy.
func (p *SecurityPolicy) Trim() {
	profiles := map[string]string{}
	for name, value := range p.Annotations {
		if slices.Contains(ProfileAnnotations(), name) {
			profiles[name] = value
		}
	}
	p.Meta.Trim()
	if len(profiles) == 0 {
		return
	}
	if p.Annotations == nil {
		p.Annotations = map[string]string{}
	}
	for name, value := range profiles {
		p.Annotations[name] = value
	}
}

// SecurityPolicyList is what `kubectl get psp -o json` wrote, in a plain
// folder. It is none of [Collected]: its only API version is deprecated, and a
// live cluster is never asked for one of those.
func SecurityPolicyList() List {
	return List{Resource: SecurityPolicies, Kind: "PodSecurityPolicy", Group: "policy", Version: "v1beta1", Page: 500,
		For: "what holds pods back that a release from 1.25 on no longer does"}
}
