package reading

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// uses answers every Use* question the bundle has evidence for; the others
// stay absent, and gaps say why.
func (r *reader) uses() {
	r.podUses()
	b := r.b
	count(r, inventory.UseWindowsNodes, evidence.Nodes, "nodes run Windows", b.Nodes, nodeName,
		func(n evidence.Node) bool { return nodeOS(n) == "windows" })
	count(r, inventory.UseExternalIPServices, evidence.Services, "Services have externalIPs", b.Services, serviceName,
		func(s evidence.Service) bool { return len(s.Spec.ExternalIPs) > 0 })
	count(r, inventory.UseLoadBalancers, evidence.Services, "Services are of type LoadBalancer", b.Services, serviceName,
		func(s evidence.Service) bool { return s.Spec.Type == "LoadBalancer" })
	count(r, inventory.UseNetworkPolicies, evidence.NetworkPolicies, "NetworkPolicies", b.NetworkPolicies, objectName, every)
	count(r, inventory.UseIngresses, evidence.Ingresses, "Ingresses", b.Ingresses, objectName, every)
	count(r, inventory.UseDynamicResources, evidence.ResourceClaims, "ResourceClaims", b.ResourceClaims, objectName, every)
	count(r, inventory.UseAdmissionPolicies, evidence.AdmissionPolicies, "ValidatingAdmissionPolicies", b.AdmissionPolicies, objectName, every)
	count(r, inventory.UseAggregatedAPIs, evidence.APIServices, "API groups are served by an aggregated API server", b.APIServices,
		func(a evidence.APIService) string { return a.Name }, func(a evidence.APIService) bool { return a.Spec.Service != nil })
	crd := func(c evidence.CRD) string { return c.Name }
	count(r, inventory.UseCustomResources, evidence.CRDs, "CustomResourceDefinitions", b.CRDs, crd, func(evidence.CRD) bool { return true })
	count(r, inventory.UseClusterScopedCRs, evidence.CRDs, "cluster-scoped CustomResourceDefinitions", b.CRDs, crd,
		func(c evidence.CRD) bool { return c.Spec.Scope == "Cluster" })
	hook := func(w evidence.WebhookConfiguration) string { return w.Name }
	count(r, inventory.UseNodeWebhooks, evidence.ValidatingWebhooks, "validating webhooks are asked about nodes", b.ValidatingWebhooks, hook, asksNodes)
	if r.readOrEmpty(evidence.MutatingWebhooks) {
		count(r, inventory.UseWebhooks, evidence.ValidatingWebhooks, "admission webhook configurations",
			slices.Concat(b.ValidatingWebhooks, b.MutatingWebhooks), hook, func(evidence.WebhookConfiguration) bool { return true })
	}
	r.volumes()
}

// podUses answers what pods tell.
func (r *reader) podUses() {
	container := func(match func(evidence.Pod, evidence.Container) bool) func(evidence.Pod) bool {
		return func(p evidence.Pod) bool {
			return slices.ContainsFunc(p.Spec.All(), func(c evidence.Container) bool { return match(p, c) })
		}
	}
	volume := func(source string) func(evidence.Pod) bool {
		return func(p evidence.Pod) bool {
			return slices.ContainsFunc(p.Spec.Volumes, func(v evidence.Volume) bool { return slices.Contains(v.Sources, source) })
		}
	}
	for _, q := range []struct {
		use, what string
		match     func(evidence.Pod) bool
	}{
		{inventory.UseGitRepoVolumes, "pods mount gitRepo volumes", volume("gitRepo")},
		{inventory.UseHostPathPods, "pods mount hostPath volumes", volume("hostPath")},
		{inventory.UseSubPathVolumes, "pods mount by subPath", container(usesSubPath)},
		{inventory.UsePrivilegedPods, "pods are privileged", container(privileged)},
		{inventory.UseHostPIDPods, "pods use the host's process namespace", func(p evidence.Pod) bool { return p.Spec.HostPID }},
		{inventory.UseHostNetworkPods, "pods use the host's network", func(p evidence.Pod) bool { return p.Spec.HostNetwork }},
		{inventory.UseSeccompLocalhost, "pods use a localhost seccomp profile", container(seccompIs("Localhost"))},
		{inventory.UseSeccompUnconfined, "pods run without a seccomp profile", container(seccompIs("", "Unconfined"))},
		{inventory.UseRunAsNonRoot, "pods demand runAsNonRoot", container(nonRoot)},
		{inventory.UseEphemeralContainer, "pods have ephemeral containers", func(p evidence.Pod) bool { return len(p.Spec.EphemeralContainers) > 0 }},
	} {
		count(r, q.use, evidence.Pods, q.what, r.b.Pods, podName, q.match)
	}
	// Without a profile in the pod the runtime's default applies where the host
	// has AppArmor, which the API does not say: only a Yes is certain.
	unconfined := matching(r.b.Pods, podName, container(appArmorOff))
	switch {
	case !r.b.Was(evidence.Pods):
	case len(unconfined) > 0:
		r.c.Facts.Uses[inventory.UseAppArmorUnconfined] = inventory.Answer{State: inventory.Yes, Evidence: "pods run without AppArmor: " + some(unconfined)}
	default:
		r.c.Facts.Uses[inventory.UseAppArmorUnconfined] = inventory.Answer{
			Evidence: "no pod turns AppArmor off; whether hosts enforce the default profile is not in the API"}
	}
}

