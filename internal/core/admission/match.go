package admission

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/selector"
)

// asked is one request that a webhook is asked about, or may be.
type asked struct {
	request    Request
	operations []string
	namespaces []string        // of those of the request; nil where it has none
	sure       selector.Answer // maybe or yes
	why        string          // what is not known, where it is maybe
}

// match are the requests of an upgrade that a webhook is asked about, in their
// order; what may only be asked is apart from what surely is.
func (j *judge) match(w Webhook) []asked {
	var out []asked
	for _, r := range j.q.Facts.Upgrade {
		operations, ruled, why := j.ruled(w, r)
		if ruled == selector.No {
			continue
		}
		found := map[selector.Answer]*asked{}
		for _, ns := range j.namespaces(r) {
			sure, unknown := ruled, why
			if got := j.inNamespace(w, ns); got < sure {
				sure, unknown = got, "the labels of its namespace were not read"
			}
			if got := j.object(w, r, ns); got < sure {
				sure, unknown = got, "labels of the objects were not read"
			}
			if sure == selector.Yes && len(w.Conditions) > 0 {
				sure, unknown = selector.Maybe, "its matchConditions ("+strings.Join(w.Conditions, ", ")+") are CEL, which is not evaluated"
			}
			if sure == selector.No {
				continue
			}
			if found[sure] == nil {
				found[sure] = &asked{request: r, operations: operations, sure: sure, why: unknown}
			}
			if ns != "" {
				found[sure].namespaces = append(found[sure].namespaces, ns)
			}
		}
		for _, sure := range []selector.Answer{selector.Yes, selector.Maybe} {
			if found[sure] != nil {
				out = append(out, *found[sure])
			}
		}
	}
	return out
}

// ruled decides whether a rule names the request, for which of its operations.
func (j *judge) ruled(w Webhook, r Request) (operations []string, out selector.Answer, why string) {
	for _, rule := range w.Rules {
		for _, op := range r.Operations {
			if rule.matches(r, op) && !slices.Contains(operations, op) {
				operations = append(operations, op)
			}
		}
	}
	if len(operations) > 0 {
		slices.Sort(operations)
		return operations, selector.Yes, ""
	}
	if w.MatchPolicy == "Exact" { // v1 defaults to Equivalent
		return nil, selector.No, ""
	}
	for _, other := range r.Equivalent {
		served := j.served(other)
		if served == selector.No {
			continue
		}
		for _, rule := range w.Rules {
			for _, op := range r.Operations {
				if rule.matches(r.as(other), op) && !slices.Contains(operations, op) {
					operations, out = append(operations, op), max(out, served)
					why = "whether the API server still serves " + other + " was not read"
				}
			}
		}
	}
	slices.Sort(operations)
	return operations, out, why
}

// served decides whether the API server serves a group version.
func (j *judge) served(groupVersion string) selector.Answer {
	if j.c.Served == nil {
		return selector.Maybe
	}
	group, v, ok := strings.Cut(groupVersion, "/")
	if !ok {
		group, v = "", groupVersion
	}
	return selector.Truth(slices.Contains(j.c.Served[group], v))
}

// namespaces are those a request is asked in; one without a name for a
// resource that has none.
func (j *judge) namespaces(r Request) []string {
	if len(r.Namespaces) == 0 {
		return []string{""}
	}
	if !slices.Contains(r.Namespaces, "*") {
		return r.Namespaces
	}
	if !j.was(Namespaces) {
		if slices.Contains(r.Except, "kube-system") {
			return []string{elsewhere}
		}
		return []string{"kube-system", elsewhere}
	}
	out := []string{}
	for _, n := range j.c.Namespaces {
		if r.Busy && j.was(Pods) && n.Pods == 0 || slices.Contains(r.Except, n.Name) {
			continue
		}
		out = append(out, n.Name)
	}
	return out
}

// elsewhere stands for the namespaces that were not read.
const elsewhere = "every other namespace"

// nameLabel is what the API server gives every namespace
// (https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name).
const nameLabel = "kubernetes.io/metadata.name"

// inNamespace decides the namespaceSelector. What has no namespace is never
// exempt by it (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-namespaceselector).
func (j *judge) inNamespace(w Webhook, namespace string) selector.Answer {
	if namespace == "" || w.Namespaces.Empty() {
		return selector.Yes
	}
	if labels, read := j.labels[namespace]; read {
		return w.Namespaces.Selects(labels, true)
	}
	known := map[string]string{}
	if namespace != elsewhere {
		known[nameLabel] = namespace
	}
	return w.Namespaces.Selects(known, false)
}

// object decides the objectSelector: for any of the objects is enough.
func (j *judge) object(w Webhook, r Request, namespace string) selector.Answer {
	if w.Objects.Empty() {
		return selector.Yes
	}
	out := selector.No
	for _, labels := range r.Labels {
		out = max(out, w.Objects.Selects(labels, true))
	}
	if r.Labels != nil {
		return out
	}
	if !j.was(partOf(r.Resource)) {
		return selector.Maybe
	}
	for _, labels := range j.objects[place{r.Resource, namespace}] {
		if out = max(out, w.Objects.Selects(labels, true)); out == selector.Yes {
			break
		}
	}
	return out
}

// partOf is where the labels of a resource are read from.
func partOf(resource string) Part {
	switch resource {
	case "pods":
		return Pods
	case "nodes":
		return Nodes
	case "endpointslices":
		return EndpointSlices
	}
	return ""
}
