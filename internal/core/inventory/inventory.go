// Package inventory holds what was found in one cluster: every running
// component instance with its node and where its version was read, the facts
// exploit conditions ask about, and what could not be read. It decides
// nothing; it is the input of every judgement. Start at [Cluster].
package inventory

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Component names are the field's own; any image name is allowed as well.
const (
	KubeAPIServer          = "kube-apiserver"
	KubeControllerManager  = "kube-controller-manager"
	KubeScheduler          = "kube-scheduler"
	CloudControllerManager = "cloud-controller-manager"
	Kubelet                = "kubelet"
	KubeProxy              = "kube-proxy"
	Kubectl                = "kubectl"
	Kubeadm                = "kubeadm"
	Etcd                   = "etcd"
	Containerd             = "containerd"
	CRIO                   = "cri-o"
	Runc                   = "runc"
	CoreDNS                = "coredns"
)

// Cluster is everything one assessment looks at. Lists may be empty, never
// meaningful by being nil, except Available.
type Cluster struct {
	Name             string
	Owner            string // "" = nobody named
	Environment      string // development | staging | production | ""
	Connected        bool   // false only when declared isolated
	Holds            []string
	Provider         string // kubeadm | eks | gke | aks | rke2 | k3s | other | unknown
	ProviderEvidence string // the sign the provider was recognised by
	// Available lists the Kubernetes versions packages, mirror or provider
	// offer now. nil = not known; then every released version is a candidate.
	Available       []version.Version
	AvailableSource string
	Instances       []Instance
	Facts           Facts
	Gaps            []Gap
	// Observed are findings the reader itself made (a package and the node
	// object disagree, a kubelet without a node...). Codes: package finding.
	Observed []Observation
	// Taken is when the last of it was read, RFC 3339; "" = just now, or nobody
	// wrote it down.
	Taken string
}

// Managed reports whether a provider runs the control plane of c.
func (c *Cluster) Managed() bool {
	switch c.Provider {
	case "eks", "gke", "aks":
		return true
	}
	return false
}

// Oldest is the oldest version of a component that was read; the zero Version
// where none was.
func (c *Cluster) Oldest(component string) version.Version {
	var out version.Version
	for _, i := range c.Instances {
		if i.Component == component && i.Version.Known() && (!out.Known() || i.Version.Less(out)) {
			out = i.Version
		}
	}
	return out
}

// Instance is one running copy of a component.
type Instance struct {
	Component string
	Node      string // node or host name; "" only where there is none (inventory files)
	Host      string // for clients on machines that are no nodes
	Version   version.Version
	ReadFrom  string // "static pod image", "nodeInfo.kubeletVersion", "dpkg", "inventory"
	Unread    string // why Version is unreadable, when it is
	// Hidden: the source cannot show the version by its nature (a provider's
	// control plane): a gap that is listed, not required.
	Hidden bool
	OS     string // linux | windows | "" (unknown); the node's for what runs on one
	Pool   string
	Zone   string
	// Server is the API server a client component talks to: "own" (the node's
	// own), "all" (a load balancer) or "" (unknown).
	Server string
}

// Where is the node, else the host, for messages.
func (i Instance) Where() string {
	if i.Node != "" {
		return i.Node
	}
	return i.Host
}

// Gap is a thing that was asked for and not read.
type Gap struct {
	Check    string // what stays undecided, e.g. "list networkpolicies"
	Reason   string // what came back, and the missing RBAC rule where there is one
	Required bool   // true: without it a verdict may be wrong, so exit 4
}

// Observation is a finding made while reading.
type Observation struct {
	Code     string
	Object   string // "Node/w1"
	Message  string
	Evidence []string
}

// State is a three-valued answer. The zero State is Unknown.
type State int

const (
	Unknown State = iota
	Yes
	No
)

// Answer is a three-valued answer with the evidence it rests on. The evidence
// of Unknown says why it is not known.
type Answer struct {
	State    State
	Evidence string
}

