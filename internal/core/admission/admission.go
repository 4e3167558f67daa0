// Package admission decides what stands at the door of the API server while a
// cluster is upgraded: webhooks that would refuse what an upgrade must write,
// aggregated APIs that do not answer, PodSecurityPolicies that a hop removes
// with what they meant, and Pod Security labels that say less than they seem
// to. It follows the matching of the API server to the letter and evaluates no
// CEL; it calls no webhook and looks at no cluster, and what was not read is a
// finding of its own. Start at [Judge].
package admission

import (
	"cmp"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Cluster is what was read of the admission of one cluster.
type Cluster struct {
	// Running is the oldest API server; the zero Version where it was not read.
	Running version.Version
	// Webhooks of both kinds, in the order they were read.
	Webhooks []Webhook
	// Aggregated are the APIs that a service of the cluster answers.
	Aggregated []Aggregated
	// Services by "namespace/name".
	Services map[string]Service
	// Backends are the endpoints of services, by "namespace/name".
	Backends map[string][]Backend
	// Namespaces with their labels.
	Namespaces []Namespace
	// Objects are those an upgrade writes, by resource ("pods", "nodes").
	Objects map[string][]Object
	// Served are the API versions the server serves, by group; nil = not read.
	Served map[string][]string
	// Policies are its PodSecurityPolicies.
	Policies []SecurityPolicy
	// Enforces says whether the API server runs the PodSecurityPolicy plugin:
	// "true", "false", or "" where its flags were not read.
	Enforces string
	// Unread is what could not be read, by [Part], with the reason. A Part that
	// is not in it was read.
	Unread map[Part]string
}

// Part is one thing that is read of a cluster for these judgements.
type Part string

// The parts of a Cluster.
const (
	ValidatingWebhooks Part = "ValidatingWebhookConfigurations"
	MutatingWebhooks   Part = "MutatingWebhookConfigurations"
	Services           Part = "Services"
	EndpointSlices     Part = "EndpointSlices"
	Namespaces         Part = "Namespaces"
	Pods               Part = "Pods"
	Nodes              Part = "Nodes"
	APIServices        Part = "APIServices"
	SecurityPolicies   Part = "PodSecurityPolicies"
)

// Service is what answers behind a name.
type Service struct {
	External bool // an ExternalName: what answers is outside of the cluster
	Ports    []int
}

// Backend is one endpoint of a service.
type Backend struct {
	Ready bool
	Node  string // "" where its endpoint names none
	Pod   string // or the address, where it is no pod
}

// Namespace is a namespace with what its pods need.
type Namespace struct {
	Name   string
	Labels map[string]string
	Pods   int // that are not done
	// Fits is the strictest Pod Security level that every pod of it keeps:
	// "privileged", "baseline", "restricted"; "" where pods were not read.
	Fits string
	// Because is what keeps it from the next stricter level.
	Because []string
}

// Object is an object an upgrade writes, with what selectors look at.
type Object struct {
	Namespace string // "" = it has none
	Labels    map[string]string
}

// Aggregated is an API that a service of the cluster answers.
type Aggregated struct {
	Name              string // "v1beta1.metrics.k8s.io"
	Namespace, Server string // of its service
	// Available as the API server says it: "True", "False", "Unknown"; "" = not said.
	Available, Reason string
}

// Question is what is asked of a cluster.
type Question struct {
	// AsOf is the day certificates are judged on.
	AsOf time.Time
	// Window is how long after AsOf the upgrade may last: a certificate that
	// ends within it is a finding. 0 asks for those that have ended alone.
	Window time.Duration
	// Hops are the versions the upgrade passes through, the target last. Empty =
	// no path is known; what depends on one is then not judged.
	Hops []version.Version
	// Facts are those of internal/catalog.
	Facts Facts
	// RBAC says who may use which PodSecurityPolicy; nil = not read.
	RBAC *rbac.Policy
}

// Facts is what is known beforehand.
type Facts struct {
	// Upgrade is what an upgrade asks of the API server.
	Upgrade []Request
	// Reviews are the versions of AdmissionReview an API server speaks.
	Reviews []Review
	// Mapping is what PodSecurityPolicies mean in Pod Security levels.
	Mapping Mapping
}

// Review is a version of AdmissionReview and the first release that speaks it.
type Review struct {
	Version string // "v1"
	Since   version.Minor
	Source  string
}

// Judge says what of a cluster's admission an upgrade would meet. Findings are
// sorted by code and object; alike ones are folded into one. A nil Cluster is
// one of which nothing was read, which is the caller's to say, and has none.
func Judge(c *Cluster, q Question) []finding.Found {
	if c == nil {
		return nil
	}
	j := newJudge(c, q)
	j.webhooks()
	j.aggregated()
	j.policies()
	j.levels()
	j.unread()
	slices.SortStableFunc(j.out, func(a, b finding.Found) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object))
	})
	return j.out
}

// judge collects the findings of one question.
type judge struct {
	c   *Cluster
	q   Question
	out []finding.Found
	// What is in c, found quickly: clusters have thousands of namespaces.
	labels  map[string]map[string]string // of namespaces, by name
	objects map[place][]map[string]string
}

// place is a resource in a namespace, "" where it has none.
type place struct{ resource, namespace string }

func newJudge(c *Cluster, q Question) *judge {
	j := &judge{c: c, q: q, labels: map[string]map[string]string{}, objects: map[place][]map[string]string{}}
	for _, n := range c.Namespaces {
		j.labels[n.Name] = n.Labels
	}
	for resource, all := range c.Objects {
		for _, o := range all {
			at := place{resource, o.Namespace}
			j.objects[at] = append(j.objects[at], o.Labels)
		}
	}
	return j
}

func (j *judge) add(f finding.Found) { j.out = append(j.out, f) }

// was reports whether a part was read.
func (j *judge) was(p Part) bool {
	_, missing := j.c.Unread[p]
	return !missing
}

// target is the release the upgrade ends at; false where no path is known.
func (j *judge) target() (version.Minor, bool) {
	if len(j.q.Hops) == 0 {
		return version.Minor{}, false
	}
	return j.q.Hops[len(j.q.Hops)-1].Minor(), true
}
