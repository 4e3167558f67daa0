package cluster_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/labtest"
)

// A "lab up" that is killed while kubeadm works leaves a kubeadm that goes on or half of a node. The same command again
// makes a whole cluster of it.
func TestKilledAndAskedForAgain(t *testing.T) {
	l := labtest.New(t, cluster.Spec{Name: "killed", Version: "1.37.0", ControlPlanes: 1, Workers: 1})
	program := filepath.Join(t.TempDir(), "lab")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/lab").CombinedOutput(); err != nil {
		t.Fatalf("building lab: %v\n%s", err, out)
	}
	for _, at := range []struct{ host, command string }{{"cp1", "kubeadm init"}, {"w1", "kubeadm join"}} {
		killAt(t, l, program, at.host, at.command)
	}
	l.Again(t)
	nodes := l.Kubectl(t, `get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'`)
	if nodes != "cp1 True\nw1 True\n" {
		t.Errorf("the nodes are:\n%s", nodes)
	}
	l.Down(t)
}

// killAt starts "lab up" and kills it, which it cannot see coming, once this command runs on this host.
func killAt(t *testing.T, l *labtest.Lab, program, host, command string) {
	t.Helper()
	up := exec.CommandContext(t.Context(), program, "up", "--name", l.Spec.Name, "--version", l.Spec.Version)
	up.Stdout, up.Stderr = t.Output(), t.Output()
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- up.Wait() }()
	for {
		if _, err := l.Engine.Output(t.Context(), "exec", "fixline-lab-"+l.Spec.Name+"-"+host, "pgrep", "-f", "^"+command); err == nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("lab up ended before it was killed in %s: %v", command, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	time.Sleep(time.Second) // into it
	if err := up.Process.Signal(os.Kill); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Fatalf("lab up came to its end before it was killed in %s", command)
	}
	t.Logf("killed lab up in %s on %s", command, host)
}
