// Package kubeadm says what one release of kubeadm puts on a cluster besides
// Kubernetes itself: etcd, CoreDNS and the pause image. The values change
// inside a minor line (1.31.13 brings etcd 3.5.15, 1.31.14 brings 3.5.24), so a
// release that was not read is answered only as far as its neighbours allow,
// and the answer says how sure it is. It also holds what one cluster's kubeadm was
// told ([Told]), for those who compare. It judges no cluster and never moves
// anything. Start at [Table.At].
package kubeadm

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Brings is what kubeadm of one release brings.
type Brings struct {
	// Kubernetes is the release asked for.
	Kubernetes version.Version
	// Etcd is the version of the stacked etcd that `kubeadm upgrade apply` to
	// Kubernetes starts; EtcdTag is its image tag, "3.5.24-0".
	Etcd    version.Version
	EtcdTag string
	// MinExternalEtcd is the oldest external etcd its preflight checks accept.
	MinExternalEtcd version.Version
	// CoreDNS is the version of the CoreDNS addon; Pause the tag of the sandbox
	// image, "3.10.1".
	CoreDNS version.Version
	Pause   string
	// Exact: every value was read from this very release, or from one below and
	// one above it that agree. Where it is not, Why says so in a sentence
	// without a full stop, and Unsure names the values that may differ.
	Exact  bool
	Why    string
	Unsure []Value
	// Source is the URL of the file the values were read from.
	Source string
}

// Value names one of the values of a [Brings].
type Value string

// The values, in the words of a message.
const (
	Etcd            Value = "etcd"
	MinExternalEtcd Value = "minimum external etcd"
	CoreDNS         Value = "coredns"
	Pause           Value = "pause"
)

// Sure reports whether one value is certain, also where another is not.
func (b Brings) Sure(v Value) bool { return !slices.Contains(b.Unsure, v) }

// Table is what is known of the releases.
type Table struct {
	minors map[version.Minor][]Brings // each in order of Kubernetes
}

// New is a table of releases that were read. Each is upstream's, with every
// value; the order does not matter.
func New(releases []Brings) Table {
	t := Table{minors: map[version.Minor][]Brings{}}
	for _, b := range releases {
		b.Exact, b.Why, b.Unsure = true, "", nil
		m := b.Kubernetes.Minor()
		t.minors[m] = append(t.minors[m], b)
	}
	for _, all := range t.minors {
		slices.SortStableFunc(all, func(a, b Brings) int { return a.Kubernetes.Compare(b.Kubernetes) })
	}
	return t
}
