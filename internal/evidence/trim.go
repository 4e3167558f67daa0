package evidence

import (
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
)

// keptAnnotation is what is kept of an annotation something reads; ok is false
// for any other. Of those whose presence alone tells something the value is
// not kept: k3s writes its server's flags and environment into k3s.io/node-args
// and k3s.io/node-env.
func keptAnnotation(name, value string) (kept string, ok bool) {
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	switch {
	case name == LastApplied:
		return typeOf(value), true
	case slices.ContainsFunc([]string{"k3s.io/", "rke2.io/"}, begins):
		return Redacted, true
	case slices.Contains([]string{
		"eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id",
		"cluster-autoscaler.kubernetes.io/safe-to-evict",
	}, name):
		return value, true
	}
	return value, slices.ContainsFunc([]string{
		"kubernetes.io/config.", "kubeadm.kubernetes.io/", "kubeadm.alpha.kubernetes.io/", "container.apparmor.security.beta.kubernetes.io/",
	}, begins)
}

// LastApplied is the annotation that holds kubectl's copy of the whole object;
// of it only apiVersion and kind are kept, as JSON.
const LastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Trim drops what nothing reads or what may hold secrets: annotations nobody
// asks for and the command lines of the users' own containers.
func (p *Pod) Trim() {
	p.Meta.Trim()
	system := p.Static() || p.Namespace == "kube-system" || p.Labels["app.kubernetes.io/name"] == "ingress-nginx"
	p.Spec.trim(func(c Container) (string, bool) {
		name, ok := p.Component(c) // a static pod is this cluster's in any namespace
		return name, ok || system
	})
}

// trim drops the command lines, or of those of the cluster's own programs what
// [TrimFlags] does not keep. component says what a container is, and whether
// its command line is kept at all; nil keeps none.
func (s *PodSpec) trim(component func(Container) (string, bool)) {
	for _, list := range [][]Container{s.InitContainers, s.Containers, s.EphemeralContainers} {
		for i := range list {
			c := &list[i]
			if component != nil {
				if name, ok := component(*c); ok {
					words := TrimFlags(name, slices.Concat(c.Command, c.Args))
					c.Command, c.Args = part(words[:len(c.Command)]), part(words[len(c.Command):])
					continue
				}
			}
			c.Command, c.Args = nil, nil
		}
	}
}

// part is nil where it is empty, as a field that is not there decodes.
func part(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	return words
}

// Trim drops the template's command lines, and annotations nobody asks for.
func (t *Template) Trim() {
	t.Meta.Trim()
	t.Spec.trim(nil)
}

// Trim drops annotations nobody asks for and the template's command lines.
func (d *DaemonSet) Trim() {
	d.Meta.Trim()
	d.Spec.Template.Trim()
}

// Trim drops annotations nobody asks for and the template's command lines.
func (d *Deployment) Trim() {
	d.Meta.Trim()
	d.Spec.Template.Trim()
}

// Trim drops annotations nobody asks for and the template's command lines.
func (s *StatefulSet) Trim() {
	s.Meta.Trim()
	s.Spec.Template.Trim()
}

// Trim drops annotations nobody asks for and the template's command lines.
func (j *Job) Trim() {
	j.Meta.Trim()
	j.Spec.Template.Trim()
}

// Trim drops annotations nobody asks for and the template's command lines.
func (c *CronJob) Trim() {
	c.Meta.Trim()
	c.Spec.Job.Spec.Template.Trim()
}

// Trim drops annotations nobody asks for and what a URL may hold beside
// the host or a bundle of authorities beside certificates.
func (w *WebhookConfiguration) Trim() {
	w.Meta.Trim()
	for i := range w.Webhooks {
		w.Webhooks[i].Client.trim()
	}
}

// Trim drops annotations nobody asks for and what a URL may hold beside
// the host or a bundle of authorities beside certificates.
func (c *CRD) Trim() {
	c.Meta.Trim()
	if c.Spec.Conversion.Webhook != nil {
		c.Spec.Conversion.Webhook.Client.trim()
	}
}

// Trim drops annotations nobody asks for, and of the bundle of authorities what
// is no certificate.
func (a *APIService) Trim() {
	a.Meta.Trim()
	a.Spec.CABundle = certificates(a.Spec.CABundle)
}

// certificates are those in a text of PEM blocks, without what stands between
// and beside them: who makes such a bundle from a server's own file may leave
// its private key in it. nil where there are none.
func certificates(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			out = append(out, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
		}
	}
	return out
}

// Trim drops annotations nobody asks for, and of kubectl's copy of the object
// all but apiVersion and kind.
func (m *Meta) Trim() {
	for name, value := range m.Annotations {
		kept, ok := keptAnnotation(name, value)
		if !ok {
			delete(m.Annotations, name)
			continue
		}
		m.Annotations[name] = kept
	}
	if len(m.Annotations) == 0 {
		m.Annotations = nil
	}
}

// typeOf reduces an object's JSON to {"apiVersion":...,"kind":...}.
func typeOf(object string) string {
	var t struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if json.Unmarshal([]byte(object), &t) != nil {
		return Redacted
	}
	text, err := json.Marshal(t)
	if err != nil {
		return Redacted
	}
	return string(text)
}

// Redacted stands where a secret stood.
const Redacted = "(redacted)"

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
