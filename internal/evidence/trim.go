package evidence

import (
	"slices"
	"strings"
)

// keptAnnotations are the prefixes of annotations something reads; the rest
// (last-applied-configuration above all) is dropped.
func keptAnnotations() []string {
	return []string{"kubernetes.io/config.", "kubeadm.", "k3s.io/", "rke2.io/", "container.apparmor.security.beta.kubernetes.io/"}
}

// Trim drops what nothing reads or what may hold secrets: annotations nobody
// asks for and the command lines of the users' own containers.
func (p *Pod) Trim() {
	p.Meta.trim()
	keep := p.Static() || p.Namespace == "kube-system" || p.Labels["app.kubernetes.io/name"] == "ingress-nginx"
	for _, list := range [][]Container{p.Spec.InitContainers, p.Spec.Containers, p.Spec.EphemeralContainers} {
		for i := range list {
			if !keep {
				list[i].Command, list[i].Args = nil, nil
				continue
			}
			redact(list[i].Command)
			redact(list[i].Args)
		}
	}
}

// Trim drops a node's annotations nobody asks for.
func (n *Node) Trim() { n.Meta.trim() }

// Trim drops the annotations and command lines of a DaemonSet.
func (d *DaemonSet) Trim() {
	d.Meta.trim()
	for _, list := range [][]Container{d.Spec.Template.Spec.InitContainers, d.Spec.Template.Spec.Containers} {
		for i := range list {
			list[i].Command, list[i].Args = nil, nil
		}
	}
}

// Trim drops annotations nobody asks for.
func (o *Object) Trim() { o.Meta.trim() }

func (m *Meta) trim() {
	for name := range m.Annotations {
		if !slices.ContainsFunc(keptAnnotations(), func(p string) bool { return strings.HasPrefix(name, p) }) {
			delete(m.Annotations, name)
		}
	}
	if len(m.Annotations) == 0 {
		m.Annotations = nil
	}
}

// Redacted stands where a secret stood.
const Redacted = "(redacted)"

// redact replaces values given on a command line to flags that hold a secret
// themselves; paths of key material stay.
func redact(args []string) {
	for i, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !strings.HasPrefix(name, "-") || !SecretName(strings.TrimLeft(name, "-")) {
			continue
		}
		switch {
		case ok && value != "":
			args[i] = name + "=" + Redacted
		case !ok && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			args[i+1] = Redacted
		}
	}
}

// SecretName reports whether a flag or field of this name holds a secret
// itself: "token", "etcd-password", but not "token-auth-file".
func SecretName(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	for _, end := range []string{"token", "password", "secret", "passphrase", "api-key", "apikey", "access-key", "authorization"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "staticpodurlheader" || name == "manifest-url-header"
}
