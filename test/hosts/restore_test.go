package hosts

import (
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/guide"
	"github.com/fixline-dev/fixline/lab/cluster"
)

// TestRestoreOne destroys the only control plane of a cluster, twice, and brings it back by the commands its backup has
// in it and nothing else: first its data is gone, then the whole of /etc/kubernetes, with the encryption keys, and the
// data. Before, the backup is taken over SSH and on the host itself, verified, and rehearsed.
func TestRestoreOne(t *testing.T) {
	w := up(t, cluster.Spec{Name: "restore", Version: "1.37.0", ControlPlanes: 1, Workers: 1})
	w.encrypt(t, "/etc/kubernetes/encryption")
	d := w.drill(t)
	d.before(t)
	d.strangers(t, "root@cp1")
	b := d.backup(t, "root@cp1")
	d.holds(t, b, "/etc/kubernetes/encryption/config.yaml", "cp1")
	d.verify(t, b)
	d.rehearse(t, b, "1.37.0", "1.37.1")
	d.local(t, b)

	d.after(t)
	w.destroyData(t, "cp1")
	d.restore(t, b)
	d.proven(t, b)

	// Again, from a backup that an account without root took with sudo, and with nothing left of what kubeadm wrote.
	w.sudoer(t, "cp1")
	d = w.drill(t)
	d.before(t)
	b = d.backup(t, "may@cp1")
	d.after(t)
	w.Run(t, "cp1", "rm -rf /etc/kubernetes")
	w.destroyData(t, "cp1")
	w.Run(t, "cp1", "systemctl restart kubelet || true") // it does not come up without its kubeconfig
	d.restore(t, b)
	d.proven(t, b)
	w.Down(t)
}

// TestRestoreThree destroys two of three members, of which one has lost /etc/kubernetes as well, and restores all.
func TestRestoreThree(t *testing.T) {
	w := up(t, cluster.Spec{Name: "restore3", Version: "1.37.0", ControlPlanes: 3, Workers: 1})
	w.encrypt(t, "/etc/encryption-at-rest") // elsewhere than kubeadm's own
	d := w.drill(t)
	d.before(t)
	b := d.backup(t, "root@cp1", "root@cp2", "root@cp3")
	d.holds(t, b, "/etc/encryption-at-rest/config.yaml", "cp1", "cp2", "cp3")
	d.verify(t, b)

	d.after(t)
	w.Run(t, "cp3", "rm -rf /etc/kubernetes /etc/encryption-at-rest")
	w.destroyData(t, "cp2", "cp3")
	d.restore(t, b)
	d.proven(t, b)
	w.Down(t)
}

// controlPlanes are the names of its hosts.
func (w world) controlPlanes() []string { return []string{"cp1", "cp2", "cp3"}[:w.Spec.ControlPlanes] }

func (w world) nodes() []string { return append(w.controlPlanes(), "w1") }

// encrypt lets the API servers encrypt Secrets at rest, with a configuration in a folder, as an administrator does.
func (w world) encrypt(t *testing.T, dir string) {
	t.Helper()
	for _, host := range w.controlPlanes() {
		w.Run(t, host, `set -eu
umask 077
mkdir -p `+dir+`
cat >`+dir+`/config.yaml <<'END'
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: key1, secret: `+encryptionKey+`}]}
  - identity: {}
END
old=/etc/kubernetes/manifests/kube-apiserver.yaml
new=/etc/kubernetes/kube-apiserver.new
sed -e '/^    - kube-apiserver$/a\    - --encryption-provider-config=`+dir+`/config.yaml' \
	-e '/^    volumeMounts:$/a\    - {name: encryption, mountPath: `+dir+`, readOnly: true}' \
	-e '/^  volumes:$/a\  - {name: encryption, hostPath: {path: `+dir+`, type: Directory}}' $old >$new
mv $new $old
for _ in $(seq 180); do
	if pgrep -f -- '^kube-apiserver .*--encryption-provider-config' >/dev/null && [ "$(curl -sk --max-time 5 https://127.0.0.1:6443/readyz)" = ok ]; then exit 0; fi
	sleep 1
done
echo "no API server with encryption after three minutes" >&2
exit 1`)
	}
}

// encryptionKey is 32 bytes in base64.
const encryptionKey = "ZHJpbGwtZHJpbGwtZHJpbGwtZHJpbGwtZHJpbGwtMDE="

// destroyData removes what the members have, as they run, and wants the cluster to be dead of it.
func (w world) destroyData(t *testing.T, hosts ...string) {
	t.Helper()
	for _, host := range hosts {
		w.Run(t, host, "rm -rf /var/lib/etcd/member; pkill -x -KILL etcd || true")
	}
	// The kubelet starts a member without its data anew: it is another cluster's or none, but never this one's.
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(2 * time.Second) {
		out, err := w.Try(t, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 5s get configmap kept")
		if err != nil || !strings.Contains(out, "kept") {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the cluster answers as if nothing were gone")
		}
	}
}

// on are the hosts a step's commands are run on; none = here.
func (w world) on(t *testing.T, s guide.Step) []string {
	t.Helper()
	switch s.On {
	case guide.ControlPlanes:
		return w.controlPlanes()
	case guide.Nodes:
		return w.nodes()
	case guide.Keeper, guide.Kubectl:
		return nil
	case "cp1", "cp2", "cp3":
		return []string{s.On}
	}
	t.Fatalf("%q is no host of this lab, in the step %q", s.On, s.Say)
	return nil
}
