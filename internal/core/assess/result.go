package assess

// The types below are the JSON contract of `fixline assess -o json`. Lists
// are never null, absent scalars are null, versions carry no v, dates are
// YYYY-MM-DD strings.

// Result is a whole run: one or many clusters.
type Result struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	AsOf       string          `json:"asOf"`
	Catalog    CatalogInfo     `json:"catalog"`
	Clusters   []ClusterResult `json:"clusters"`
	Rollout    []string        `json:"rollout"` // cluster names: development, staging, production
	// Since is what `--since FILE` found changed; null without it.
	Since *Since `json:"since,omitempty"`
}

// CatalogInfo dates the facts a result rests on.
type CatalogInfo struct {
	Date              string `json:"date"`
	AdvisoriesThrough string `json:"advisoriesThrough"`
	AgeDays           int    `json:"ageDays"`
	Stale             bool   `json:"stale"`
}

// Verdict of an advisory or of one instance under it.
type Verdict string

const (
	Affected     Verdict = "affected"
	NotReachable Verdict = "not-reachable"
	MitigateOnly Verdict = "mitigate-only"
	Unknown      Verdict = "unknown"
	NotAffected  Verdict = "not-affected"
)

// ClusterResult is one cluster's assessment.
type ClusterResult struct {
	Name             string           `json:"name"`
	Environment      *string          `json:"environment"`
	Provider         string           `json:"provider"`
	ProviderEvidence string           `json:"providerEvidence"`
	Ownership        []Ownership      `json:"ownership"` // who owns which part, by provider
	Owner            *string          `json:"owner"`
	Support          Support          `json:"support"`
	Instances        []InstanceResult `json:"instances"` // every instance, readable or not
	Advisories       []AdvisoryResult `json:"advisories"`
	Findings         []Finding        `json:"findings"`
	Target           Target           `json:"target"`
	RehearsalTarget  *Target          `json:"rehearsalTarget"`
	OtherTargets     []OtherTarget    `json:"otherTargets"`
	Decision         Decision         `json:"decision"`
	Due              *string          `json:"due"`
	Overdue          bool             `json:"overdue"`
	Sentence         string           `json:"sentence"`
	Coverage         Coverage         `json:"coverage"`
}

// Ownership says who moves a part of the cluster.
type Ownership struct {
	Part string `json:"part"` // "control plane", "nodes", "add-ons", "workloads and policy"
	By   string `json:"by"`   // "you" | "provider" | "shared"
	Note string `json:"note"`
}

// Support is the release-calendar state of the oldest API server's minor.
type Support struct {
	Minor     *string `json:"minor"`
	Status    string  `json:"status"`
	EndOfLife *string `json:"endOfLife"`
}

// InstanceResult is one running copy of a component as it was read.
type InstanceResult struct {
	Component string  `json:"component"`
	Node      *string `json:"node"`
	Version   *string `json:"version"` // null: not readable, see Unread
	ReadFrom  string  `json:"readFrom"`
	Unread    *string `json:"unread"`
}

// AdvisoryResult is one advisory's verdict for one cluster.
type AdvisoryResult struct {
	ID          string             `json:"id"`
	Summary     string             `json:"summary"`
	Verdict     Verdict            `json:"verdict"`
	Score       *float64           `json:"score"`
	Vector      *string            `json:"vector"`
	Published   *string            `json:"published"`
	Fixed       []string           `json:"fixed"`
	FixState    string             `json:"fixState"` // fixed | gate | never
	Disputed    bool               `json:"disputed"`
	Dispute     *string            `json:"dispute"`
	Reason      string             `json:"reason"`
	WouldChange *string            `json:"wouldChange"` // for not-affected: what would change the verdict
	Components  []ComponentVerdict `json:"components"`
	Conditions  []ConditionResult  `json:"conditions"`
	Mitigations []MitigationResult `json:"mitigations"`
	Sources     []SourceResult     `json:"sources"`
	// Accepted: a named person accepted a mitigate-only advisory until a day.
	Accepted *Accepted `json:"accepted"`
}

