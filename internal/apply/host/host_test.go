package host_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
)

// stand-ins for what a host has and this machine may not: systemd, whose units
// here are processes of their own, sudo, and package managers that answer from
// files. The real ones are in the tests that run on kubeadm hosts.
var standIns = map[string]string{
	"sudo": `while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"`,
	"systemd-run": `unit=
while [ "${1#-}" != "$1" ]; do case $1 in --unit=*) unit=${1#--unit=} ;; esac; shift; done
setsid "$@" </dev/null >/dev/null 2>&1 &
echo $! >"$STATE/$unit.pid"`,
	"systemctl": `case $1 in
is-active) [ -e "$STATE/deaf" ] && rm "$STATE/deaf" && exit 1
	kill -0 "$(cat "$STATE/$2.pid" 2>/dev/null)" 2>/dev/null && echo active || echo inactive ;;
*) echo "$@" >>"$STATE/systemctl" ;;
esac`,
	"apt-mark":   `case $1 in showhold) cat "$STATE/held" 2>/dev/null ;; hold) shift; for p; do echo $p >>"$STATE/held"; done ;; slow) ;; esac; echo "$@" >>"$STATE/apt-mark"; sleep "$(cat "$STATE/slow" 2>/dev/null || echo 0)"`,
	"apt-get":    `echo "$@" >>"$STATE/apt-get"; echo "E: Version not found, token abcdef.0123456789abcdef" >&2; exit 100`,
	"apt-cache":  `cat "$STATE/madison" 2>/dev/null`,
	"dpkg-query": `cat "$STATE/dpkg" 2>/dev/null || exit 1`,
	"kubeadm":    `case "$*" in "upgrade plan"*) cat "$STATE/offers" ;; "upgrade diff"*) cat "$STATE/diff" ;; certs*) cat "$STATE/certs"; exit ;; version*) echo v1.37.1 ;; esac; echo "$@" >>"$STATE/kubeadm"`,
}

const hash = "c0ffee0123456789"

// kept is where what a step's command leaves is kept.
func kept(s *plan.Step, command string) string {
	return filepath.Join("run", "fixline-"+hash[:12]+"-"+s.ID+"-"+command)
}

// machine is this one, with the stand-ins.
type machine struct {
	t     *testing.T
	state string
	hands *host.Hands
	begun map[string]bool // steps, by the journal
	running
}

type running map[string]string

func (r running) Running(context.Context, string) (map[string]string, error) { return r, nil }

func newMachine(t *testing.T) *machine {
	t.Helper()
	bin, state := t.TempDir(), t.TempDir()
	for name, script := range standIns {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("STATE", state)
	r := local.New("w1", "root")
	m := &machine{t: t, state: state, running: running{}, begun: map[string]bool{}}
	m.hands = host.New(host.Options{Reach: func(context.Context, string) (remote.Runner, error) { return r, nil }, Cluster: m.running,
		Plan: hash, Begun: func(step string) bool { return m.begun[step] },
		Now: time.Now, Poll: time.Millisecond, Folder: filepath.Join(state, "run")})
	return m
}

func (m *machine) set(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.state, name), []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) lines(name string) []string {
	text, _ := os.ReadFile(filepath.Join(m.state, name))
	return strings.Fields(strings.ReplaceAll(string(text), " ", "_"))
}

func holdStep() *plan.Step {
	return &plan.Step{ID: "0001-package-hold-w1", Kind: plan.PackageHold, Node: "w1", Commands: []string{"sudo apt-mark hold kubeadm kubelet kubectl"}}
}

func TestHold(t *testing.T) {
	m, s, log := newMachine(t), holdStep(), &apply.Log{}
	m.look(s, progress.Before)
	if err := m.hands.Do(t.Context(), s, log); err != nil {
		t.Fatal(err)
	}
	m.look(s, progress.There)
	if left, _ := filepath.Glob(filepath.Join(m.state, "run", "*")); len(left) > 0 {
		t.Errorf("left on the host: %v", left)
	}
	m.set("held", "kubelet\n")
	m.look(s, progress.Partly)
}

func (m *machine) look(s *plan.Step, want progress.State) {
	m.t.Helper()
	if look, err := m.hands.Look(m.t.Context(), s); err != nil || look.State != want {
		m.t.Errorf("%s: %+v (%v), want %s", s.ID, look, err, want)
	}
}

// TestConnectionLost: a command goes on when whoever began it is gone, and the
// next run finds it instead of running it a second time.
func TestConnectionLost(t *testing.T) {
	m, s := newMachine(t), holdStep()
	m.set("slow", "2")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.hands.Do(ctx, s, &apply.Log{}) }()
	for len(m.lines("apt-mark")) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	// What it does shows already, and it is not done.
	m.look(s, progress.Partly)
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil {
		t.Fatal(err)
	}
	if n := len(m.lines("apt-mark")); n != 1 {
		t.Errorf("the command ran %d times", n)
	}
	m.look(s, progress.There)
}

