package apply

import (
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
)

// TestIdentity: two records of the same cluster, target and day are two, and one
// is the same whatever was added to it.
func TestIdentity(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	of := func(dir string) string {
		r, err := record.Verify(dir, record.VerifyOptions{AsOf: at})
		if err != nil {
			t.Fatal(err)
		}
		return identity(&change{record: r})
	}
	made := func(second int) string {
		dir := t.TempDir()
		r, err := record.Create(dir, decision.Decision{ID: "prod-1.37.1", Created: "2026-11-30T09:00:00Z", AsOf: "2026-11-30", Sentence: "We go to 1.37.1.", Cluster: decision.Cluster{Name: "prod"},
			Reason: decision.Reason{Text: "a test"}, Change: decision.Change{From: "1.37.0", Target: "1.37.1"}, Backup: decision.Backup{Required: true}}, nil,
			record.Options{Now: func() time.Time { return at.Add(time.Duration(second) * time.Second) }, Program: "fixline"})
		if err != nil {
			t.Fatal(err)
		}
		before := of(dir)
		if _, err := r.Append("note", map[string]string{"text": "later"}); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if after := of(dir); after != before {
			t.Errorf("%q became %q", before, after)
		}
		return before
	}
	if a, b := made(0), made(1); a == b {
		t.Errorf("two records are both %q", a)
	}
}
