package strict

import "testing"

func TestMisspelt(t *testing.T) {
	known := []string{"kubelet", "kube-apiserver", "runc"}
	for word, want := range map[string]string{
		"kubelett": "kubelet", "Kubelet": "kubelet", "kube-api-servr": "kube-apiserver", "RunC": "runc",
		"kubelet": "", "runsc": "", "kubectl": "", "payments": "",
	} {
		if got, ok := Misspelt(word, known); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
