package catalog

import "testing"

func TestOwnership(t *testing.T) {
	got, err := Ownership()
	if err != nil {
		t.Fatal(err)
	}
	for _, provider := range []string{"kubeadm", "eks", "gke", "aks", "rke2", "k3s"} {
		if len(got[provider]) < 3 {
			t.Errorf("%s: %d parts", provider, len(got[provider]))
		}
		for _, p := range got[provider] {
			if p.Part == "" || p.Note == "" || p.By != "you" && p.By != "provider" && p.By != "shared" {
				t.Errorf("%s: %+v", provider, p)
			}
		}
	}
}
