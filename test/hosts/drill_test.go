package hosts

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/prove"
	"github.com/fixline-dev/fixline/lab/program"
	"github.com/fixline-dev/fixline/lab/remote"
	"github.com/fixline-dev/fixline/test/leak"
)

// drill is an operator who backs a lab up and brings it back.
type drill struct {
	world

	// home is the operator's: HOME, temporary files, backups.
	home string
	// bin holds what an operator has installed: age, and ssh and kubectl that know the lab.
	bin string
	// etcd is the folder with etcd, etcdutl and etcdctl of the cluster's version.
	etcd      string
	recipient string
	planted   leak.Planted
	watched   *watched
}

// taken is what of the answer of `fixline backup -o json` is looked at.
type taken struct {
	Where, Beside string
	Manifest      archive.Beside
	Proof         prove.Proof
}

func (w world) drill(t *testing.T) *drill {
	t.Helper()
	d := &drill{world: w, home: t.TempDir(), bin: t.TempDir(), planted: leak.Planted{}}
	for _, dir := range []string{"tmp", "backups"} {
		if err := os.Mkdir(filepath.Join(d.home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for tool, pkg := range map[string]string{"age": "filippo.io/age/cmd/age", "age-keygen": "filippo.io/age/cmd/age-keygen"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-C", filepath.Join("..", "..", "tools", "age"), "-o", filepath.Join(d.bin, tool), pkg)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", tool, err, out)
		}
	}
	ssh, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("needs the ssh program, as an operator has it: on Debian, apt-get install openssh-client")
	}
	version := strings.TrimPrefix(w.Run(t, "cp1", `sed -n 's,.*image: registry.k8s.io/etcd:\([0-9.]*\)-.*,\1,p' /etc/kubernetes/manifests/etcd.yaml`), "v")
	version = strings.TrimSpace(version)
	paths, err := w.Store.Paths(t.Context(), program.Program{Name: "etcd", Version: version}, program.Program{Name: "etcdutl", Version: version},
		program.Program{Name: "etcdctl", Version: version}, program.Program{Name: "kubectl", Version: w.Spec.Version})
	if err != nil {
		t.Fatal(err)
	}
	d.etcd = filepath.Dir(paths[0])
	d.write(t, filepath.Join(d.bin, "ssh"), 0o700, "#!/bin/sh\nexec "+ssh+" -F '"+w.Folder.SSHConfig()+"' \"$@\"\n")
	d.write(t, filepath.Join(d.bin, "kubectl"), 0o700, "#!/bin/sh\nexec '"+paths[3]+"' --kubeconfig '"+w.Folder.Kubeconfig()+"' \"$@\"\n")
	d.here(t, "age-keygen -o key.txt")
	d.recipient = strings.TrimSpace(d.here(t, "age-keygen -y key.txt"))
	return d
}

func (d *drill) write(t *testing.T, path string, mode os.FileMode, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// environment is the operator's.
func (d *drill) environment() []string {
	return []string{"HOME=" + d.home, "TMPDIR=" + filepath.Join(d.home, "tmp"), "PATH=" + d.bin + ":/usr/sbin:/usr/bin:/sbin:/bin",
		"KEY=" + filepath.Join(d.home, "key.txt"), "ETCD=" + d.etcd}
}

// here runs a command of the shell as the operator, in the folder of the backups; its home is "..".
func (d *drill) here(t *testing.T, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Env = filepath.Join(d.home, "backups"), d.environment()
	if strings.HasPrefix(command, "age-keygen") {
		cmd.Dir = d.home
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, &out, &said)
	}
	return out.String()
}

// run runs fixline as the operator, and wants this exit code.
func (d *drill) run(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), d.program, args...)
	cmd.Dir, cmd.Env = d.home, d.environment()
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	inMemory := memory()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Fatalf("fixline %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, &out, &said)
	}
	d.clean(t, inMemory)
	return out.String(), said.String()
}

// memory lists what runs of fixline, ours or others' on this machine, have in memory at the moment.
func memory() []string {
	list, _ := filepath.Glob("/dev/shm/fixline-*") // the pattern is a good one
	return list
}

// clean wants nothing in the operator's temporary folder and memory, and no program of theirs, once a run has ended. What
// was in memory before it, and what others have there for a moment, is not looked at.
func (d *drill) clean(t *testing.T, before []string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(d.home, "tmp", "*"))
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environments {
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, []byte("HOME="+d.home+"\x00")) {
			left = append(left, filepath.Dir(path))
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		now := slices.DeleteFunc(memory(), func(dir string) bool { return slices.Contains(before, dir) })
		if len(now) == 0 {
			break
		}
		if time.Now().After(end) {
			left = append(left, now...)
			break
		}
	}
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// agreed runs a command that asks first, answering with the hash of its --dry-run.
func (d *drill) agreed(t *testing.T, want int, args ...string) string {
	t.Helper()
	dry, _ := d.run(t, 0, append(slices.Clone(args), "--dry-run")...)
	hash := regexp.MustCompile(`(?m)^hash:? ([0-9a-f]{64})$`).FindStringSubmatch(dry)
	if hash == nil {
		t.Fatalf("--dry-run of %q names no hash:\n%s", args, dry)
	}
	begun := time.Now()
	out, said := d.run(t, want, append(slices.Clone(args), "--yes", hash[1], "-o", "json")...)
	t.Logf("fixline %s: %.1f s\n%s", args[0], time.Since(begun).Seconds(), said)
	return out
}

