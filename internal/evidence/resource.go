package evidence

import "slices"

// Resource names one thing that is asked for. Lists of Kubernetes objects go
// by their plural; the file of a dump is the same name with .json.
type Resource string

const (
	ServerVersionFile Resource = "version"
	APIGroups         Resource = "apigroups"
	MetricsText       Resource = "metrics"
	ConfigMaps        Resource = "configmaps-kube-system"

	Nodes              Resource = "nodes"
	Pods               Resource = "pods"
	Namespaces         Resource = "namespaces"
	Services           Resource = "services"
	PersistentVolumes  Resource = "persistentvolumes"
	DaemonSets         Resource = "daemonsets"
	NetworkPolicies    Resource = "networkpolicies"
	Ingresses          Resource = "ingresses"
	StorageClasses     Resource = "storageclasses"
	APIServices        Resource = "apiservices"
	CRDs               Resource = "customresourcedefinitions"
	ValidatingWebhooks Resource = "validatingwebhookconfigurations"
	MutatingWebhooks   Resource = "mutatingwebhookconfigurations"
	AdmissionPolicies  Resource = "validatingadmissionpolicies"
	ResourceClaims     Resource = "resourceclaims"
	Roles              Resource = "roles"
	ClusterRoles       Resource = "clusterroles"
	RoleBindings       Resource = "rolebindings"
	ClusterRoleBinds   Resource = "clusterrolebindings"

	Deployments            Resource = "deployments"
	StatefulSets           Resource = "statefulsets"
	ReplicaSets            Resource = "replicasets"
	Jobs                   Resource = "jobs"
	CronJobs               Resource = "cronjobs"
	DisruptionBudgets      Resource = "poddisruptionbudgets"
	Autoscalers            Resource = "horizontalpodautoscalers"
	ServiceAccounts        Resource = "serviceaccounts"
	EndpointSlices         Resource = "endpointslices"
	IngressClasses         Resource = "ingressclasses"
	Claims                 Resource = "persistentvolumeclaims"
	VolumeAttachments      Resource = "volumeattachments"
	CSIDrivers             Resource = "csidrivers"
	CSINodes               Resource = "csinodes"
	CSICapacities          Resource = "csistoragecapacities"
	PriorityClasses        Resource = "priorityclasses"
	RuntimeClasses         Resource = "runtimeclasses"
	AdmissionBindings      Resource = "validatingadmissionpolicybindings"
	MutatingPolicies       Resource = "mutatingadmissionpolicies"
	MutatingPolicyBindings Resource = "mutatingadmissionpolicybindings"
	FlowSchemas            Resource = "flowschemas"
	PriorityLevels         Resource = "prioritylevelconfigurations"
	SigningRequests        Resource = "certificatesigningrequests"
	Leases                 Resource = "leases"
	DeviceClasses          Resource = "deviceclasses"
	ResourceSlices         Resource = "resourceslices"
	ServiceCIDRs           Resource = "servicecidrs"
	// SecurityPolicies are in recordings alone, see [SecurityPolicyList].
	SecurityPolicies Resource = "podsecuritypolicies"
)

// List is a list of Kubernetes objects that is read whole.
type List struct {
	Resource Resource
	Kind     string // of one object
	Group    string // API group; "" is core
	Version  string // of the API; "" is v1
	// Page is how many objects one request asks for: fewer where one object
	// is large (the schemas of a CustomResourceDefinition).
	Page int
	// Since is the first minor release that serves the stable version, where
	// it is younger than 1.25; "" otherwise.
	Since string
	// For says what stays undecided without it, for coverage gaps.
	For string
}

// APIVersion is the group and version as objects name them: "v1",
// "apps/v1". Every list is read in one stable version that no release has
// deprecated, so a look at a cluster never shows up among requests of
// deprecated APIs.
func (l List) APIVersion() string {
	version := l.Version
	if version == "" {
		version = "v1"
	}
	if l.Group == "" {
		return version
	}
	return l.Group + "/" + version
}

// Path is the request path over all namespaces.
func (l List) Path() string {
	if l.Group == "" {
		return "/api/" + l.APIVersion() + "/" + string(l.Resource)
	}
	return "/apis/" + l.APIVersion() + "/" + string(l.Resource)
}

// File is where a bundle or a folder of kubectl output holds l.
func (l List) File() string { return string(l.Resource) + ".json" }

// Key is the name apiserver_storage_objects counts l under.
func (l List) Key() string {
	if l.Group == "" {
		return string(l.Resource)
	}
	return string(l.Resource) + "." + l.Group
}

// Rule is the RBAC rule that allows l.
func (l List) Rule() Rule {
	return Rule{APIGroup: l.Group, Resource: string(l.Resource), Verb: "list"}
}

