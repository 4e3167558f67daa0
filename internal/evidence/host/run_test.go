package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// run runs a probe's script on files below a folder that stands for the host's
// root; programs are found in its bin first.
func run(t *testing.T, root, name string, files map[string]string) (out string, status int) {
	t.Helper()
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	at := slices.IndexFunc(Probes(), func(p Probe) bool { return p.Name == name })
	script := strings.NewReplacer("/etc/", root+"/etc/", "/var/", root+"/var/").Replace(Probes()[at].Script)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PATH="+root+"/bin:"+os.Getenv("PATH"))
	text, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// TestStaticPodsProbe: a manifest that cannot be read is no host without
// manifests, and what the kubelet runs is read whatever its name ends in.
func TestStaticPodsProbe(t *testing.T) {
	pod := func(name string) string { return "kind: Pod\nmetadata:\n  name: " + name + "\n" }
	files := map[string]string{
		"etc/kubernetes/manifests/etcd.yaml": pod("etcd"), "etc/kubernetes/manifests/etcd.yaml.bak": pod("backup"),
		"etc/kubernetes/manifests/.swp": pod("hidden"), "etc/kubernetes/manifests/old/x.yaml": pod("below"),
	}
	names := func(out string) (names []string) {
		pods, err := evidence.ReadStaticPods([]byte(out))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pods {
			names = append(names, p.Name)
		}
		return names
	}
	out, status := run(t, t.TempDir(), "static-pods", files)
	if got := names(out); status != 0 || !slices.Equal(got, []string{"etcd", "backup"}) {
		t.Errorf("status %d, %q", status, got)
	}
	// As for an account that may list the folder and read no file kubeadm wrote.
	files["bin/cat"] = "#!/bin/sh\ncase $1 in *.bak) exec /bin/cat \"$1\";; esac\nexit 1\n"
	out, status = run(t, t.TempDir(), "static-pods", files)
	if got := names(out); status == 0 || !slices.Equal(got, []string{"backup"}) {
		t.Errorf("unread manifests: status %d, %q", status, got)
	}
	files["bin/cat"] = "#!/bin/sh\nexit 1\n"
	if out, status = run(t, t.TempDir(), "static-pods", files); status == 0 || out != "" {
		t.Errorf("nothing could be read: status %d, %q", status, out)
	}
}

// TestRepositoriesProbe: sources are found in every form apt takes, and nothing
// of the key that may stand beside them.
func TestRepositoriesProbe(t *testing.T) {
	out, status := run(t, t.TempDir(), "repositories", map[string]string{
		"etc/apt/sources.list":          "# deb http://commented x y\ndeb\thttps://u:hunter2@tabbed/v1.34/deb\t/\n",
		"etc/apt/sources.list.d/a.list": " deb [trusted=yes] http://spaced / \n",
		"etc/apt/sources.list.d/a.sources": "types: deb\nURIs: http://one\n  http://two\n\thttps://u:hunter2@three?hunter2\n# no\nSuites: s1\n s2\n" +
			"Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n hunter2://\n\nTypes: deb\nURIs: http://four\nSuites: /\nEnabled: no\n",
	})
	if status != 0 || strings.Contains(out, "hunter2") {
		t.Errorf("status %d:\n%s", status, out)
	}
	files, err := repositories(&found{}, []byte(out))
	if err != nil {
		t.Fatal(err)
	}
	var all []evidence.Repository
	if err := evidence.ReadHostJSON(files[0].data, &all); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, strings.TrimSpace(r.URL+" "+r.Suite+map[bool]string{false: " off"}[r.Enabled]))
	}
	want := []string{"https://tabbed/v1.34/deb /", "http://spaced /", "http://one s1", "http://one s2", "http://two s1", "http://two s2",
		"https://three s1", "https://three s2", "http://four / off"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestSystemProbe: a host without ip(8) says its addresses too.
func TestSystemProbe(t *testing.T) {
	for ip, want := range map[string]string{
		"exit 1":                                "address=10.0.0.7\naddress=fd00::7\n",
		"echo '2: eth0 inet 10.0.0.8/24 brd x'": "address=10.0.0.8\n",
	} {
		out, status := run(t, t.TempDir(), "system", map[string]string{
			"bin/ip": "#!/bin/sh\n" + ip + "\n", "bin/hostname": "#!/bin/sh\necho 10.0.0.7 fd00::7\n",
		})
		if status != 0 || !strings.Contains(out, want) || strings.Count(out, "address=") != strings.Count(want, "address=") {
			t.Errorf("%s: status %d:\n%s", ip, status, out)
		}
	}
}

// TestUpdatesProbe: an update that needs a package of a new name, as a kernel's
// does, is pending too.
func TestUpdatesProbe(t *testing.T) {
	out, status := run(t, t.TempDir(), "updates", map[string]string{
		"bin/apt-get": "#!/bin/sh\ncase \"$*\" in *--with-new-pkgs*) echo 'Inst linux-image-6.1.0-30-amd64 (6.1.124-1 Debian-Security:12/stable-security [amd64])';; esac\n",
	})
	files, err := updates(&found{}, []byte(out))
	if err != nil || status != 0 || !strings.Contains(string(files[0].data), `"package": "linux-image-6.1.0-30-amd64"`) || !strings.Contains(string(files[0].data), `"security": true`) {
		t.Errorf("status %d, %v:\n%s", status, err, out)
	}
}

func TestPlainURL(t *testing.T) {
	for text, want := range map[string]string{
		"none": "none",
		"https://pkgs.k8s.io/core:/stable:/v1.34/deb/":                   "https://pkgs.k8s.io/core:/stable:/v1.34/deb/",
		"https://mirror/repos/kubernetes-el7-x86_64/xUbuntu_20.04":       "https://mirror/repos/kubernetes-el7-x86_64/xUbuntu_20.04",
		"http://deb.debian.org/debian-security/dists/bookworm-security":  "http://deb.debian.org/debian-security/dists/bookworm-security",
		"https://dl.cloudsmith.io/hUnTeR2hUnTeR2xy/acme/repo/deb/ubuntu": "https://dl.cloudsmith.io/(redacted)/acme/repo/deb/ubuntu",
		"https://apt/550e8400-e29b-41d4-a716-446655440000/deb":           "https://apt/(redacted)/deb",
		"https://user:1/hunter2@apt/deb":                                 "(redacted)",
		"https://user:hun/ter2@apt/deb":                                  "(redacted)",
		"mirror+https://user:hunter2@apt/deb?hunter2#hunter2":            "mirror+https://apt/deb",
		"https://mirror/prod%20one/v1.34/deb/hunter2hunter2":             "https://mirror/prod%20one/v1.34/deb/(redacted)",
	} {
		if got := plainURL(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestCertificatesInPart: one file that holds no certificate takes the expiry
// of no other away.
func TestCertificatesInPart(t *testing.T) {
	f := good(t, "cp1")
	f.answers["certificates"] = "0\nfile /etc/kubernetes/pki/der.crt\nfile /etc/kubernetes/pki/ca.crt\n" + pemFor(t, "kubernetes")
	sink := newMemory()
	if _, err := Collect(t.Context(), f, sink, Options{Now: now, Node: "cp1"}); err != nil {
		t.Fatal(err)
	}
	if note := sink.notes["hosts/cp1/certificates.json"]; !strings.Contains(note, "failed: ") || !strings.Contains(note, "der.crt holds no certificate") {
		t.Errorf("note: %s", note)
	}
	if text := sink.files["hosts/cp1/certificates.json"]; !strings.Contains(text, "ca.crt") {
		t.Errorf("file: %s", text)
	}
}