// Facts are what exploit conditions and mitigations ask about. What is not in
// a map is unknown, never "no".
type Facts struct {
	// Settings holds command lines and configuration per component instance.
	Settings []Settings
	// Uses answers named yes/no questions about the cluster's objects; the
	// names are the Use* constants of this package.
	Uses map[string]Answer
	// RBAC is nil where roles or bindings could not be read.
	RBAC *rbac.Policy
	// Namespaces carries the Pod Security level of each namespace; nil = not read.
	Namespaces []Namespace
	// CgroupVersion per node: "v1" or "v2".
	CgroupVersion map[string]string
	// Certificates are those on the disks of hosts; nil = not read.
	Certificates []Certificate
	Upgrade      Upgrade
}

// Upgrade is what an upgrade would meet, each part for the package that judges
// it. nil: of that part nothing was read.
type Upgrade struct {
	Admission *admission.Cluster
	Custom    *custom.Cluster
	Etcd      *datastore.Cluster
	Drain     *disrupt.Cluster
	Kubeadm   *kubeadm.Told
}

// Certificate is the public part of a certificate on a host.
type Certificate struct {
	Node, Path, Subject string
	NotAfter            time.Time
}

// Namespace is a namespace with its Pod Security Admission levels.
type Namespace struct {
	Name    string
	Enforce string // "" = no label
}

// Settings is what one instance was started with.
type Settings struct {
	Component string
	Node      string            // "" = every instance of the component (inventory files)
	Flags     map[string]string // name without dashes; --feature-gates is split into Gates
	Gates     map[string]bool   // explicitly set feature gates, flags and config together
	// Config holds configuration-file fields as dotted paths, e.g.
	// "readOnlyPort" or "authentication.anonymous.enabled", as strings.
	Config map[string]string
	// Complete: the whole command line and configuration were read, so what is
	// absent has its default. False: what is absent is unknown.
	Complete bool
	Source   string // "static pod cp1", "configz w1", "inventory"
}

// Names of Facts.Uses.
const (
	UseWindowsNodes       = "windowsNodes"
	UseGitRepoVolumes     = "gitRepoVolumes"
	UseSubPathVolumes     = "subPathVolumes"
	UseAggregatedAPIs     = "aggregatedAPIs"
	UseExternalIPServices = "externalIPServices"
	UseLoadBalancers      = "loadBalancerServices"
	UseNetworkPolicies    = "networkPolicies"
	UsePrivilegedPods     = "privilegedPods"
	UseHostPathPods       = "hostPathPods"
	UseHostPIDPods        = "hostPIDPods"
	UseHostNetworkPods    = "hostNetworkPods"
	UseSeccompLocalhost   = "seccompLocalhostProfiles"
	UseSeccompUnconfined  = "podsWithoutSeccomp"
	UseAppArmorUnconfined = "podsWithoutAppArmor"
	UseRunAsNonRoot       = "runAsNonRootPods"
	UseNodeWebhooks       = "nodeValidatingWebhooks"
	UseWebhooks           = "admissionWebhooks"
	UseEphemeralContainer = "ephemeralContainers"
	UseCustomResources    = "customResources"
	UseClusterScopedCRs   = "clusterScopedCustomResources"
	UseDynamicResources   = "dynamicResourceClaims"
	UseIngresses          = "ingresses"
	UseAdmissionPolicies  = "validatingAdmissionPolicies"
	// UseVolumePlugin + ":" + provisioner or in-tree volume source name, e.g.
	// "volumePlugin:portworxVolume", "volumePlugin:rbd", "volumePlugin:azureFile".
	// Answered without a name, it says that every plugin in use is known: one
	// that is then not in the map is not in use.
	UseVolumePlugin = "volumePlugin"
)

// Uses lists every name of Facts.Uses but [UseVolumePlugin], which takes the
// plugin's after a colon.
func Uses() []string {
	return []string{
		UseWindowsNodes, UseGitRepoVolumes, UseSubPathVolumes, UseAggregatedAPIs, UseExternalIPServices, UseLoadBalancers,
		UseNetworkPolicies, UsePrivilegedPods, UseHostPathPods, UseHostPIDPods, UseHostNetworkPods, UseSeccompLocalhost,
		UseSeccompUnconfined, UseAppArmorUnconfined, UseRunAsNonRoot, UseNodeWebhooks, UseWebhooks, UseEphemeralContainer,
		UseCustomResources, UseClusterScopedCRs, UseDynamicResources, UseIngresses, UseAdmissionPolicies,
	}
}
