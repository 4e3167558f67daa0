package evidence

import (
	"fmt"
	"slices"
	"strings"
)

// State says whether one thing that was asked for came back.
type State int

const (
	// NotAsked is the zero State: nobody tried.
	NotAsked State = iota
	// Read: it came back, whole. The list may be empty.
	Read
	// Forbidden: the API server refused; Access.Rule is what is missing.
	Forbidden
	// Absent: there is no such file or object, or the server does not serve it.
	Absent
	// Failed: an error came back instead.
	Failed
)

func states() []string { return []string{"not asked", "read", "forbidden", "absent", "failed"} }

func (s State) String() string { return states()[s] }

// MarshalText writes a State as a bundle's manifest has it.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(text []byte) error {
	at := slices.Index(states(), string(text))
	if at < 0 {
		return fmt.Errorf("%q is none of the states %s", text, strings.Join(states(), ", "))
	}
	*s = State(at)
	return nil
}

// Access is what became of one request.
type Access struct {
	State  State
	Reason string // for every State but Read: one line
	Rule   *Rule  // Forbidden only: the RBAC rule that would allow it
}

// Rule is the part of an RBAC PolicyRule that one request needs.
type Rule struct {
	APIGroup       string `json:"apiGroup,omitempty"`
	Resource       string `json:"resource,omitempty"`
	ResourceName   string `json:"resourceName,omitempty"`
	Verb           string `json:"verb"`
	NonResourceURL string `json:"nonResourceURL,omitempty"`
}

// String is the rule as it stands in a ClusterRole:
// `apiGroups: [""], resources: ["pods"], verbs: ["list"]`.
func (r Rule) String() string {
	if r.NonResourceURL != "" {
		return `nonResourceURLs: ["` + r.NonResourceURL + `"], verbs: ["` + r.Verb + `"]`
	}
	var s strings.Builder
	s.WriteString(`apiGroups: ["` + r.APIGroup + `"], resources: ["` + r.Resource + `"], `)
	if r.ResourceName != "" {
		s.WriteString(`resourceNames: ["` + r.ResourceName + `"], `)
	}
	s.WriteString(`verbs: ["` + r.Verb + `"]`)
	return s.String()
}
