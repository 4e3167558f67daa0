package settings

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const dnsObject = "Deployment/kube-system/coredns"

// dns judges whether each hop's kubeadm takes CoreDNS along.
func (l *loss) dns() {
	d := l.kubeadm.DNS
	switch {
	case d.Disabled: // kubeadm leaves it alone
	case d.Unread != "":
		l.dnsUnknown("what CoreDNS runs was not read: " + d.Unread)
	case len(d.Images) == 0: // another DNS, or none: kubeadm would bring CoreDNS
		l.add(finding.New("SET-027", dnsObject, "no deployment with the label k8s-app=kube-dns runs in kube-system: `kubeadm upgrade` brings CoreDNS there, unless dns.disabled is declared or the addon phase is skipped"))
	case len(d.Images) > 1: // https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/phases/addons/dns/dns.go
		l.dnsUnknown(fmt.Sprintf("%d images run under the label k8s-app=kube-dns: which of them kubeadm takes for its own is not known, and it refuses more than one deployment", len(d.Images)))
	case d.Images[0].Tag == "":
		l.dnsUnknown("the image of CoreDNS has no tag: kubeadm reads the version there, and whether it can migrate the Corefile is not known", d.Images[0].Repository)
	default:
		l.dnsImage(d.Images[0])
		l.migrations(strings.TrimLeft(d.Images[0].Tag, "v"))
	}
}

func (l *loss) dnsUnknown(message string, evidence ...string) {
	l.add(finding.New("SET-026", dnsObject, message, evidence...))
}

// dnsImage tells of an image the next upgrade does not leave, or does not move.
func (l *loss) dnsImage(runs kubeadm.Image) {
	d := l.kubeadm.DNS
	if d.Repository != "" && runs.Repository != "" && !ofRepository(runs.Repository, d.Repository) {
		f := finding.New("SET-027", dnsObject, fmt.Sprintf("CoreDNS runs from %s, and the ClusterConfiguration says %s: `kubeadm upgrade` puts that back", runs.Repository, d.Repository))
		f.Remedy = "declare dns.imageRepository in kubeadm-config, or see that the nodes can pull from what it says"
		l.add(f)
	}
	if d.Tag != "" {
		f := finding.New("SET-027", dnsObject+"/imageTag", fmt.Sprintf("the ClusterConfiguration pins CoreDNS to %s: `kubeadm upgrade` does not move it, and migrates its configuration for the version it would have brought", d.Tag))
		f.Remedy = "take dns.imageTag out of kubeadm-config, or set it to the version the target brings"
		l.add(f)
	}
}

// ofRepository reports whether an image is CoreDNS of a repository: kubeadm
// asks for coredns/coredns below its own default one and coredns below others
// (https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/images/images.go).
func ofRepository(image, repository string) bool {
	return image == repository+"/coredns" || image == repository+"/coredns/coredns"
}

// migrations goes along the hops, from the CoreDNS that runs to the ones they
// bring, as long as those are known.
func (l *loss) migrations(runs string) {
	for _, hop := range l.hops {
		to, ok := l.brought(hop)
		if !ok {
			l.dnsUnknown(fmt.Sprintf("which CoreDNS kubeadm %s brings is not known, and so not whether it can migrate the Corefile", hop))
			return
		}
		if runs == to {
			continue
		}
		if !l.migration(hop, runs, to) {
			return
		}
		runs = to
	}
}

func (l *loss) brought(hop version.Version) (string, bool) {
	if l.facts.CoreDNS == nil {
		return "", false
	}
	v, ok := l.facts.CoreDNS(hop)
	return v.String(), ok && v.Known()
}

// migration judges one step; false ends the way.
func (l *loss) migration(hop version.Version, runs, to string) bool {
	table := l.facts.Corefile
	newest, known := table.Newest[hop.Minor()]
	from, end := table.at(runs), table.at(to)
	switch {
	case !known:
		l.dnsUnknown(fmt.Sprintf("what kubeadm %s knows of CoreDNS is not known: whether it can migrate the Corefile from %s to %s is open", hop, runs, to), table.Source)
		return false
	case from < 0 || from > table.at(newest):
		f := finding.New("SET-023", dnsObject, fmt.Sprintf("kubeadm %s knows no CoreDNS %s: its preflight check ends with \"start version '%s' not supported\"", hop, runs, runs), table.Source)
		f.Remedy = "run a version of CoreDNS that this kubeadm knows before the hop, or look after CoreDNS yourself and upgrade with --ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration"
		l.add(f)
		return false
	case end < 0:
		l.dnsUnknown(fmt.Sprintf("CoreDNS %s, which kubeadm %s brings, is not in what is known of its migration", to, hop), table.Source)
		return false
	case end < from:
		f := finding.New("SET-023", dnsObject, fmt.Sprintf("CoreDNS runs %s, newer than the %s that kubeadm %s brings: its preflight check ends with \"cannot migrate up to '%s' from '%s'\"", runs, to, hop, to, runs), table.Source)
		f.Remedy = "pin dns.imageTag and look after CoreDNS yourself: upgrade with --ignore-preflight-errors=CoreDNSUnsupportedPlugins,CoreDNSMigration"
		l.add(f)
		return false
	}
	return l.plugins(hop, from, end)
}

// plugins names what of the Corefile the step does not know.
func (l *loss) plugins(hop version.Version, from, to int) bool {
	d, table := l.kubeadm.DNS, l.facts.Corefile
	if d.CorefileUnread != "" {
		l.dnsUnknown("the Corefile was not read, and so not whether kubeadm can migrate it: " + d.CorefileUnread)
		return false
	}
	names, hidden := table.unsupported(d.Servers, from, to)
	if len(names) > 0 {
		l.add(finding.New("SET-023", "ConfigMap/kube-system/coredns",
			fmt.Sprintf("kubeadm %s cannot migrate what the Corefile has for CoreDNS %s: %s", hop, table.Releases[to].Version, strings.Join(names, ", ")), table.Source))
		return false
	}
	if hidden > 0 {
		f := finding.New("SET-026", "ConfigMap/kube-system/coredns", "the Corefile has options whose names were not kept: whether kubeadm can migrate them is not known")
		f.Severity = finding.Info
		l.add(f)
		return false
	}
	return true
}
