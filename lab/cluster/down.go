package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/lab/remote"
)

// Down removes everything of a lab: containers with their volumes and whatever ran in them, the network, the folder.
// It works on what is there, so also on a lab that is half made or half removed; found says whether there was anything.
func (m Manager) Down(ctx context.Context, name string) (found bool, err error) {
	f := folder(m.Store.Dir, name)
	unlock, err := f.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if found, err = m.remove(ctx, name, f); err != nil {
		return found, fmt.Errorf("removing lab %q: %w", name, err)
	}
	// Whoever waits for this lock at this moment makes the file again.
	return found, os.Remove(string(f) + ".lock")
}

func (m Manager) remove(ctx context.Context, name string, f Folder) (found bool, err error) {
	report := newReport(m.Progress)
	containers, err := m.Engine.Containers(ctx, name)
	if err != nil {
		return false, err
	}
	if len(containers) > 0 {
		args := []string{"rm", "--force", "--volumes"}
		for _, c := range containers {
			args = append(args, c.Name)
		}
		if _, err := m.Engine.Output(ctx, args...); err != nil {
			return true, err
		}
	}
	networks, err := m.Engine.Networks(ctx, name)
	if err != nil {
		return true, err
	}
	for _, n := range networks {
		if _, err := m.Engine.Output(ctx, "network", "rm", n.Name); err != nil {
			return true, err
		}
	}
	_, statErr := os.Stat(string(f))
	if err := os.RemoveAll(string(f)); err != nil {
		return true, err
	}
	found = len(containers) > 0 || len(networks) > 0 || statErr == nil
	if found {
		report.line("lab %s is gone: %d containers, %d networks, its folder", name, len(containers), len(networks))
	}
	return found, nil
}

// Lab is one lab as [Manager.List] sees it.
type Lab struct {
	Name string
	// State is the zero value where the folder is gone and only containers or networks are left.
	State  State
	Folder Folder
	// Status is "ready", "incomplete" (asked for, never finished), "stopped" or "left over".
	Status string
	// Running and Hosts count containers.
	Running, Hosts int
}

// List returns every lab of which anything is there, by name.
func (m Manager) List(ctx context.Context) ([]Lab, error) {
	containers, err := m.Engine.Containers(ctx, "")
	if err != nil {
		return nil, err
	}
	networks, err := m.Engine.Networks(ctx, "")
	if err != nil {
		return nil, err
	}
	all := map[string]*Lab{}
	at := func(name string) *Lab {
		if all[name] == nil {
			all[name] = &Lab{Name: name, Folder: folder(m.Store.Dir, name), Status: "left over"}
		}
		return all[name]
	}
	for _, n := range networks {
		at(n.Lab)
	}
	for _, c := range containers {
		l := at(c.Lab)
		if l.Hosts++; c.State == "running" {
			l.Running++
		}
	}
	found, err := filepath.Glob(filepath.Join(string(folder(m.Store.Dir, "*")), "state.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		l := at(filepath.Base(filepath.Dir(path)))
		if l.State, err = l.Folder.read(); err != nil {
			return nil, err
		}
		l.Status = status(*l)
	}
	var list []Lab
	for _, l := range all {
		list = append(list, *l)
	}
	slices.SortFunc(list, func(a, b Lab) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func status(l Lab) string {
	switch {
	case l.State.Ready == nil:
		return "incomplete"
	case l.Running < len(l.State.Spec.hosts(l.State.Subnet)):
		return "stopped"
	}
	return "ready"
}

// Open returns the folder and the hosts of a lab that exists.
func (m Manager) Open(name string) (Folder, []Host, error) {
	f := folder(m.Store.Dir, name)
	state, err := f.read()
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("there is no lab %q: \"lab list\" shows what there is, \"lab up\" makes one", name)
	}
	if err != nil {
		return "", nil, err
	}
	return f, state.Spec.hosts(state.Subnet), nil
}

// Target is how to reach a host of a lab over SSH.
func (m Manager) Target(name, host string) (remote.Target, error) {
	f, hosts, err := m.Open(name)
	if err != nil {
		return remote.Target{}, err
	}
	var known []string
	for _, h := range nodes(hosts) {
		if h.Name == host {
			return f.target(h), nil
		}
		known = append(known, h.Name)
	}
	return remote.Target{}, fmt.Errorf("lab %q has no host %q to log in to: there are %s", name, host, strings.Join(known, ", "))
}
