package compat

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/policy"
)

// Accept makes information of what a named person accepted until a day; the
// last line of its evidence says who, why and until when. An acceptance that
// has run out is a finding of its own, beside the one it no longer covers.
func Accept(all []finding.Found, entries []policy.Acceptance, asOf time.Time) []finding.Found {
	out := make([]finding.Found, 0, len(all))
	for _, f := range all {
		expired, holds := acceptance(f, entries, asOf)
		if holds != nil {
			f.Severity = finding.Info
			f.Evidence = append(slices.Clip(f.Evidence), fmt.Sprintf("accepted by %s until %s: %s", holds.Owner, holds.Expires.Format(time.DateOnly), holds.Reason))
		}
		out = append(out, f)
		if holds == nil && expired != nil {
			out = append(out, finding.New("IGNORE-001", f.Object, fmt.Sprintf("the acceptance of %s by %s expired on %s", f.Code, expired.Owner, expired.Expires.Format(time.DateOnly))))
		}
	}
	return out
}

// acceptance is the first entry that covers f and holds, and the first that did.
func acceptance(f finding.Found, entries []policy.Acceptance, asOf time.Time) (expired, holds *policy.Acceptance) {
	for i := range entries {
		switch e := &entries[i]; {
		case !e.Covers(f.Code, f.Object, ""):
		case !asOf.After(e.Expires):
			return expired, e
		case expired == nil:
			expired = e
		}
	}
	return expired, nil
}
