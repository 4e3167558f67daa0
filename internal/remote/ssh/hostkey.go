package ssh

import (
	"fmt"
	"strings"
)

// HostKeyError is a host whose key is not known, or not the known one.
type HostKeyError struct {
	Host string // as it is looked up
	// Type and Fingerprint are of the key the host presented:
	// "ssh-ed25519", "SHA256:...".
	Type, Fingerprint string
	// Known are the keys that were expected, with file and line; empty where
	// the host is not known at all.
	Known []string
	// Revoked: a file says this key is to be refused.
	Revoked bool
	// Commands show both sides: what the host presents and what is known.
	Commands []string
}

func (e *HostKeyError) Error() string {
	presents := fmt.Sprintf("it presents %s %s", e.Type, e.Fingerprint)
	switch {
	case e.Revoked:
		return fmt.Sprintf("the key of host %s is revoked: %s", e.Host, presents)
	case len(e.Known) > 0:
		return fmt.Sprintf("the key of host %s has CHANGED: %s, known is %s", e.Host, presents, strings.Join(e.Known, ", "))
	}
	return fmt.Sprintf("the key of host %s is not known: %s", e.Host, presents)
}

// Hint is how a person tells whether the key is right.
func (e *HostKeyError) Hint() string {
	return "compare what the host presents with what is known: " + strings.Join(e.Commands, "; ")
}
