package evidence

import "testing"

// TestImages: each image of the data file is found, and near misses are not.
func TestImages(t *testing.T) {
	for repository, want := range map[string]string{
		"registry.k8s.io/kube-proxy":                                  "kube-proxy",
		"602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/kube-proxy": "kube-proxy",
		"gke.gcr.io/kube-proxy-amd64":                                 "kube-proxy",
		"registry.k8s.io/ingress-nginx/controller":                    "ingress-nginx",
		"registry.k8s.io/ingress-nginx/kube-webhook-certgen":          "",
		"docker.io/nginx/nginx-ingress":                               "",
		"example.com/my-etcd":                                         "",
		"quay.io/coreos/etcd":                                         "etcd",
		"coredns":                                                     "coredns",
		"registry.k8s.io/sig-storage/nfsplugin":                       "csi-driver-nfs",
	} {
		if got, _ := (Pod{}).Component(Container{Image: repository + ":v1.34.2"}); got != want {
			t.Errorf("%s is %q, want %q", repository, got, want)
		}
	}
}

// TestComponentScope: a control plane's image counts in kube-system alone, and
// there the container's name does as well.
func TestComponentScope(t *testing.T) {
	for _, tt := range []struct {
		namespace string
		c         Container
		name      string
		ok        bool
	}{
		{"kube-system", Container{Image: "registry.k8s.io/etcd:3.6.5-0"}, "etcd", true},
		{"tenant", Container{Image: "registry.k8s.io/etcd:3.6.5-0"}, "etcd", false},
		{"tenant", Container{Image: "coredns/coredns:1.12.1"}, "coredns", true},
		{"kube-system", Container{Name: "kube-apiserver", Image: "rancher/hardened-kubernetes:v1.34.2-rke2r1"}, "kube-apiserver", true},
		{"tenant", Container{Name: "kube-apiserver", Image: "rancher/hardened-kubernetes:v1.34.2-rke2r1"}, "", false},
		{"kube-system", Container{Image: "no image"}, "", false},
	} {
		name, ok := Pod{Meta: Meta{Namespace: tt.namespace}}.Component(tt.c)
		if name != tt.name || ok != tt.ok {
			t.Errorf("%s %+v is %q %v, want %q %v", tt.namespace, tt.c.Image, name, ok, tt.name, tt.ok)
		}
	}
}
