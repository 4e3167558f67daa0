package reading

import (
	"fmt"
	"math"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// offClock is from how many seconds on a clock is off, what reading it cannot
// tell already taken away. Clocks that are kept agree within milliseconds; ten
// seconds are the renewDeadline of the control plane's leader election, after
// which a leader gives up
// (https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/#LeaderElectionConfiguration).
const offClock = 10

// clocks looks for API servers whose clock is not that of the machine that
// collected; hosts' own clocks are judged with the other facts of hosts. Only
// the difference is known: where all are off alike, that machine may be the one.
func (r *reader) clocks() {
	var off []evidence.Clock
	for _, c := range r.b.Clocks {
		if math.Abs(c.Ahead)-math.Abs(c.Within) > offClock {
			off = append(off, c)
		}
	}
	all := ""
	if len(off) > 1 && len(off) == len(r.b.Clocks) && alike(off) {
		all = "; all that were read are off by as much, so it may be the collecting machine's"
	}
	for _, c := range off {
		if strings.HasPrefix(c.Of, "hosts/") {
			continue
		}
		way := "ahead of"
		if c.Ahead < 0 {
			way = "behind"
		}
		r.observe(ClocksDisagree, "Cluster", fmt.Sprintf("the clock of the API server %s was %.0f seconds %s that of the machine that collected%s", c.Of, math.Abs(c.Ahead), way, all),
			fmt.Sprintf("%s: %+.1f s, within %.1f s, at %s", c.Of, c.Ahead, c.Within, c.At))
	}
}

// alike reports whether clocks differ no more among each other than two that
// are kept.
func alike(clocks []evidence.Clock) bool {
	least, most := clocks[0].Ahead, clocks[0].Ahead
	for _, c := range clocks {
		least, most = min(least, c.Ahead), max(most, c.Ahead)
	}
	return most-least <= offClock
}
