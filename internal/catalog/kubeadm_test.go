package catalog

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// What the constants of these very releases say, read by hand.
func TestKubeadm(t *testing.T) {
	table, err := Kubeadm()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, etcd, external, coredns, pause string }{
		{"1.31.0", "3.5.15-0", "3.5.11", "1.11.1", "3.10"}, // etcd moved inside this minor
		{"1.31.14", "3.5.24-0", "3.5.24", "1.11.3", "3.10"},
		{"1.33.13", "3.5.24-0", "3.5.24", "1.12.0", "3.10"},
		{"1.34.1", "3.6.4-0", "3.5.21", "1.12.1", "3.10.1"},
		{"1.34.2", "3.6.5-0", "3.5.24", "1.12.1", "3.10.1"},
		{"1.35.4", "3.6.6-0", "3.5.24", "1.13.1", "3.10.1"}, // its map counts from the program's own minor
		{"1.37.2", "3.7.0-0", "3.5.24", "1.14.6", "3.10.2"}, // its map ends at 1.36
	} {
		b, ok := table.At(version.MustParse(c.at))
		if !ok || !b.Exact || b.EtcdTag != c.etcd || b.MinExternalEtcd.String() != c.external || b.CoreDNS.String() != c.coredns || b.Pause != c.pause || b.Source == "" {
			t.Errorf("kubeadm %s: %+v", c.at, b)
		}
	}
}
