package hosts

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
)

// TestEtcdBeforeItsStep has two clusters before the minor whose kubeadm takes etcd to 3.6: one with the etcd that kubeadm
// 1.33 itself deploys, from which the step is not safe, and one with what a lab gets where nobody asks for another.
func TestEtcdBeforeItsStep(t *testing.T) {
	const warning = "not safe as it is: kubeadm 1.34.2 takes etcd to 3.6 or later with it"
	for _, tt := range []struct {
		name, asked, runs string
		safe              bool
	}{
		{"kubeadm's own", "3.5.24", "3.5.24", false},
		{"the lab's", "", "3.5.33", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := up(t, cluster.Spec{Name: "etcd", Version: "1.33.13", ControlPlanes: 1, Etcd: tt.asked})
			c := w.look(t, "--target", "1.34.2", "--as-of", "2026-03-15") // when 1.33 and 1.34 were supported
			if got := instances(c, "etcd"); len(got) != 1 || got[0] != "etcd/cp1 "+tt.runs {
				t.Errorf("fixline sees %q, want etcd %s", got, tt.runs)
			}
			if or(c.Target.Version) != "1.34.2" || len(c.Target.Path) != 1 {
				t.Errorf("the target is %+v, want one hop to 1.34.2", c.Target)
			}
			if says := strings.Contains(c.Target.Reason, warning); says == tt.safe {
				t.Errorf("of the way to 1.34.2 it says %q", c.Target.Reason)
			}
			w.Down(t)
		})
	}
}
