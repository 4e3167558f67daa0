package evidence

// Release is a Helm release: the newest deployed revision of a name, and of
// its manifest only what each object is. The manifest itself, its values and
// notes are never kept.
type Release struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Revision  int    `json:"revision"`
	Status    string `json:"status"` // deployed; another where none is
	Driver    string `json:"driver"` // secrets | configmaps
	Chart     string `json:"chart,omitempty"`
	// Stored is the object that holds the revision: "Secret/ns/sh.helm.release.v1.web.v3".
	Stored string `json:"stored"`
	// AlsoDeployed are other revisions that also say deployed: Helm's own bug,
	// and what `helm upgrade` then compares with is not known.
	AlsoDeployed []int           `json:"alsoDeployed,omitempty"`
	Objects      []ReleaseObject `json:"objects"`
	// Unreadable says why Objects is empty or incomplete; "" where it is whole.
	Unreadable string `json:"unreadable,omitempty"`
}

// ReleaseObject is one object of a release's manifest.
type ReleaseObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Line       int    `json:"line"` // of its apiVersion in the manifest, from 1
	// Hook: it is one of the release's hooks, which Helm keeps beside the
	// manifest; Line is then that of the hook's own text.
	Hook bool `json:"hook,omitempty"`
}

// The other paths of a bundle, beside [List.File].
const (
	// ReleasesFile is a list of [Release].
	ReleasesFile = "helm-releases.json"
	// EventsFile is a list of [EventCount].
	EventsFile = "events-summary.json"
)

// EventCount summarises events that are alike. Their messages are not kept:
// anything may stand in them.
type EventCount struct {
	Namespace string `json:"namespace,omitempty"`
	Type      string `json:"type"` // Normal | Warning
	Reason    string `json:"reason"`
	Kind      string `json:"kind"` // of what it is about
	Reporter  string `json:"reporter,omitempty"`
	Count     int    `json:"count"`
	First     string `json:"first,omitempty"` // RFC 3339
	Last      string `json:"last,omitempty"`  // RFC 3339
}
