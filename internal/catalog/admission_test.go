package catalog

import (
	"slices"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/selector"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func facts(t *testing.T) admission.Facts {
	t.Helper()
	f, err := Admission()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestAdmissionOfKnownWebhooks holds what an upgrade asks to webhooks as people
// have them, with a backend that is gone.
func TestAdmissionOfKnownWebhooks(t *testing.T) {
	all := []string{"*"}
	name := func(op string, names ...string) selector.Selector {
		return selector.Selector{Expressions: []selector.Expression{{Key: "kubernetes.io/metadata.name", Operator: op, Values: names}}}
	}
	for _, tt := range []struct {
		name string
		w    admission.Webhook
		want string // code; "" = an upgrade does not meet it
	}{
		// https://github.com/k3s-io/k3s/issues/6815: nothing of a control plane could be written.
		{"pods, namespaces and service accounts", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"pods", "namespaces", "serviceaccounts"}, Operations: []string{"CREATE", "UPDATE"}}}}, "ADM-001"},
		// https://github.com/kyverno/kyverno/issues/7576: everything, its own namespace and kube-system left out; nodes are not.
		{"a policy engine that leaves kube-system out", admission.Webhook{Rules: []admission.Rule{{Groups: all, Versions: all, Resources: []string{"*/*"}, Operations: all}}, Namespaces: name("NotIn", "kube-system", "guard")}, "ADM-001"},
		{"a policy engine that is asked about Services and ConfigMaps of other namespaces", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"services", "configmaps"}, Operations: all, Scope: "Namespaced"}}, Namespaces: name("NotIn", "kube-system")}, ""},
		{"a policy engine whose default is Ignore", admission.Webhook{FailurePolicy: "Ignore", Rules: []admission.Rule{{Groups: all, Versions: all, Resources: []string{"*"}, Operations: []string{"CREATE", "UPDATE"}}}}, "ADM-006"},
		// Gatekeeper's second webhook is asked about one label of namespaces, and fails closed.
		{"a check of a label of namespaces", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: all, Resources: []string{"namespaces"}, Operations: []string{"CREATE", "UPDATE"}}}}, ""},
		{"cert-manager", admission.Webhook{Rules: []admission.Rule{{Groups: []string{"cert-manager.io", "acme.cert-manager.io"}, Versions: []string{"v1"}, Resources: []string{"*/*"}, Operations: []string{"CREATE", "UPDATE"}}},
			Namespaces: selector.Selector{Expressions: []selector.Expression{{Key: "cert-manager.io/disable-validation", Operator: "NotIn", Values: []string{"true"}}}}}, ""},
		// https://github.com/Kong/kong-operator/issues/2544: Services, also CoreDNS's, which kubeadm writes.
		{"a gateway that checks Services", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"services"}, Operations: []string{"CREATE", "UPDATE"}}}}, "ADM-001"},
		{"a gateway that checks Secrets with its label", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"secrets"}, Operations: []string{"CREATE", "UPDATE"}}}, Objects: selector.Selector{Labels: map[string]string{"konghq.com/credential": "key-auth"}}}, ""},
		// https://github.com/rancher/rancher/issues/43607: roles, which every API server of a new release writes when it starts.
		{"a management plane that checks cluster roles", admission.Webhook{Rules: []admission.Rule{{Groups: []string{"rbac.authorization.k8s.io"}, Versions: []string{"v1"}, Resources: []string{"clusterroles", "clusterrolebindings"}, Operations: all, Scope: "Cluster"}}}, "ADM-001"},
		{"an injector of sidecars by label", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"pods"}, Operations: []string{"CREATE"}}}, Namespaces: selector.Selector{Labels: map[string]string{"istio-injection": "enabled"}}}, ""},
		{"evictions alone", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: all, Resources: []string{"pods/eviction"}, Operations: []string{"CREATE"}}}}, "ADM-001"},
		{"heartbeats", admission.Webhook{Rules: []admission.Rule{{Groups: []string{"coordination.k8s.io"}, Versions: all, Resources: []string{"leases"}, Operations: []string{"UPDATE"}}}, Namespaces: name("In", "kube-node-lease")}, "ADM-001"},
		{"events", admission.Webhook{Rules: []admission.Rule{{Groups: []string{"", "events.k8s.io"}, Versions: all, Resources: []string{"events"}, Operations: all}}}, ""},
		{"connecting to pods", admission.Webhook{Rules: []admission.Rule{{Groups: []string{""}, Versions: all, Resources: []string{"pods/exec", "pods/attach"}, Operations: []string{"CONNECT"}}}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := tt.w
			w.Configuration, w.Name, w.Namespace, w.Service = "ValidatingWebhookConfiguration/guard", "guard", "guard", "guard"
			w.Authorities = []admission.Authority{{Subject: "CN=guard", Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}}
			w.Reviews, w.SideEffects = []string{"v1"}, "None"
			label := func(name string) map[string]string { return map[string]string{"kubernetes.io/metadata.name": name} }
			c := &admission.Cluster{Running: version.MustParse("1.36.1"), Webhooks: []admission.Webhook{w}, Served: map[string][]string{},
				Services: map[string]admission.Service{"guard/guard": {Ports: []int{443}}},
				Namespaces: []admission.Namespace{{Name: "kube-system", Labels: label("kube-system"), Pods: 5}, {Name: "kube-node-lease", Labels: label("kube-node-lease")},
					{Name: "guard", Labels: label("guard"), Pods: 1}, {Name: "shop", Labels: label("shop"), Pods: 1}},
				Objects: map[string][]admission.Object{"pods": {{Namespace: "kube-system"}, {Namespace: "shop"}}, "nodes": {{}}}}
			got := admission.Judge(c, admission.Question{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Facts: facts(t), Hops: []version.Version{version.MustParse("1.37.0")}})
			code := ""
			if len(got) > 0 {
				code = got[0].Code
			}
			if code != tt.want || len(got) > 1 {
				t.Errorf("%+v, want %q", got, tt.want)
			}
		})
	}
}

