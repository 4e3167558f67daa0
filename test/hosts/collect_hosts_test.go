package hosts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/remote"
	"github.com/fixline-dev/fixline/test/leak"
)

// TestCollect is `fixline collect --ssh` on real hosts: what a bundle then holds that a look at the API lacks, what it never
// holds, and what becomes of hosts that are stopped or that nobody knows.
func TestCollect(t *testing.T) {
	w := up(t, cluster.Spec{Name: "collect", Version: "1.37.0", ControlPlanes: 1, Workers: 1})
	planted := leak.Planted{}
	w.plant(t, planted)
	// Beside root a user who may become root, and one who may not.
	for _, host := range []string{"cp1", "w1"} {
		for _, user := range []string{"may", "plain"} {
			w.Run(t, host, fmt.Sprintf("id %[1]s 2>/dev/null || useradd -m -s /bin/bash %[1]s && install -d -m 700 -o %[1]s ~%[1]s/.ssh && "+
				"install -m 600 -o %[1]s /root/.ssh/authorized_keys ~%[1]s/.ssh/", user))
		}
	}
	t.Run("more than live", func(t *testing.T) { w.moreThanLive(t, planted) })
	w.installSudo(t, "cp1")
	for _, user := range []string{"plain", "may"} {
		t.Run("as "+user, func(t *testing.T) { w.unprivileged(t, planted, user) })
	}
	t.Run("an unknown host key", func(t *testing.T) { w.unknownKey(t) })
	t.Run("a stopped host", func(t *testing.T) { w.stopped(t) })
	w.Down(t)
}

// plant puts a text of its own in every place of a host that may hold a secret.
func (w world) plant(t *testing.T, planted leak.Planted) {
	for _, host := range []string{"cp1", "w1"} {
		m := func(place string) string { return planted.Mark(host + " " + place) }
		key := "-----BEGIN PRIVATE KEY-----\\n" + m("private key") + "\\n-----END PRIVATE KEY-----\\n"
		// What this is makes apt of the worker refuse its sources, and complain with their addresses.
		signedBy := ""
		if host == "w1" {
			signedBy = "Signed-By:\\n " + m("deb822 key") + "\\n"
		}
		for _, script := range []string{
			"mkdir -p /etc/kubernetes/pki/etcd /etc/kubernetes/tmp/kubeadm-backup-etcd-1 /etc/apt/auth.conf.d /etc/systemd/system/containerd.service.d /etc/systemd/system/kubelet.service.d",
			"printf -- '" + key + "' > /etc/kubernetes/pki/planted.key",
			// Private keys beside certificates in one file, as people have them.
			"{ cat /etc/kubernetes/pki/ca.crt; printf -- '" + key + "'; } > /etc/kubernetes/pki/planted.crt",
			"printf -- 'kind: EncryptionConfiguration\\nsecret: " + m("encryption key") + "\\n' > /etc/kubernetes/encryption.yaml",
			"printf -- '" + m("token file") + ",admin,1\\n' > /etc/kubernetes/tokens.csv; printf '" + m("pki token") + "' > /etc/kubernetes/pki/token",
			"printf -- '" + m("kubeadm backup") + "' > /etc/kubernetes/tmp/kubeadm-backup-etcd-1/db",
			// A kubeconfig with everything a kubeconfig may hold.
			"printf -- 'apiVersion: v1\\nclusters: [{name: c, cluster: {}}]\\n" +
				"x:\\n    server: https://u:" + m("kubeconfig server password") + "@10.0.0.1:6443\\n    proxy-url: http://u:" + m("kubeconfig proxy") + "@p\\n" +
				"    token: " + m("kubeconfig token") + "\\n    password: " + m("kubeconfig password") + "\\n    client-key-data: " + m("kubeconfig key") + "\\n' > /etc/kubernetes/planted.conf",
			"printf -- 'deb [trusted=yes] https://u:" + m("apt password") + "@apt.example.com/k8s ./\\n#deb https://u:" + m("apt comment") + "@old ./\\n' > /etc/apt/sources.list.d/planted.list",
			"printf -- 'Types: deb\\nURIs: https://u:" + m("deb822 password") + "@apt.example.com/x https://apt.example.com/y?token=" + m("deb822 query") + "\\nSuites: ./\\nTrusted: yes\\n" +
				signedBy + "' > /etc/apt/sources.list.d/planted.sources",
			"printf -- 'machine apt.example.com login u password " + m("apt auth.conf") + "\\n' > /etc/apt/auth.conf.d/planted.conf",
			"printf -- 'Acquire::http::Proxy \"http://u:" + m("apt proxy") + "@proxy:3128\";\\n' > /etc/apt/apt.conf.d/99planted",
			"printf -- '[Service]\\nEnvironment=HTTPS_PROXY=http://u:" + m("containerd proxy") + "@proxy:3128\\n' > /etc/systemd/system/containerd.service.d/planted.conf",
			"printf -- '[Service]\\nEnvironment=HTTPS_PROXY=http://u:" + m("kubelet proxy") + "@proxy:3128\\n' > /etc/systemd/system/kubelet.service.d/99-planted.conf",
			"printf -- 'HTTPS_PROXY=http://u:" + m("environment proxy") + "@proxy:3128\\n' >> /etc/environment",
			// The kubelet reads these when it starts, which it does not do again in this test.
			"echo 'KUBELET_PLANTED=\"--token=" + m("kubeadm-flags.env") + "\"' >> /var/lib/kubelet/kubeadm-flags.env",
			"sed -i 's|^KUBELET_KUBEADM_ARGS=\"|&--bootstrap-password=" + m("kubelet flag") + " --volume-plugin-dir=https://u:" + m("kubelet flag URL") + "@x |' /var/lib/kubelet/kubeadm-flags.env",
			"printf -- '# " + m("kubelet config comment") + "\\nstaticPodURLHeader: {Authorization: [\"" + m("kubelet config header") + "\"]}\\n' >> /var/lib/kubelet/config.yaml",
			"printf -- '{\"auths\":{\"r\":{\"password\":\"" + m("kubelet's registry password") + "\"}}}' > /var/lib/kubelet/config.json",
			// A manifest the kubelet runs, in a folder a control plane has already.
			"mkdir -p /etc/kubernetes/manifests && cat > /etc/kubernetes/manifests/planted.yaml <<'END'\n# " + m("static pod comment") + `
apiVersion: v1
kind: Pod
metadata: {name: planted, namespace: kube-system, annotations: {example.com/key: "` + m("static pod annotation") + `"}}
spec:
  hostNetwork: true
  containers:
  - name: planted
    image: example.com/none:1
    imagePullPolicy: Never
    command: [run, "--password=` + m("static pod flag") + `", "` + m("static pod word") + `"]
    env: [{name: TOKEN, value: "` + m("static pod env") + `"}]
    livenessProbe: {httpGet: {port: 1, httpHeaders: [{name: Authorization, value: "` + m("static pod probe") + `"}]}}
END
`,
		} {
			w.Run(t, host, script)
		}
	}
}

