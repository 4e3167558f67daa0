// Package custom decides what an upgrade would meet of custom resources and of
// the add-ons behind them: objects stored in a version that is gone, conversion
// webhooks without which no object of a kind can be read, and components whose
// own facts exclude the target or do not speak of it. A component that decides
// security is a blocker then: a policy engine that no longer runs lets
// everything in. It knows no add-on by itself, rules come in as values, and it
// never looks at a cluster. Start at [Judge].
package custom

import (
	"cmp"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Cluster is what was read of the custom resources and images of one cluster.
type Cluster struct {
	Definitions []Definition
	// Services are the names of Services, "namespace/name", with what is known
	// of what answers behind them.
	Services map[string]Answers
	// Images are those that run, each tag once.
	Images []Image
	// Webhooks are the names of webhook configurations and of their webhooks.
	Webhooks []string
	// Unread is what could not be read, by [Part], with the reason.
	Unread map[Part]string
}

// Part is one thing that is read of a cluster for these judgements.
type Part string

// The parts of a Cluster.
const (
	Definitions Part = "CustomResourceDefinitions"
	Services    Part = "Services"
	Endpoints   Part = "EndpointSlices"
	Pods        Part = "Pods"
	Webhooks    Part = "webhook configurations"
)

// Answers says whether anything answers behind a Service. The zero Answers is
// not known.
type Answers int

// The values of Answers.
const (
	Unknown Answers = iota
	Ready
	NotReady
	External // an ExternalName: what answers is outside of the cluster
)

// Definition is a CustomResourceDefinition.
type Definition struct {
	Name, Group, Kind string
	Versions          []Version
	// Stored are status.storedVersions: those objects may be in etcd in.
	Stored []string
	// Conversion is nil where the strategy is None.
	Conversion *Conversion
	// Conditions of its status: type to "True", "False" or "Unknown".
	Conditions map[string]Condition
}

// Version is one version of a Definition.
type Version struct {
	Name                        string
	Served, Storage, Deprecated bool
}

// Condition is a condition of a status.
type Condition struct{ Status, Reason string }

// Conversion is the webhook that turns objects of one version into another.
type Conversion struct {
	Service string // "namespace/name"; "" where it is a URL
	URL     string
	// Authorities are the ends of the certificates of its caBundle.
	Authorities []time.Time
	Reviews     []string // conversionReviewVersions
}

// Image is one tag of one repository that runs.
type Image struct {
	Repository string
	Tag        string // "" = none
	// Version is what the tag says, else what the label
	// app.kubernetes.io/version of its pods does; Unread is why there is none.
	Version version.Version
	Unread  string
	// Nodes it runs on, Pods that run it; Labels of those pods, "key=value".
	Nodes  []string
	Pods   int
	Labels []string
}

// Question is what is asked of a cluster.
type Question struct {
	// AsOf is the day certificates are judged on, Window how long after it the
	// upgrade may last.
	AsOf   time.Time
	Window time.Duration
	// Hops are the versions the upgrade passes through, the target last. Empty:
	// add-ons are not judged.
	Hops []version.Version
	// Rules are what is known of add-ons.
	Rules []Rule
}

// Judge says what of a cluster's custom resources and add-ons an upgrade would
// meet, sorted by code and object. What was not read is a finding of its own. A
// nil Cluster is one of which nothing was read, which is the caller's to say.
func Judge(c *Cluster, q Question) []finding.Found {
	if c == nil {
		return nil
	}
	j := &judge{c: c, q: q}
	for _, d := range c.Definitions {
		j.stored(d)
		j.conversion(d)
		j.conditions(d)
		j.deprecated(d)
	}
	if len(q.Hops) > 0 {
		j.addons()
	}
	j.unread()
	slices.SortStableFunc(j.out, func(a, b finding.Found) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object))
	})
	return j.out
}

type judge struct {
	c   *Cluster
	q   Question
	out []finding.Found
}

func (j *judge) add(f finding.Found) { j.out = append(j.out, f) }

// unread says what could not be judged.
func (j *judge) unread() {
	if why, ok := j.c.Unread[Definitions]; ok {
		j.add(finding.New("CRD-011", "CustomResourceDefinitions", "whether custom resources are stored in versions that are gone, or need a webhook that does not answer, is not known: "+why))
	}
	if why, ok := j.c.Unread[Pods]; ok && len(j.q.Hops) > 0 {
		j.add(finding.New("ADDON-006", "Pods", "which add-ons run, and in which version, is not known: "+why))
	}
	if why, ok := j.c.Unread[Webhooks]; ok && len(j.q.Hops) > 0 {
		f := finding.New("ADDON-006", "webhook configurations", "an add-on that only its webhooks show is not seen: "+why)
		f.Severity = finding.Info
		j.add(f)
	}
}
