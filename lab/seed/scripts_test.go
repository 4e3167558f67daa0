package seed

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// manifest is the part of kubeadm's static pod that scripts edit.
const manifest = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=10.77.0.11
    - --secure-port=6443
    name: kube-apiserver
    volumeMounts:
    - mountPath: /etc/kubernetes/pki
      name: k8s-certs
      readOnly: true
  hostNetwork: true
  volumes:
  - hostPath:
      path: /etc/kubernetes/pki
      type: DirectoryOrCreate
    name: k8s-certs
`

// The edits of a static pod put in once what they say, and taken back in any order leave the file as it was.
func TestEditsOfAStaticPod(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kube-apiserver.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	functions := strings.NewReplacer("/etc/kubernetes/manifests/kube-apiserver.yaml", file, "/etc/kubernetes/lab-seed", filepath.Join(dir, "keep")).
		Replace(script("apiserver")) + "answers() { :; }\n"
	run := func(text string) string {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", functions+text).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", text, err, out)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	audit := "begin\nflag --audit-log-path=/var/log/audit.log\nfolder lab-audit /var/log\nuse\n"
	want := strings.NewReplacer(
		"    - kube-apiserver\n", "    - kube-apiserver\n    - --audit-log-path=/var/log/audit.log\n",
		"    volumeMounts:\n", "    volumeMounts:\n    - {name: lab-audit, mountPath: /var/log}\n",
		"  volumes:\n", "  volumes:\n  - {name: lab-audit, hostPath: {path: /var/log, type: DirectoryOrCreate}}\n",
	).Replace(manifest)
	for range 2 {
		if got := run(audit); got != want {
			t.Errorf("edited:\n%s", got)
		}
	}
	run("begin\nflag --feature-gates=A=true\nuse\n")
	run("begin\nunflag --audit-log-path=/var/log/audit.log\nunfolder lab-audit\nuse\n")
	if got := run("begin\nunflag --feature-gates=A=true\nuse\n"); got != manifest {
		t.Errorf("undone:\n%s", got)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("undone, the file's mode is %s (%v)", info.Mode(), err)
	}
}
