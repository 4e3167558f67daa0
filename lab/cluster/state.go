package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// State is what a lab's folder remembers. What a host has done already is not in it: that is looked up on the host.
type State struct {
	Spec Spec `json:"spec"`
	// Subnet is the lab's network: "10.77.0.0/24".
	Subnet netip.Prefix `json:"subnet"`
	// Created is when the lab was asked for; Ready when it was last complete, absent before.
	Created time.Time  `json:"created"`
	Ready   *time.Time `json:"ready,omitempty"`
}

// Folder is where a lab keeps its files.
type Folder string

// The files of a lab's folder.
func (f Folder) file(name string) string { return filepath.Join(string(f), name) }
func (f Folder) state() string           { return f.file("state.json") }
func (f Folder) packages() string        { return f.file("packages") }
func (f Folder) key() string             { return f.file("id_ed25519") }
func (f Folder) knownHosts() string      { return f.file("known_hosts") }
func (f Folder) hostKeys() string        { return f.file("host-keys") }

// Kubeconfig is the administrator's.
func (f Folder) Kubeconfig() string { return f.file("admin.conf") }

// SSHConfig is a configuration for the ssh program that names the hosts.
func (f Folder) SSHConfig() string { return f.file("ssh_config") }

// folder is where the lab of this name keeps its files, below the cache folder.
func folder(cache, name string) Folder { return Folder(filepath.Join(cache, "labs", name)) }

// read returns the state; the error is fs.ErrNotExist for a lab that does not exist.
func (f Folder) read() (State, error) {
	data, err := os.ReadFile(f.state())
	if err != nil {
		return State{}, err
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return State{}, fmt.Errorf("reading %q: %w: remove the lab with \"lab down --name %s\"", f.state(), err, filepath.Base(string(f)))
	}
	return s, nil
}

// write replaces the state, whole or not at all.
func (f Folder) write(s State) error {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return renameio.WriteFile(f.state(), append(data, '\n'), 0o600)
}

// errBusy is the answer when another process works on the same lab.
var errBusy = errors.New("another process works on this lab")

// lock lets one process work on a lab at a time. The lock is beside the folder, so that the folder can be removed.
func (f Folder) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return nil, err
	}
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errBusy)
	defer cancel()
	type result struct {
		unlock func()
		err    error
	}
	got := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(string(f) + ".lock").Lock()
		got <- result{unlock, err}
	}()
	select {
	case r := <-got:
		return r.unlock, r.err
	case <-ctx.Done():
		go func() { // the lock may still come: give it back
			if r := <-got; r.err == nil {
				r.unlock()
			}
		}()
		return nil, fmt.Errorf("lab %q: %w", filepath.Base(string(f)), context.Cause(ctx))
	}
}
