package rehearse

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/lab/controlplane"
)

// host is a control plane that runs, with the folder /etc/kubernetes that its host would have, and the program.
type host struct {
	fixline, world, kubernetes, etcd string
	key, recipient                   string
}

// startHost starts a control plane at the older version with encryption at rest, filled with the test's objects.
func startHost(t *testing.T) host {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root: a mount namespace stands for the host")
	}
	from, _ := versions(t)
	h := host{world: t.TempDir(), etcd: binary(t, "etcd", from)}
	h.fixline, h.kubernetes, h.key = filepath.Join(h.world, "fixline"), filepath.Join(h.world, "kubernetes"), filepath.Join(h.world, "key.txt")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", h.fixline, "./cmd/fixline")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write(t, h.key, id.String()+"\n")
	h.recipient = id.Recipient().String()
	keys, err := filepath.Abs("testdata/kubernetes/encryption.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: from, APIServerArgs: []string{"--encryption-provider-config=" + keys}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := fill(cp, "testdata/cluster.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(h.kubernetes, os.DirFS("testdata/kubernetes")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(h.kubernetes, "pki"), os.DirFS(filepath.Join(cp.Dir(), "pki"))); err != nil {
		t.Fatal(err)
	}
	(&backup{kubernetes: h.kubernetes}).edit(t, "https://127.0.0.1:2379", cp.EtcdEndpoint())
	return h
}

// ran is what one run of the program printed and ended with.
type ran struct {
	out, errs string
	code      int
}

// run runs the program; where on is given, with that folder as /etc/kubernetes, in a mount namespace of its own.
func (h host) run(t *testing.T, on string, args ...string) ran {
	t.Helper()
	const script = `set -e
mount -t tmpfs none /mnt
cp -a /etc/. /mnt/
rm -rf /mnt/kubernetes
cp -a "$1" /mnt/kubernetes
mount --bind /mnt /etc
shift
exec "$@"`
	args = append([]string{h.fixline}, args...)
	if on != "" {
		args = append([]string{"unshare", "-m", "/bin/sh", "-c", script, "host", on}, args...)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = h.world, &out, &errs
	cmd.Env = []string{"HOME=" + h.world, "TMPDIR=" + h.world, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "XDG_DATA_HOME=" + filepath.Join(h.world, "data")}
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func (r ran) want(t *testing.T, code int, words ...string) ran {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.errs)
	}
	all := strings.Join(strings.Fields(r.out+" "+r.errs), " ") // the screen wraps
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%q is missing in\n%s%s", w, r.out, r.errs)
		}
	}
	return r
}

// agreed runs with --dry-run, and then with the hash it prints.
func (h host) agreed(t *testing.T, on string, args ...string) ran {
	t.Helper()
	dry := h.run(t, on, append(args, "--dry-run", "-o", "json")...)
	if dry.code != 0 {
		return dry
	}
	return h.run(t, on, append(args, "--yes", decoded[struct{ Hash string }](t, dry.out).Hash, "-o", "json")...)
}

func decoded[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// row is one of a plan's readiness.
type row struct {
	Row, State string
	Age        *string
	Why        string
}

// shown is a row as a record shows it now, "state why".
func (h host) shown(t *testing.T, change, name string) string {
	t.Helper()
	doc := decoded[struct{ Verification struct{ Readiness []row } }](t, h.run(t, "", "record", "show", change, "-o", "json").want(t, 0).out)
	for _, r := range doc.Verification.Readiness {
		if r.Row == name {
			if (r.Age == nil) != strings.HasPrefix(r.Why, "there is no") {
				t.Errorf("%s has the age %v: %s", name, r.Age, r.Why)
			}
			return r.State + " " + r.Why
		}
	}
	t.Fatalf("no row %s in %+v", name, doc)
	return ""
}

// inventory is the cluster as it is declared to plan: production, by kubeadm, at the older version.
func (h host) inventory(t *testing.T, from string) string {
	t.Helper()
	path := filepath.Join(h.world, "prod.yaml")
	var b strings.Builder
	b.WriteString("apiVersion: fixline.dev/v1alpha1\nkind: ClusterInventory\nmetadata: {name: prod, owner: team}\nspec:\n  environment: production\n  provider: kubeadm\n  components:\n")
	for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet"} {
		b.WriteString("  - {component: " + c + ", version: \"" + from + "\", node: cp1}\n")
	}
	b.WriteString("  - {component: etcd, version: \"3.7.0\", node: cp1}\n")
	write(t, path, b.String())
	return path
}