// backup takes one of these hosts, with the workloads, and wants it proven.
func (d *drill) backup(t *testing.T, hosts ...string) taken {
	t.Helper()
	out := d.agreed(t, 0, "backup", "-O", filepath.Join(d.home, "backups"), "--ssh", strings.Join(hosts, ","), "--ssh-config", d.Folder.SSHConfig(),
		"--recipient", d.recipient, "--etcd-binary", d.etcd, "--kubeconfig", d.Folder.Kubeconfig())
	b := decode[taken](t, out)
	if b.Proof.Result != prove.Pass {
		t.Errorf("the proof: %+v", b.Proof)
	}
	for _, c := range b.Proof.Checks {
		if c.State != prove.Pass {
			t.Errorf("%s is %s: %s", c.Check, c.State, c.Why)
		}
	}
	if m := b.Manifest; len(m.Etcd.Members) != d.Spec.ControlPlanes || m.Kubernetes == nil || *m.Kubernetes != d.Spec.Version || len(m.Coverage) > 0 {
		t.Errorf("members %+v, Kubernetes %v, gaps %+v", m.Etcd.Members, m.Kubernetes, m.Coverage)
	}
	for _, secret := range []string{encryptionKey, "PRIVATE KEY"} {
		if strings.Contains(out, secret) {
			t.Errorf("what is printed holds %q", secret)
		}
	}
	d.leftOnHosts(t)
	return b
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// leftOnHosts looks for anything of ours on the hosts.
func (d *drill) leftOnHosts(t *testing.T) {
	t.Helper()
	for _, host := range d.nodes() {
		if left := d.Run(t, host, "find /dev/shm /tmp /var/tmp /run /root /home -xdev \\( -iname '*fixline*' -o -path /dev/shm/restore \\) 2>/dev/null; find /opt -maxdepth 1 -name restore; pgrep -a fixline; pgrep -af '^/opt/restore'; "+
			"grep -rlsE 'PRIVATE KEY|"+encryptionKey+"' /dev/shm /tmp /var/tmp || true"); left != "" {
			t.Errorf("%s: left behind:\n%s", host, left)
		}
	}
}

// strangers: a host whose key nobody knows is not spoken to.
func (d *drill) strangers(t *testing.T, host string) {
	t.Helper()
	empty := filepath.Join(d.home, "known_hosts")
	d.write(t, empty, 0o600, "")
	args := []string{"backup", "-O", filepath.Join(d.home, "backups"), "--ssh", host, "--ssh-config", d.Folder.SSHConfig(), "--ssh-known-hosts", empty, "--recipient", d.recipient}
	dry, _ := d.run(t, 0, append(args, "--dry-run", "-o", "json")...)
	_, said := d.run(t, 1, append(args, "--yes", decode[struct{ Hash string }](t, dry).Hash)...)
	if !strings.Contains(said, "is not known") || !strings.Contains(said, "ssh-keyscan") {
		t.Errorf("a host that nobody knows: %s", said)
	}
	if list, err := os.ReadDir(filepath.Join(d.home, "backups")); err != nil || len(list) > 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// opened opens a backup as its owner would, without Fixline.
func (d *drill) opened(t *testing.T, b taken) string {
	t.Helper()
	dir := t.TempDir()
	d.here(t, `age --decrypt --identity "$KEY" '`+b.Where+`' | tar -x -C '`+dir+"'")
	return dir
}

// holds wants everything in it that must come back with etcd, as it is on the hosts, and the workloads without a secret.
func (d *drill) holds(t *testing.T, b taken, encryption string, hosts ...string) {
	t.Helper()
	dir := d.opened(t, b)
	for _, host := range hosts {
		files := d.Run(t, host, "find /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/manifests "+encryption+" -type f -exec sha256sum {} +")
		folder := filepath.Join(dir, archive.HostsDir, d.address(t, host))
		for line := range strings.Lines(files) {
			sum, at, _ := strings.Cut(strings.TrimSpace(line), "  ")
			if got := strings.Fields(d.here(t, "sha256sum '"+filepath.Join(folder, at)+"'")); got[0] != sum {
				t.Errorf("%s: %s is another in the backup", host, at)
			}
		}
		for at, part := range map[string]string{"kubeadm-config.yaml": "ClusterConfiguration", "etc/kubernetes/manifests/etcd.yaml": "--data-dir", encryption: encryptionKey} {
			if text, err := os.ReadFile(filepath.Join(folder, at)); err != nil || !strings.Contains(string(text), part) {
				t.Errorf("%s: %s lacks %q: %v", host, at, part, err)
			}
		}
	}
	export := filepath.Join(dir, archive.ExportFile)
	nothingLeaks(t, d.planted, filepath.Join(filepath.Dir(export), "x"), "")
	if info, err := os.Stat(export); err != nil || info.Size() == 0 {
		t.Errorf("the workloads: %v", err)
	}
	if e := b.Manifest.Encryption; !e.Included || e.Config == nil || *e.Config != encryption || !slices.Equal(e.Providers, []string{"secretbox/key1"}) {
		t.Errorf("encryption: %+v", e)
	}
}

// address is what SSH reaches a host by.
func (d *drill) address(t *testing.T, host string) string {
	t.Helper()
	target, err := d.Target(d.Spec.Name, host)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := net.SplitHostPort(target.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (d *drill) verify(t *testing.T, b taken) {
	t.Helper()
	out, _ := d.run(t, 0, "backup", "verify", b.Where, "--identity", filepath.Join(d.home, "key.txt"), "--etcd-binary", d.etcd, "-o", "json")
	if p := decode[prove.Proof](t, out); p.Result != prove.Pass || *p.Revision != *b.Proof.Revision {
		t.Errorf("verify: %+v", p)
	}
}

// rehearse starts the next version on what the backup holds.
func (d *drill) rehearse(t *testing.T, b taken, from, to string) {
	t.Helper()
	apiserver := func(version string) string {
		path, err := d.Store.Path(t.Context(), program.Program{Name: "kube-apiserver", Version: version})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	out := d.agreed(t, 0, "rehearse", "--backup", b.Where, "--identity", filepath.Join(d.home, "key.txt"), "--etcd-binary", filepath.Join(d.etcd, "etcd"),
		"--baseline", apiserver(from), "--binary", apiserver(to))
	if r := decode[struct{ Result, Target string }](t, out); r.Result != "pass" || r.Target != to {
		t.Errorf("the rehearsal is %s:\n%s", r.Result, out)
	}
}

// local takes a backup on the host itself.
func (d *drill) local(t *testing.T, b taken) {
	t.Helper()
	for name, from := range map[string]string{"fixline": d.program, "etcd": filepath.Join(d.etcd, "etcd"), "etcdutl": filepath.Join(d.etcd, "etcdutl")} {
		d.put(t, "cp1", "/opt/backup/"+name, "0755", from)
	}
	const with = "cd /opt/backup && HOME=/opt/backup TMPDIR=/opt/backup/tmp ./fixline backup -O /srv/backups --local --recipient "
	d.Run(t, "cp1", "mkdir -p /opt/backup/tmp /srv/backups")
	if out, err := d.Try(t, "cp1", with+d.recipient+" --dry-run >/dev/null && "+with+d.recipient+" --yes $("+with+d.recipient+" --dry-run | sed -n 's/^hash //p') 2>&1"); err == nil || !strings.Contains(out, "of this very node") {
		t.Errorf("a backup on the node's own disk: %v\n%s", err, out)
	}
	on := with + d.recipient + " --on-node --scratch /srv "
	out := d.Run(t, "cp1", on+"--yes $("+on+"--dry-run | sed -n 's/^hash //p') -o json --kubeconfig /etc/kubernetes/admin.conf")
	got := decode[taken](t, out)
	if got.Proof.Result != prove.Pass || got.Manifest.Etcd.ClusterID != b.Manifest.Etcd.ClusterID || len(got.Manifest.Coverage) > 0 {
		t.Errorf("--local: %+v, gaps %+v", got.Proof, got.Manifest.Coverage)
	}
	if left := d.Run(t, "cp1", "find /opt/backup/tmp /srv -mindepth 1 -not -path '/srv/backups*'"); left != "" {
		t.Errorf("--local left %s", left)
	}
	d.Run(t, "cp1", "rm -rf /opt/backup /srv/backups")
	d.leftOnHosts(t)
}

func (d *drill) put(t *testing.T, host, path, mode, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	target, err := d.Target(d.Spec.Name, host)
	if err != nil {
		t.Fatal(err)
	}
	client, err := remote.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Put(t.Context(), path, mode, data); err != nil {
		t.Fatal(err)
	}
}

// sudoer lets the user may in, who may become root.
func (w world) sudoer(t *testing.T, host string) {
	t.Helper()
	w.installSudo(t, host)
	w.Run(t, host, "id may 2>/dev/null || useradd -m -s /bin/bash may && install -d -m 700 -o may ~may/.ssh && install -m 600 -o may /root/.ssh/authorized_keys ~may/.ssh/")
}
