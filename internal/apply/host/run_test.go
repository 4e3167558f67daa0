package host_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// leaves is what a command that ended leaves on the host.
func (m *machine) leaves(at, status string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Join(m.state, at), 0o700); err != nil {
		m.t.Fatal(err)
	}
	for name, text := range map[string]string{"begun": "", "out": "", "err": "", "status": status} {
		m.set(filepath.Join(at, name), text)
	}
}

// TestAnotherPlansCommand: a step of another plan may have the same id, and what
// came of it says nothing of this one.
func TestAnotherPlansCommand(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "0009-kubeadm-node-w1", Kind: plan.KubeadmNode, Node: "w1", To: "1.37.1", Commands: []string{"sudo kubeadm upgrade node"}}
	m.leaves(strings.Replace(kept(s, "1"), hash[:12], "decaf0123456", 1), "0\n")
	m.look(s, progress.Before)
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil {
		t.Fatal(err)
	}
	if got := m.lines("kubeadm"); len(got) != 1 || got[0] != "upgrade_node" {
		t.Errorf("run were %q", got)
	}
}

// TestNoAnswerOfSystemd: it says nothing of a command that runs.
func TestNoAnswerOfSystemd(t *testing.T) {
	m, s := newMachine(t), holdStep()
	m.set("slow", "1")
	m.set("deaf", "")
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil || len(m.lines("apt-mark")) != 1 {
		t.Errorf("%v, %v", err, m.lines("apt-mark"))
	}
	if _, err := os.Stat(filepath.Join(m.state, "deaf")); err == nil {
		t.Error("systemd was not asked")
	}
}

// TestBeginningCutOff: whoever began it was killed before it noted so, and it runs.
func TestBeginningCutOff(t *testing.T) {
	for _, first := range []string{"out", "command"} {
		m, s := newMachine(t), holdStep()
		m.leaves(kept(s, "1"), "0\n")
		for _, name := range []string{"begun", "out", "err"} {
			if name != first {
				_ = os.Remove(filepath.Join(m.state, kept(s, "1"), name))
			}
		}
		runs := exec.Command("sleep", "60")
		if err := runs.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = runs.Process.Kill(); _ = runs.Wait() })
		m.set(filepath.Base(kept(s, "1"))+".pid", strconv.Itoa(runs.Process.Pid))
		if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil || len(m.lines("apt-mark")) != 0 {
			t.Errorf("%v, %v", err, m.lines("apt-mark"))
		}
	}
}

// TestStatusNotWritten: of a command whose end a full disk did not take nothing is known.
func TestStatusNotWritten(t *testing.T) {
	m, s := newMachine(t), holdStep()
	m.leaves(kept(s, "1"), "")
	var gone *host.GoneError
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); !errors.As(err, &gone) {
		t.Errorf("%v", err)
	}
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil {
		t.Errorf("it cannot be done again: %v", err)
	}
}