// Lists is every list assess reads, in the order it is read.
func Lists() []List {
	const page = 500
	admission, rbac := "admissionregistration.k8s.io", "rbac.authorization.k8s.io"
	return []List{
		{Nodes, "Node", "", "", page, "", "versions of kubelets and container runtimes, operating systems"},
		{Pods, "Pod", "", "", page, "", "versions of the control plane, kube-proxy and add-ons, and what pods use"},
		{Namespaces, "Namespace", "", "", page, "", "Pod Security levels"},
		{Services, "Service", "", "", page, "", "Services with external IPs and load balancers"},
		{PersistentVolumes, "PersistentVolume", "", "", page, "", "volume plugins in use"},
		{DaemonSets, "DaemonSet", "apps", "", page, "", "whether kube-proxy is still rolling out"},
		{NetworkPolicies, "NetworkPolicy", "networking.k8s.io", "", page, "", "whether NetworkPolicies are in use"},
		{Ingresses, "Ingress", "networking.k8s.io", "", page, "", "whether Ingresses are in use"},
		{StorageClasses, "StorageClass", "storage.k8s.io", "", page, "", "volume plugins in use"},
		{APIServices, "APIService", "apiregistration.k8s.io", "", page, "", "aggregated APIs"},
		{CRDs, "CustomResourceDefinition", "apiextensions.k8s.io", "", 50, "", "custom resources"},
		{ValidatingWebhooks, "ValidatingWebhookConfiguration", admission, "", page, "", "validating admission webhooks"},
		{MutatingWebhooks, "MutatingWebhookConfiguration", admission, "", page, "", "mutating admission webhooks"},
		{AdmissionPolicies, "ValidatingAdmissionPolicy", admission, "", page, "1.30", "validating admission policies"},
		{ResourceClaims, "ResourceClaim", "resource.k8s.io", "", page, "1.34", "dynamic resource claims"},
		{Roles, "Role", rbac, "", page, "", "who may do what"},
		{ClusterRoles, "ClusterRole", rbac, "", page, "", "who may do what"},
		{RoleBindings, "RoleBinding", rbac, "", page, "", "who may do what"},
		{ClusterRoleBinds, "ClusterRoleBinding", rbac, "", page, "", "who may do what"},
	}
}

// Upgrade is every list that says what an upgrade would disturb. A recorded
// [Bundle] holds them beside those of [Lists], a live one where it was asked to.
func Upgrade() []List {
	const page = 500
	return []List{
		{Deployments, "Deployment", "apps", "", page, "", "workloads, their replicas and security contexts"},
		{StatefulSets, "StatefulSet", "apps", "", page, "", "workloads, their replicas and security contexts"},
		{ReplicaSets, "ReplicaSet", "apps", "", page, "", "which Deployment a pod belongs to"},
		{DisruptionBudgets, "PodDisruptionBudget", "policy", "", page, "", "what a drain must respect"},
		{EndpointSlices, "EndpointSlice", "discovery.k8s.io", "", page, "", "whether webhooks and aggregated APIs have a living backend"},
		{Claims, "PersistentVolumeClaim", "", "", page, "", "volumes a drained pod leaves behind"},
	}
}

// Collected is every list a bundle holds, in the order it is read: those of
// [Lists] and [Upgrade] first, then what else a change is compared by. Events
// are not among them: they are summarised, see [Events].
func Collected() []List {
	const page = 500
	admission := "admissionregistration.k8s.io"
	return slices.Concat(Lists(), Upgrade(), []List{
		{Jobs, "Job", "batch", "", page, "", "work that a drain would interrupt"},
		{CronJobs, "CronJob", "batch", "", page, "", "work that may start during an upgrade"},
		{Autoscalers, "HorizontalPodAutoscaler", "autoscaling", "v2", page, "", "workloads whose replicas move by themselves"},
		{ServiceAccounts, "ServiceAccount", "", "", page, "", "identities of workloads"},
		{IngressClasses, "IngressClass", "networking.k8s.io", "", page, "", "ingress controllers"},
		{VolumeAttachments, "VolumeAttachment", "storage.k8s.io", "", page, "", "volumes that must detach before a node goes"},
		{CSIDrivers, "CSIDriver", "storage.k8s.io", "", page, "", "volume plugins in use"},
		{CSINodes, "CSINode", "storage.k8s.io", "", page, "", "volume plugins in use"},
		{CSICapacities, "CSIStorageCapacity", "storage.k8s.io", "", page, "", "who still writes which API version"},
		{PriorityClasses, "PriorityClass", "scheduling.k8s.io", "", page, "", "what may be preempted by what"},
		{RuntimeClasses, "RuntimeClass", "node.k8s.io", "", page, "", "runtimes workloads ask for"},
		{AdmissionBindings, "ValidatingAdmissionPolicyBinding", admission, "", page, "1.30", "where admission policies apply"},
		{MutatingPolicies, "MutatingAdmissionPolicy", admission, "", page, "1.36", "mutating admission policies"},
		{MutatingPolicyBindings, "MutatingAdmissionPolicyBinding", admission, "", page, "1.36", "where mutating admission policies apply"},
		{FlowSchemas, "FlowSchema", "flowcontrol.apiserver.k8s.io", "", page, "1.29", "who still writes which API version"},
		{PriorityLevels, "PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", "", page, "1.29", "who still writes which API version"},
		{SigningRequests, "CertificateSigningRequest", "certificates.k8s.io", "", page, "", "certificates that wait for approval"},
		{Leases, "Lease", "coordination.k8s.io", "", page, "", "who leads, which API servers there are, which nodes report"},
		{DeviceClasses, "DeviceClass", "resource.k8s.io", "", page, "1.34", "dynamic resource allocation"},
		{ResourceSlices, "ResourceSlice", "resource.k8s.io", "", page, "1.34", "dynamic resource allocation"},
		{ServiceCIDRs, "ServiceCIDR", "networking.k8s.io", "", page, "1.33", "address ranges of Services"},
	})
}

// ConfigMapNames are the ConfigMaps of kube-system that are read, one by one,
// and no other: kubeadm's own record of the cluster.
func ConfigMapNames() []string { return []string{"kubeadm-config", "kubelet-config", "kube-proxy"} }

// CollectedConfigMaps are those a bundle holds: [ConfigMapNames] and CoreDNS's
// Corefile.
func CollectedConfigMaps() []string { return append(ConfigMapNames(), "coredns") }

// ConfigMapResource is the Access key of one ConfigMap of kube-system.
func ConfigMapResource(name string) Resource { return Resource("configmaps/" + name) }