// count answers one question: Yes with how many and the first names, No with
// how many were looked at.
func count[T any](r *reader, use string, list evidence.Resource, what string, all []T, name func(T) string, match func(T) bool) {
	if !r.readOrEmpty(list) {
		return
	}
	found := matching(all, name, match)
	answer := inventory.Answer{State: inventory.No, Evidence: fmt.Sprintf("%s: none of %d %s", what, len(all), list)}
	switch {
	case len(found) > 0:
		answer = inventory.Answer{State: inventory.Yes, Evidence: what + ": " + some(found)}
	case !r.b.Was(list):
		answer.Evidence = what + ": none (" + r.countedBy(list) + ")"
	}
	r.c.Facts.Uses[use] = answer
}

// readOrEmpty: the list was read, or the API server itself says that it has no
// such object.
func (r *reader) readOrEmpty(list evidence.Resource) bool {
	return r.b.Was(list) || r.countedBy(list) != ""
}

// countedBy is the evidence that there is no object of a list that was not
// read: the server's own count, or that the server does not know the group.
// Nodes and pods always count as not read: everything rests on them.
func (r *reader) countedBy(list evidence.Resource) string {
	if list == evidence.Nodes || list == evidence.Pods {
		return ""
	}
	for _, l := range evidence.Lists() {
		if l.Resource != list {
			continue
		}
		if n, ok := r.counts[l.Key()]; ok && n == 0 {
			return "the API server's metrics count 0 stored " + l.Key()
		}
		if _, served := r.b.Groups[l.Group]; l.Group != "" && !served && r.b.Was(evidence.APIGroups) {
			return "the API server does not serve the group " + l.Group
		}
	}
	return ""
}

// trustedCounts are the server's counts of stored objects, or nil where they
// cannot be right. A server that just started counts 0 of everything, and each
// resource is counted for the first time at a moment of its own, within a
// minute and a half. So they count only when they know what every cluster has
// and contradict nothing that was read.
func trustedCounts(b *evidence.Bundle) map[string]int64 {
	if b.Metrics == nil || b.Metrics.Objects["namespaces"] <= 0 {
		return nil
	}
	for _, key := range everywhere() {
		if n, ok := b.Metrics.Objects[key]; ok && n <= 0 {
			return nil
		}
	}
	for key, read := range map[string]int{
		"nodes": len(b.Nodes), "pods": len(b.Pods), "services": len(b.Services), "daemonsets.apps": len(b.DaemonSets),
		"networkpolicies.networking.k8s.io":              len(b.NetworkPolicies),
		"customresourcedefinitions.apiextensions.k8s.io": len(b.CRDs),
	} {
		if n, ok := b.Metrics.Objects[key]; ok && n == 0 && read > 0 {
			return nil
		}
	}
	return b.Metrics.Objects
}

// everywhere are resources of which an API server makes some by itself, in
// every cluster.
func everywhere() []string {
	return []string{
		"services", "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
		"roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "apiservices.apiregistration.k8s.io",
		"flowschemas.flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "priorityclasses.scheduling.k8s.io",
	}
}

func matching[T any](all []T, name func(T) string, match func(T) bool) []string {
	var out []string
	for _, o := range all {
		if match(o) {
			out = append(out, name(o))
		}
	}
	slices.Sort(out)
	return out
}

// shown is how many names an answer carries.
const shown = 5

// some is "3 (a, b, c)": how many, and the first few.
func some(names []string) string { return fmt.Sprintf("%d (%s)", len(names), few(names)) }

// few is "a, b, c", cut after the first ones.
func few(names []string) string {
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

func nodeName(n evidence.Node) string       { return n.Name }
func podName(p evidence.Pod) string         { return p.Namespace + "/" + p.Name }
func serviceName(s evidence.Service) string { return s.Namespace + "/" + s.Name }
func every(evidence.Object) bool            { return true }

func objectName(o evidence.Object) string {
	if o.Namespace == "" {
		return o.Name
	}
	return o.Namespace + "/" + o.Name
}
