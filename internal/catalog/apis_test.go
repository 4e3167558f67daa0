package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func gvk(t *testing.T, apiVersion, kind string) removal.GVK {
	t.Helper()
	k, err := removal.ParseGVK(apiVersion, kind)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func minor(t *testing.T, s string) version.Minor {
	t.Helper()
	if s == "" {
		return version.Minor{}
	}
	m, err := version.ParseMinor(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestKnownDates holds the table to dates that release notes and the migration
// guide announce (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
func TestKnownDates(t *testing.T) {
	table, err := APIs()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ api, kind, deprecated, removed string }{
		{"extensions/v1beta1", "Deployment", "1.8", "1.16"},
		{"extensions/v1beta1", "DaemonSet", "1.8", "1.16"},
		{"extensions/v1beta1", "ReplicaSet", "1.8", "1.16"},
		{"extensions/v1beta1", "NetworkPolicy", "1.9", "1.16"},
		{"extensions/v1beta1", "PodSecurityPolicy", "1.11", "1.16"},
		{"apps/v1beta1", "StatefulSet", "1.8", "1.16"},
		{"apps/v1beta2", "Deployment", "1.9", "1.16"},
		{"auditregistration.k8s.io/v1alpha1", "AuditSink", "", "1.19"},
		{"settings.k8s.io/v1alpha1", "PodPreset", "", "1.20"},
		{"batch/v2alpha1", "CronJob", "", "1.21"},
		{"batch/v2alpha1", "ScheduledJob", "", "1.8"},
		{"discovery.k8s.io/v1alpha1", "EndpointSlice", "", "1.21"},
		{"flowcontrol.apiserver.k8s.io/v1alpha1", "FlowSchema", "1.20", "1.21"},
		{"extensions/v1beta1", "Ingress", "1.14", "1.22"},
		{"networking.k8s.io/v1beta1", "Ingress", "1.19", "1.22"},
		{"networking.k8s.io/v1beta1", "IngressClass", "1.19", "1.22"},
		{"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.16", "1.22"},
		{"apiregistration.k8s.io/v1beta1", "APIService", "1.19", "1.22"},
		{"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", "1.16", "1.22"},
		{"certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.19", "1.22"},
		{"coordination.k8s.io/v1beta1", "Lease", "1.19", "1.22"},
		{"rbac.authorization.k8s.io/v1beta1", "ClusterRole", "1.17", "1.22"},
		{"scheduling.k8s.io/v1beta1", "PriorityClass", "1.14", "1.22"},
		{"storage.k8s.io/v1beta1", "StorageClass", "1.19", "1.22"},
		{"rbac.authorization.k8s.io/v1alpha1", "Role", "1.17", "1.23"},
		{"scheduling.k8s.io/v1alpha1", "PriorityClass", "1.14", "1.23"},
		{"node.k8s.io/v1alpha1", "RuntimeClass", "", "1.24"},
		{"storage.k8s.io/v1alpha1", "VolumeAttachment", "1.21", "1.23"},
		{"batch/v1beta1", "CronJob", "1.21", "1.25"},
		{"discovery.k8s.io/v1beta1", "EndpointSlice", "1.21", "1.25"},
		{"events.k8s.io/v1beta1", "Event", "1.22", "1.25"},
		{"autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.22", "1.25"},
		{"policy/v1beta1", "PodDisruptionBudget", "1.21", "1.25"},
		{"policy/v1beta1", "PodSecurityPolicy", "1.21", "1.25"},
		{"node.k8s.io/v1beta1", "RuntimeClass", "1.22", "1.25"},
		{"autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.23", "1.26"},
		{"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "1.23", "1.26"},
		{"storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.24", "1.27"},
		{"resource.k8s.io/v1alpha1", "PodScheduling", "", "1.27"},
		{"flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfiguration", "1.26", "1.29"},
		{"networking.k8s.io/v1alpha1", "ClusterCIDR", "1.28", "1.29"},
		{"resource.k8s.io/v1alpha2", "ResourceClass", "", "1.31"},
		{"flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "1.29", "1.32"},
		{"coordination.k8s.io/v1alpha1", "LeaseCandidate", "", "1.32"},
		{"resource.k8s.io/v1alpha3", "PodSchedulingContext", "", "1.32"},
		{"networking.k8s.io/v1alpha1", "ServiceCIDR", "1.30", "1.31"},
		{"admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", "1.31", "1.34"},
		{"resource.k8s.io/v1alpha3", "ResourceClaim", "1.34", "1.34"},
		{"storagemigration.k8s.io/v1alpha1", "StorageVersionMigration", "1.33", "1.35"},
		{"certificates.k8s.io/v1alpha1", "PodCertificateRequest", "", "1.35"},
		{"scheduling.k8s.io/v1alpha1", "Workload", "", "1.36"},
		{"scheduling.k8s.io/v1alpha2", "Workload", "", "1.37"},
		{"networking.k8s.io/v1beta1", "ServiceCIDR", "1.34", "1.37"},
		{"storage.k8s.io/v1beta1", "VolumeAttributesClass", "1.34", "1.37"},
		{"certificates.k8s.io/v1alpha1", "ClusterTrustBundle", "1.34", "1.37"},
		{"resource.k8s.io/v1beta1", "ResourceClaim", "1.35", "1.38"},
		{"resource.k8s.io/v1beta2", "ResourceClaim", "1.36", "1.39"},
		{"coordination.k8s.io/v1beta1", "LeaseCandidate", "1.36", "1.39"},
		{"admissionregistration.k8s.io/v1beta1", "MutatingAdmissionPolicy", "1.37", "1.40"},
		{"storagemigration.k8s.io/v1beta1", "StorageVersionMigration", "1.37", "1.40"},
		{"v1", "Endpoints", "1.33", ""},
		{"v1", "ComponentStatus", "1.19", ""},
		{"apps/v1", "Deployment", "", ""},
		{"v1", "Config", "", ""},
		{"kubeadm.k8s.io/v1beta3", "ClusterConfiguration", "1.31", "1.37"},
		{"cert-manager.io/v1alpha2", "Certificate", "1.4", "1.6"},
	} {
		l, ok := table.Lookup(gvk(t, tt.api, tt.kind))
		if !ok {
			t.Errorf("%s %s is not in the table", tt.api, tt.kind)
			continue
		}
		if l.Deprecated != minor(t, tt.deprecated) || l.Removed != minor(t, tt.removed) {
			t.Errorf("%s: deprecated %s, removed %s; want %q, %q", l.GVK, l.Deprecated, l.Removed, tt.deprecated, tt.removed)
		}
	}
}

// TestReplacementsAtTargets: each target gets the replacement it serves.
func TestReplacementsAtTargets(t *testing.T) {
	table, err := APIs()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ api, kind, from, target, want, bridge, reason string }{
		{"extensions/v1beta1", "Ingress", "", "1.16", "networking.k8s.io/v1beta1 Ingress", "", ""},
		{"extensions/v1beta1", "Ingress", "", "1.22", "networking.k8s.io/v1 Ingress", "",
			"extensions/v1beta1 Ingress is not served from 1.22 on; write networking.k8s.io/v1 Ingress"},
		{"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "1.25", "1.26", "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", "flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema",
			"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema is not served from 1.26 on; flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema comes with the upgrade, flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema is served before and after it"},
		{"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "", "1.32", "flowcontrol.apiserver.k8s.io/v1 FlowSchema", "", ""},
		{"autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.22", "1.23", "autoscaling/v2 HorizontalPodAutoscaler", "autoscaling/v2beta2 HorizontalPodAutoscaler", ""},
		{"policy/v1beta1", "PodSecurityPolicy", "1.24", "1.25", "", "",
			"policy/v1beta1 PodSecurityPolicy is not served from 1.25 on; there is no replacement"},
		{"storagemigration.k8s.io/v1alpha1", "StorageVersionMigration", "1.34", "1.35", "storagemigration.k8s.io/v1beta1 StorageVersionMigration", "", ""},
		{"networking.k8s.io/v1beta1", "IngressClass", "", "1.37", "networking.k8s.io/v1 IngressClass", "", ""},
		{"resource.k8s.io/v1alpha2", "ResourceClass", "", "1.31", "resource.k8s.io/v1alpha3 DeviceClass", "", ""},
		{"resource.k8s.io/v1beta1", "ResourceClaim", "1.37", "1.38", "resource.k8s.io/v1 ResourceClaim", "",
			"resource.k8s.io/v1beta1 ResourceClaim is announced to go in 1.38; write resource.k8s.io/v1 ResourceClaim"},
	} {
		j := table.Judge(gvk(t, tt.api, tt.kind), removal.Move{From: minor(t, tt.from), Target: minor(t, tt.target)})
		if got := j.Replacement; (tt.want != "" && got.String() != tt.want) || (tt.want == "" && !got.Zero()) {
			t.Errorf("%s %s at %s: write %q, want %q", tt.api, tt.kind, tt.target, got, tt.want)
		}
		if got := j.Bridge; (tt.bridge != "" && got.String() != tt.bridge) || (tt.bridge == "" && !got.Zero()) {
			t.Errorf("%s %s at %s: bridge %q, want %q", tt.api, tt.kind, tt.target, got, tt.bridge)
		}
		if tt.reason != "" {
			if diff := cmp.Diff(tt.reason, j.Reason); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
	}
}

// TestEveryKindIsSourced: nothing in the table stands without saying where it is from.
func TestEveryKindIsSourced(t *testing.T) {
	table, err := APIs()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range table.All() {
		if l.Source == "" || l.Verified == "" {
			t.Errorf("%s has no source", l.GVK)
		}
		for _, c := range l.Changes {
			if c.Source == "" || c.Text == "" || c.Kind == "" {
				t.Errorf("%s: the change of %q lacks source, text or kind", l.GVK, c.Field)
			}
		}
		if _, ok := table.Lookup(l.Replacement); !ok && !l.Replacement.Zero() && l.Product == removal.Kubernetes {
			t.Errorf("%s is replaced by %s, which the table does not hold", l.GVK, l.Replacement)
		}
	}
}
