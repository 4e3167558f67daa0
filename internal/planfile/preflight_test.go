package planfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/planfile"
	"github.com/fixline-dev/fixline/internal/strict"
)

// TestIgnoredPreflight: what is ignored reads as it was written and is part of
// the hash; a plan that ignores nothing does not speak of it.
func TestIgnoredPreflight(t *testing.T) {
	p := small(t)
	if text := written(t, &p); strings.Contains(text, "ignorePreflightErrors") {
		t.Error("a plan that ignores nothing has a list of it")
	}
	before := p.Hash
	p.IgnorePreflightErrors = []plan.IgnoredCheck{{Check: "SystemVerification", Owner: "ann", Reason: "cgroup v1"}}
	text := written(t, &p)
	f, err := planfile.Read(strings.NewReader(text), "plan.json")
	if err != nil || f.Changed() || f.Hash == before {
		t.Fatalf("changed %t, hash %s, without the list %s: %v", f.Changed(), f.Hash, before, err)
	}
	if diff := cmp.Diff(p.IgnorePreflightErrors, f.Plan.IgnorePreflightErrors); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := written(t, &f.Plan); again != text {
		t.Error("written again it differs")
	}
	f, err = planfile.Read(strings.NewReader(strings.Replace(text, `"check": "SystemVerification"`, `"check": "Mem"`, 1)), "plan.json")
	if err != nil || !f.Changed() {
		t.Errorf("another check has the same hash: %v", err)
	}
	_, err = planfile.Read(strings.NewReader(strings.Replace(text, `"owner": "ann"`, `"ownr": "ann"`, 1)), "plan.json")
	if e, ok := errors.AsType[*strict.Error](err); !ok || e.Field != "ignorePreflightErrors.ownr" || e.Hint != `did you mean "owner"?` {
		t.Errorf("a field nobody knows: %v", err)
	}
}