// collect writes a bundle and wants one of the exit codes: 0, or 4 where something required is missing. It returns the
// answer, and all that was printed.
func (w world) collect(t *testing.T, out string, args ...string) (stdout, printed string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), w.program, append([]string{"collect", "-O", out, "-o", "json", "--kubeconfig", w.Folder.Kubeconfig()}, args...)...)
	home := t.TempDir()
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home}
	var answer, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &answer, &said
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 4 {
		t.Fatalf("fixline collect %s: exit code %d\n%s%s", strings.Join(args, " "), code, &answer, &said)
	}
	return answer.String(), answer.String() + said.String()
}

// ssh are the flags that reach the lab's hosts.
func (w world) ssh(target string) []string {
	return []string{"--ssh", target, "--ssh-config", w.Folder.SSHConfig()}
}

func (w world) moreThanLive(t *testing.T, planted leak.Planted) {
	live, _ := w.assess(t, 3, "--as-of", "2026-11-20")
	for _, name := range []string{"bundle", "bundle.tar.zst"} {
		out := filepath.Join(t.TempDir(), name)
		// A tunnel through the host, and its own serving certificate: no kubelet here has one that the cluster signed.
		_, printed := w.collect(t, out, append(w.ssh("root@nodes"), "--kubelet", "direct", "--helm", "--verbose")...)
		nothingLeaks(t, planted, out, printed)
		got := w.fromBundle(t, out)
		for _, g := range got.Coverage.Gaps {
			if !g.Required && strings.Contains(g.Check, " of host ") {
				continue // live asks no host; apt, with the source planted on this one, answers nothing
			}
			if !slices.ContainsFunc(live.Coverage.Gaps, func(l assess.Gap) bool { return l.Check == g.Check }) {
				t.Errorf("%s: a gap that live has not: %+v", name, g)
			}
		}
		if len(got.Coverage.Gaps) >= len(live.Coverage.Gaps) || !got.Coverage.Complete {
			t.Errorf("%s: %d gaps, live has %d; want fewer:\n%+v", name, len(got.Coverage.Gaps), len(live.Coverage.Gaps), got.Coverage.Gaps)
		}
		for _, component := range []string{"runc", "kubeadm", "kubectl"} {
			if found := instances(got, component); len(found) < 2 {
				t.Errorf("%s: %s is %q, want one on each host", name, component, found)
			}
		}
		if name != "bundle" {
			continue
		}
		said := manifest(t, out)
		if c := said["hosts/w1/candidates.json"]; c.State != evidence.Failed || !strings.Contains(c.Reason, evidence.Redacted) {
			t.Errorf("candidates of w1: %+v, want failed, as its apt refuses a source whose address is not shown", c)
		}
		if c := said["hosts/cp1/candidates.json"]; c.State != evidence.Read {
			t.Errorf("candidates of cp1: %+v, want read", c)
		}
		for _, host := range []string{"cp1", "w1"} {
			for file, part := range map[string]string{
				"dpkg.txt": "kubelet", "versions.txt": "runc version", "repositories.json": "apt.example.com",
				"certificates.json": "kubelet", "static-pods.yaml": "planted", "kubelet-config.yaml": "cgroupDriver", "kubeadm-flags.env": "KUBELET_KUBEADM_ARGS",
			} {
				data, err := os.ReadFile(filepath.Join(out, "hosts", host, file))
				if err != nil || !bytes.Contains(data, []byte(part)) {
					t.Errorf("hosts/%s/%s lacks %q: %v\n%s", host, file, part, err, data)
				}
			}
		}
	}
}

