package catalog

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Every kind of step has minutes; StepMinutes itself refuses one without.
func TestStepMinutes(t *testing.T) {
	minutes, err := StepMinutes()
	if err != nil {
		t.Fatal(err)
	}
	if len(minutes) != len(plan.Kinds()) || minutes[plan.KubeadmApply] < minutes[plan.PackageHold] {
		t.Errorf("%v", minutes)
	}
}
