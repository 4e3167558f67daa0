package main

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// namespaceCount is how many namespaces a full cluster has.
const namespaceCount = 100

// Programs that write objects, by the user agent they are known by.
const (
	controllers = "kube-controller-manager/v1.37.1 (linux/amd64) kubernetes/0000000"
	kubelet     = "kubelet/v1.37.1 (linux/amd64) kubernetes/0000000"
	helm        = "Helm/3.19.0"
	argo        = "argocd-controller/v3.1.8"
)

// mix is what a full cluster holds: 50,000 objects, of which 10,000 Pods, 20,000 ConfigMaps and 5,000 Secrets. Every
// count is a multiple of ten, so that a tenth of it is a cluster too.
func mix() []kind {
	core, apps, batch := group(""), group("apps"), group("batch")
	net, rbac, storage := group("networking.k8s.io"), group("rbac.authorization.k8s.io"), group("storage.k8s.io")
	return []kind{
		{resource: core("namespaces"), count: namespaceCount, make: newNamespace, writer: argo, alone: true},
		{resource: core("serviceaccounts"), count: namespaceCount, make: newDefaultAccount, writer: controllers, alone: true},

		{resource: core("pods"), count: 10_000, make: newPod, writer: controllers, status: kubelet},
		{resource: core("configmaps"), count: 20_000, make: newConfigMap, writer: helm},
		{resource: core("secrets"), count: 4500, make: newSecret, writer: argo},
		{resource: core("secrets"), count: 500, make: newRelease, writer: helm},

		{resource: core("serviceaccounts"), count: 900, make: newServiceAccount, writer: helm},
		{resource: core("nodes"), count: 250, make: newNode, writer: kubelet},
		{resource: core("services"), count: 1250, make: newService, writer: helm},
		{resource: group("discovery.k8s.io")("endpointslices"), count: 1500, make: newEndpointSlice, writer: controllers},
		{resource: apps("deployments"), count: 1500, make: newDeployment, writer: helm, status: controllers},
		{resource: apps("replicasets"), count: 3500, make: newReplicaSet, writer: controllers, status: controllers},
		{resource: apps("statefulsets"), count: 150, make: newStatefulSet, writer: helm, status: controllers},
		{resource: apps("daemonsets"), count: 50, make: newDaemonSet, writer: helm, status: controllers},
		{resource: batch("jobs"), count: 600, make: newJob, writer: controllers},
		{resource: batch("cronjobs"), count: 150, make: newCronJob, writer: argo},
		{resource: group("policy")("poddisruptionbudgets"), count: 500, make: newBudget, writer: helm, status: controllers},
		{resource: groupVersion("autoscaling", "v2")("horizontalpodautoscalers"), count: 300, make: newAutoscaler, writer: argo},
		{resource: rbac("roles"), count: 300, make: newRole, writer: helm},
		{resource: rbac("rolebindings"), count: 700, make: newRoleBinding, writer: helm},
		{resource: rbac("clusterroles"), count: 150, make: newClusterRole, writer: helm},
		{resource: rbac("clusterrolebindings"), count: 150, make: newClusterRoleBinding, writer: helm},
		{resource: group("coordination.k8s.io")("leases"), count: 400, make: newLease, writer: kubelet},
		{resource: core("events"), count: 1450, make: newEvent, writer: kubelet},
		{resource: core("persistentvolumes"), count: 200, make: newVolume, writer: controllers},
		{resource: core("persistentvolumeclaims"), count: 200, make: newClaim, writer: controllers},
		{resource: net("networkpolicies"), count: 250, make: newNetworkPolicy, writer: argo},
		{resource: net("ingresses"), count: 290, make: newIngress, writer: argo},
		{resource: storage("storageclasses"), count: 10, make: newStorageClass, writer: helm},
		{resource: group("apiextensions.k8s.io")("customresourcedefinitions"), count: 50, make: newCRD, writer: helm},
	}
}

func group(name string) func(string) schema.GroupVersionResource { return groupVersion(name, "v1") }

func groupVersion(name, version string) func(string) schema.GroupVersionResource {
	return schema.GroupVersion{Group: name, Version: version}.WithResource
}
