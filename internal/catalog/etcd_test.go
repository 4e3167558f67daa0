package catalog

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// The case the caution is for, with the facts as they are embedded: kubeadm
// 1.33.13 leaves etcd at 3.5.24, and 1.34 takes it to 3.6.
func TestEtcdStopsRefuseTheHopTo134(t *testing.T) {
	stops, err := EtcdStops()
	if err != nil {
		t.Fatal(err)
	}
	table, err := Kubeadm()
	if err != nil {
		t.Fatal(err)
	}
	cluster := func(etcd string) *datastore.Cluster {
		m := datastore.Member{Version: version.MustParse(etcd), Ready: datastore.Ready}
		return &datastore.Cluster{Provider: "kubeadm", Members: []datastore.Member{m, m, m}}
	}
	q := datastore.Question{From: version.New(1, 33, 13), Hops: []version.Version{version.New(1, 34, 2)}, Brings: table, Stops: stops}
	for etcd, refused := range map[string]bool{"3.5.24-0": true, "3.5.26-0": false} {
		got := false
		for _, f := range datastore.Judge(cluster(etcd), q) {
			got = got || f.Code == "ETCD-001" && f.Severity == "blocker" && strings.Contains(f.Remedy, "3.5.26-0")
		}
		if got != refused {
			t.Errorf("etcd %s: refused %t", etcd, got)
		}
	}
}

// A caution names the first release whose kubeadm takes its step; the table of
// what kubeadm brings must agree.
func TestCautionsAgreeWithKubeadm(t *testing.T) {
	cautions, err := Cautions()
	if err != nil {
		t.Fatal(err)
	}
	table, err := Kubeadm()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cautions {
		if c.Component != "etcd" {
			continue
		}
		at, ok := table.At(c.BroughtBy)
		before, okBefore := table.At(version.Minor{Major: 1, Minor: c.BroughtBy.Minor().Minor - 1}.Patch(99))
		if !ok || !okBefore || at.Etcd.Less(c.Crossing) || !before.Etcd.Less(c.Crossing) {
			t.Errorf("%s says it brings etcd %s: the table has %s, and %s in the minor before", c.BroughtBy, c.Crossing, at.Etcd, before.Etcd)
		}
	}
}
