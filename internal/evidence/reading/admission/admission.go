// Package admission turns evidence into what package core/admission judges:
// webhooks with their backends, namespaces with the Pod Security level their
// pods keep, and PodSecurityPolicies laid flat. It judges nothing; what was not
// read it lists as unread. Which level a pod keeps is asked of the library the
// API server itself uses. Start at [Of].
package admission

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/selector"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what b says of the admission of a cluster.
func Of(b *evidence.Bundle) *admission.Cluster {
	c := &admission.Cluster{
		Services: map[string]admission.Service{}, Backends: map[string][]admission.Backend{},
		Objects: map[string][]admission.Object{}, Unread: unread(b), Enforces: enforces(b),
	}
	if v, err := version.Parse(b.Version.GitVersion); err == nil {
		c.Running = v
	}
	if b.Was(evidence.APIGroups) {
		c.Served = b.Groups
	}
	for _, w := range b.ValidatingWebhooks {
		c.Webhooks = append(c.Webhooks, webhooks("ValidatingWebhookConfiguration", w)...)
	}
	for _, w := range b.MutatingWebhooks {
		c.Webhooks = append(c.Webhooks, webhooks("MutatingWebhookConfiguration", w)...)
	}
	for _, p := range b.SecurityPolicies {
		c.Policies = append(c.Policies, Policy(p, evidence.SecurityPolicyList().File()))
	}
	backends(b, c)
	objects(b, c)
	c.Namespaces = namespaces(b)
	return c
}

// unread are the parts that were not read, with why.
func unread(b *evidence.Bundle) map[admission.Part]string {
	out := map[admission.Part]string{}
	for part, list := range map[admission.Part]evidence.Resource{
		admission.ValidatingWebhooks: evidence.ValidatingWebhooks, admission.MutatingWebhooks: evidence.MutatingWebhooks,
		admission.Services: evidence.Services, admission.EndpointSlices: evidence.EndpointSlices, admission.Namespaces: evidence.Namespaces,
		admission.Pods: evidence.Pods, admission.Nodes: evidence.Nodes, admission.APIServices: evidence.APIServices,
		admission.SecurityPolicies: evidence.SecurityPolicies,
	} {
		if b.Was(list) || part == admission.SecurityPolicies && none(b, "podsecuritypolicies.policy") {
			continue
		}
		out[part] = b.Access[list].Reason
		if out[part] == "" {
			out[part] = "it was not asked for"
		}
	}
	return out
}

// none: the API server counts such objects and has none.
func none(b *evidence.Bundle, key string) bool {
	if b.Metrics == nil {
		return false
	}
	n, counted := b.Metrics.Objects[key]
	return counted && n == 0
}

func webhooks(kind string, w evidence.WebhookConfiguration) []admission.Webhook {
	var out []admission.Webhook
	for _, h := range w.Webhooks {
		in := admission.Webhook{
			Configuration: kind + "/" + w.Name, Name: h.Name, URL: h.Client.URL, Authorities: authorities(h.Client.CABundle),
			FailurePolicy: h.FailurePolicy, MatchPolicy: h.MatchPolicy, SideEffects: h.SideEffects, Timeout: h.TimeoutSeconds,
			Reviews: h.ReviewVersions, Namespaces: selectorOf(h.NamespaceSelector), Objects: selectorOf(h.ObjectSelector),
		}
		if s := h.Client.Service; s != nil {
			in.Namespace, in.Service, in.Port, in.URL = s.Namespace, s.Name, s.Port, ""
		}
		for _, r := range h.Rules {
			in.Rules = append(in.Rules, admission.Rule{Groups: r.APIGroups, Versions: r.APIVersions, Resources: r.Resources, Operations: r.Operations, Scope: r.Scope})
		}
		for _, m := range h.MatchConditions {
			in.Conditions = append(in.Conditions, m.Name)
		}
		out = append(out, in)
	}
	return out
}