// TestReadiness: a backup and a rehearsal on it, added to the record of a plan, make it ready for what they are, and for nothing else.
func TestReadiness(t *testing.T) {
	from, to := versions(t)
	if from+to != "1.37.01.37.1" {
		t.Skip("a newer target than " + to + " is asked for")
	}
	const newer = "1.37.2"
	h := startHost(t)
	change, store := filepath.Join(h.world, "change"), filepath.Join(h.world, "backups")
	plan := func(target string, more ...string) ran {
		t.Helper()
		return h.run(t, "", append([]string{"plan", "-f", h.inventory(t, from), "--target", target, "--fail-on", "none"}, more...)...).want(t, 4)
	}
	plan(to, "-O", change)
	for name, want := range map[string]string{"proven-backup": "fail there is no backup", "rehearsal": "fail there is no rehearsal"} {
		if got := h.shown(t, change, name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}

	time.Sleep(time.Second) // the times of evidence are whole seconds
	take := append([]string{"backup", "-O", store, "--local", "--on-node", "--recipient", h.recipient, "--etcd-binary", h.etcd}, "--record", change)
	taken := h.agreed(t, h.kubernetes, take...).want(t, 0, "proven-backup pass: there is a backup that was restored and found good")
	where := decoded[struct {
		Where    string
		Manifest struct{ Etcd struct{ Revision int64 } }
	}](t, taken.out)
	args := []string{"rehearse", "--backup", where.Where, "--identity", h.key, "--etcd-binary", h.etcd, "--baseline", binary(t, "kube-apiserver", from),
		"--binary", binary(t, "kube-apiserver", to), "--record", change}
	s := h.agreed(t, "", args...).want(t, 0, "rehearsal pass: there is a rehearsal: "+to)
	r := said{out: s.out, errs: s.errs}.rehearsal(t)
	if b := r.Snapshot.Backup; b == nil || b.Name != filepath.Base(where.Where) || b.Cluster != "prod" || b.Snapshot != r.Snapshot.SHA256 || b.Revision == nil ||
		*b.Revision != r.Snapshot.Revision || *b.Revision != where.Manifest.Etcd.Revision || !r.Private.InMemory || *r.Cluster != "prod" {
		t.Errorf("the evidence does not name the backup: %+v %+v, taken at revision %d", b, r.Snapshot, where.Manifest.Etcd.Revision)
	}
	if states(r.Hops[0]) != allPass {
		t.Errorf("%s\n%s", states(r.Hops[0]), s.out)
	}
	for name, want := range map[string]string{"proven-backup": "pass there is a backup that was restored and found good: prod-", "rehearsal": "pass there is a rehearsal: " + to} {
		if got := h.shown(t, change, name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}

	t.Run("planned again", func(t *testing.T) {
		next := filepath.Join(h.world, "next")
		for name, state := range rowsOf(t, plan(to, "--previous", change, "-O", next, "-o", "json").out) {
			if (name == "proven-backup" || name == "rehearsal") && state != "pass" {
				t.Errorf("%s: %s", name, state)
			}
		}
		if got := h.shown(t, next, "proven-backup") + h.shown(t, next, "rehearsal"); strings.Count(got, "pass there is a ") != 2 {
			t.Errorf("carried over: %s", got)
		}
	})
	t.Run("a newer target", func(t *testing.T) {
		next := filepath.Join(h.world, "newer")
		text := plan(newer, "--previous", change, "-O", next)
		text.want(t, 4, "expired: it was for "+to+", the target is "+newer, "expired: its snapshot is older than the plan")
		if got := h.shown(t, next, "rehearsal"); !strings.HasPrefix(got, "fail there is no rehearsal") {
			t.Errorf("%s", got)
		}
		h.agreed(t, "", append(args[:len(args)-1:len(args)-1], next)...).want(t, 0, "rehearsal fail: expired: it was for "+to+", the target is "+newer)
	})
	t.Run("signed and verified", func(t *testing.T) { h.complete(t, change) })
	t.Run("refused", func(t *testing.T) { h.refused(t, where.Where, args) })
}

func rowsOf(t *testing.T, plan string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range decoded[struct{ Readiness []row }](t, plan).Readiness {
		out[r.Row] = r.State
	}
	if len(out) != 7 {
		t.Errorf("%d rows: %v", len(out), out)
	}
	return out
}

// complete does what else a record needs, and asks for its verification.
func (h host) complete(t *testing.T, change string) {
	t.Helper()
	type verification struct {
		Mismatches []any
		Missing    []struct{ Part, Why string }
	}
	for _, m := range decoded[verification](t, h.run(t, "", "record", "verify", change, "-o", "json").want(t, 4).out).Missing {
		if m.Part == "backup" || m.Part == "rehearsal" {
			t.Errorf("missing: %+v", m)
		}
	}
	rec, err := record.Open(change, record.Options{Now: time.Now, Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := rec.Decision()
	if err == nil {
		for i := range d.Findings {
			d.Findings[i].State = "closed"
		}
		_, err = rec.WriteDecision(d, "every finding was closed")
	}
	if err == nil {
		_, err = rec.Append(journal.Verification, record.VerificationResult{Result: record.Pass, Why: "all checks", Evidence: []string{}})
	}
	if err := errors.Join(err, rec.Close()); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, role := range d.SignOffs {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		open, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		key := filepath.Join(h.world, role)
		write(t, key+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
		write(t, key+".pub", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open})))
		h.run(t, "", "record", "sign", change, "--key", key+".pem", "--role", role, "--name", role).want(t, 0)
		keys = append(keys, "--key", key+".pub")
	}
	h.run(t, "", append([]string{"record", "verify", change}, keys...)...).want(t, 0, "VERIFIED")
	proofs, err := filepath.Glob(filepath.Join(change, record.EvidenceDir, "backup-proof-*.json"))
	if err != nil || len(proofs) != 1 {
		t.Fatal(proofs, err)
	}
	text, err := os.ReadFile(proofs[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, proofs[0], strings.Replace(string(text), `"result": "pass"`, `"result": "fail"`, 1))
	h.run(t, "", append([]string{"record", "verify", change}, keys...)...).want(t, 3, "ALTERED")
}

// refused: what is no backup of this cluster, or cannot be opened, is said, and nothing is started or left.
func (h host) refused(t *testing.T, backup string, args []string) {
	t.Helper()
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cut, bent, stranger := filepath.Join(dir, "cut.tar.age"), filepath.Join(dir, "bent.tar.age"), filepath.Join(dir, "stranger.txt")
	write(t, cut, string(whole[:len(whole)*2/3]))
	write(t, bent, string(whole[:len(whole)/2])+"x"+string(whole[len(whole)/2+1:]))
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write(t, stranger, id.String())
	// A backup without the key to what is encrypted at rest: its host does not have the file that the flag names.
	lacking := filepath.Join(dir, "kubernetes")
	if err := os.CopyFS(lacking, os.DirFS(h.kubernetes)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(lacking, "encryption.yaml")); err != nil {
		t.Fatal(err)
	}
	keyless := decoded[struct{ Where string }](t, h.agreed(t, lacking, "backup", "-O", filepath.Join(dir, "keyless"), "--local", "--on-node", "--name", "staging",
		"--recipient", h.recipient, "--etcd-binary", h.etcd).want(t, 3).out).Where
	of := func(file, key string, more ...string) []string {
		return append(append([]string{"rehearse", "--backup", file, "--identity", key}, args[5:len(args)-2]...), more...)
	}
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"the wrong key":            {of(backup, stranger), []string{"opening the backup", "--identity FILE"}},
		"cut short":                {of(cut, h.key), []string{"the backup cannot be rehearsed", "cut short"}},
		"damaged":                  {of(bent, h.key), []string{"the backup cannot be rehearsed", "damaged"}},
		"of another cluster":       {of(keyless, h.key, "--record", filepath.Join(h.world, "next")), []string{`the record is of the cluster "prod", the data of "staging"`}},
		"no key to what is stored": {of(keyless, h.key), []string{"--encryption-provider-config", "does not hold /etc/kubernetes/encryption.yaml", "--kubernetes DIR"}},
		"no such host":             {of(backup, h.key, "--host", "cp9"), []string{`holds no files of "cp9"`}},
		"no such file":             {of(filepath.Join(dir, "none.tar.age"), h.key), []string{"opening the backup", "no such file"}},
		"a bare snapshot":          {of(filepath.Join(dir, "etcd.db"), h.key), []string{"ends in .tar.age or .tar", "--snapshot FILE"}},
		"no room":                  {of(backup, h.key, "--scratch", smallPlace(t)), []string{"MB free"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.agreed(t, "", tt.args...).want(t, 2, tt.want...)
			if left := leftovers(t, "/dev/shm"); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// smallPlace is a file system of a few megabytes.
func smallPlace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=8m", "none", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.Background(), "umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	return dir
}
