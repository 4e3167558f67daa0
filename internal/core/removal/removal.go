// Package removal decides what a release of Kubernetes no longer serves: of
// one kind of one API version, and of one object that was seen in several
// places at once. It never reads a file, a cluster or a clock, it holds no
// fact about any API (they come in as a [Table]), and what the table does not
// know is unknown, never served. Start at [Table.Judge] for one API version,
// at [Join] for what was seen of a cluster and its manifests.
package removal

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// GVK names one kind of one API version: extensions, v1beta1, Ingress. Group
// is "" for the core group. The zero GVK names nothing.
type GVK struct{ Group, Version, Kind string }

// ParseGVK reads the two lines every manifest has. The error says which one
// is wrong; it names neither file nor line, which the caller knows.
func ParseGVK(apiVersion, kind string) (GVK, error) {
	group, v, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, v = "", apiVersion
	}
	switch {
	case apiVersion == "":
		return GVK{}, fmt.Errorf("apiVersion is empty")
	case v == "" || strings.Contains(v, "/") || ok && group == "":
		return GVK{}, fmt.Errorf("apiVersion %q is neither VERSION nor GROUP/VERSION", apiVersion)
	case kind == "":
		return GVK{}, fmt.Errorf("kind is empty")
	}
	return GVK{group, v, kind}, nil
}

// APIVersion is the form of manifests: "extensions/v1beta1", "v1".
func (k GVK) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// String is "extensions/v1beta1 Ingress".
func (k GVK) String() string { return k.APIVersion() + " " + k.Kind }

// Zero reports whether k names nothing.
func (k GVK) Zero() bool { return k == GVK{} }

// Kubernetes is the product of built-in APIs.
const Kubernetes = "kubernetes"

// Lifecycle is what is known of one kind of one API version.
type Lifecycle struct {
	GVK
	// Product whose releases the minors below are of: "kubernetes", or an
	// add-on such as "cert-manager". Never "".
	Product string
	// Introduced is the first minor that serves it, Deprecated the first that
	// warns, Removed the first that no longer serves it. Zero: not known, not
	// deprecated, not removed.
	Introduced, Deprecated, Removed version.Minor
	// Replacement to write instead; zero: there is none.
	Replacement GVK
	// OffByDefault: an API server serves it only where told to.
	OffByDefault bool
	// Payload: it is sent and answered, or is a part of discovery, and never
	// stored, so no manifest of it outlives an upgrade (AdmissionReview).
	Payload bool
	// Changes to make besides the apiVersion, when moving to Replacement.
	// ChangesKnown: somebody has looked; none are then a statement.
	Changes      []Change
	ChangesKnown bool
	// Note is what else must be known, "" for nothing.
	Note string
	// Source is a URL or the module it was read from; Verified says how:
	// "lifecycle" (what the release's own code says), "types" (what types a
	// release has), "hand" (a rule with its source).
	Source, Verified string
}

// Change is one difference between an API version and its replacement.
type Change struct {
	Field  string // path, "spec.backend"; "" for the kind as a whole
	Kind   string // renamed | removed | required | default | validation | moved | behavior
	Text   string // what to do, one sentence
	Source string // URL
}

// Move is the upgrade that is judged. A zero From is not known, as with
// manifests alone; Target is required.
type Move struct {
	From, Target version.Minor
	// Products are the moves of add-ons, by product; Kubernetes is Move's own.
	Products map[string]Move
}

// of is the move of one product; ok is false where nothing is known of it.
func (m Move) of(product string) (Move, bool) {
	if product == Kubernetes {
		return m, m.Target != version.Minor{}
	}
	p, ok := m.Products[product]
	return p, ok && p.Target != version.Minor{}
}
