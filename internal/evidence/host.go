package evidence

// Host are the facts of one machine, from files a person or `collect` took there.
type Host struct {
	// Packages are the installed packages; nil = not read. PackagesFrom is the
	// program that listed them: "dpkg" or "rpm".
	Packages     []Package
	PackagesFrom string
	// Offers are what the package source offers (apt-madison*); nil = not read.
	Offers []Offer
	// Containerd and Runc are what the programs say of themselves, Kernel and
	// CgroupFS the running kernel and the file system of /sys/fs/cgroup
	// ("tmpfs" is version 1, "cgroup2fs" version 2). "" = not read.
	Containerd, Runc, Kernel, CgroupFS string
	// Configz is the kubelet's effective configuration as it serves it under
	// /configz, KubeletConfig its file; nil = not read.
	Configz, KubeletConfig map[string]any
	// KubeletFlags are the flags kubeadm starts the kubelet with; nil = not read.
	KubeletFlags []string
	// StaticPods are the manifests on disk; nil = not read.
	StaticPods []Pod
	// Access says for each file name asked what became of it.
	Access map[string]Access
}

// Package is an installed package.
type Package struct{ Name, Version string }

// Offer is a package version a package source offers.
type Offer struct{ Package, Version, Source string }
