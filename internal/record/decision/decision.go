// Package decision is record.yaml: what was decided about one change and why,
// in a form a person reads, edits and commits. It decides what is well-formed
// there, and what of it is still open on a day; it judges no cluster and opens
// no file. Start at [Decision], [Read] and [Write].
package decision

import "encoding/json"

// APIVersion and Kind of the file.
const (
	APIVersion = "fixline.dev/v1alpha1"
	Kind       = "ChangeRecord"
)

// Text is a text that may be absent: "" reads and prints as null in JSON.
type Text string

// MarshalJSON writes null for an absent text.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Decision is the file. Days are YYYY-MM-DD, times RFC 3339, versions without
// v, sums SHA-256 in hex. Lists that were read are never nil.
type Decision struct {
	APIVersion string   `json:"apiVersion" yaml:"apiVersion"`
	Kind       string   `json:"kind" yaml:"kind"`
	ID         string   `json:"id" yaml:"id"` // names the change: "prod-1.34.2-20260315"
	Created    string   `json:"created" yaml:"created"`
	AsOf       string   `json:"asOf" yaml:"asOf"`                                   // the day it was judged for
	Catalog    Text     `json:"catalogDate" yaml:"catalogDate,omitempty"`           // day of the data
	Sentence   string   `json:"sentence" yaml:"sentence"`                           // the operational sentence
	Cluster    Cluster  `json:"cluster" yaml:"cluster"`                             //
	Reason     Reason   `json:"reason" yaml:"reason"`                               // why anything is changed at all
	Change     Change   `json:"change" yaml:"change"`                               // from where to where
	Owners     []Owner  `json:"owners" yaml:"owners,omitempty"`                     //
	SignOffs   []string `json:"requiredSignOffs" yaml:"requiredSignOffs,omitempty"` // roles: see [Roles]

	Mapping     []Mapping    `json:"mapping" yaml:"mapping,omitempty"`
	Rejected    []Rejected   `json:"rejected" yaml:"rejected,omitempty"`
	Findings    []Finding    `json:"findings" yaml:"findings,omitempty"`
	Waivers     []Waiver     `json:"waivers" yaml:"waivers,omitempty"`
	Skew        []Skew       `json:"expectedSkew" yaml:"expectedSkew,omitempty"`
	Backup      Backup       `json:"backup" yaml:"backup"`
	Rollback    Rollback     `json:"rollback" yaml:"rollback"`
	Checks      []Check      `json:"checks" yaml:"checks,omitempty"`
	Mitigations []Mitigation `json:"mitigations" yaml:"mitigations,omitempty"`
	FollowUps   []FollowUp   `json:"followUps" yaml:"followUps,omitempty"`
	PolicyHash  Text         `json:"policyHash" yaml:"policyHash,omitempty"`
}

// Roles are who may have to sign.
func Roles() []string { return []string{"platform", "workload-owner", "security"} }

// Cluster is what is changed.
type Cluster struct {
	Name        string `json:"name" yaml:"name"`
	Environment Text   `json:"environment" yaml:"environment,omitempty"`
	Owner       Text   `json:"owner" yaml:"owner,omitempty"`
	Provider    Text   `json:"provider" yaml:"provider,omitempty"`
}

// Reason is why: advisories, another reason in words, or both.
type Reason struct {
	Advisories []string `json:"advisories" yaml:"advisories,omitempty"`
	Text       Text     `json:"text" yaml:"text,omitempty"`
}

// Change is from where to where, and by when.
type Change struct {
	From   string   `json:"from" yaml:"from"`
	Target string   `json:"target" yaml:"target"`
	Hops   []string `json:"hops" yaml:"hops,omitempty"`
	Due    Text     `json:"due" yaml:"due,omitempty"`
	Why    Text     `json:"why" yaml:"why,omitempty"` // why this target
}

