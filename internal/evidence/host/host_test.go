package host

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// fake answers probes with canned text: "STATUS\nstdout", or nothing more after "cut".
type fake struct {
	name    string
	answers map[string]string
	noRoot  bool
	lost    error
	date    string
}

var markPattern = regexp.MustCompile(`fixline-[A-Z2-7]{26}`)

func (f fake) Run(_ context.Context, c remote.Command) (remote.Result, error) {
	switch {
	case f.lost != nil:
		return remote.Result{}, f.lost
	case strings.HasPrefix(c.Script, "date"):
		return remote.Result{Stdout: []byte(f.date)}, nil
	case c.Root && f.noRoot:
		return remote.Result{}, &remote.SudoError{Host: f.name, User: "me", Said: "sudo: a password is required"}
	}
	mark := markPattern.FindString(c.Script)
	var out bytes.Buffer
	for _, p := range Probes() {
		status, text, _ := strings.Cut(f.answers[p.Name], "\n")
		if status == "" {
			status = "44"
		}
		fmt.Fprintf(&out, "\n%s begin %s\n%s", mark, p.Name, text)
		if status == "cut" {
			return remote.Result{Stdout: out.Bytes()}, errors.New("the connection was lost")
		}
		code, said, _ := strings.Cut(status, " ")
		fmt.Fprintf(&out, "\n%s end %s %s %s\n", mark, p.Name, code, said)
	}
	return remote.Result{Stdout: out.Bytes()}, nil
}
func (f fake) Name() string                                      { return f.name }
func (f fake) User() string                                      { return "me" }
func (f fake) Put(context.Context, remote.File, io.Reader) error { return errors.ErrUnsupported }
func (f fake) Get(context.Context, string, bool, io.Writer, int64) error {
	return errors.ErrUnsupported
}
func (f fake) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.ErrUnsupported
}
func (f fake) Close() error { return nil }

// memory keeps what a Sink gets.
type memory struct {
	mu    sync.Mutex
	files map[string]string
	notes map[string]string
	by    string
}

func newMemory() *memory { return &memory{files: map[string]string{}, notes: map[string]string{}} }

func (m *memory) File(path string, from evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	_, err := fill(&b)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[path], m.by = b.String(), from.By
	return err
}

func (m *memory) Note(c evidence.Check) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes[c.Asked] = c.State.String() + ": " + c.Reason
}

// certificate is PEM of one for a common name.
func pemFor(t *testing.T, name string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0)}, &x509.Certificate{}, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func now() time.Time { return time.Unix(1_700_000_000, 0) }

