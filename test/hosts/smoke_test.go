package hosts

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
)

// timer is what installs packages by itself on Debian, unless a change keeps it from that.
const timer = "apt-daily.timer"

// TestSmoke is the main job on a real cluster, from nothing to nothing: it comes up, an advisory is named, the upgrade is
// planned, backed up, rehearsed, signed and carried out, and the advisory is closed on every instance. The version is one
// that a public advisory is about and the next patch release closes.
func TestSmoke(t *testing.T) {
	p := pair{advisory: "CVE-2026-2270", from: "1.37.0", to: "1.37.1", asOf: "2026-11-20"}
	w := up(t, cluster.Spec{Name: "smoke", Version: p.from, ControlPlanes: 1, Workers: 1, Offer: []string{p.to}})
	before := w.exposed(t, p)
	w.workload(t)
	for _, host := range w.nodes() {
		w.Run(t, host, "systemctl unmask "+timer+" && systemctl start "+timer)
	}

	c := w.operator(t).prepared(t, "change", p.to)
	r, _ := c.apply(t, 0)
	if r.Ending != "finished" || r.Done != len(c.plan.Steps) || r.Steps != r.Done {
		t.Errorf("%+v", r)
	}
	c.own(t)
	c.once(t)
	c.nothingLeft(t, timer)
	w.closed(t, p, before)
	w.atRest(t)

	// What comes after is not done yet, and the record says so; nothing else is missing once it is signed to its end.
	c.sign(t)
	const incomplete = 4
	out, _ := c.run(t, incomplete, "record", "verify", c.dir, "--key", c.home+"/key.pub", "-o", "json")
	said := decode[struct{ Missing []struct{ Part, Why string } }](t, out)
	if len(said.Missing) != 1 || said.Missing[0].Part != "verification" {
		t.Errorf("missing in the record: %+v", said.Missing)
	}
	// Again: it is finished, and nothing is done.
	if r, _ := c.apply(t, 0); r.Ending != "finished" || slices.ContainsFunc(c.journal(t)[len(c.journal(t))-2:], func(e entry) bool { return strings.HasPrefix(e.Kind, "step-") }) {
		t.Errorf("again: %+v", r)
	}
	w.Down(t)
}

// workload is what somebody runs on the worker: one pod, which ends when it is told to.
func (w world) workload(t *testing.T) {
	t.Helper()
	w.Run(t, "cp1", `cat <<'END' | kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f -
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: `+cluster.Workload+`
        command: [sh, -c, "trap 'exit 0' TERM; sleep 1000001 & wait"]
END`)
	w.kubectlAgain(t, "rollout status deployment/web --timeout=3m")
}
