package settings

import (
	"fmt"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

const kubeletConf = "/etc/kubernetes/kubelet.conf"

// kubeletConfigs names kubelets whose kubeconfig holds a certificate instead
// of the rotating file: neither the kubelet nor kubeadm renews it there
// (https://github.com/kubernetes/kubeadm/issues/1753).
func (l *loss) kubeletConfigs() {
	for _, k := range l.kubeadm.Kubeconfigs {
		if k.Path != kubeletConf || !k.Embedded {
			continue
		}
		where := fmt.Sprintf("%s on %s holds the kubelet's client certificate itself, which neither the kubelet nor kubeadm renews", k.Path, k.Node)
		day := k.NotAfter.Format(time.DateOnly)
		switch end := l.facts.AsOf.Add(l.facts.Window); {
		case k.NotAfter.IsZero():
			l.add(finding.New("SET-024", "Node/"+k.Node, where+"; when it ends was not read", "subject: "+k.Subject))
		case !k.NotAfter.After(l.facts.AsOf):
			l.add(finding.New("SET-025", "Node/"+k.Node, where+": it ended on "+day, "subject: "+k.Subject))
		case !k.NotAfter.After(end):
			l.add(finding.New("SET-025", "Node/"+k.Node, where+": it ends on "+day+", within the time of the upgrade", "subject: "+k.Subject))
		default:
			l.add(finding.New("SET-024", "Node/"+k.Node, where+": it ends on "+day, "subject: "+k.Subject))
		}
	}
	if n := len(l.kubeadm.HostsUnread); n > 0 {
		f := finding.New("SET-026", "Host/kubelet.conf", fmt.Sprintf("kubelet.conf of %d nodes was not read: whether a certificate that nobody renews is embedded there is not known", n),
			strings.Join(l.kubeadm.HostsUnread[:min(n, 20)], ", "))
		f.Severity, f.Remedy = finding.Info, "`fixline collect` with the hosts, or look for client-certificate-data in "+kubeletConf
		l.add(f)
	}
}
