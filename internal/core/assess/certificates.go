package assess

import (
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// certificateMargin is how long before its end a certificate is named. kubeadm
// renews those it made at every upgrade, which comes at least every few months
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/):
// one this near its end was missed, or the upgrade was.
const certificateMargin = 30 * 24 * time.Hour

// certificates names those that have ended on the day, or soon will have.
func (a *Assessor) certificates(all []inventory.Certificate) []Finding {
	var out []Finding
	for _, c := range all {
		left := c.NotAfter.Sub(a.basis.AsOf)
		where, day := c.Path+" on "+c.Node, c.NotAfter.Format(time.DateOnly)
		switch {
		case left <= 0:
			out = append(out, found("HOST-006", "Node/"+c.Node, fmt.Sprintf("certificate %s expired on %s", where, day), "subject: "+c.Subject))
		case left <= certificateMargin:
			out = append(out, found("HOST-007", "Node/"+c.Node, fmt.Sprintf("certificate %s expires on %s, in %d days", where, day, int(left.Hours()/24)), "subject: "+c.Subject))
		}
	}
	return out
}
