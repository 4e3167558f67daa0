package reading

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/evidence"
)

func usesSubPath(_ evidence.Pod, c evidence.Container) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m evidence.VolumeMount) bool { return m.SubPath != "" || m.SubPathExpr != "" })
}

func privileged(_ evidence.Pod, c evidence.Container) bool {
	return c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged
}

func nonRoot(p evidence.Pod, c evidence.Container) bool {
	if c.SecurityContext != nil && c.SecurityContext.RunAsNonRoot != nil {
		return *c.SecurityContext.RunAsNonRoot
	}
	s := p.Spec.SecurityContext
	return s != nil && s.RunAsNonRoot != nil && *s.RunAsNonRoot
}

// seccompIs: the container's effective profile, its own or the pod's, is one
// of types; "" is none. A privileged container always runs unconfined
// (https://kubernetes.io/docs/tutorials/security/seccomp/).
func seccompIs(types ...string) func(evidence.Pod, evidence.Container) bool {
	return func(p evidence.Pod, c evidence.Container) bool {
		profile := ""
		for _, s := range []*evidence.SecurityContext{p.Spec.SecurityContext, c.SecurityContext} {
			if s != nil && s.SeccompProfile != nil {
				profile = s.SeccompProfile.Type
			}
		}
		if privileged(p, c) {
			profile = "Unconfined"
		}
		return slices.Contains(types, profile)
	}
}

// appArmorOff: the field (1.30 on) or the annotation before it says
// unconfined, or the container is privileged and so never confined
// (https://kubernetes.io/docs/tutorials/security/apparmor/).
func appArmorOff(p evidence.Pod, c evidence.Container) bool {
	profile := ""
	for _, s := range []*evidence.SecurityContext{p.Spec.SecurityContext, c.SecurityContext} {
		if s != nil && s.AppArmorProfile != nil {
			profile = s.AppArmorProfile.Type
		}
	}
	if profile == "" && p.Annotations["container.apparmor.security.beta.kubernetes.io/"+c.Name] == "unconfined" {
		profile = "Unconfined"
	}
	return profile == "Unconfined" || privileged(p, c)
}

// asksNodes: a webhook is asked about nodes.
func asksNodes(w evidence.WebhookConfiguration) bool {
	for _, hook := range w.Webhooks {
		for _, rule := range hook.Rules {
			group := slices.Contains(rule.APIGroups, "") || slices.Contains(rule.APIGroups, "*")
			resource := slices.ContainsFunc(rule.Resources, func(s string) bool {
				return slices.Contains([]string{"nodes", "nodes/*", "nodes/status", "*", "*/*"}, s)
			})
			if group && resource {
				return true
			}
		}
	}
	return false
}
