package backup

import (
	"testing"
	"time"
)

func TestSlow(t *testing.T) {
	for name, tc := range map[string]struct {
		after    time.Duration
		got, all int64
		want     bool
	}{
		"just begun":           {time.Second, 0, 1 << 30, false},
		"nothing came":         {3 * time.Second, 0, 1 << 30, true},
		"done before":          {10 * time.Second, 1 << 28, 1 << 30, false},
		"three minutes in all": {18 * time.Second, 100, 1000, true},
		"almost two":           {119 * time.Second, 1000, 1000, false},
		"more than two":        {121 * time.Second, 1000, 1000, true},
	} {
		if got := slow(tc.after, tc.got, tc.all); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
