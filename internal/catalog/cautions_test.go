package catalog

import "testing"

func TestCautions(t *testing.T) {
	all, err := Cautions()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Component == "etcd" && c.Below.String() == "3.5.26" && c.Crossing.String() == "3.6.0" && c.BroughtBy.String() == "1.34.0" {
			return
		}
	}
	t.Errorf("no caution of etcd's step to 3.6, which kubeadm 1.34 takes: %+v", all)
}