// good is a control-plane host as the probes print one, with secrets wherever
// a host may hold one.
func good(t *testing.T, node string) fake {
	client := pemFor(t, "system:node:"+node)
	return fake{name: "root@" + node, date: "1700000000.250000000\n", answers: map[string]string{
		"system":     "0\nhostname=" + node + ".example\nos.ID=debian\nos.VERSION_ID=\"12\"\narch=x86_64\naddress=10.0.0.1\nswap=5\nmemory=9\nsynchronized=yes\n",
		"versions":   "0\ncontainerd github.com/containerd/containerd 1.7.27 abc\nrunc version 1.2.5\n6.1.0\ncgroup2fs\n",
		"packages":   "0\ndpkg\nhi  kubelet 1.34.2-1.1 amd64\nii  runc 1.1.5+ds1 amd64\n",
		"holds":      "0\nkubelet\nkubeadm\n",
		"offers":     "0\napt\n kubeadm | 1.34.4-1.1 | https://user:SECRET-A@mirror/v1.34/deb?token=SECRET-B  Packages\n",
		"candidates": "0\nkubeadm:\n  Installed: (none)\n  Candidate: 1.34.4-1.1\nnothing:\n  Installed: (none)\n  Candidate: (none)\n",
		"repositories": "0\nfile list /etc/apt/sources.list.d/k.list\ndeb [signed-by=/k.gpg] https://user:SECRET-C@mirror/v1.34/deb / main\n" +
			"file sources /etc/apt/sources.list.d/d.sources\nTypes: deb deb-src\nURIs: http://a http://b\nSuites: s\n\nTypes: deb\nURIs: http://c\nSuites: s\nEnabled: no\n" +
			"file repo /etc/yum.repos.d/k.repo\n[kubernetes]\nbaseurl=https://u:SECRET-D@pkgs/v1.34/rpm/\nenabled=1\nexclude=kubelet kubeadm\n",
		"updates":         "0\nlists=1700000000\nautomatic=active unattended-upgrades\napt=openssl [1] (2 Debian-Security:12/stable-security [amd64])\napt=vim [1] (2 Debian:12 [amd64])\ncomplete=yes\n",
		"static-pods":     "0\n---\nkind: Pod\nmetadata: {name: etcd, namespace: kube-system}\nspec: {containers: [{name: etcd, image: \"registry.k8s.io/etcd:3.6.5-0\", command: [etcd, --data-dir=/d, --unknown=SECRET-E], env: [{name: P, value: SECRET-F}]}]}\n",
		"kubelet-flags":   "0\nKUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1 --unknown=SECRET-G\"\nOTHER=SECRET-H\n",
		"kubelet-cmdline": "0\n/usr/bin/kubelet\n--config=/var/lib/kubelet/config.yaml\n--unknown=SECRET-I\n",
		"kubelet-config":  "0\nkind: KubeletConfiguration\nreadOnlyPort: 0\nstaticPodURLHeader: {Authorization: [SECRET-J]}\nunknownField: SECRET-K # SECRET-L\n",
		"kubeconfigs": "0\nfile /etc/kubernetes/admin.conf\n    server: https://u:SECRET-M@10.0.0.1:6443\n    client-certificate-data: " +
			base64.StdEncoding.EncodeToString([]byte(pemFor(t, "kubernetes-admin"))) + "\nfile /etc/kubernetes/kubelet.conf\n    server: https://10.0.0.1:6443\n    client-certificate: /c.pem\n",
		"certificates": "0\nfile /etc/kubernetes/pki/ca.crt\n" + pemFor(t, "kubernetes") + "file /var/lib/kubelet/pki/kubelet.crt\n" + pemFor(t, "old") +
			"file /var/lib/kubelet/pki/kubelet-server-current.pem\n" + pemFor(t, "system:node:"+node) + "file /var/lib/kubelet/pki/kubelet-client-current.pem\n" + client,
		"disks":           "0\netcd /var/lib/etcd /dev/vda 100 40 60 40% /mnt/my disk inodes /dev/vda 10 4 6 40% /mnt/my disk\ndatabase 20480\n",
		"kubeadm-backups": "0\n1700000000 77 /etc/kubernetes/tmp/kubeadm-backup-etcd-x\n",
	}}
}

