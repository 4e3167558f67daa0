// Package kubeadm turns evidence into what kubeadm keeps of how it was told to
// run a cluster: its ClusterConfiguration, the volumes of the static pods that
// run, CoreDNS with its Corefile, and the kubeconfigs on hosts. What was not
// read is said in the values. It judges nothing; package settings compares.
// Start at [Of].
package kubeadm

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what b says of kubeadm; never nil.
func Of(b *evidence.Bundle) *kubeadm.Told {
	k := &kubeadm.Told{}
	doc, why := clusterConfiguration(b)
	if why != "" {
		k.Unread = why
	}
	doc.into(k)
	k.Repository = doc.ImageRepository
	k.Running = running(b)
	k.DNS = dns(b, doc)
	for _, node := range nodeNames(b) {
		h, ok := b.Hosts[node]
		if !ok || h.Kubeconfigs == nil {
			k.HostsUnread = append(k.HostsUnread, node)
			continue
		}
		for _, c := range h.Kubeconfigs {
			k.Kubeconfigs = append(k.Kubeconfigs, kubeconfig(node, c))
		}
	}
	return k
}

// nodeNames are the nodes of the API and the hosts that were read, sorted.
func nodeNames(b *evidence.Bundle) []string {
	var out []string
	for _, n := range b.Nodes {
		out = append(out, n.Name)
	}
	for name := range b.Hosts {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func kubeconfig(node string, c evidence.Kubeconfig) kubeadm.Kubeconfig {
	out := kubeadm.Kubeconfig{Node: node, Path: c.Path, Server: c.Server, Embedded: c.Certificate != nil}
	if c.Certificate != nil {
		out.Subject = c.Certificate.Subject
		if end, err := time.Parse(time.RFC3339, c.Certificate.NotAfter); err == nil {
			out.NotAfter = end
		}
	}
	return out
}

// configuration is the used part of a ClusterConfiguration of any version
// (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/).
type configuration struct {
	APIVersion        string `yaml:"apiVersion"`
	CertificatesDir   string `yaml:"certificatesDir"`
	ClusterName       string `yaml:"clusterName"`
	Endpoint          string `yaml:"controlPlaneEndpoint"`
	ImageRepository   string `yaml:"imageRepository"`
	APIServer         part   `yaml:"apiServer"`
	ControllerManager part   `yaml:"controllerManager"`
	Scheduler         part   `yaml:"scheduler"`
	Networking        struct {
		DNSDomain     string `yaml:"dnsDomain"`
		PodSubnet     string `yaml:"podSubnet"`
		ServiceSubnet string `yaml:"serviceSubnet"`
	} `yaml:"networking"`
	DNS struct {
		Repository string `yaml:"imageRepository"`
		Tag        string `yaml:"imageTag"`
		Disabled   bool   `yaml:"disabled"`
	} `yaml:"dns"`
	Etcd struct {
		Local struct {
			part    `yaml:",inline"`
			DataDir string `yaml:"dataDir"`
		} `yaml:"local"`
		External *struct {
			Endpoints []string `yaml:"endpoints"`
			CAFile    string   `yaml:"caFile"`
			CertFile  string   `yaml:"certFile"`
			KeyFile   string   `yaml:"keyFile"`
		} `yaml:"external"`
	} `yaml:"etcd"`
}

// part is what every component's section has.
type part struct {
	ExtraArgs    any `yaml:"extraArgs"`
	ExtraVolumes []struct {
		Name      string `yaml:"name"`
		HostPath  string `yaml:"hostPath"`
		MountPath string `yaml:"mountPath"`
	} `yaml:"extraVolumes"`
}

// clusterConfiguration reads it, and says why it could not.
func clusterConfiguration(b *evidence.Bundle) (configuration, string) {
	var doc configuration
	c, ok := b.ConfigMap("kubeadm-config")
	switch {
	case !ok:
		return doc, missing(b, "kubeadm-config")
	case c.Data["ClusterConfiguration"] == "":
		return doc, "the ConfigMap kubeadm-config has no ClusterConfiguration that was kept"
	}
	if err := yaml.Unmarshal([]byte(c.Data["ClusterConfiguration"]), &doc); err != nil {
		return configuration{}, fmt.Sprintf("ClusterConfiguration is no document of kubeadm: %v", err)
	}
	return doc, ""
}

// missing says why a ConfigMap is not there.
func missing(b *evidence.Bundle, name string) string {
	switch access := b.Access[evidence.ConfigMapResource(name)]; access.State {
	case evidence.Read, evidence.Absent:
		return "there is no ConfigMap kube-system/" + name
	default:
		return "the ConfigMap kube-system/" + name + " was not read: " + orNotAsked(access.Reason)
	}
}

func orNotAsked(reason string) string {
	if reason == "" {
		return "not asked"
	}
	return reason
}

func (c configuration) into(k *kubeadm.Told) {
	k.APIVersion, k.CertificatesDir, k.ClusterName = c.APIVersion, c.CertificatesDir, c.ClusterName
	k.DNSDomain, k.PodSubnet, k.ServiceSubnet, k.EtcdDataDir = c.Networking.DNSDomain, c.Networking.PodSubnet, c.Networking.ServiceSubnet, c.Etcd.Local.DataDir
	if e := c.Etcd.External; e != nil {
		k.ExternalEtcd = &kubeadm.ExternalEtcd{Endpoints: e.Endpoints, CAFile: e.CAFile, CertFile: e.CertFile, KeyFile: e.KeyFile}
	}
	k.Declared = map[string]kubeadm.Declared{
		inventory.KubeAPIServer: c.APIServer.declared(), inventory.KubeControllerManager: c.ControllerManager.declared(),
		inventory.KubeScheduler: c.Scheduler.declared(), inventory.Etcd: c.Etcd.Local.declared(),
	}
}

// declared reads extraArgs in both forms: a map up to v1beta3, a list of
// {name, value} from v1beta4 on.
func (p part) declared() kubeadm.Declared {
	var out kubeadm.Declared
	switch args := p.ExtraArgs.(type) {
	case map[string]any:
		for name, value := range args {
			out.Args = append(out.Args, kubeadm.Argument{Name: name, Value: text(value)})
		}
		slices.SortFunc(out.Args, func(a, b kubeadm.Argument) int { return cmp.Compare(a.Name, b.Name) })
	case []any:
		for _, arg := range args {
			one, _ := arg.(map[string]any)
			if name, ok := one["name"].(string); ok {
				out.Args = append(out.Args, kubeadm.Argument{Name: name, Value: text(one["value"])})
			}
		}
	}
	for _, v := range p.ExtraVolumes {
		out.Volumes = append(out.Volumes, kubeadm.Volume{Name: v.Name, HostPath: v.HostPath, MountPath: v.MountPath})
	}
	return out
}

func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// running are the volumes the static pods of kubeadm mount.
func running(b *evidence.Bundle) []kubeadm.Running {
	pods := b.Pods
	if !b.Was(evidence.Pods) {
		pods = nil
		for _, node := range nodeNames(b) {
			for _, p := range b.Hosts[node].StaticPods {
				p.Spec.NodeName = node
				pods = append(pods, p)
			}
		}
	}
	var out []kubeadm.Running
	for _, p := range pods {
		if !p.Static() && b.Was(evidence.Pods) || p.Namespace != "kube-system" || p.Done() {
			continue
		}
		for _, c := range p.Spec.Containers {
			component, ok := p.Component(c)
			if !ok {
				continue
			}
			r := kubeadm.Running{Component: component, Node: p.Spec.NodeName}
			for _, m := range c.VolumeMounts {
				r.Volumes = append(r.Volumes, m.Name)
			}
			out = append(out, r)
		}
	}
	return out
}
