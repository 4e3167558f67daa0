// Package rehearsal decides what a rehearsal showed: the target's API server was
// started on a private copy of the cluster's data and asked questions, and the
// answers are held to what is stored and to what today's version answered. It
// also decides when a rehearsal counts no longer. It starts and asks nothing
// itself. Start at [Judge] and [Rehearsal.Expired].
package rehearsal

import (
	"github.com/fixline-dev/fixline/internal/core/finding"
)

// State of a check.
type State string

const (
	Pass    State = "pass"
	Fail    State = "fail"
	Skipped State = "skipped" // for a reason that lies in the cluster: there is nothing to look at
	Unknown State = "unknown" // it could not be told
)

// Names of the checks of a hop, in their order.
const (
	Flags     = "flags"     // does the program know every flag and gate of the cluster?
	Start     = "start"     // does it become ready on the cluster's data?
	Readable  = "readable"  // is every stored object listed and decoded?
	Writable  = "writable"  // can objects be written back, and do they stay as they are?
	Access    = "access"    // may the same subjects do the same?
	Admission = "admission" // is refused what was refused?
	APIs      = "apis"      // is every API version still there that objects were written in?
)

// Check is one question and its answer; its JSON form is public.
type Check struct {
	Check   string  `json:"check"`
	State   State   `json:"state"`
	Why     string  `json:"why"`
	Seconds float64 `json:"seconds"`
}

// Rehearsal is the evidence of one; its JSON form is public. Times are RFC 3339,
// dates YYYY-MM-DD, versions without v, sums SHA-256 in hex.
type Rehearsal struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Cluster    *string  `json:"cluster"` // null = nobody named it
	At         string   `json:"at"`
	Program    string   `json:"program"`
	From       *string  `json:"from"`   // version that was asked first on another copy; null = none
	Target     string   `json:"target"` // of the last hop
	Result     State    `json:"result"` // pass, fail or unknown
	Catalogue  Catalog  `json:"catalog"`
	Snapshot   Snapshot `json:"snapshot"`
	Etcd       Program  `json:"etcd"`
	Baseline   *Program `json:"baseline"`
	Private    Private  `json:"private"`
	// Changes are what of the cluster's settings was not taken as it is.
	Changes  []Change  `json:"changes"`
	Hops     []Hop     `json:"hops"`
	Findings []Finding `json:"findings"`
	Seconds  float64   `json:"seconds"`
}

// Catalog says by which data it was made.
type Catalog struct {
	Date              string `json:"date"`
	AdvisoriesThrough string `json:"advisoriesThrough"`
}

// Snapshot is what was restored.
type Snapshot struct {
	SHA256   string  `json:"sha256"`
	Revision int64   `json:"revision"`
	Keys     int     `json:"keys"`
	Bytes    int64   `json:"bytes"`
	Storage  *string `json:"storage"` // etcd minor of its storage; null = below 3.6, which writes none
	// Backup is what it was taken out of; null = it was a bare file.
	Backup *Backup `json:"backup"`
}

// Backup is a backup as its own manifest describes it.
type Backup struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of the file as it is stored
	// Cluster is its name, Taken when the snapshot began.
	Cluster string `json:"cluster"`
	Taken   string `json:"taken"`
	// Revision and Snapshot, the sum, are those of the snapshot; the revision is
	// null where it could not be read when the backup was taken.
	Revision *int64 `json:"revision"`
	Snapshot string `json:"snapshotSHA256"`
}

// Program is one that ran.
type Program struct {
	Version string  `json:"version"`
	SHA256  string  `json:"sha256"`
	Image   *string `json:"image"`  // reference it was taken from; null = a file
	Digest  *string `json:"digest"` // of that image
}

// Private is where keys and data were.
type Private struct {
	InMemory bool `json:"inMemory"`
	// Accepted: a person named the place.
	Accepted bool `json:"accepted"`
}

// Change is a setting that a rehearsal does not take as it is.
type Change struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Hop is one version that was started.
type Hop struct {
	Program
	Checks []Check `json:"checks"`
	// Resources are those with the most objects, with the time listing them took.
	Resources []Resource `json:"resources"`
	Objects   int        `json:"objects"` // listed in all
}

// Resource is one that was listed.
type Resource struct {
	Resource string  `json:"resource"` // "pods", "deployments.apps"
	Objects  int     `json:"objects"`
	Seconds  float64 `json:"seconds"`
}

// Finding is one in its public form.
type Finding struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	Version  string   `json:"version"` // the hop
	Object   string   `json:"object"`
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"`
	Evidence []string `json:"evidence"`
}

// Public is a finding of a hop in its public form.
func Public(version string, f finding.Found) Finding {
	evidence := f.Evidence
	if evidence == nil {
		evidence = []string{}
	}
	return Finding{f.Code, string(f.Severity), version, f.Object, f.Message, f.Remedy, evidence}
}

// Outcome is what all hops and findings come to: one blocker or failed check is
// a failed rehearsal, and without one an unknown check leaves it unknown.
func Outcome(hops []Hop, findings []Finding) State {
	out := Pass
	for _, h := range hops {
		for _, c := range h.Checks {
			switch {
			case c.State == Fail:
				return Fail
			case c.State == Unknown:
				out = Unknown
			}
		}
	}
	for _, f := range findings {
		if finding.Severity(f.Severity) == finding.Blocker {
			return Fail
		}
	}
	if len(hops) == 0 {
		return Unknown
	}
	return out
}
