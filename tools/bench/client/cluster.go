package main

import (
	"fmt"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func newNamespace(n int, _ string) object {
	name := fmt.Sprintf("team-%02d", n)
	o := &corev1.Namespace{ObjectMeta: named(name, "", name)}
	o.Labels["pod-security.kubernetes.io/enforce"] = "restricted"
	return o
}

// newDefaultAccount is that of each namespace: no Pod may be created without it.
func newDefaultAccount(n int, _ string) object {
	return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: fmt.Sprintf("team-%02d", n)}}
}

func newServiceAccount(n int, namespace string) object {
	return &corev1.ServiceAccount{ObjectMeta: named(app(n), namespace, app(n))}
}

func newNode(n int, _ string) object {
	name := fmt.Sprintf("node-%03d", n)
	amounts := corev1.ResourceList{"cpu": resource.MustParse("16"), "memory": resource.MustParse("65536Mi"), "pods": resource.MustParse("110"), "ephemeral-storage": resource.MustParse("200Gi")}
	o := &corev1.Node{ObjectMeta: named(name, "", name), Status: corev1.NodeStatus{Capacity: amounts, Allocatable: amounts,
		Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.0.%d", n)}, {Type: corev1.NodeHostName, Address: name}},
		NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.37.1", ContainerRuntimeVersion: "containerd://2.2.1", OperatingSystem: "linux", Architecture: "amd64",
			OSImage: "Debian GNU/Linux 13 (trixie)", KernelVersion: "6.12.57", MachineID: fmt.Sprintf("%032x", n)}}}
	for _, t := range []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeReady} {
		o.Status.Conditions = append(o.Status.Conditions, corev1.NodeCondition{Type: t, Status: corev1.ConditionTrue, Reason: "KubeletReady", LastTransitionTime: day(n), LastHeartbeatTime: day(n)})
	}
	for i := range 40 {
		o.Status.Images = append(o.Status.Images, corev1.ContainerImage{Names: []string{fmt.Sprintf("registry.example/team/app-%04d@sha256:%064x", i, i), fmt.Sprintf("registry.example/team/app-%04d:2.14.3", i)}, SizeBytes: 81_000_000})
	}
	return o
}

func newRole(n int, namespace string) object {
	return &rbacv1.Role{ObjectMeta: named(app(n), namespace, app(n)), Rules: rules(3)}
}

func newClusterRole(n int, _ string) object {
	return &rbacv1.ClusterRole{ObjectMeta: named(app(n), "", app(n)), Rules: rules(12)}
}

func rules(n int) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for i := range n {
		out = append(out, rbacv1.PolicyRule{APIGroups: []string{"", "apps", fmt.Sprintf("group-%d.example", i)}, Resources: []string{"pods", "configmaps", "services", "deployments"}, Verbs: []string{"get", "list", "watch", "patch"}})
	}
	return out
}

func newRoleBinding(n int, namespace string) object {
	return &rbacv1.RoleBinding{ObjectMeta: named(fmt.Sprintf("%s-%d", app(n), n), namespace, app(n)), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: app(n)},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: app(n), Namespace: namespace}}}
}

func newClusterRoleBinding(n int, namespace string) object {
	return &rbacv1.ClusterRoleBinding{ObjectMeta: named(app(n), "", app(n)), RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: app(n)},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: app(n), Namespace: namespace}}}
}

func newLease(n int, namespace string) object {
	at := metav1.NewMicroTime(day(n).Time)
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("leader-%03d", n), Namespace: namespace},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: ptr(fmt.Sprintf("node-%03d", n%250)), LeaseDurationSeconds: ptr[int32](40), AcquireTime: &at, RenewTime: &at}}
}

func newEvent(n int, namespace string) object {
	reason := []string{"Pulled", "Created", "Started", "BackOff", "Unhealthy", "Killing"}[n%6]
	return &corev1.Event{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s.%016x", app(n), n), Namespace: namespace},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: namespace, Name: fmt.Sprintf("%s-7c9f6d5b84-%05d", app(n), n), APIVersion: "v1", UID: uid(n)},
		Reason:         reason, Message: "Readiness probe failed: HTTP probe failed with statuscode: 503", Type: "Normal", Count: int32(n%40 + 1),
		Source: corev1.EventSource{Component: "kubelet", Host: fmt.Sprintf("node-%03d", n%250)}, FirstTimestamp: day(n), LastTimestamp: day(n + 60)}
}

func newVolume(n int, _ string) object {
	return &corev1.PersistentVolume{ObjectMeta: named(fmt.Sprintf("pvc-%s", uid(n)), "", app(n)), Spec: corev1.PersistentVolumeSpec{
		Capacity: corev1.ResourceList{"storage": resource.MustParse("20Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: "fast-0",
		PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "csi.example", VolumeHandle: fmt.Sprintf("vol-%x", n)}}}}
}

func newClaim(n int, namespace string) object {
	return &corev1.PersistentVolumeClaim{ObjectMeta: named(fmt.Sprintf("data-%03d", n), namespace, app(n)), Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr("fast-0"), VolumeName: fmt.Sprintf("pvc-%s", uid(n)),
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{"storage": resource.MustParse("20Gi")}}}}
}

func newStorageClass(n int, _ string) object {
	return &storagev1.StorageClass{ObjectMeta: named(fmt.Sprintf("fast-%d", n), "", "csi"), Provisioner: "csi.example", Parameters: map[string]string{"type": "ssd"}}
}

// newCRD has a schema as long as those of certificate and mesh controllers are.
func newCRD(n int, _ string) object {
	group, plural, r := fmt.Sprintf("group-%d.example", n%7), fmt.Sprintf("things%d", n), random(4, n)
	text := map[string]any{"type": "string", "description": strings.ReplaceAll(words(r, 250), "\n", " ")}
	fields := map[string]any{}
	for i := range 12 {
		inner := map[string]any{}
		for j := range 10 {
			inner[fmt.Sprintf("field%d", j)] = text
		}
		fields[fmt.Sprintf("part%d", i)] = map[string]any{"type": "object", "properties": inner}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced", "names": map[string]any{"plural": plural, "singular": fmt.Sprintf("thing%d", n), "kind": fmt.Sprintf("Thing%d", n)},
			"versions": []any{map[string]any{"name": "v1", "served": true, "storage": true, "schema": map[string]any{
				"openAPIV3Schema": map[string]any{"type": "object", "properties": map[string]any{"spec": map[string]any{"type": "object", "properties": fields}}}}}},
		}}}
}
