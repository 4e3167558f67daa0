package kubeadm

import "time"

// Told is what was read of how kubeadm was told to run a cluster, and of
// what it would find there. It decides nothing: what runs is compared with it
// elsewhere.
type Told struct {
	// Unread says why the ConfigMap kubeadm-config was not read; "" where it was.
	Unread string
	// APIVersion of the ClusterConfiguration: "kubeadm.k8s.io/v1beta4".
	APIVersion string
	// Of the ClusterConfiguration; "" where it names none.
	CertificatesDir, ClusterName, DNSDomain, PodSubnet, ServiceSubnet, EtcdDataDir string
	// Repository is where all images come from that no other field names one for.
	Repository string
	// ExternalEtcd is nil where kubeadm runs etcd itself.
	ExternalEtcd *ExternalEtcd
	// Declared are extraArgs and extraVolumes by component; a component that is
	// not in the map declares nothing.
	Declared map[string]Declared
	// Running are the volumes of the static pods that run.
	Running []Running
	DNS     DNS
	// Kubeconfigs are those on the disks of hosts; HostsUnread names the nodes
	// whose kubeconfigs were not read.
	Kubeconfigs []Kubeconfig
	HostsUnread []string
}

// ExternalEtcd is an etcd that kubeadm does not run.
type ExternalEtcd struct {
	Endpoints                 []string
	CAFile, CertFile, KeyFile string
}

// Declared is what a ClusterConfiguration says of one component.
type Declared struct {
	Args    []Argument
	Volumes []Volume
}

// Argument is one of extraArgs; a name may be there more than once from
// v1beta4 on. Value is [Hidden] where it was not kept.
type Argument struct{ Name, Value string }

// Volume is one of extraVolumes.
type Volume struct{ Name, HostPath, MountPath string }

// Running names the volumes one static pod mounts.
type Running struct {
	Component, Node string
	Volumes         []string
}

// Hidden stands where a value was not kept: it is set, and what to is not known.
const Hidden = "(redacted)"

// DNS is CoreDNS as kubeadm would find it.
type DNS struct {
	// Disabled: kubeadm was told to leave DNS alone.
	Disabled bool
	// Repository and Tag are what the ClusterConfiguration names for DNS, or
	// for all images; "" where it names none.
	Repository, Tag string
	// Images are those the cluster's DNS runs, or is to run; Unread says why
	// none is known.
	Images []Image
	Unread string
	// Servers are the server blocks of the Corefile; CorefileUnread says why
	// there are none.
	Servers        []Server
	CorefileUnread string
}

// Image is an image with its repository and tag.
type Image struct{ Repository, Tag string }

// Server is a server block of a Corefile.
type Server struct {
	Zones   []string
	Plugins []Plugin
}

// Plugin is a plugin of a server block, with the names of its options.
type Plugin struct {
	Name    string
	Options []string
}

// Kubeconfig is a kubeconfig on a host.
type Kubeconfig struct {
	Node, Path, Server string
	// Embedded: the client certificate stands in it, and ends at NotAfter;
	// the zero time where its end was not read.
	Embedded bool
	Subject  string
	NotAfter time.Time
}