// Owner is who answers for a part.
type Owner struct {
	Part    string `json:"part" yaml:"part"`
	Name    string `json:"name" yaml:"name"`
	Contact Text   `json:"contact" yaml:"contact,omitempty"`
}

// Mapping is what one advisory comes to.
type Mapping struct {
	Advisory   string   `json:"advisory" yaml:"advisory"`
	Verdict    string   `json:"verdict" yaml:"verdict"`
	Components []string `json:"components" yaml:"components,omitempty"`
	FixedIn    []string `json:"fixedIn" yaml:"fixedIn,omitempty"`
	Target     Text     `json:"target" yaml:"target,omitempty"` // "" = no version of this change closes it
	Why        Text     `json:"why" yaml:"why,omitempty"`
}

// Rejected is a version that was turned down.
type Rejected struct {
	Version string `json:"version" yaml:"version"`
	Reason  string `json:"reason" yaml:"reason"`
}

// States of a finding.
const (
	Open        = "open"
	Settled     = "closed"
	NeedsReview = "needs-review" // a person has to say what it is
)

// Finding is a deprecation, a compatibility finding, or any other.
type Finding struct {
	Code     string `json:"code" yaml:"code"`
	Severity string `json:"severity" yaml:"severity"` // blocker, warning, info
	Object   Text   `json:"object" yaml:"object,omitempty"`
	Message  string `json:"message" yaml:"message"`
	State    string `json:"state" yaml:"state"`
	Note     Text   `json:"note" yaml:"note,omitempty"`
}

// Waiver accepts a finding: who, why, until when.
type Waiver struct {
	Finding string `json:"finding" yaml:"finding"`         // its code
	Object  Text   `json:"object" yaml:"object,omitempty"` // "" = wherever the code is found
	By      string `json:"by" yaml:"by"`
	Why     string `json:"why" yaml:"why"`
	Until   string `json:"until" yaml:"until"` // the last day it holds
}

// Skew is a difference of versions that will be seen during the change.
type Skew struct {
	Component string `json:"component" yaml:"component"`
	Versions  string `json:"versions" yaml:"versions"` // in words: "1.33.6 beside API servers at 1.34.2"
	During    Text   `json:"during" yaml:"during,omitempty"`
	Why       Text   `json:"why" yaml:"why,omitempty"`
}

// Backup is what the way back stands on. That it was proven is an entry of the
// journal, made by the test restore.
type Backup struct {
	Required bool `json:"required" yaml:"required"`
	WhyNot   Text `json:"whyNot" yaml:"whyNot,omitempty"` // where it is not required
	Location Text `json:"location" yaml:"location,omitempty"`
	Restore  Text `json:"restore" yaml:"restore,omitempty"` // the command
}

// Rollback is when one goes back, and when one does not.
type Rollback struct {
	Triggers    []string `json:"triggers" yaml:"triggers,omitempty"`
	NotTriggers []string `json:"notTriggers" yaml:"notTriggers,omitempty"`
	How         Text     `json:"how" yaml:"how,omitempty"`
}

// Check is looked at after the change.
type Check struct {
	Text    string `json:"text" yaml:"text"`
	Command Text   `json:"command" yaml:"command,omitempty"`
}

// Mitigation lowers the risk until the change is done, and has to go again.
type Mitigation struct {
	Text     string `json:"text" yaml:"text"`
	Advisory Text   `json:"advisory" yaml:"advisory,omitempty"`
	Since    Text   `json:"since" yaml:"since,omitempty"` // "" = not in place
	Removal  Text   `json:"removal" yaml:"removal,omitempty"`
	Owner    Text   `json:"owner" yaml:"owner,omitempty"`
}

// FollowUp is what stays to be done.
type FollowUp struct {
	Text  string `json:"text" yaml:"text"`
	Owner Text   `json:"owner" yaml:"owner,omitempty"`
	Due   Text   `json:"due" yaml:"due,omitempty"`
	Done  bool   `json:"done" yaml:"done"`
}
