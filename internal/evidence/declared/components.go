package declared

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

// known are the component names that must not be misspelt: a kubelett would be
// taken for an add-on of that name, and never be judged.
func known() []string {
	return []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler,
		inventory.CloudControllerManager, inventory.Kubelet, inventory.KubeProxy, inventory.Kubectl, inventory.Kubeadm,
		inventory.Etcd, inventory.Containerd, inventory.CRIO, inventory.Runc, inventory.CoreDNS, "ingress-nginx"}
}

// instances reads the component rows: one row per running instance.
func instances(n *strict.Node) []inventory.Instance {
	rows := n.Items()
	if len(rows) == 0 && !n.Failed() {
		n.Report("at least one component is required", "such as: - {component: kube-apiserver, version: 1.34.2, node: cp1}")
	}
	out := make([]inventory.Instance, 0, len(rows))
	seen := make(map[identity]int, len(rows))
	for i, row := range rows {
		instance := instance(row)
		out = append(out, instance)
		id, named := identify(instance)
		if !named {
			continue // names no instance, so it names none twice
		}
		if first, twice := seen[id]; twice {
			repeated(row, rows[first], instance, out[first])
			continue
		}
		seen[id] = i
	}
	return out
}

// identity is what tells one instance from another.
type identity struct{ component, node, host string }

func identify(i inventory.Instance) (id identity, named bool) {
	return identity{i.Component, i.Node, i.Host}, i.Node != "" || i.Host != ""
}

// repeated reports an instance that is named twice: with two versions one of
// them is wrong, with the same one the row is either too many or misnamed.
func repeated(row, first *strict.Node, second, one inventory.Instance) {
	where := fmt.Sprintf("%s on %s", second.Component, second.Where())
	if one.Version.String() == second.Version.String() {
		row.Report(fmt.Sprintf("%s is already declared on line %d", where, first.Line()), "remove one of the two rows, or correct its node")
		return
	}
	row.Get("version").Report(fmt.Sprintf("%s is declared as %s here and as %s on line %d", where, said(second), said(one), first.Line()),
		"one instance runs one version: remove the row that is wrong")
}

func said(i inventory.Instance) string {
	if i.Version.Known() {
		return i.Version.String()
	}
	return "unknown"
}

func instance(row *strict.Node) inventory.Instance {
	row.Fields("component", "version", "node", "host", "os", "pool", "zone", "server")
	i := inventory.Instance{
		Component: component(row.Get("component"), row.Get("component").Required()),
		Node:      row.Get("node").Text(),
		Host:      row.Get("host").Text(),
		ReadFrom:  source,
		OS:        row.Get("os").Enum("linux", "windows"),
		Pool:      row.Get("pool").Text(),
		Zone:      row.Get("zone").Text(),
		Server:    row.Get("server").Enum("own", "all"),
	}
	i.Version, i.Unread = declaredVersion(row.Get("version"), i.Component)
	return i
}

// component reports a name that is almost one of the known ones.
func component(n *strict.Node, name string) string {
	if near, ok := strict.Misspelt(name, known()); ok && name != "" {
		n.Report(fmt.Sprintf("%q is no component", name), fmt.Sprintf("did you mean %q?", near))
	}
	return name
}

// declaredVersion reads a version as its project, package or node object
// writes it. "unknown" and an empty value say that it is not known.
func declaredVersion(n *strict.Node, component string) (version.Version, string) {
	text := n.Text()
	if text == "" || text == "unknown" {
		return version.Version{}, "not declared"
	}
	// The node object names the runtime before its version.
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	parse := version.Parse
	switch component {
	case inventory.Containerd, inventory.CRIO, inventory.Runc, inventory.Kubelet, inventory.Kubeadm, inventory.Kubectl:
		parse = func(s string) (version.Version, error) { return version.ParsePackage(component, s) }
	}
	v, err := parse(text)
	if err == nil {
		return v, ""
	}
	if v, unread, ok := imageVersion(text); ok {
		return v, unread
	}
	n.Report(err.Error(), "write what the component itself reports, such as v1.34.2, or unknown")
	return version.Version{}, ""
}

// imageVersion reads what is written instead of a version where only the image
// is known: a reference, a tag with a digest, or a digest alone. The last says
// no version, which is an answer (unread says why), not a mistake.
func imageVersion(text string) (v version.Version, unread string, ok bool) {
	tag, _, digested := strings.Cut(text, "@")
	if digested && !strings.ContainsAny(tag, "/:") {
		text = "image:" + text
	}
	img, err := version.ParseImage(text)
	if err != nil || img.Tag == "" && img.Digest == "" {
		return version.Version{}, "", false
	}
	return img.Version, img.Unread, true
}
