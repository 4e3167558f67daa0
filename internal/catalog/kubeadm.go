package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

//go:embed data/kubeadm.json
var kubeadmJSON []byte

// Kubeadm is what kubeadm of each release that was read brings. An error means
// that the program was built from a broken file.
func Kubeadm() (kubeadm.Table, error) {
	var file struct {
		Releases []struct {
			Kubernetes, Etcd, MinExternalEtcd, CoreDNS, Pause, Source string
		} `json:"releases"`
	}
	if err := json.Unmarshal(kubeadmJSON, &file); err != nil {
		return kubeadm.Table{}, fmt.Errorf("loading the embedded kubeadm.json: %w", err)
	}
	var releases []kubeadm.Brings
	for _, r := range file.Releases {
		b := kubeadm.Brings{EtcdTag: r.Etcd, Pause: r.Pause, Source: r.Source}
		for _, x := range []struct {
			into *version.Version
			text string
		}{{&b.Kubernetes, r.Kubernetes}, {&b.Etcd, r.Etcd}, {&b.MinExternalEtcd, r.MinExternalEtcd}, {&b.CoreDNS, r.CoreDNS}} {
			v, err := version.Parse(x.text)
			if err != nil {
				return kubeadm.Table{}, fmt.Errorf("loading the embedded kubeadm.json: release %s: %w", r.Kubernetes, err)
			}
			*x.into = v
		}
		releases = append(releases, b)
	}
	return kubeadm.New(releases), nil
}
