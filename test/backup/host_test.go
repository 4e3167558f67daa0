package backup

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// encryption is a configuration of encryption at rest with one key of secretbox.
func encryption(key string) string {
	return `kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
- resources: [secrets]
  providers:
  - secretbox: {keys: [{name: key1, secret: ` + key + `}]}
  - identity: {}
`
}

const rightKey, otherKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDI="

// asHost runs the program where /etc/kubernetes is that of a control-plane host.
func (c cluster) asHost(t *testing.T, key, conf string, args ...string) said {
	t.Helper()
	cmd, _ := c.host(t, key, conf, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	return said{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// host is the program in a mount namespace of its own that stands for a host. Its temporary folder is tmp in world.
func (c cluster) host(t *testing.T, key, conf string, args ...string) (cmd *exec.Cmd, world string) {
	t.Helper()
	world = t.TempDir()
	if err := os.Mkdir(filepath.Join(world, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	kubernetes := filepath.Join(world, "kubernetes")
	manifest := `{kind: Pod, apiVersion: v1, metadata: {name: NAME}, spec: {containers: [{name: NAME, image: "registry.k8s.io/NAME:v1.37.1", command: [NAME, FLAGS],
 volumeMounts: [{name: enc, mountPath: /enc}]}], volumes: [{name: enc, hostPath: {path: /etc/kubernetes/enc}}]}}`
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(kubernetes, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := `"--etcd-servers=` + c.EtcdEndpoint() + `", "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt", "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt", "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key"`
	if key != "" {
		flags += `, "--encryption-provider-config=/enc/enc.yaml"`
		write("enc/enc.yaml", encryption(key))
	}
	write("manifests/kube-apiserver.yaml", strings.NewReplacer("NAME", "kube-apiserver", "FLAGS", flags).Replace(manifest))
	write("manifests/etcd.yaml", strings.NewReplacer("NAME", "etcd", "FLAGS", `"--name=cp1", "--data-dir=/var/lib/etcd"`).Replace(manifest))
	write("admin.conf", conf)
	script := `set -e
mount -t tmpfs none /mnt
cp -a /etc/. /mnt/
rm -rf /mnt/kubernetes
cp -a "$1" /mnt/kubernetes
cp -a "$2" /mnt/kubernetes/pki
mount --bind /mnt /etc
shift 2
exec "$@"`
	args = append([]string{"-m", "/bin/sh", "-c", script, "host", kubernetes, filepath.Join(c.Dir(), "pki"), fixline}, args...)
	cmd = exec.CommandContext(t.Context(), "unshare", args...)
	cmd.Dir = world
	cmd.Env = []string{"HOME=" + world, "TMPDIR=" + filepath.Join(world, "tmp"), "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "XDG_DATA_HOME=" + world}
	return cmd, world
}

// secret makes one, as a user would.
func (c cluster) secret(t *testing.T) {
	t.Helper()
	who := c.Admin()
	pair, err := tls.X509KeyPair(who.Certificate, who.Key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.CA())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}}}}
	a, err := client.Post(c.Host()+"/api/v1/namespaces/default/secrets", "application/json",
		strings.NewReader(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"very-secret"}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if text, _ := io.ReadAll(a.Body); a.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", a.Status, text)
	}
}

// TestHost: a host's files come along, and only with the right key to what is encrypted is the backup proven.
func TestHost(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: a mount namespace stands for the host")
	}
	config := filepath.Join(t.TempDir(), "enc.yaml")
	if err := os.WriteFile(config, []byte(encryption(rightKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := start(t, etcds()[0], "--encryption-provider-config="+config)
	c.secret(t)
	take := func(key string, more ...string) said {
		t.Helper()
		args := append([]string{"backup", "-O", filepath.Join(t.TempDir(), "b"), "--local", "--recipient", c.recipient, "--etcd-binary", c.etcd, "-o", "json"}, more...)
		dry := c.asHost(t, key, "", append(args, "--dry-run")...).want(t, 0)
		return c.asHost(t, key, "", append(args, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)...)
	}
	take(rightKey).want(t, 2, "lies on the disk of", "--on-node")
	memory, err := os.MkdirTemp("/dev/shm", "fixline-test-*") // a tmpfs, so on no disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(memory) })
	take(rightKey, "-O", filepath.Join(memory, "b")).want(t, 2, "lies in the memory of", "--on-node")

	a := decode[answer](t, take(rightKey, "--on-node").want(t, 0).stdout)
	a.Proof.check(t, "encryption-key", "pass", "secretbox/key1")
	a.Proof.check(t, "certificates", "pass", "keys of the cluster's authorities")
	p := decode[proof](t, run(t, "backup", "verify", a.Where, "--identity", c.key, "--etcd-binary", c.etcd, "-o", "json").want(t, 0).stdout)
	p.check(t, "encryption-key", "pass", "secretbox/key1")
	files := c.list(t, a.Where)
	for _, want := range []string{"etcd/snapshot.db", "/etc/kubernetes/pki/ca.key", "/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/etcd/ca.crt",
		"/etc/kubernetes/enc/enc.yaml", "/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/admin.conf", "manifest.json"} {
		if !strings.Contains(files, want+"\n") {
			t.Errorf("the backup lacks %s:\n%s", want, files)
		}
	}
	if text, err := os.ReadFile(a.Beside); err != nil || bytes.Contains(text, []byte(rightKey)) || !bytes.Contains(text, []byte("--bump-revision 1000000000 --mark-compacted")) {
		t.Errorf("the clear manifest: %v\n%s", err, text)
	}

	b := decode[answer](t, take(otherKey, "--on-node").want(t, 3).stdout)
	b.Proof.check(t, "encryption-key", "fail", "it is another")
	b = decode[answer](t, take("", "--on-node").want(t, 3).stdout)
	b.Proof.check(t, "encryption-key", "fail", "does not hold the encryption configuration")
	nothingLeft(t)
}

// list opens a backup as a person would, with age and tar: what a restore begins with.
func (c cluster) list(t *testing.T, file string) string {
	t.Helper()
	clear, err := openSealed(file, c.key)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "tar", "-t")
	cmd.Stdin = clear
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(fmt.Errorf("tar: %w", err))
	}
	return string(out)
}
