package datastore

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

const kubeadmConfig = "kubeadm-config"

// config is what ClusterConfiguration says of etcd
// (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/).
func config(b *evidence.Bundle) datastore.Config {
	m, ok := b.ConfigMap(kubeadmConfig)
	if !ok {
		why := b.Access[evidence.ConfigMapResource(kubeadmConfig)].Reason
		return datastore.Config{Unread: "kubeadm-config was not read: " + cmp.Or(why, "it is not there")}
	}
	var doc struct {
		ImageRepository string `yaml:"imageRepository"`
		Etcd            struct {
			Local struct {
				ImageRepository string `yaml:"imageRepository"`
				ImageTag        string `yaml:"imageTag"`
			} `yaml:"local"`
			External struct {
				Endpoints []string `yaml:"endpoints"`
			} `yaml:"external"`
		} `yaml:"etcd"`
	}
	text, ok := m.Data["ClusterConfiguration"]
	if !ok {
		return datastore.Config{Unread: "kubeadm-config holds no ClusterConfiguration"}
	}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return datastore.Config{Unread: "ClusterConfiguration in kubeadm-config cannot be read as YAML"}
	}
	return datastore.Config{
		ImageTag:        doc.Etcd.Local.ImageTag,
		ImageRepository: other(cmp.Or(doc.Etcd.Local.ImageRepository, doc.ImageRepository)),
		External:        doc.Etcd.External.Endpoints,
	}
}

// other is a repository that is not kubeadm's own, "" where it is. k8s.gcr.io
// was it before 1.25, and kubeadm itself writes the newer name for it.
func other(repository string) string {
	if slices.Contains([]string{"registry.k8s.io", "k8s.gcr.io"}, repository) {
		return ""
	}
	return repository
}

// servers are the endpoints API servers are given, where none of them is the
// server's own host.
func servers(b *evidence.Bundle) []string {
	var out []string
	for _, p := range b.Pods {
		for _, c := range p.Spec.Containers {
			if name, ok := p.Component(c); !ok || name != inventory.KubeAPIServer {
				continue
			}
			text, _ := setting(slices.Concat(c.Command, c.Args), "etcd-servers")
			for _, endpoint := range strings.Split(text, ",") {
				if outside(endpoint) {
					out = append(out, endpoint)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// outside reports whether an endpoint is a URL of another host.
func outside(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Hostname() == "localhost" {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err != nil || !a.IsLoopback()
}
