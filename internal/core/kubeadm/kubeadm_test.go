package kubeadm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/version"
)

func release(k8s, etcd, coredns string) Brings {
	return Brings{
		Kubernetes: version.MustParse(k8s), Etcd: version.MustParse(etcd), EtcdTag: etcd, MinExternalEtcd: version.MustParse("3.5.24-0"),
		CoreDNS: version.MustParse(coredns), Pause: "3.10", Source: "https://example.invalid/" + k8s,
	}
}

func TestAt(t *testing.T) {
	table := New([]Brings{
		release("1.34.6", "3.6.6-0", "1.12.2"), release("1.34.0", "3.6.4-0", "1.12.1"), release("1.34.4", "3.6.5-0", "1.12.1"),
		release("1.34.2", "3.6.5-0", "1.12.1"),
	})
	for _, c := range []struct {
		at, etcd string
		exact    bool
		unsure   []Value
		why      string
	}{
		{"1.34.0", "3.6.4", true, nil, ""},
		{"1.34.1", "3.6.4", false, []Value{Etcd}, "1.34.0 and 1.34.2 differ"},
		{"1.34.2", "3.6.5", true, nil, ""},
		{"1.34.3", "3.6.5", true, nil, ""},
		{"1.34.5", "3.6.5", false, []Value{Etcd, CoreDNS}, "1.34.4 and 1.34.6 differ"},
		{"1.34.6", "3.6.6", true, nil, ""},
		{"1.34.7", "3.6.6", false, every(), "no release after it"},
		{"1.34.0-rc.1", "3.6.4", false, every(), "no release before it"},
		{"1.34.4+rke2r1", "3.6.5", false, every(), "no upstream release"},
	} {
		v := version.MustParse(c.at)
		got, ok := table.At(v)
		if !ok || got.Etcd.String() != c.etcd || got.Exact != c.exact || got.Kubernetes.Compare(v) != 0 {
			t.Errorf("at %s: ok %t, etcd %s, exact %t", c.at, ok, got.Etcd, got.Exact)
		}
		if diff := cmp.Diff(c.unsure, got.Unsure); diff != "" {
			t.Errorf("at %s: unsure (-want +got):\n%s", c.at, diff)
		}
		if got.Sure(Etcd) && len(c.unsure) > 0 || !strings.Contains(got.Why, c.why) || (c.why == "") != (got.Why == "") {
			t.Errorf("at %s: why %q", c.at, got.Why)
		}
	}
}

func TestAtKnowsNothing(t *testing.T) {
	table := New([]Brings{release("1.34.0", "3.6.4-0", "1.12.1")})
	for _, v := range []version.Version{version.MustParse("1.33.0"), version.MustParse("1.35.0"), {}} {
		if got, ok := table.At(v); ok {
			t.Errorf("at %q: %+v", v, got)
		}
	}
	if _, ok := (Table{}).At(version.New(1, 34, 0)); ok {
		t.Error("an empty table answers")
	}
}
