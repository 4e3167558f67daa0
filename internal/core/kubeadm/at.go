package kubeadm

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// At is what kubeadm v brings. It is not ok where v holds no version or no
// release of its minor is known: nothing may then be assumed. A release
// between two known ones takes the values of the lower where they differ, one
// before or after all known ones those of the nearest: both are not Exact. A
// vendor's build never is, because its constants are the vendor's to set.
func (t Table) At(v version.Version) (Brings, bool) {
	known := t.minors[v.Minor()]
	if !v.Known() || len(known) == 0 {
		return Brings{}, false
	}
	below, above := around(known, v)
	b := below
	switch {
	case b == nil:
		b = above
	case b.Kubernetes.Compare(v) == 0:
		above = b
	}
	out := *b
	out.Kubernetes = v
	switch {
	case v.Kind() != version.Release && v.Kind() != version.PreRelease:
		out.unsure(every(), fmt.Sprintf("%s is no upstream release: the values are those of kubeadm %s", v, b.Kubernetes))
	case below == nil:
		out.unsure(every(), fmt.Sprintf("kubeadm %s was not read, and no release before it: the values are those of %s", v, above.Kubernetes))
	case above == nil:
		out.unsure(every(), fmt.Sprintf("kubeadm %s was not read, and no release after it: the values are those of %s", v, below.Kubernetes))
	default:
		if differ := differences(*below, *above); len(differ) > 0 {
			out.unsure(differ, fmt.Sprintf("kubeadm %s was not read: %s and %s differ, and the values are those of %s",
				v, below.Kubernetes, above.Kubernetes, below.Kubernetes))
		}
	}
	return out, true
}

// around are the newest known release not above v and the oldest above it.
func around(known []Brings, v version.Version) (below, above *Brings) {
	for i := range known {
		if known[i].Kubernetes.Compare(v) > 0 {
			return below, &known[i]
		}
		below = &known[i]
	}
	return below, nil
}

func (b *Brings) unsure(values []Value, why string) {
	b.Exact, b.Why, b.Unsure = false, why, values
}

func every() []Value { return []Value{Etcd, MinExternalEtcd, CoreDNS, Pause} }

// differences names the values two releases do not share.
func differences(a, b Brings) []Value {
	var out []Value
	for _, x := range []struct {
		name Value
		same bool
	}{
		{Etcd, a.EtcdTag == b.EtcdTag},
		{MinExternalEtcd, a.MinExternalEtcd.Compare(b.MinExternalEtcd) == 0},
		{CoreDNS, a.CoreDNS.Compare(b.CoreDNS) == 0},
		{Pause, a.Pause == b.Pause},
	} {
		if !x.same {
			out = append(out, x.name)
		}
	}
	return out
}
