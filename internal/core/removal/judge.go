package removal

import "github.com/fixline-dev/fixline/internal/core/version"

// State of one API version at a target.
type State string

const (
	// Served at the target and not deprecated there.
	Served State = "served"
	// Deprecated at the target, still served.
	Deprecated State = "deprecated"
	// Removed: no longer served at the target.
	Removed State = "removed"
	// NotYet: first served by a release after the target.
	NotYet State = "not-yet-served"
	// Unknown: a Kubernetes group with a version or kind the table does not
	// hold, a target the table does not reach, or an add-on of unknown version.
	Unknown State = "unknown"
	// Foreign: neither built in nor covered by a rule, such as a custom resource.
	Foreign State = "foreign"
)

// Judgement is what a target does to one API version.
type Judgement struct {
	State State
	// Life is what the table knows; its GVK is zero for Unknown and Foreign
	// kinds that it does not hold.
	Life Lifecycle
	// Already: the release the cluster runs now does not serve it any more.
	Already bool
	// Planned: the removal is announced for a release the table was not made
	// from; it may still move.
	Planned bool
	// Replacement is the end of the chain of replacements that the target
	// serves; zero where there is none.
	Replacement GVK
	// Chain are the replacements as declared, from the first to the last.
	Chain []GVK
	// ReplacementAt is the minor that first serves the last of Chain, where
	// the target serves none of them: "replacement not yet served at the target".
	ReplacementAt version.Minor
	// ReplacementTooNew: the target serves the replacement, but the release the
	// cluster runs now does not, so nobody can move before the upgrade.
	ReplacementTooNew bool
	// Reason is one sentence without a full stop; for Unknown it says why.
	Reason string
}