// TestMappingOfTheGuide holds the mapping to the policies of the upstream
// guide's examples (https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/).
func TestMappingOfTheGuide(t *testing.T) {
	seccomp, apparmor := "seccomp.security.alpha.kubernetes.io/", "apparmor.security.beta.kubernetes.io/"
	core := []string{"configMap", "emptyDir", "projected", "secret", "downwardAPI", "csi", "persistentVolumeClaim", "ephemeral"}
	strict := func() map[string][]string {
		return map[string][]string{
			"allowPrivilegeEscalation": {"false"}, "requiredDropCapabilities": {"ALL"}, "volumes": core, "runAsUser.rule": {"MustRunAsNonRoot"}, "seLinux.rule": {"RunAsAny"},
			"supplementalGroups.rule": {"MustRunAs"}, "fsGroup.rule": {"MustRunAs"}, seccomp + "allowedProfileNames": {"docker/default", "runtime/default"},
			apparmor + "allowedProfileNames": {"runtime/default"}, apparmor + "defaultProfileName": {"runtime/default"},
		}
	}
	for _, tt := range []struct {
		name, want string
		change     func(map[string][]string)
	}{
		{"restricted of the guide", "restricted", func(map[string][]string) {}},
		{"root may run", "baseline", func(f map[string][]string) { f["runAsUser.rule"] = []string{"RunAsAny"} }},
		{"a range of users", "baseline", func(f map[string][]string) { f["runAsUser.rule"] = []string{"MustRunAs"} }},
		{"escalation not written is allowed", "baseline", func(f map[string][]string) { delete(f, "allowPrivilegeEscalation") }},
		{"no seccomp named", "baseline", func(f map[string][]string) { delete(f, seccomp+"allowedProfileNames") }},
		{"none or the runtime's seccomp", "baseline", func(f map[string][]string) { f[seccomp+"allowedProfileNames"] = []string{"runtime/default", ""} }},
		{"a seccomp profile of the node", "restricted", func(f map[string][]string) { f[seccomp+"allowedProfileNames"] = []string{"localhost/audit.json"} }},
		{"drops some", "baseline", func(f map[string][]string) { f["requiredDropCapabilities"] = []string{"NET_RAW"} }},
		{"a low port", "restricted", func(f map[string][]string) { f["allowedCapabilities"] = []string{"NET_BIND_SERVICE"} }},
		{"adds by itself", "baseline", func(f map[string][]string) { f["defaultAddCapabilities"] = []string{"CHOWN"} }},
		{"NET_RAW", "privileged", func(f map[string][]string) { f["allowedCapabilities"] = []string{"NET_RAW"} }},
		{"any capability", "privileged", func(f map[string][]string) { f["allowedCapabilities"] = []string{"*"} }},
		{"an NFS volume", "baseline", func(f map[string][]string) { f["volumes"] = append(slices.Clone(core), "nfs") }},
		{"any volume", "privileged", func(f map[string][]string) { f["volumes"] = []string{"*"} }},
		{"some host paths", "privileged", func(f map[string][]string) {
			f["volumes"], f["allowedHostPaths"] = []string{"hostPath"}, []string{"/var/log (read-only)"}
		}},
		{"host paths that the volumes do not allow", "restricted", func(f map[string][]string) { f["allowedHostPaths"] = []string{"/var/log"} }},
		{"the host's network", "privileged", func(f map[string][]string) { f["hostNetwork"] = []string{"true"} }},
		{"host ports", "privileged", func(f map[string][]string) { f["hostPorts"] = []string{"8000-8080"} }},
		{"unsafe sysctls", "privileged", func(f map[string][]string) { f["allowedUnsafeSysctls"] = []string{"kernel.msg*"} }},
		{"an unmasked proc", "privileged", func(f map[string][]string) { f["allowedProcMountTypes"] = []string{"Default", "Unmasked"} }},
		{"an SELinux type", "privileged", func(f map[string][]string) {
			f["seLinux.rule"], f["seLinux.seLinuxOptions.type"] = []string{"MustRunAs"}, []string{"spc_t"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := admission.SecurityPolicy{Name: "p", From: "p.yaml:1", Fields: strict()}
			tt.change(p.Fields)
			found := admission.Policies([]admission.SecurityPolicy{p}, admission.Question{Facts: facts(t), Hops: []version.Version{version.MustParse("1.25.0")}})
			at := slices.IndexFunc(found, func(f finding.Found) bool { return f.Code == "ADM-015" })
			want := "the strictest Pod Security level that admits everything it admits is " + tt.want
			if tt.want == "privileged" {
				want = "no Pod Security level but privileged, which holds nothing back, admits everything it admits"
			}
			if at < 0 || found[at].Message != want {
				t.Errorf("%+v, want %s", found, tt.want)
			}
			if !slices.ContainsFunc(found, func(f finding.Found) bool { return f.Code == "ADM-016" }) {
				t.Error("nothing is lost, though groups and drops are")
			}
		})
	}
}