// TestGoesOnWhereItWas: of a step's commands those before the one under way have
// ended and are not run again, nor does a package that is being installed look
// like one that was left broken.
func TestGoesOnWhereItWas(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "0006-kubeadm-package-w1", Kind: plan.KubeadmPackage, Node: "w1", Components: []string{"kubeadm"}, To: "1.37.1",
		Commands: []string{"sudo apt-mark unhold kubeadm", "sudo apt-get install -y --allow-downgrades kubeadm='1.37.1-1.1'", "sudo apt-mark hold kubeadm"}}
	m.set("dpkg", "deb|install|half-installed|reinstreq|1.37.0-1.1\n")
	m.look(s, progress.Unclear)
	m.leaves(kept(s, "2"), "0\n")
	m.look(s, progress.Partly)
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil {
		t.Fatal(err)
	}
	if got := m.lines("apt-mark"); len(got) != 1 || got[0] != "kubeadm" || len(m.lines("apt-get")) != 0 {
		t.Errorf("run were %q and %q", got, m.lines("apt-get"))
	}
}

// TestKubeadmGoesOn: once kubeadm has moved a part, its plan offers nothing.
func TestKubeadmGoesOn(t *testing.T) {
	m, log := newMachine(t), &apply.Log{}
	s := &plan.Step{ID: "0007-kubeadm-apply-w1", Kind: plan.KubeadmApply, Node: "w1", Components: []string{"kube-apiserver", "kube-scheduler"}, From: "1.37.0", To: "1.37.1",
		Commands: []string{"sudo kubeadm upgrade plan v1.37.1", "sudo kubeadm upgrade diff v1.37.1", "sudo kubeadm upgrade apply v1.37.1 --yes"}}
	m.set("offers", "You should be fine\n")
	m.set("diff", "")
	m.running["kube-apiserver"], m.running["kube-scheduler"] = "1.37.1", "1.37.0"
	if err := m.hands.Do(t.Context(), s, log); err != nil || !strings.Contains(strings.Join(log.Notes(), ""), "not asked again") {
		t.Errorf("%v, %q", err, log.Notes())
	}
	if got := m.lines("kubeadm"); len(got) != 1 || got[0] != "upgrade_apply_v1.37.1_--yes" {
		t.Errorf("run were %q", got)
	}
}

// TestHostStartedAnew: a command of which nothing is left is said, and begun anew
// the next time.
func TestHostStartedAnew(t *testing.T) {
	m, s := newMachine(t), holdStep()
	dir := filepath.Join(m.state, kept(s, "1"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "begun"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var gone *host.GoneError
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); !errors.As(err, &gone) {
		t.Fatalf("%v", err)
	}
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil || len(m.lines("apt-mark")) != 1 {
		t.Errorf("%v, %v", err, m.lines("apt-mark"))
	}
}

// TestFailing: what a command said is told and kept, without what is secret.
func TestFailing(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "0002-kubelet-package-w1", Kind: plan.KubeletPackage, Node: "w1", Components: []string{"kubelet"}, To: "1.37.1",
		Commands: []string{"sudo apt-get install -y --allow-downgrades kubelet='1.37.1-*'", "sudo systemctl restart kubelet"}}
	var failed *host.FailedError
	err := m.hands.Do(t.Context(), s, &apply.Log{})
	if !errors.As(err, &failed) || failed.Status != 100 || !strings.Contains(err.Error(), "Version not found") || strings.Contains(err.Error(), "0123456789abcdef") {
		t.Errorf("%v", err)
	}
	if got := m.lines("apt-get"); len(got) != 1 || got[0] != "install_-y_--allow-downgrades_kubelet=1.37.1-*" {
		t.Errorf("ran %v", got)
	}
	if got := m.lines("systemctl"); len(got) > 0 {
		t.Errorf("went on with %v", got)
	}
}

// TestKubeadmOffersAnother: what kubeadm says it would do is what the plan says.
func TestKubeadmOffersAnother(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "0003-kubeadm-apply-cp1", Kind: plan.KubeadmApply, Node: "cp1", Components: []string{"kube-apiserver"}, From: "1.37.0", To: "1.37.1",
		Commands: []string{"sudo kubeadm upgrade plan v1.37.1", "sudo kubeadm upgrade diff v1.37.1", "sudo kubeadm upgrade apply v1.37.1 --yes"}}
	m.set("offers", "You can now apply the upgrade by executing the following command:\n\n\tkubeadm upgrade apply v1.37.10\n")
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err == nil || !strings.Contains(err.Error(), "does not offer the upgrade to 1.37.1") {
		t.Errorf("%v", err)
	}
	m.set("offers", "\tkubeadm upgrade apply v1.37.1\n")
	m.set("diff", "-    image: registry.k8s.io/kube-apiserver:v1.37.0\n+    image: registry.k8s.io/kube-apiserver:v1.37.2\n")
	s.ID = "0004-kubeadm-apply-cp1"
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err == nil || !strings.Contains(err.Error(), "would bring the image") {
		t.Errorf("%v", err)
	}
	m.set("diff", "-    - --profiling=false\n+    image: registry.k8s.io/kube-apiserver:v1.37.1\n")
	s.ID = "0005-kubeadm-apply-cp1"
	m.set("certs", "[check-expiration] Reading configuration\n"+`{"certificates":[{"name":"apiserver","expirationDate":"2027-11-30T10:00:00Z"},{"name":"admin.conf","expirationDate":"2027-10-01T10:00:00Z"}]}`)
	log := &apply.Log{}
	err := m.hands.Do(t.Context(), s, log)
	if notes := log.Notes(); len(notes) == 0 || notes[0] != "before: of 2 certificates the first to expire is admin.conf, on 2027-10-01" || !slices.Contains(notes, "kubeadm takes away in a manifest: --profiling=false") {
		t.Errorf("notes %q", notes)
	}
	if err != nil || len(m.lines("kubeadm")) != 6 {
		t.Errorf("%v, %v", err, m.lines("kubeadm"))
	}
}