// Accepted is an ignore file's entry that holds on the day.
type Accepted struct {
	Owner   string `json:"owner"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
}

// ComponentVerdict is one instance under one advisory.
type ComponentVerdict struct {
	Component string  `json:"component"`
	Node      *string `json:"node"`
	Version   *string `json:"version"`
	Verdict   Verdict `json:"verdict"`
	FixedIn   *string `json:"fixedIn"`
	ReadFrom  string  `json:"readFrom"`
	Reason    string  `json:"reason"`
}

// ConditionResult: state is met, not-met or unknown.
type ConditionResult struct {
	Text     string `json:"text"`
	State    string `json:"state"`
	Evidence string `json:"evidence"`
}

// MitigationResult: state is in-place, missing or unknown.
type MitigationResult struct {
	Text     string  `json:"text"`
	State    string  `json:"state"`
	Evidence string  `json:"evidence"`
	Apply    *string `json:"apply"`
}

// SourceResult is a source and what it says.
type SourceResult struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Says string `json:"says"`
}

// Finding is one coded finding; codes are documented in docs/findings.md.
type Finding struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"` // blocker | warning | info
	Object   string   `json:"object"`
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"`
	Evidence []string `json:"evidence"`
}

// Target is the Kubernetes version to move to.
type Target struct {
	Version   *string    `json:"version"` // null for kind none and unreachable
	Kind      string     `json:"kind"`    // none | patch | minor | provider | unreachable
	Path      []Hop      `json:"path"`
	Reason    string     `json:"reason"`
	Wanted    *string    `json:"wanted"` // for unreachable: what would be needed
	Fixes     []string   `json:"fixes"`
	Remaining []string   `json:"remaining"`
	Rejected  []Rejected `json:"rejected"`
}

// Hop is one version on the way, with its release notes.
type Hop struct {
	Version      string `json:"version"`
	ReleaseNotes string `json:"releaseNotes"`
}

// Rejected is an alternative target and why it was not taken.
type Rejected struct {
	Version string `json:"version"`
	Reason  string `json:"reason"`
}

// OtherTarget is the target of a component that is not Kubernetes itself.
type OtherTarget struct {
	Component string   `json:"component"`
	Nodes     []string `json:"nodes"`
	// Verdict is the worst of its advisories: unknown means that this build may
	// hold the fixes already, so the move is a question and not an order.
	Verdict   Verdict  `json:"verdict"`
	Current   string   `json:"current"`
	Version   *string  `json:"version"` // null: no fixed version known
	Fixes     []string `json:"fixes"`
	Remaining []string `json:"remaining"`
	How       string   `json:"how"`
}

// Decision answers the four questions of a security upgrade: yes, no or unknown.
type Decision struct {
	Affected       string `json:"affected"`
	MinorSupported string `json:"minorSupported"`
	Reachable      string `json:"reachable"`
	Clear          string `json:"clear"`
	Action         string `json:"action"`
	// Evidence is one sentence for each of the four answers.
	Evidence DecisionEvidence `json:"evidence"`
}

// DecisionEvidence says what each of the four answers rests on.
type DecisionEvidence struct {
	Affected       string `json:"affected"`
	MinorSupported string `json:"minorSupported"`
	Reachable      string `json:"reachable"`
	Clear          string `json:"clear"`
}

// Coverage says what the answer could not see.
type Coverage struct {
	Complete bool  `json:"complete"`
	Gaps     []Gap `json:"gaps"`
}

// Gap is one thing that was asked and not read.
type Gap struct {
	Check    string `json:"check"`
	Reason   string `json:"reason"`
	Required bool   `json:"required"`
}

// Since compares with an earlier result.
type Since struct {
	AsOf    string   `json:"asOf"` // of the earlier result
	Changes []Change `json:"changes"`
}

// Change is one difference to the earlier result.
type Change struct {
	Cluster string  `json:"cluster"`
	What    string  `json:"what"` // "advisory CVE-…", "target", "finding SKEW-002 Node/w1"...
	Before  *string `json:"before"`
	After   *string `json:"after"`
}
