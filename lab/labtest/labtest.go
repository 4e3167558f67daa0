// Package labtest gives Go tests a real kubeadm cluster and holds that nothing of it stays.
//
// It decides when a test that needs hosts is skipped, and says why. It installs and starts no container engine and
// judges nothing but what a lab leaves behind. Start at [Up].
package labtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/program"
	"github.com/fixline-dev/fixline/lab/remote"
)

// HostsVar is the environment variable that asks for tests whose hosts are containers, when it is 1.
const HostsVar = "FIXLINE_LAB_HOSTS"

// Lab is a lab of one test.
type Lab struct {
	cluster.Manager
	// Spec is what was asked for, with the name it got.
	Spec cluster.Spec
	// Folder has its files.
	Folder cluster.Folder
}

// Up makes a lab and removes it when the test ends; [Lab.Down] does so earlier and looks at what stays. A process number
// is added to the spec's name, so that tests of several processes do not meet. Without a container engine, or when
// nobody asked for such tests, the test is skipped with the reason.
func Up(t *testing.T, spec cluster.Spec) *Lab {
	t.Helper()
	l := New(t, spec)
	l.Again(t)
	return l
}

// New is [Up] without making the lab, for tests of how that begins.
func New(t *testing.T, spec cluster.Spec) *Lab {
	t.Helper()
	docker, err := engine.Find(t.Context())
	if errors.Is(err, engine.ErrNone) {
		t.Skip("needs hosts: " + strings.Join(strings.Fields(err.Error()), " "))
	}
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(HostsVar) != "1" {
		t.Skipf("needs hosts, which are containers and take minutes: make lab-e2e, or %s=1, runs it", HostsVar)
	}
	store, err := program.Open(t.Output())
	if err != nil {
		t.Fatal(err)
	}
	spec.Name = fmt.Sprintf("%s-%d", spec.Name, os.Getpid())
	l := &Lab{Manager: cluster.Manager{Engine: docker, Store: store, Progress: t.Output()}, Spec: spec}
	t.Cleanup(func() { // whatever the test leaves; its context has ended by now
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if _, err := l.Manager.Down(ctx, spec.Name); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Again asks for the same lab once more: what is missing or stopped is made or started.
func (l *Lab) Again(t *testing.T) {
	t.Helper()
	folder, err := l.Manager.Up(t.Context(), l.Spec)
	if err != nil {
		t.Fatal(err)
	}
	l.Folder = folder
}

// commandTimeout bounds a command on a host. The longest is kubeadm upgrade, which waits five minutes for each static
// pod at most and a few seconds as a rule.
const commandTimeout = 15 * time.Minute

// Try runs a shell command on a host as root and returns what it printed; the error says how it ended.
func (l *Lab) Try(t *testing.T, host, command string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	target, err := l.Target(l.Spec.Name, host)
	if err != nil {
		return "", err
	}
	client, err := remote.Dial(ctx, target)
	if err != nil {
		return "", err
	}
	defer client.Close()
	out, err := client.Run(ctx, command)
	return string(out), err
}

// Run is [Lab.Try] for a command that must succeed.
func (l *Lab) Run(t *testing.T, host, command string) string {
	t.Helper()
	out, err := l.Try(t, host, command)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Kubectl runs kubectl on the first control plane, as the administrator.
func (l *Lab) Kubectl(t *testing.T, args string) string {
	t.Helper()
	return l.Run(t, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf "+args)
}
