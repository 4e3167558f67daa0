package names

import "testing"

func TestPackage(t *testing.T) {
	n, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, component string
		staging, ok     bool
	}{
		{"k8s.io/kubelet", "kubelet", true, true},
		{"kubelet", "kubelet", false, true},
		{"k8s.io/kubernetes", "", false, true},
		{"github.com/containerd/containerd/v2", "containerd", false, true},
		{"Kubernetes", "", false, true},
		{"Kubelet", "kubelet", false, true},
		{"nginx-ingress-controller", "ingress-nginx", false, true},
		{"github.com/traefik/traefik", "", false, false},
	}
	for _, tt := range tests {
		p, ok := n.Package(tt.name)
		got := ""
		if len(p.Components) > 0 {
			got = p.Components[0]
		}
		if ok != tt.ok || got != tt.component || p.Staging != tt.staging {
			t.Errorf("%q: got %+v, %t", tt.name, p, ok)
		}
	}
	if n.Product("") != Kubernetes || n.Product("kube-proxy") != Kubernetes || n.Product("my-image") != "my-image" {
		t.Error("products of components are wrong")
	}
}
