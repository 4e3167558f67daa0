package kubeadm

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// dns reads what kubeadm looks at: the deployments labelled k8s-app=kube-dns
// (https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/phases/addons/dns/dns.go),
// or, where deployments were not read, the pods of the same label.
func dns(b *evidence.Bundle, c configuration) kubeadm.DNS {
	out := kubeadm.DNS{Disabled: c.DNS.Disabled, Repository: c.DNS.Repository, Tag: c.DNS.Tag}
	if out.Repository == "" {
		out.Repository = c.ImageRepository
	}
	add := func(m evidence.Meta, s evidence.PodSpec, every bool) {
		if m.Namespace != "kube-system" || m.Labels["k8s-app"] != "kube-dns" || len(s.Containers) == 0 {
			return
		}
		i, err := version.ParseImage(s.Containers[0].Image)
		if err != nil {
			out.Unread = err.Error()
			return
		}
		image := kubeadm.Image{Repository: i.Repository, Tag: i.Tag}
		for _, had := range out.Images {
			if !every && had == image {
				return
			}
		}
		out.Images = append(out.Images, image)
	}
	switch {
	case b.Was(evidence.Deployments):
		for _, d := range b.Deployments {
			add(d.Meta, d.Spec.Template.Spec, true)
		}
	case b.Was(evidence.Pods):
		for _, p := range b.Pods {
			add(p.Meta, p.Spec, false)
		}
	default:
		out.Unread = "deployments and pods were not read: " + orNotAsked(b.Access[evidence.Pods].Reason)
	}
	out.Servers, out.CorefileUnread = servers(b)
	return out
}

// servers are the blocks of the Corefile, which evidence writes in one form: a
// word a line begins with, "{" at its end, "}" alone.
func servers(b *evidence.Bundle) ([]kubeadm.Server, string) {
	c, ok := b.ConfigMap("coredns")
	switch {
	case !ok:
		return nil, missing(b, "coredns")
	case strings.TrimSpace(c.Data["Corefile"]) == "":
		return nil, "the ConfigMap coredns has no Corefile that was kept"
	}
	var out []kubeadm.Server
	depth := 0
	for n, line := range strings.Split(c.Data["Corefile"], "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "}" {
			depth--
			continue
		}
		opens := words[len(words)-1] == "{"
		switch {
		case depth == 0 && words[0] == "import":
			return nil, fmt.Sprintf("line %d of the Corefile imports another file", n+1)
		case depth == 0 && !opens, depth < 0:
			return nil, fmt.Sprintf("line %d of the Corefile is in no server block", n+1)
		case depth == 0:
			out = append(out, kubeadm.Server{Zones: words[:len(words)-1]})
		case depth == 1:
			s := &out[len(out)-1]
			s.Plugins = append(s.Plugins, kubeadm.Plugin{Name: words[0]})
		case depth == 2:
			s := &out[len(out)-1]
			p := &s.Plugins[len(s.Plugins)-1]
			p.Options = append(p.Options, words[0])
		}
		if opens {
			depth++
		}
	}
	return out, ""
}
