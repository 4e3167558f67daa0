package assess

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

func TestCertificates(t *testing.T) {
	day := time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	a := &Assessor{basis: Basis{AsOf: day}}
	var all []inventory.Certificate
	for path, end := range map[string]time.Time{
		"expired": day, "near": day.AddDate(0, 0, 30), "far": day.AddDate(0, 0, 31),
	} {
		all = append(all, inventory.Certificate{Node: "cp1", Path: path, Subject: "CN=x", NotAfter: end})
	}
	got := map[string]string{}
	for _, f := range a.certificates(all) {
		got[f.Code] = f.Message
	}
	want := map[string]string{
		"HOST-006": "certificate expired on cp1 expired on 2026-03-15",
		"HOST-007": "certificate near on cp1 expires on 2026-04-14, in 30 days",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
