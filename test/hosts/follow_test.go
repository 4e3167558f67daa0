package hosts

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/guide"
	"github.com/fixline-dev/fixline/lab/remote"
)

// restore runs the commands that the backup itself holds, as they stand there, in their order.
func (d *drill) restore(t *testing.T, b taken) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.opened(t, b), archive.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	sealed := decode[archive.Manifest](t, string(text))
	begun := time.Now()
	for _, step := range sealed.Restore {
		at := time.Now()
		d.follow(t, step)
		t.Logf("%5.1f s  %s: %s", time.Since(at).Seconds(), step.On, step.Say)
	}
	t.Logf("restored in %.1f s", time.Since(begun).Seconds())
	d.leftOnHosts(t)
	d.clean(t, memory())
}

// follow does one step, host by host; a command that fails ends the test.
func (d *drill) follow(t *testing.T, step guide.Step) {
	t.Helper()
	hosts := d.on(t, step)
	if hosts == nil {
		for _, command := range step.Commands {
			d.here(t, command)
		}
	}
	for _, host := range hosts {
		for _, command := range step.Commands {
			if out, err := d.Try(t, host, "timeout 300 sh -c "+remote.Quote(command)+" 2>&1"); err != nil {
				t.Fatalf("%s: %s: %v\n%s\n%s", host, command, err, out, d.look(t, host))
			}
		}
	}
}

// look is what a host is doing, for who has to find out why it does not come up.
func (d *drill) look(t *testing.T, host string) string {
	t.Helper()
	out, err := d.Try(t, host, "ls -la /etc/kubernetes /etc/kubernetes/manifests* /var/lib/etcd; pgrep -a 'etcd|kube'; journalctl -u kubelet --no-pager | tail -n 30; tail -n 5 /var/log/pods/kube-system_*/*/*.log")
	return fmt.Sprint(out, err)
}
