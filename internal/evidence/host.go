package evidence

// Host are the facts of one machine, from files a person or `collect` took there.
type Host struct {
	// Packages are the installed packages; nil = not read. PackagesFrom is the
	// program that listed them: "dpkg" or "rpm".
	Packages     []Package
	PackagesFrom string
	// Offers are what the package source offers (apt-madison*, dnf-list.txt);
	// nil = not read. OffersFrom is the program that listed them: "apt-cache
	// madison" or "dnf list".
	Offers     []Offer
	OffersFrom string
	// Holds are packages that an upgrade leaves as they are; nil = not read.
	Holds []string
	// Candidates are what would be installed now, Repositories where from; nil =
	// not read.
	Candidates   []Candidate
	Repositories []Repository
	// Updates, System and Clock are nil where they were not read.
	Updates *Updates
	System  *System
	Clock   *HostClock
	// Certificates, Kubeconfigs, Disks and Backups (kubeadm's own, which are no
	// backups of etcd) are nil where they were not read.
	Certificates []Certificate
	Kubeconfigs  []Kubeconfig
	Disks        []Disk
	Backups      []KubeadmBackup
	// Containerd and Runc are what the programs say of themselves, Kernel and
	// CgroupFS the running kernel and the file system of /sys/fs/cgroup
	// ("tmpfs" is version 1, "cgroup2fs" version 2). "" = not read.
	Containerd, Runc, Kernel, CgroupFS string
	// CRIO is what crio says of itself; "" = not read.
	CRIO string
	// Configz is the kubelet's effective configuration as it serves it under
	// /configz, KubeletConfig its file; nil = not read.
	Configz, KubeletConfig map[string]any
	// KubeletFlags are the flags kubeadm starts the kubelet with, KubeletCommand
	// the whole command line of the one that runs; nil = not read.
	KubeletFlags, KubeletCommand []string
	// StaticPods are the manifests on disk; nil = not read.
	StaticPods []Pod
	// Access says for each file name asked what became of it.
	Access map[string]Access
}

// Package is an installed package.
type Package struct{ Name, Version string }

// Offer is a package version a package source offers.
type Offer struct{ Package, Version, Source string }
