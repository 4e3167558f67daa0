package hosts

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/lab/program"
	"github.com/fixline-dev/fixline/test/leak"
)

// change is an operator who takes a lab to another version by a change record.
type change struct {
	*drill
	to   string
	dir  string // the record
	plan plan.Plan
}

// policyOfLab is what the lab needs: its hosts are containers, which kubeadm's check of the system does not know.
const policyOfLab = `apiVersion: fixline.dev/v1alpha1
kind: Policy
staleAfterDays: 90
maxAge:
  plan: {catalogue: 90d}
  apply: {catalogue: 90d}
signers:
- {roles: [platform]}
kubeadm:
  ignorePreflightErrors:
  - check: SystemVerification
    owner: platform
    reason: the hosts are containers
`

// operator is one who has what a change needs: etcd's programs and a key to sign with.
func (w world) operator(t *testing.T) *drill {
	t.Helper()
	d := &drill{world: w, home: t.TempDir(), bin: t.TempDir(), planted: leak.Planted{}}
	for _, dir := range []string{"tmp", "backups"} {
		if err := os.Mkdir(filepath.Join(d.home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	version := strings.TrimSpace(w.Run(t, "cp1", `sed -n 's,.*image: registry.k8s.io/etcd:\([0-9.]*\)-.*,\1,p' /etc/kubernetes/manifests/etcd.yaml`))
	paths, err := w.Store.Paths(t.Context(), program.Program{Name: "etcd", Version: version}, program.Program{Name: "etcdutl", Version: version})
	if err != nil {
		t.Fatal(err)
	}
	d.etcd = filepath.Dir(paths[0])
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	known, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, filepath.Join(d.home, "key.pem"), 0o600, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	d.write(t, filepath.Join(d.home, "key.pub"), 0o600, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: known})))
	d.write(t, filepath.Join(d.home, "policy.yaml"), 0o600, policyOfLab)
	return d
}

// prepared is a change that may begin: planned from a bundle, backed up, rehearsed and signed.
func (d *drill) prepared(t *testing.T, name, to string) *change {
	t.Helper()
	c := d.planned(t, name, to)
	d.agreed(t, 0, "backup", "-O", filepath.Join(d.home, "backups"), "--ssh", "root@cp1", "--ssh-config", d.Folder.SSHConfig(), "--plaintext",
		"--etcd-binary", d.etcd, "--kubeconfig", d.Folder.Kubeconfig(), "--record", c.dir)
	taken, err := filepath.Glob(filepath.Join(d.home, "backups", "*.tar"))
	if err != nil || len(taken) == 0 {
		t.Fatalf("backups %q, %v", taken, err)
	}
	apiserver := func(version string) string {
		path, err := d.Store.Path(t.Context(), program.Program{Name: "kube-apiserver", Version: version})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	d.agreed(t, 0, "rehearse", "--backup", taken[len(taken)-1], "--etcd-binary", filepath.Join(d.etcd, "etcd"),
		"--baseline", apiserver(d.Spec.Version), "--binary", apiserver(to), "--record", c.dir)
	c.sign(t)
	return c
}

// planned is a change with a plan and no more.
func (d *drill) planned(t *testing.T, name, to string) *change {
	t.Helper()
	c := &change{drill: d, to: to, dir: filepath.Join(d.home, name)}
	bundle := c.dir + "-bundle"
	d.run(t, 0, "collect", "-O", bundle, "--ssh", "root@nodes", "--ssh-config", d.Folder.SSHConfig(), "--kubeconfig", d.Folder.Kubeconfig())
	d.run(t, 0, "plan", "--bundle", bundle, "--name", d.Spec.Name, "--environment", "production", "--target", to,
		"--policy", filepath.Join(d.home, "policy.yaml"), "--ignore-preflight-errors", "SystemVerification", "-O", c.dir)
	text, err := os.ReadFile(filepath.Join(c.dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.plan = decode[plan.Plan](t, string(text))
	return c
}

func (c *change) sign(t *testing.T) {
	t.Helper()
	c.run(t, 0, "record", "sign", c.dir, "--key", filepath.Join(c.home, "key.pem"), "--role", "platform", "--name", "platform on call")
}

// args are those of fixline apply, which agrees to the plan.
func (c *change) args(more ...string) []string {
	return append([]string{"apply", c.dir, "--ssh", "root@nodes", "--ssh-config", c.Folder.SSHConfig(), "--kubeconfig", c.Folder.Kubeconfig(),
		"--key", filepath.Join(c.home, "key.pub"), "--yes", c.plan.Hash, "-o", "json"}, more...)
}

// result is what of the answer of fixline apply -o json is looked at.
type result struct {
	Ending, Why, Next string
	Step              *string
	Done, Steps       int
	Seconds           float64
}

// apply runs it to its end and wants this exit code.
func (c *change) apply(t *testing.T, want int, more ...string) (result, string) {
	t.Helper()
	return c.start(t, more...).end(t, want)
}

// running is fixline apply while it runs.
type running struct {
	cmd       *exec.Cmd
	c         *change
	out, said bytes.Buffer
	begun     time.Time
	before    int // entries of the journal
	ended     chan error
}

// start starts it.
func (c *change) start(t *testing.T, more ...string) *running {
	t.Helper()
	r := &running{cmd: exec.CommandContext(t.Context(), c.program, c.args(more...)...), c: c, begun: time.Now(), before: len(c.journal(t)), ended: make(chan error, 1)}
	r.cmd.Dir, r.cmd.Env = c.home, c.environment()
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.said
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.ended <- r.cmd.Wait() }()
	return r
}

// until waits for something to be true while it runs.
func (r *running) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-r.ended:
			t.Fatalf("fixline apply ended before %s: %v\n%s%s", what, err, &r.out, &r.said)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

// writes waits until this run writes an entry of a kind about a step.
func (r *running) writes(t *testing.T, kind, step string) {
	t.Helper()
	r.until(t, kind+" of "+step, func() bool {
		return slices.ContainsFunc(r.c.journal(t)[r.before:], func(e entry) bool { return e.Kind == kind && e.Data.Step == step })
	})
}

// end waits for its end and wants this exit code; of one that was killed it is -1.
func (r *running) end(t *testing.T, want int) (result, string) {
	t.Helper()
	err := <-r.ended
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("fixline apply: exit code %d after %.1f s\n%s%s", r.cmd.ProcessState.ExitCode(), time.Since(r.begun).Seconds(), &r.said, &r.out)
	if code := r.cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("fixline apply: exit code %d, want %d", code, want)
	}
	var res result
	if r.out.Len() > 0 {
		res = decode[result](t, r.out.String())
	}
	return res, r.said.String()
}

// kill ends it as a crash of the operator's machine would.
func (r *running) kill(t *testing.T) {
	t.Helper()
	r.signal(t, syscall.SIGKILL)
	r.end(t, -1)
}

func (r *running) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// entry is what of an entry of the journal is looked at.
type entry struct {
	Time time.Time
	Kind string
	Data struct {
		Plan, Step, Error       string
		Seconds, Remote, Waited float64
		Notes                   []string
		Commands                []struct{ Host, Command, Began, Stdout string }
	}
}

// journal is what the record says so far, without a line that is being written.
func (c *change) journal(t *testing.T) []entry {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, e)
	}
	return all
}

