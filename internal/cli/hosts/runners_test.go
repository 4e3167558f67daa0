package hosts

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
	"github.com/fixline-dev/fixline/internal/remote/remotetest"
)

func testFactory(t *testing.T) *factory.Factory {
	home := t.TempDir()
	return factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(name string) string {
		return map[string]string{"HOME": home, "USER": "me"}[name]
	})
}

// here is what this machine would be called as a node.
func here(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ToLower(name)
}

// TestRunners: which node each flag leads to, before anything is connected to.
func TestRunners(t *testing.T) {
	nodes := []Node{{"cp1", "linux", []string{"10.0.0.11"}}, {"w1", "linux", []string{"10.0.0.21"}}, {"w2", "", []string{"10.0.0.22"}}, {"win", "windows", []string{"10.0.0.23"}}}
	file := filepath.Join(t.TempDir(), "hosts.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: fixline.dev/v1alpha1\nkind: HostInventory\nhosts: [{node: w1, address: nat.example, user: op, port: 2201}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		o    Options
		want map[string]string // name of the runner, or the error, by node
		err  string
	}{
		"every node":         {Options{Hosts: []string{"root@nodes:2222"}}, map[string]string{"cp1": "root@10.0.0.11:2222", "w2": "root@10.0.0.22:2222", "win": "cannot be reached: Windows is not asked over SSH", "x": "no host was named for the node x"}, ""},
		"one by one":         {Options{Hosts: []string{"cp1=root@nat.example:2211", "root@w1", "op@10.0.0.22"}}, map[string]string{"cp1": "root@nat.example:2211", "w1": "root@w1", "w2": "op@10.0.0.22", "win": "no host was named for the node win"}, ""},
		"one beside all":     {Options{Hosts: []string{"root@nodes", "cp1=op@bastion"}}, map[string]string{"cp1": "op@bastion", "w1": "root@10.0.0.21"}, ""},
		"a file":             {Options{Hosts: []string{"root@nodes"}, File: file}, map[string]string{"w1": "op@nat.example:2201", "cp1": "root@10.0.0.11"}, ""},
		"this host":          {Options{Hosts: []string{"root@nodes"}, Local: "cp1"}, map[string]string{"cp1": "@cp1", "w1": "root@10.0.0.21"}, ""},
		"only this host":     {Options{Local: "cp1"}, map[string]string{"cp1": "@cp1", "w1": "no host was named for the node w1"}, ""},
		"a node that is not": {Options{Hosts: []string{"cp9=root@a"}}, nil, "root@a is named for the node cp9, which the cluster does not have"},
		"nobody's host":      {Options{Hosts: []string{"root@bastion"}}, nil, "no node has the name or address bastion"},
		"a node twice":       {Options{Hosts: []string{"cp1=root@a", "cp1=root@b"}}, nil, "root@a and root@b are both named for the node cp1"},
		"both ways":          {Options{Hosts: []string{"cp1=root@a"}, Local: "cp1"}, nil, "--local and --ssh root@a both name the node cp1"},
		"no such local node": {Options{Local: "cp9"}, nil, "--local: the cluster has no node cp9"},
		"no host":            {Options{Hosts: []string{"cp1="}}, nil, `"" is no [USER@]HOST[:PORT]`},
	} {
		tt.o.byNode = true
		err := tt.o.Validate()
		var runner func(string) (remote.Runner, error)
		if err == nil {
			runner, _, err = tt.o.Runners(testFactory(t), nodes)
		}
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || exit.Of(err) != exit.Usage {
				t.Errorf("%s: %v (code %d), want %q", name, err, exit.Of(err), tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for node, want := range tt.want {
			var got string
			if r, err := runner(node); err != nil {
				got = err.Error()
			} else {
				got = r.Name()
			}
			if !strings.HasSuffix(got, want) {
				t.Errorf("%s: %s is %q, want %q", name, node, got, want)
			}
		}
	}
}

// machine is this machine, for an account that need not be root.
type machine struct {
	*local.Runner

	gone   bool
	closes *int
}

func (m *machine) Gone() bool { return m.gone }

func (m *machine) Close() error { *m.closes++; return nil }

func (m *machine) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	c.Root = false
	return m.Runner.Run(ctx, c)
}

// TestLink: connected once, again after a loss, and never to another node.
func TestLink(t *testing.T) {
	dials, closes := 0, 0
	var last *machine
	var refuse error
	l := &link{node: here(t), name: "root@a", nodes: []host.Node{{Name: here(t)}, {Name: "other"}}, dial: func(context.Context) (remote.Runner, error) {
		dials++
		if refuse != nil {
			return nil, refuse
		}
		last = &machine{Runner: local.New("this host", "me"), closes: &closes}
		return last, nil
	}}
	say := func() error {
		got, err := l.Run(t.Context(), remote.Command{Script: "echo here"})
		if err == nil && string(got.Stdout) != "here\n" {
			t.Errorf("it says %q", got.Stdout)
		}
		return err
	}
	if err := errors.Join(say(), say()); err != nil || dials != 1 {
		t.Fatalf("%d connections: %v", dials, err)
	}
	last.gone = true
	if err := say(); err != nil || dials != 2 || closes != 1 {
		t.Errorf("after a loss %d connections, %d closed: %v", dials, closes, err)
	}
	last.gone, refuse = true, errors.New("connecting to root@a: no answer")
	if err := say(); !errors.Is(err, refuse) || !strings.Contains(err.Error(), "reaching the node "+here(t)) {
		t.Errorf("a host that is away: %v", err)
	}
	refuse = nil
	if err := say(); err != nil {
		t.Errorf("a host that came back: %v", err)
	}
	l.node = "other"
	if err := errors.Join(l.Close(), say()); err == nil || !strings.Contains(err.Error(), "this is not other: it is the node "+here(t)) || closes < 4 {
		t.Errorf("another node answers: %v", err)
	}
	l.node = here(t)
	l.end()
	if err := say(); err == nil || !strings.Contains(err.Error(), "closed for good") {
		t.Errorf("after the end: %v", err)
	}
}

// TestReconnect: a real connection that is cut is made again.
func TestReconnect(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root reads the certificates that prove which node a host is")
	}
	s := remotetest.Serve(t, remotetest.Fault{})
	o := Options{Hosts: []string{here(t) + "=root@" + s.Addr()}, Keys: []string{s.KeyFile}, KnownHosts: []string{s.KnownHosts}, byNode: true}
	runner, closeAll, err := o.Runners(testFactory(t), []Node{{Name: here(t)}})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	r, err := runner(here(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.Run(t.Context(), remote.Command{Script: "true"}); err != nil {
			t.Fatal(err)
		}
		at := r.(*link).at.(interface{ Gone() bool })
		s.Drop()
		for !at.Gone() && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	closeAll()
	if _, err := r.Run(t.Context(), remote.Command{Script: "true"}); err == nil {
		t.Error("it runs after the end")
	}
}
