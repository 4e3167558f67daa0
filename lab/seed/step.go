package seed

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Step is one thing that is done. Exactly one of its kinds is set: Apply, Helm, Kubelet, Status, Wait, Exec or Loop.
type Step struct {
	// Say is a sentence, shown when the step begins.
	Say string `json:"say"`
	// When is "nodes" for a step of clusters with nodes, "no-nodes" for others; empty for both.
	When string `json:"when,omitempty"`

	// Apply are objects, by server-side apply; undone by removing them.
	Apply []Object `json:"apply,omitempty"`
	// As is who applies; empty is the lab. Another name is somebody else, as far as the object can tell.
	As string `json:"as,omitempty"`
	// Shared: the objects are not ours; undoing gives up the fields that were applied, and leaves the object.
	Shared bool `json:"shared,omitempty"`

	Helm    *HelmRelease `json:"helm,omitempty"`
	Kubelet *Kubelet     `json:"kubelet,omitempty"`
	// Status is an object whose status is applied, for what no controller of this lab reports.
	Status Object `json:"status,omitempty"`
	Wait   *Wait  `json:"wait,omitempty"`
	Exec   *Exec  `json:"exec,omitempty"`
	Loop   *Loop  `json:"loop,omitempty"`
}

// Object is a Kubernetes object as a manifest has it.
type Object = map[string]any

// Wait waits for an object: to be there, to have a condition that is True, or to be gone.
type Wait struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Condition  string `json:"condition,omitempty"`
	// Within defaults to one minute.
	Within Duration `json:"within,omitempty"`
}

// Exec runs a shell script as root. It must do no harm when it runs again.
type Exec struct {
	// At chooses hosts: control-planes, first-control-plane, workers, first-worker, last-worker or all.
	At string `json:"at"`
	// With names a file of scripts/ whose functions Run and Undo use.
	With string `json:"with,omitempty"`
	Run  string `json:"run"`
	Undo string `json:"undo,omitempty"`
}

// Kubelet brings the kubelets of some nodes to a version: a package on hosts, a report in the status of paper nodes.
// Undone, they are at the cluster's version.
type Kubelet struct {
	// At chooses as [Exec.At] does.
	At      string `json:"at"`
	Version string `json:"version"`
}

// Loop asks the API server for a path, some times: what a client does that keeps calling.
type Loop struct {
	Path  string   `json:"path"`
	Times int      `json:"times"`
	Every Duration `json:"every,omitempty"`
}

// Duration is a time.Duration written as "90s".
type Duration time.Duration

// UnmarshalJSON reads "90s".
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

func choices() []string {
	return []string{"control-planes", "first-control-plane", "workers", "first-worker", "last-worker", "all"}
}

func (s Step) check() error {
	kinds := 0
	for _, set := range []bool{len(s.Apply) > 0, s.Helm != nil, s.Kubelet != nil, s.Status != nil, s.Wait != nil, s.Exec != nil, s.Loop != nil} {
		if set {
			kinds++
		}
	}
	switch {
	case s.Say == "":
		return errors.New("it says nothing")
	case kinds != 1:
		return fmt.Errorf("it has %d kinds, not one of apply, helm, kubelet, status, wait, exec, loop", kinds)
	case !slices.Contains([]string{"", "nodes", "no-nodes"}, s.When):
		return fmt.Errorf("when: %q is neither nodes nor no-nodes", s.When)
	case len(s.Apply) == 0 && (s.As != "" || s.Shared):
		return errors.New("as and shared go with apply")
	case s.Exec != nil && (!slices.Contains(choices(), s.Exec.At) || s.Exec.Run == ""):
		return fmt.Errorf("exec: at %q: choose one of %q, and something to run", s.Exec.At, choices())
	case s.Exec != nil && s.Exec.With != "" && script(s.Exec.With) == "":
		return fmt.Errorf("exec: with %q: there is no such script", s.Exec.With)
	case s.Kubelet != nil && (!slices.Contains(choices(), s.Kubelet.At) || s.Kubelet.Version == ""):
		return fmt.Errorf("kubelet: at %q: choose one of %q, and a version", s.Kubelet.At, choices())
	case s.Loop != nil && (s.Loop.Path == "" || s.Loop.Times < 1):
		return errors.New("loop: it needs a path and a number of times")
	}
	for _, object := range append(slices.Clone(s.Apply), s.Status) {
		if object == nil {
			continue
		}
		metadata, _ := object["metadata"].(map[string]any)
		if object["apiVersion"] == nil || object["kind"] == nil || metadata["name"] == nil {
			return errors.New("an object has no apiVersion, kind or metadata.name")
		}
	}
	return nil
}