// step is the id of a step of the plan, by its end.
func (c *change) step(t *testing.T, suffix string) string {
	t.Helper()
	for i := range c.plan.Steps {
		if strings.HasSuffix(c.plan.Steps[i].ID, suffix) {
			return c.plan.Steps[i].ID
		}
	}
	t.Fatalf("the plan has no step %q", suffix)
	return ""
}

// once wants every step of the plan done, and none begun or done again after that.
func (c *change) once(t *testing.T) {
	t.Helper()
	done := map[string]int{}
	for _, e := range c.journal(t) {
		switch {
		case e.Kind == "step-done":
			done[e.Data.Step]++
		case e.Kind == "step-intent" && done[e.Data.Step] > 0:
			t.Errorf("step %s was begun after it was done", e.Data.Step)
		}
	}
	for i := range c.plan.Steps {
		if id := c.plan.Steps[i].ID; done[id] != 1 {
			t.Errorf("step %s was done %d times", id, done[id])
		}
	}
}

// own says what of a run was Fixline's own time: all but commands on hosts and what the plan waits for on purpose.
func (c *change) own(t *testing.T) {
	t.Helper()
	var whole, remote, pauses, waited float64
	var began time.Time
	for _, e := range c.journal(t) {
		switch e.Kind {
		case "apply-began":
			began = e.Time
		case "apply-ended":
			whole += e.Time.Sub(began).Seconds()
		case "step-done", "step-failed":
			remote += e.Data.Remote
			if strings.HasSuffix(e.Data.Step, "-pause") {
				pauses += e.Data.Waited
			} else {
				waited += e.Data.Waited
			}
		}
	}
	t.Logf("%.0f s: %.1f s inside commands on hosts, %.1f s in pauses of the plan, %.1f s of waiting for the cluster, %.1f s Fixline's own (%.1f %%; with all waiting but the pauses %.1f %%)",
		whole, remote, pauses, waited, whole-remote-pauses-waited, 100*(whole-remote-pauses-waited)/whole, 100*(whole-remote-pauses)/whole)
}

// nothingLeft wants nothing of a change on the hosts and in the cluster.
func (c *change) nothingLeft(t *testing.T, timers ...string) {
	t.Helper()
	c.leftOnHosts(t)
	for _, host := range c.nodes() {
		if left := c.Run(t, host, "systemctl list-units --all --no-legend 'fixline*'"); left != "" {
			t.Errorf("%s: units are left:\n%s", host, left)
		}
		if held := c.Run(t, host, "apt-mark showhold | sort | tr '\\n' ' '"); held != "kubeadm kubectl kubelet " {
			t.Errorf("%s holds %s", host, held)
		}
		for _, timer := range timers {
			if state, _ := c.Try(t, host, "systemctl is-active "+timer); strings.TrimSpace(state) != "active" {
				t.Errorf("%s: %s is %s, and was active before", host, timer, state)
			}
		}
	}
	if lease := c.Kubectl(t, "-n kube-system get lease fixline-apply --ignore-not-found -o name"); lease != "" {
		t.Errorf("the lock is left: %s", lease)
	}
	if held := c.Kubectl(t, "get nodes -o jsonpath='{.items[*].spec.unschedulable}{.items[*].metadata.annotations}'"); strings.Contains(held, "true ") || strings.Contains(held, "fixline") {
		t.Errorf("nodes are marked or cordoned: %s", held)
	}
}