func TestCollect(t *testing.T) {
	sink := newMemory()
	got, err := Collect(t.Context(), good(t, "cp1"), sink, Options{Now: now, Nodes: []Node{{Name: "cp1"}}})
	if err != nil || got.Err != nil || got.Node != "cp1" || !got.IsNode || got.Gaps != 0 || got.Files != 18 || got.Clock.Ahead != 0.25 {
		t.Errorf("%+v, %v", got, err)
	}
	block, _ := pem.Decode(got.KubeletServing)
	if block == nil || !strings.Contains(sink.files["hosts/cp1/kubelet-serving.crt"], "BEGIN CERTIFICATE") {
		t.Fatalf("no serving certificate: %q", got.KubeletServing)
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || c.Subject.CommonName != "system:node:cp1" {
		t.Errorf("the current serving certificate counts, not the first self-signed one: %v, %v", c.Subject, err)
	}
	for path, text := range sink.files {
		if strings.Contains(text, "SECRET") {
			t.Errorf("%s holds a secret:\n%s", path, text)
		}
		if sink.notes[path] != "read: " {
			t.Errorf("%s: %s", path, sink.notes[path])
		}
	}
	for path, parts := range map[string][]string{
		"dpkg.txt":             {"hi  kubelet 1.34.2-1.1"},
		"holds.txt":            {"kubeadm\nkubelet\n"},
		"apt-madison.txt":      {"kubeadm | 1.34.4-1.1 | https://mirror/v1.34/deb Packages"},
		"candidates.json":      {`"candidate": "1.34.4-1.1"`, `"installed": ""`},
		"repositories.json":    {`"url": "https://mirror/v1.34/deb"`, `"url": "http://b"`, `"enabled": false`, `"url": "https://pkgs/v1.34/rpm/"`, `"kubeadm"`},
		"updates.json":         {`"package": "openssl"`, `"security": true`, `"security": false`, `"listsAt": "2023-11-14T22:13:20Z"`, `"automatic": "active"`},
		"static-pods.yaml":     {"--data-dir=/d", "--unknown=(redacted)"},
		"kubeadm-flags.env":    {"--node-ip=10.0.0.1"},
		"kubelet-cmdline.txt":  {"/usr/bin/kubelet\n--config=/var/lib/kubelet/config.yaml\n"},
		"kubelet-config.yaml":  {"readOnlyPort: 0"},
		"kubeconfigs.json":     {`"server": "https://10.0.0.1:6443"`, `"subject": "CN=kubernetes-admin"`, `"certificateFile": "/c.pem"`},
		"certificates.json":    {`"path": "/etc/kubernetes/pki/ca.crt"`, `"notAfter": "2001-09-09T01:46:40Z"`},
		"disks.json":           {`"for": "etcd"`, `"freeKiB": 60`, `"freeFiles": 6`, `"usedKiB": 20`, `"mount": "/mnt/my disk"`},
		"kubeadm-backups.json": {"not an etcd backup", `"sizeKiB": 77`},
		"clock.json":           {`"offsetMilliseconds": 250`, `"synchronized": true`},
		"system.json":          {`"osVersion": "12"`, `"swapKiB": 5`},
	} {
		for _, part := range parts {
			if text := sink.files["hosts/cp1/"+path]; !strings.Contains(text, part) {
				t.Errorf("%s lacks %q:\n%s", path, part, text)
			}
		}
	}
}

func TestGaps(t *testing.T) {
	f := good(t, "w1")
	f.noRoot = true
	f.answers["static-pods"] = "1 ls: cannot open directory: Permission denied\n"
	f.answers["kubeconfigs"] = "1 sed: can't read /etc/kubernetes/admin.conf\nfile /etc/kubernetes/kubelet.conf\n    server: https://a\n"
	f.answers["kubelet-config"] = "0\nkind: [SECRET\n"
	f.answers["updates"] = "124\nautomatic=active unattended-upgrades\napt=openssl [1] (2 x [amd64])\n"
	f.answers["disks"] = "44 there is no df\n"
	f.answers["kubeadm-backups"] = "cut\n170"
	sink := newMemory()
	got, err := Collect(t.Context(), f, sink, Options{Now: now})
	if err != nil || got.Err != nil || got.IsNode || sink.by != "me" || got.Gaps != 6 {
		t.Errorf("%+v, %v, by %s", got, err, sink.by)
	}
	for file, parts := range map[string][]string{
		"static-pods.yaml":     {"failed: ", "Permission denied", "me may not become root"},
		"kubeconfigs.json":     {"failed: ", "admin.conf"},
		"kubelet-config.yaml":  {"failed: ", "cannot be parsed"},
		"updates.json":         {"failed: ", "60 seconds"},
		"disks.json":           {"absent: there is no df"},
		"kubeadm-backups.json": {"failed: ", "cut off", "the connection was lost"},
	} {
		note := sink.notes["hosts/w1/"+file]
		for _, part := range parts {
			if !strings.Contains(note, part) {
				t.Errorf("%s: %q lacks %q", file, note, part)
			}
		}
		if strings.Contains(note, "SECRET") {
			t.Errorf("a note holds what stood in a file: %s", note)
		}
	}
	if text := sink.files["hosts/w1/kubeconfigs.json"]; !strings.Contains(text, "https://a") {
		t.Errorf("what could be read is kept beside the gap: %q", text)
	}
	if text := sink.files["hosts/w1/updates.json"]; !strings.Contains(text, `"pending": null`) || !strings.Contains(text, `"active"`) {
		t.Errorf("half a list of updates is none: %q", text)
	}
}

func TestNodeName(t *testing.T) {
	nodes := []Node{{"cp1", []string{"10.0.0.1", "10.0.0.9"}}, {"w1.example", []string{"10.0.0.2", "10.0.0.9"}}}
	host := func(name string, address string, nodes ...string) found {
		return found{system: evidence.System{Hostname: name, Addresses: []string{address}}, nodes: nodes}
	}
	for name, tt := range map[string]struct {
		node, reached string
		found         found
		want          who
	}{
		"said":              {"x", "root@10.0.0.2", host("cp1", "10.0.0.1", "cp1"), who{"x", true, true}},
		"certificate":       {"", "", host("other", "", "cp1"), who{"cp1", true, false}},
		"host name":         {"", "", host("CP1.example", ""), who{"cp1", true, false}},
		"whole host name":   {"", "", host("w1.example", ""), who{"w1.example", true, false}},
		"address":           {"", "", host("ip-1", "10.0.0.2"), who{"w1.example", true, true}},
		"all agree":         {"", "root@10.0.0.1:2222", host("cp1", "10.0.0.1", "cp1"), who{"cp1", true, true}},
		"reached by name":   {"", "root@cp1.lab", host("cp1", "", "cp1"), who{"cp1", true, true}},
		"reached elsewhere": {"", "root@127.0.0.1:2222", host("cp1", "10.9.9.9", "cp1"), who{"cp1", true, false}},
		"another cluster's": {"", "root@10.0.0.2", host("cp9", "10.0.0.2", "cp9"), who{"cp9", false, false}},
		"nobody":            {"", "root@bastion", host("bastion", "10.9.9.9"), who{"bastion", false, false}},
		"shared address":    {"", "", host("cp1", "10.0.0.9", "cp1"), who{"cp1", true, true}},
		// Of a worker that says it is the control plane, one sign is enough.
		"certificate against all":       {"", "root@10.0.0.2", host("w1.example", "10.0.0.2", "cp1"), who{}},
		"certificate against host name": {"", "", host("w1.example", "10.9.9.9", "cp1"), who{}},
		"certificate against address":   {"", "", host("other", "10.0.0.2", "cp1"), who{}},
		"all against where it is":       {"", "root@[10.0.0.2]:22", host("cp1", "10.0.0.1", "cp1"), who{}},
		"all against what it is called": {"", "w1.example", host("cp1", "10.0.0.1", "cp1"), who{}},
		"host name against address":     {"", "", host("cp1", "10.0.0.2"), who{}},
		"two certificates":              {"", "", host("other", "", "cp1", "w1.example"), who{}},
	} {
		got, err := nodeName(Options{Node: tt.node, Nodes: nodes}, []string{"", tt.reached}, tt.found)
		if got != tt.want || (err != nil) != (tt.want == who{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "..", "a/b", "a b", "-x"} {
		if dir, ok := folder(bad); ok {
			t.Errorf("%q makes the folder %q", bad, dir)
		}
	}
}

func TestAll(t *testing.T) {
	reach := func(f fake) func(context.Context) (remote.Runner, error) {
		return func(context.Context) (remote.Runner, error) { return f, nil }
	}
	away := func(context.Context) (remote.Runner, error) { return nil, &hinted{} }
	dropped := good(t, "w9")
	dropped.lost = errors.New("the connection was lost")
	sink, done := newMemory(), map[string]bool{}
	got, err := All(t.Context(), []Target{
		{Name: "a", Dial: reach(good(t, "cp1"))}, {Name: "b", Node: "w1", Dial: away}, {Name: "c", Dial: reach(dropped)},
	}, sink, AllOptions{Now: now, Done: func(_ context.Context, l Looked, r remote.Runner) error {
		done[l.Host] = r != nil
		return nil
	}})
	if err != nil || got[0].Err != nil || got[1].Err == nil || got[2].Err == nil {
		t.Errorf("%+v, %v", got, err)
	}
	if diff := cmp.Diff(map[string]bool{"root@cp1": true, "b": false, "root@w9": true}, done); diff != "" {
		t.Errorf("Done (-want +got):\n%s", diff)
	}
	if note := sink.notes["hosts/w1"]; note != "failed: its key is not known; ssh-keyscan" {
		t.Errorf("a host that is away is a gap with its hint: %q", note)
	}
	if note := sink.notes["hosts/root@w9"]; !strings.Contains(note, "lost") {
		t.Errorf("a host that is lost is a gap: %q", sink.notes)
	}
	sink = newMemory()
	got, err = All(t.Context(), []Target{{Name: "a", Dial: reach(good(t, "cp1"))}, {Name: "b", Dial: reach(good(t, "cp1"))}}, sink, AllOptions{Now: now, Parallel: 1})
	if err != nil || got[0].Err != nil || got[1].Err == nil || !strings.Contains(got[1].Err.Error(), "both taken for cp1") {
		t.Errorf("two hosts for one node: %+v, %v", got, err)
	}
	broken := errors.New("disk full")
	if _, err := All(t.Context(), []Target{{Name: "a", Dial: reach(good(t, "cp1"))}}, newMemory(), AllOptions{Now: now, Done: func(context.Context, Looked, remote.Runner) error { return broken }}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// TestPretender: a worker that says it is the control plane gets neither its
// folder nor its kubelet's trust, whoever is asked first.
func TestPretender(t *testing.T) {
	target := func(name, node string, f fake) Target {
		f.name = name
		return Target{Name: name, Node: node, Dial: func(context.Context) (remote.Runner, error) { return f, nil }}
	}
	look := func(targets ...Target) ([]Looked, *memory) {
		sink := newMemory()
		got, err := All(t.Context(), targets, sink, AllOptions{Now: now, Parallel: 1,
			Nodes: []Node{{"cp1", []string{"10.77.0.11"}}, {"w1", []string{"10.77.0.21"}}}})
		if err != nil {
			t.Fatal(err)
		}
		return got, sink
	}
	got, sink := look(target("root@10.77.0.21", "", good(t, "cp1")))
	if note := sink.notes["hosts/root@10.77.0.21"]; got[0].Err == nil || got[0].Node != "" || got[0].KubeletServing != nil || len(sink.files) != 0 ||
		!strings.Contains(note, "speaks for cp1, where it was reached, 10.77.0.21 for w1") {
		t.Errorf("%+v: %s, %d files", got[0], note, len(sink.files))
	}
	alias := target("root@10.9.9.9", "", good(t, "cp1")) // as ssh_config has it
	for called, trusted := range map[string]bool{"cp1": true, "w1": false} {
		alias.Name = called
		if got, _ := look(alias); (got[0].KubeletServing != nil) != trusted {
			t.Errorf("called %s: %+v", called, got[0])
		}
	}
	// Where nothing contradicts it, its names are believed and its certificate is not.
	got, sink = look(target("root@tunnel-1", "", good(t, "cp1")), target("root@10.77.0.11", "", good(t, "cp1")))
	if got[0].Err != nil || got[0].Node != "cp1" || got[0].KubeletServing != nil {
		t.Errorf("first: %+v", got[0])
	}
	if note := sink.notes["hosts/root@10.77.0.11"]; got[1].Err == nil || got[1].Node != "" || got[1].KubeletServing != nil || !strings.Contains(note, "both taken for cp1") {
		t.Errorf("second: %+v: %s", got[1], note)
	}
	if _, there := sink.notes["hosts/cp1"]; there {
		t.Error("the second is no gap of the first")
	}
	// The node a user gave a name to is nobody else's, also not before.
	got, _ = look(target("root@tunnel-1", "", good(t, "cp1")), target("10.77.0.11", "cp1", good(t, "cp1")))
	if got[0].Err == nil || got[1].Err != nil || got[1].KubeletServing == nil {
		t.Errorf("%+v", got)
	}
}

type hinted struct{}

func (*hinted) Error() string { return "its key is not known" }
func (*hinted) Hint() string  { return "ssh-keyscan" }

// TestProbes: every probe has a parser, a form that /bin/sh takes, and changes
// nothing by its words.
func TestProbes(t *testing.T) {
	writes := regexp.MustCompile(`(^|[\s;|&(])(rm|mv|cp|tee|install|mkdir|touch|ln|chmod|chown|kill|apt-get (install|update|upgrade)|systemctl (start|stop|restart|enable|disable))\s|[^2&]>\s*/[^d]`)
	names := map[string]bool{}
	for _, p := range Probes() {
		names[p.Name] = true
		if len(p.Files) == 0 || p.From == "" || p.For == "" || parsers()[p.Name] == nil {
			t.Errorf("%+v is not whole", p)
		}
		if out, err := exec.CommandContext(t.Context(), "/bin/sh", "-n", "-c", p.Script).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", p.Name, err, out)
		}
		if found := writes.FindString(p.Script); found != "" {
			t.Errorf("%s seems to change something: %q", p.Name, found)
		}
	}
	if len(names) != len(parsers()) {
		t.Errorf("%d probes, %d parsers", len(names), len(parsers()))
	}
	text, _ := script(Probes())
	if out, err := exec.CommandContext(t.Context(), "/bin/sh", "-n", "-c", text).CombinedOutput(); err != nil || len(text) > 100_000 {
		t.Errorf("the whole script of %d bytes: %v\n%s", len(text), err, out)
	}
}
