// Package advisory decides whether one running instance is inside the affected
// range of one advisory. Advisories and ranges come in as values; exploit
// conditions are judged by package reach. Start at [Advisory.Judge].
package advisory

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Fix says how an advisory is closed.
type Fix string

const (
	Fixed    Fix = "fixed" // by a version
	GateOnly Fix = "gate"  // by a version and a feature gate, or a gate alone
	Never    Fix = "never" // by no version: mitigate
)

// Advisory is one CVE as the catalogue knows it.
type Advisory struct {
	ID        string
	Aliases   []string
	Summary   string    // one line, our own words
	Published time.Time // zero = unknown, counts as public
	Vector    string    // CVSS base vector, "" = none published
	Score     float64   // computed from Vector; meaningful only with one
	Fix       Fix
	// ClientOnly: the defect is in a client (kubectl, client-go); clusters are
	// not affected by their server versions.
	ClientOnly  bool
	Disputed    bool
	Dispute     string // what the sources disagree on, one sentence
	Affected    []Affected
	Conditions  []Condition // all must hold for exploitation
	Mitigations []Mitigation
	Sources     []Source
	// Unparsed: the advisory is known, but its version lines could not be
	// read; every instance of its components is then unknown.
	Unparsed string
}

// Affected is one component's ranges. Ranges are sorted, do not overlap, and
// what lies outside all of them is not affected.
type Affected struct {
	Component string
	// Aliases are other names inventories read the component under: an image
	// or package name ("nginx-ingress-controller" for ingress-nginx).
	Aliases []string
	Ranges  []Range
	Fixed   []version.Version // every fixed release named, ascending
}

// Range is [Introduced, Before). A zero Introduced reaches down without limit;
// a zero Before reaches up without limit.
type Range struct {
	Introduced, Before version.Version
	// Unknown: inside this range the data cannot decide; Why says which source
	// is silent or contradicts itself. Judged "unknown", never "affected".
	Unknown bool
	Why     string
	// Gate closes the defect inside this range when it has the wanted value.
	Gate *GateFix
}

// GateFix says: from version Since on, component Component run with Gate=Value is
// not exploitable (CVE-2024-7598: OrderedNamespaceDeletion=true).
type GateFix struct {
	Component, Gate string
	Value           bool
	Since           version.Version
	// ByDefault: Value is the default from Since on, so only a setting seen to
	// differ leaves the defect open.
	ByDefault bool
}

// Condition is one requirement of exploitation. Question nil = the cluster
// cannot answer; the state is then unknown.
type Condition struct {
	Text     string
	Question *Question
}

// Mitigation lowers or closes exploitation without an upgrade. Question, where
// set, answers Yes when the mitigation is in place. Apply is a command or a
// manifest that puts it in place, "" where the cluster cannot take it.
type Mitigation struct {
	Text     string
	Question *Question
	Apply    string
}

// Source is where a fact comes from and what it says, for the reader to check.
type Source struct{ Name, URL, Says string }

// Question is a structured question about a cluster; exactly one of the
// pointer or name fields is set. Package reach answers it from
// inventory.Facts. Not negates the answer (unknown stays unknown).
type Question struct {
	Not bool
	// Any is Yes when one of these is; All when every one is.
	Any, All []Question
	// OS: the instance's node runs this operating system ("windows").
	OS string
	// Uses: one of the inventory.Use* names.
	Uses string
	Gate *GateQuestion
	Flag *SettingQuestion // a command-line flag
	// Config is a field of the component's configuration file, dotted path.
	Config *SettingQuestion
	// AdmissionPlugin is enabled on every API server (defaults included).
	AdmissionPlugin string
	// AnonymousAuth: the API servers accept unauthenticated requests.
	AnonymousAuth bool
	// Who: some subject that is no cluster administrator and no component of
	// Kubernetes itself may do one of these (any one is enough).
	Who []Permission
	// PodSecurity: a namespace exists whose enforce level is weaker than this
	// ("baseline", "restricted"); kube-system and its siblings do not count.
	PodSecurity string
	// Runs: an instance of Component in [From, Before) runs in the cluster.
	Runs *RunsQuestion
	// Beyond names what the cluster cannot show; always unknown. Inside Any it
	// makes a question one-sided: a Yes counts, a No of the rest does not.
	Beyond string
}

// GateQuestion asks: the effective value of Gate on Component equals Value. Where
// it is not set explicitly, Defaults decides by the instance's version.
type GateQuestion struct {
	Component, Gate string
	Value           bool
	Defaults        []GateDefault // ascending; before the first the gate does not exist (false)
	Source          string
}

// GateDefault says: from From on the default is Value; Locked: cannot be changed.
type GateDefault struct {
	From   version.Version
	Value  bool
	Locked bool
}

// SettingQuestion compares one flag or configuration field.
type SettingQuestion struct {
	// Component "" is the affected instance's own: a log verbosity matters in
	// whichever program holds the secret.
	Component, Name string
	// Op: equals | not-equals | at-least (numbers) | contains (comma list) | set
	Op, Value string
	// Default when the setting is absent and the settings are complete;
	// nil = absent means the answer is No.
	Default *string
}

// Permission is one verb on one resource, for Question.Who.
type Permission struct {
	Verb, Group, Resource string // Resource may carry a subresource: pods/exec
	// ClusterWide: only bindings over all namespaces count.
	ClusterWide bool
}

// RunsQuestion names a range of another component.
type RunsQuestion struct {
	Component    string
	From, Before version.Version
}