// sudo is what the lab's image has not: a program that becomes root for one user, and asks others for a password.
const sudo = `package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

func main() {
	who, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil || who.Username != "may" {
		fmt.Fprintln(os.Stderr, "sudo: a password is required")
		os.Exit(1)
	}
	args := os.Args[1:]
	for len(args) > 0 && args[0][0] == '-' {
		args = args[1:]
	}
	if err := syscall.Setuid(0); err == nil {
		err = syscall.Exec(args[0], args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "sudo:", err)
	os.Exit(1)
}
`

// installSudo gives a host that program.
func (w world) installSudo(t *testing.T, host string) {
	t.Helper()
	source, program := filepath.Join(t.TempDir(), "sudo.go"), filepath.Join(t.TempDir(), "sudo")
	if err := os.WriteFile(source, []byte(sudo), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building a sudo: %v\n%s", err, out)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	target, err := w.Target(w.Spec.Name, host)
	if err != nil {
		t.Fatal(err)
	}
	client, err := remote.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Put(t.Context(), "/usr/bin/sudo", "4755", data); err != nil {
		t.Fatal(err)
	}
}

// unprivileged: without root what only root may read is a gap of its own name; with sudo there is no difference from root.
func (w world) unprivileged(t *testing.T, planted leak.Planted, user string) {
	out := filepath.Join(t.TempDir(), "bundle")
	_, printed := w.collect(t, out, append(w.ssh(user+"@cp1"), "--verbose")...)
	nothingLeaks(t, planted, out, printed)
	m := manifest(t, out)
	state := m["hosts/cp1/static-pods.yaml"]
	switch user {
	case "plain":
		if state.State != evidence.Failed || !strings.Contains(state.Reason, "plain may not become root") {
			t.Errorf("static pods: %+v, want failed, as plain may not become root", state)
		}
	default:
		if state.State != evidence.Read {
			t.Errorf("static pods: %+v, want read", state)
		}
	}
	if packages := m["hosts/cp1/dpkg.txt"]; packages.State != evidence.Read {
		t.Errorf("packages: %+v, want read: anybody may", packages)
	}
}

// unknownKey: a host that nobody knows is not talked to; the rest of the bundle is there, with a gap that says why.
func (w world) unknownKey(t *testing.T) {
	dir := t.TempDir()
	config, err := os.ReadFile(w.Folder.SSHConfig())
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "known_hosts")
	var lines []string
	for line := range strings.Lines(string(config)) {
		if strings.HasPrefix(strings.TrimSpace(line), "UserKnownHostsFile") {
			line = "  UserKnownHostsFile " + empty + "\n"
		}
		lines = append(lines, line)
	}
	own := filepath.Join(dir, "ssh_config")
	for path, text := range map[string]string{empty: "", own: strings.Join(lines, "")} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "bundle")
	w.collect(t, out, "--ssh", "root@cp1", "--ssh-config", own)
	m := manifest(t, out)
	if m["pods"].State != evidence.Read {
		t.Errorf("pods: %+v, want read all the same", m["pods"])
	}
	gap := hostGap(m)
	if gap.State != evidence.Failed || !strings.Contains(gap.Reason, "is not known") || !strings.Contains(gap.Reason, "ssh-keyscan") {
		t.Errorf("the host nobody knows: %+v, want a gap that says so and names ssh-keyscan", gap)
	}
	if _, err := os.Stat(filepath.Join(out, "hosts")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("hosts/ is there: %v", err)
	}
}