func selectorOf(s *evidence.Selector) selector.Selector {
	if s == nil {
		return selector.Selector{}
	}
	out := selector.Selector{Labels: s.MatchLabels}
	for _, e := range s.MatchExpressions {
		out.Expressions = append(out.Expressions, selector.Expression{Key: e.Key, Operator: e.Operator, Values: e.Values})
	}
	return out
}

// authorities are the certificates of PEM text. What cannot be parsed here the
// API server cannot use either.
func authorities(text []byte) []admission.Authority {
	var out []admission.Authority
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			out = append(out, admission.Authority{Subject: c.Subject.String(), From: c.NotBefore, Until: c.NotAfter})
		}
	}
	return out
}

// serviceLabel names the Service an EndpointSlice is of
// (https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesioservice-name).
const serviceLabel = "kubernetes.io/service-name"

// backends fills in what answers: services, endpoints and aggregated APIs.
func backends(b *evidence.Bundle, c *admission.Cluster) {
	for _, s := range b.Services {
		out := admission.Service{External: s.Spec.Type == "ExternalName"}
		for _, p := range s.Spec.Ports {
			out.Ports = append(out.Ports, p.Port)
		}
		c.Services[s.Namespace+"/"+s.Name] = out
	}
	for _, slice := range b.EndpointSlices {
		key := slice.Namespace + "/" + slice.Labels[serviceLabel]
		for _, e := range slice.Endpoints {
			at := strings.Join(e.Addresses, ",")
			if e.Target != nil && e.Target.Kind == "Pod" {
				at = e.Target.Name
			}
			// Not said means ready (https://pkg.go.dev/k8s.io/api/discovery/v1#EndpointConditions).
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready
			c.Backends[key] = append(c.Backends[key], admission.Backend{Ready: ready, Node: e.Node, Pod: at})
		}
	}
	for _, a := range b.APIServices {
		if a.Spec.Service == nil {
			continue
		}
		out := admission.Aggregated{Name: a.Name, Namespace: a.Spec.Service.Namespace, Server: a.Spec.Service.Name}
		for _, condition := range a.Status.Conditions {
			if condition.Type == "Available" {
				out.Available, out.Reason = condition.Status, condition.Reason
			}
		}
		c.Aggregated = append(c.Aggregated, out)
	}
}

// objects are those an upgrade writes, with their labels.
func objects(b *evidence.Bundle, c *admission.Cluster) {
	for _, p := range b.Pods {
		if !p.Done() {
			c.Objects["pods"] = append(c.Objects["pods"], admission.Object{Namespace: p.Namespace, Labels: p.Labels})
		}
	}
	for _, n := range b.Nodes {
		c.Objects["nodes"] = append(c.Objects["nodes"], admission.Object{Labels: n.Labels})
	}
	for _, s := range b.EndpointSlices {
		c.Objects["endpointslices"] = append(c.Objects["endpointslices"], admission.Object{Namespace: s.Namespace, Labels: s.Labels})
	}
}

// enforces reads whether an API server runs the PodSecurityPolicy plugin, from
// the flags of those whose pods show them.
func enforces(b *evidence.Bundle) string {
	out := ""
	for _, p := range b.Pods {
		for _, c := range p.Spec.Containers {
			words := slices.Concat(c.Command, c.Args)
			if name, ok := p.Component(c); !ok || name != "kube-apiserver" || len(words) == 0 {
				continue
			}
			if on := plugins(words); slices.Contains(on, "PodSecurityPolicy") {
				return "true"
			}
			out = "false"
		}
	}
	return out
}

// plugins are the admission plugins a command line switches on.
func plugins(words []string) []string {
	var out []string
	for i, w := range words {
		for _, flag := range []string{"--enable-admission-plugins", "--admission-control"} {
			if value, ok := strings.CutPrefix(w, flag+"="); ok {
				out = append(out, strings.Split(value, ",")...)
			} else if w == flag && i+1 < len(words) {
				out = append(out, strings.Split(words[i+1], ",")...)
			}
		}
	}
	return out
}
