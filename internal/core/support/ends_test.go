package support

import (
	"testing"
	"time"
)

func TestEndsWithin(t *testing.T) {
	asOf := time.Date(2026, 6, 14, 0, 0, 0, 0, time.UTC)
	for end, want := range map[string]bool{"": false, "2026-06-01": true, "2026-06-27": true, "2026-06-28": false} {
		m := MinorRelease{}
		if end != "" {
			m.EndOfLife, _ = time.Parse(time.DateOnly, end)
		}
		if got := m.EndsWithin(14, asOf); got != want {
			t.Errorf("end %q: %v, want %v", end, got, want)
		}
	}
}
