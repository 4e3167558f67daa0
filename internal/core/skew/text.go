package skew

import "fmt"

// text is the rule as one sentence with the numbers that hold.
func (r Rule) text(b bounds) string {
	against := r.Against
	if r.SameNode {
		against += " of its node"
	}
	switch {
	case r.Component == r.Against:
		return fmt.Sprintf("%s instances must be within %s of each other%s", r.Component, minors(b.older, true), b.note)
	case b.newer == b.older:
		return fmt.Sprintf("%s may be at most %s older or newer than %s%s", r.Component, minors(b.older, true), against, b.note)
	case b.newer == 0:
		return fmt.Sprintf("%s must not be newer than %s and at most %s older%s", r.Component, against, minors(b.older, true), b.note)
	}
	return fmt.Sprintf("%s may be at most %s newer and %s older than %s%s", r.Component, minors(b.newer, true), minors(b.older, true), against, b.note)
}
