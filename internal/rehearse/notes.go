package rehearse

import (
	"fmt"
	"slices"
	"strings"
)

// notes say what is left out of the rehearsal of this cluster.
func (q *questioner) notes() {
	say := func(format string, args ...any) {
		q.seen.NotRehearsed = append(q.seen.NotRehearsed, fmt.Sprintf(format, args...))
	}
	for _, kind := range []string{"validatingwebhookconfigurations", "mutatingwebhookconfigurations"} {
		if n := q.main.stored[kind]; n > 0 {
			say("%d %s are stored and were not called: what they refuse or change is not rehearsed", n, kind)
		}
	}
	if list := q.main.converted; len(list) > 0 {
		say("custom resources that a webhook converts were read without it: %s", strings.Join(list, ", "))
	}
	if gone := q.delegated(); len(gone) > 0 {
		say("APIs of other servers were not asked: %s", strings.Join(gone, ", "))
	}
	if q.notPicked > 0 {
		say("%d objects were not written back: of each resource at most %d, spread over all of it", q.notPicked, q.spec.Sample)
	}
	if q.asked < q.subjects {
		say("%d of %d subjects were asked about, those of Kubernetes itself last", q.asked, q.subjects)
	}
}

// delegated are the group versions that other servers are registered for.
func (q *questioner) delegated() []string {
	var out []string
	for gv, own := range q.main.apis {
		if !own {
			out = append(out, gv)
		}
	}
	slices.Sort(out)
	return out
}
