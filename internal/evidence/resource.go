package evidence

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
)

// List is a list of Kubernetes objects that is read whole.
type List struct {
	Resource Resource
	Kind     string // of one object
	Group    string // API group; "" is core
	// Page is how many objects one request asks for: fewer where one object
	// is large (the schemas of a CustomResourceDefinition).
	Page int
	// Since is the first minor release that serves the stable version, where
	// it is younger than 1.25; "" otherwise.
	Since string
	// For says what stays undecided without it, for coverage gaps.
	For string
}

// Path is the request path over all namespaces. Every list is read in its
// stable v1 form and no other, so a scan never shows up among requests of
// deprecated APIs.
func (l List) Path() string {
	if l.Group == "" {
		return "/api/v1/" + string(l.Resource)
	}
	return "/apis/" + l.Group + "/v1/" + string(l.Resource)
}

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

// Lists is every list that is read, in the order it is read.
func Lists() []List {
	const page = 500
	return []List{
		{Nodes, "Node", "", page, "", "versions of kubelets and container runtimes, operating systems"},
		{Pods, "Pod", "", page, "", "versions of the control plane, kube-proxy and add-ons, and what pods use"},
		{Namespaces, "Namespace", "", page, "", "Pod Security levels"},
		{Services, "Service", "", page, "", "Services with external IPs and load balancers"},
		{PersistentVolumes, "PersistentVolume", "", page, "", "volume plugins in use"},
		{DaemonSets, "DaemonSet", "apps", page, "", "whether kube-proxy is still rolling out"},
		{NetworkPolicies, "NetworkPolicy", "networking.k8s.io", page, "", "whether NetworkPolicies are in use"},
		{Ingresses, "Ingress", "networking.k8s.io", page, "", "whether Ingresses are in use"},
		{StorageClasses, "StorageClass", "storage.k8s.io", page, "", "volume plugins in use"},
		{APIServices, "APIService", "apiregistration.k8s.io", page, "", "aggregated APIs"},
		{CRDs, "CustomResourceDefinition", "apiextensions.k8s.io", 50, "", "custom resources"},
		{ValidatingWebhooks, "ValidatingWebhookConfiguration", "admissionregistration.k8s.io", page, "", "validating admission webhooks"},
		{MutatingWebhooks, "MutatingWebhookConfiguration", "admissionregistration.k8s.io", page, "", "mutating admission webhooks"},
		{AdmissionPolicies, "ValidatingAdmissionPolicy", "admissionregistration.k8s.io", page, "1.30", "validating admission policies"},
		{ResourceClaims, "ResourceClaim", "resource.k8s.io", page, "1.34", "dynamic resource claims"},
		{Roles, "Role", "rbac.authorization.k8s.io", page, "", "who may do what"},
		{ClusterRoles, "ClusterRole", "rbac.authorization.k8s.io", page, "", "who may do what"},
		{RoleBindings, "RoleBinding", "rbac.authorization.k8s.io", page, "", "who may do what"},
		{ClusterRoleBinds, "ClusterRoleBinding", "rbac.authorization.k8s.io", page, "", "who may do what"},
	}
}

// ConfigMapNames are the ConfigMaps of kube-system that are read, one by one,
// and no other: kubeadm's own record of the cluster.
func ConfigMapNames() []string { return []string{"kubeadm-config", "kubelet-config", "kube-proxy"} }

// ConfigMapResource is the Access key of one ConfigMap of kube-system.
func ConfigMapResource(name string) Resource { return Resource("configmaps/" + name) }
