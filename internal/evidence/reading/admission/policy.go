package admission

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// DecodePolicy reads the JSON of one PodSecurityPolicy, as a manifest has it;
// from is where it stands ("policies.yaml:12"). The error says which field is
// of another type.
func DecodePolicy(text []byte, from string) (admission.SecurityPolicy, error) {
	var p evidence.SecurityPolicy
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&p); err != nil {
		return admission.SecurityPolicy{}, fmt.Errorf("reading the PodSecurityPolicy of %s: %w", from, err)
	}
	p.Trim()
	return Policy(p, from), nil
}

// Policy lays a PodSecurityPolicy flat: what is written by path, lists as their
// values, the profiles of its annotations one by one.
func Policy(p evidence.SecurityPolicy, from string) admission.SecurityPolicy {
	s, f := p.Spec, flat{}
	f.truth("privileged", s.Privileged)
	f.truth("hostNetwork", s.HostNetwork)
	f.truth("hostPID", s.HostPID)
	f.truth("hostIPC", s.HostIPC)
	f.truth("readOnlyRootFilesystem", s.ReadOnlyRoot)
	f.set("defaultAllowPrivilegeEscalation", optional(s.DefaultEscalation)...)
	f.set("allowPrivilegeEscalation", optional(s.Escalation)...)
	f.set("defaultAddCapabilities", s.DefaultAdd...)
	f.set("requiredDropCapabilities", s.RequiredDrop...)
	f.set("allowedCapabilities", s.AllowedAdd...)
	f.set("volumes", s.Volumes...)
	f.set("allowedUnsafeSysctls", s.UnsafeSysctls...)
	f.set("forbiddenSysctls", s.ForbiddenSysctls...)
	f.set("allowedProcMountTypes", s.ProcMounts...)
	for _, r := range s.HostPorts {
		f.add("hostPorts", span(r))
	}
	for _, h := range s.HostPaths {
		path := h.Prefix
		if h.ReadOnly {
			path += " (read-only)"
		}
		f.add("allowedHostPaths", path)
	}
	for _, v := range s.FlexVolumes {
		f.add("allowedFlexVolumes", v.Driver)
	}
	for _, d := range s.CSIDrivers {
		f.add("allowedCSIDrivers", d.Name)
	}
	f.ids("runAsUser", s.RunAsUser)
	f.ids("runAsGroup", s.RunAsGroup)
	f.ids("supplementalGroups", s.Supplemental)
	f.ids("fsGroup", s.FSGroup)
	f.ids("seLinux", evidence.PolicyIDs{Rule: s.SELinux.Rule})
	if o := s.SELinux.Options; o != nil && s.SELinux.Rule == "MustRunAs" {
		for name, value := range map[string]string{"user": o.User, "role": o.Role, "type": o.Type, "level": o.Level} {
			if value != "" {
				f.set("seLinux.seLinuxOptions."+name, value)
			}
		}
	}
	if r := s.RuntimeClass; r != nil {
		f.set("runtimeClass.allowedRuntimeClassNames", r.Allowed...)
		if r.Default != "" {
			f.set("runtimeClass.defaultRuntimeClassName", r.Default)
		}
	}
	for _, name := range evidence.ProfileAnnotations() {
		if value, ok := p.Annotations[name]; ok {
			f.profiles(name, value)
		}
	}
	return admission.SecurityPolicy{Name: p.Name, From: from, Fields: f}
}

// flat are values by path.
type flat map[string][]string

// set notes the values of a list; an empty list is the same as none.
func (f flat) set(name string, values ...string) {
	if len(values) > 0 {
		f[name] = values
	}
}

func (f flat) add(name, value string) { f[name] = append(f[name], value) }

// truth notes a value that is false where it is not written.
func (f flat) truth(name string, value bool) {
	if value {
		f[name] = []string{"true"}
	}
}

func (f flat) ids(name string, ids evidence.PolicyIDs) {
	if ids.Rule == "" {
		return
	}
	f[name+".rule"] = []string{ids.Rule}
	for _, r := range ids.Ranges {
		f.add(name+".ranges", span(r))
	}
}

// profiles notes the profiles of an annotation. A comma at the end allows that
// none is named.
func (f flat) profiles(name, value string) {
	for _, v := range strings.Split(value, ",") {
		f.add(name, strings.TrimSpace(v))
	}
}

func optional(b *bool) []string {
	if b == nil {
		return nil
	}
	return []string{strconv.FormatBool(*b)}
}

func span(r evidence.PolicySpan) string {
	if r.Min == r.Max {
		return strconv.FormatInt(r.Min, 10)
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}
