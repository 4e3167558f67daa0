package admission

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// aggregated judges the APIs that a service answers. The API server's own word
// (the condition Available) goes before what endpoints suggest.
func (j *judge) aggregated() {
	for _, a := range j.c.Aggregated {
		b := j.backend(a.Namespace, a.Server, -1)
		switch {
		case a.Available == "False" || a.Available == "Unknown":
			j.add(finding.New("ADM-012", "APIService/"+a.Name, fmt.Sprintf("the API server says that it is not available (%s)", a.Reason), b.says))
		case a.Available == "" && b.health == dead:
			j.add(finding.New("ADM-012", "APIService/"+a.Name, "nothing answers behind it", b.says))
		}
	}
}

// unread names what could not be judged.
func (j *judge) unread() {
	for _, p := range []struct {
		part    Part
		without string
		matters bool
	}{
		{ValidatingWebhooks, "whether a validating webhook would refuse what an upgrade writes is not known", true},
		{MutatingWebhooks, "whether a mutating webhook would refuse what an upgrade writes is not known", true},
		{APIServices, "whether every aggregated API answers is not known", true},
		{EndpointSlices, "whether webhooks and aggregated APIs have a living backend is not known", len(j.c.Webhooks)+len(j.c.Aggregated) > 0},
		{Services, "whether the services of webhooks exist is not known", len(j.c.Webhooks)+len(j.c.Aggregated) > 0},
		{Namespaces, "which namespaces a webhook leaves out, and Pod Security levels, are not known", true},
		{Pods, "which Pod Security level the pods of a namespace keep is not known", true},
		{SecurityPolicies, "what PodSecurityPolicies allow, which " + j.q.Facts.Mapping.Removed.String() + " removes, is not known", j.removes()},
	} {
		if why, missing := j.c.Unread[p.part]; missing && p.matters {
			f := finding.New("ADM-013", string(p.part), p.without, "not read: "+why)
			if p.part == SecurityPolicies {
				f.Remedy = "record them with kubectl, which may be done beside a live look: `kubectl get psp -o json > podsecuritypolicies.json` in a folder of kubectl output; fixline itself never asks for a deprecated API"
			}
			j.add(f)
		}
	}
}
