// Package custom turns evidence into what is judged of custom resources and
// add-ons: definitions with their stored versions and conversion webhooks, what
// answers behind those, and the images that run. What was not read is said in
// the values. It judges nothing. Start at [Of].
package custom

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what b says of custom resources and add-ons; never nil.
func Of(b *evidence.Bundle) *custom.Cluster {
	c := &custom.Cluster{Services: map[string]custom.Answers{}, Unread: unread(b)}
	for _, d := range b.CRDs {
		c.Definitions = append(c.Definitions, definition(d))
	}
	services(b, c)
	for _, list := range [][]evidence.WebhookConfiguration{b.ValidatingWebhooks, b.MutatingWebhooks} {
		for _, w := range list {
			c.Webhooks = append(c.Webhooks, w.Name)
			for _, one := range w.Webhooks {
				c.Webhooks = append(c.Webhooks, one.Name)
			}
		}
	}
	slices.Sort(c.Webhooks)
	c.Webhooks = slices.Compact(c.Webhooks)
	c.Images = images(b)
	return c
}

// unread says of each part why it was not read.
func unread(b *evidence.Bundle) map[custom.Part]string {
	out := map[custom.Part]string{}
	for _, p := range []struct {
		part custom.Part
		from evidence.Resource
	}{
		{custom.Definitions, evidence.CRDs}, {custom.Services, evidence.Services}, {custom.Endpoints, evidence.EndpointSlices},
		{custom.Pods, evidence.Pods}, {custom.Webhooks, evidence.ValidatingWebhooks}, {custom.Webhooks, evidence.MutatingWebhooks},
	} {
		if access := b.Access[p.from]; access.State != evidence.Read {
			out[p.part] = access.Reason
			if access.Reason == "" {
				out[p.part] = access.State.String()
			}
		}
	}
	return out
}

func definition(d evidence.CRD) custom.Definition {
	out := custom.Definition{Name: d.Name, Group: d.Spec.Group, Kind: d.Spec.Names.Kind, Stored: d.Status.StoredVersions, Conditions: map[string]custom.Condition{}}
	for _, v := range d.Spec.Versions {
		out.Versions = append(out.Versions, custom.Version{Name: v.Name, Served: v.Served, Storage: v.Storage, Deprecated: v.Deprecated})
	}
	for _, c := range d.Status.Conditions {
		out.Conditions[c.Type] = custom.Condition{Status: c.Status, Reason: c.Reason}
	}
	if d.Spec.Conversion.Strategy != "Webhook" {
		return out
	}
	out.Conversion = &custom.Conversion{}
	if w := d.Spec.Conversion.Webhook; w != nil {
		out.Conversion.URL, out.Conversion.Reviews, out.Conversion.Authorities = w.Client.URL, w.ReviewVersions, ends(w.Client.CABundle)
		if s := w.Client.Service; s != nil {
			out.Conversion.Service = s.Namespace + "/" + s.Name
		}
	}
	return out
}

// ends are those of the certificates of PEM text. What cannot be parsed here
// the API server cannot use either.
func ends(text []byte) []time.Time {
	var out []time.Time
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			out = append(out, c.NotAfter)
		}
	}
	return out
}

// serviceLabel names the Service an EndpointSlice is of
// (https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesioservice-name).
const serviceLabel = "kubernetes.io/service-name"

func services(b *evidence.Bundle, c *custom.Cluster) {
	for _, s := range b.Services {
		answers := custom.NotReady
		switch {
		case s.Spec.Type == "ExternalName":
			answers = custom.External
		case !b.Was(evidence.EndpointSlices):
			answers = custom.Unknown
		}
		c.Services[s.Namespace+"/"+s.Name] = answers
	}
	for _, slice := range b.EndpointSlices {
		key := slice.Namespace + "/" + slice.Labels[serviceLabel]
		if c.Services[key] != custom.NotReady {
			continue
		}
		// Not said means ready (https://pkg.go.dev/k8s.io/api/discovery/v1#EndpointConditions).
		if slices.ContainsFunc(slice.Endpoints, func(e evidence.Endpoint) bool { return e.Conditions.Ready == nil || *e.Conditions.Ready }) {
			c.Services[key] = custom.Ready
		}
	}
}