// stopped: a host that does not answer is a gap, and the others go on.
func (w world) stopped(t *testing.T) {
	var container string
	for line := range strings.Lines(w.containers(t)) {
		if name := strings.TrimSpace(line); strings.Contains(name, w.Spec.Name) && strings.HasSuffix(name, "w1") {
			container = name
		}
	}
	if container == "" {
		t.Fatalf("no container of w1 among\n%s", w.containers(t))
	}
	if out, err := exec.CommandContext(t.Context(), "docker", "stop", "-t", "1", container).CombinedOutput(); err != nil {
		t.Fatalf("stopping w1: %v\n%s", err, out)
	}
	out := filepath.Join(t.TempDir(), "bundle.tar.zst")
	said, _ := w.collect(t, out, append(w.ssh("root@nodes"), "--timeout", "30s")...)
	var answer struct {
		Hosts []struct {
			Node  string
			Files int
			Error *string
		}
	}
	if err := json.Unmarshal([]byte(said), &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Hosts) != 2 {
		t.Fatalf("hosts %+v", answer.Hosts)
	}
	for _, h := range answer.Hosts {
		if h.Node == "cp1" && (h.Error != nil || h.Files == 0) || h.Node == "w1" && h.Error == nil {
			t.Errorf("%s: %d files, error %v", h.Node, h.Files, or(h.Error))
		}
	}
	got := w.fromBundle(t, out)
	if found := instances(got, "runc"); len(found) != 1 || !strings.HasPrefix(found[0], "runc/cp1") {
		t.Errorf("runc is %q, want that of cp1 alone", found)
	}
	if !slices.ContainsFunc(got.Coverage.Gaps, func(g assess.Gap) bool { return strings.Contains(g.Check, "w1") }) {
		t.Errorf("gaps %+v, want one of w1", got.Coverage.Gaps)
	}
}

func (w world) containers(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "ps", "--format", "{{.Names}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// fromBundle is what fixline assess says of a bundle.
func (w world) fromBundle(t *testing.T, bundle string) assess.ClusterResult {
	t.Helper()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), w.program, "assess", "-o", "json", "--as-of", "2026-11-20", "--bundle", bundle)
	cmd.Dir, cmd.Env = home, []string{"HOME=" + home}
	data, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var r assess.Result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("assess --bundle: %v, %v", err, cmd.ProcessState)
	}
	return r.Clusters[0]
}

// manifest is what became of everything that was asked.
func manifest(t *testing.T, bundle string) map[string]evidence.Check {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(bundle, evidence.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	var m evidence.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	out := map[string]evidence.Check{}
	for _, c := range m.Coverage {
		out[c.Asked] = c
	}
	return out
}

// hostGap is the gap of a whole host.
func hostGap(m map[string]evidence.Check) evidence.Check {
	for asked, c := range m {
		if strings.HasPrefix(asked, "hosts/") && strings.Count(asked, "/") == 1 {
			return c
		}
	}
	return evidence.Check{}
}

// nothingLeaks looks for what was planted, and for any private key, in a bundle and in what was printed.
func nothingLeaks(t *testing.T, planted leak.Planted, bundle, said string) {
	t.Helper()
	look := func(name string, data []byte) {
		if found := planted.In(data); len(found) > 0 {
			t.Errorf("%s holds the text of %s", name, strings.Join(found, ", "))
		}
		if bytes.Contains(data, []byte("PRIVATE KEY")) {
			t.Errorf("%s holds a private key", name)
		}
	}
	look("what was printed", []byte(said))
	err := filepath.WalkDir(filepath.Dir(bundle), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		look(path, data)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
