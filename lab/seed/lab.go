package seed

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
	"k8s.io/client-go/rest"
)

// Runner runs shell commands as root on the hosts of a lab.
type Runner interface {
	// Run returns the command's standard output. An error says on which host, what, and how it ended.
	Run(ctx context.Context, host, command string) ([]byte, error)
}

// Host is one host that is a node of the cluster.
type Host struct {
	Name         string
	ControlPlane bool
}

// Lab is the cluster that is seeded.
type Lab struct {
	// Config reaches its API server, as somebody who may do anything.
	Config *rest.Config
	// Hosts are in the order of their names, and Runner reaches them; none and nil where there is only an API server.
	Hosts  []Host
	Runner Runner
	// Image is one that the hosts have: a busybox. Empty where there are no hosts.
	Image string
	// Other is the second version of scenarios that mix two: "1.37.0".
	Other string
	// Progress gets a line for every step.
	Progress io.Writer
}

// Seed carries out a scenario. Doing so again changes nothing.
func (l Lab) Seed(ctx context.Context, s Scenario) error {
	run, err := l.prepare(ctx, s, false)
	if err != nil {
		return fmt.Errorf("seeding %s: %w", s.Name, err)
	}
	for _, step := range run.steps {
		fmt.Fprintf(l.Progress, "%s\n", step.Say)
		if err := run.do(ctx, step); err != nil {
			return fmt.Errorf("seeding %s: %s: %w", s.Name, step.Say, err)
		}
	}
	return nil
}

// Undo takes a scenario out of the cluster, also one that was seeded in part or not at all.
func (l Lab) Undo(ctx context.Context, s Scenario) error {
	run, err := l.prepare(ctx, s, true)
	if err != nil {
		return fmt.Errorf("undoing %s: %w", s.Name, err)
	}
	for _, step := range slices.Backward(run.steps) {
		if err := run.undo(ctx, step); err != nil {
			return fmt.Errorf("undoing %s: %s: %w", s.Name, step.Say, err)
		}
	}
	fmt.Fprintln(l.Progress, s.Undo)
	return nil
}

// run is a scenario made ready for one cluster: its values filled in, its steps chosen.
type run struct {
	lab     Lab
	api     *client
	version string // the API server's
	nodes   bool   // whether it has real ones
	undoing bool
	steps   []Step
}

// prepare refuses what cannot work before anything is changed.
func (l Lab) prepare(ctx context.Context, s Scenario, undoing bool) (run, error) {
	api, err := newClient(l.Config)
	if err != nil {
		return run{}, err
	}
	v, nodes, err := l.look(ctx, api)
	if err != nil {
		return run{}, err
	}
	if err := l.check(s, v); err != nil {
		return run{}, err
	}
	scenarios := []Scenario{s}
	if s.Paper && !nodes && !undoing {
		paper, err := Find("paper-cluster")
		if err != nil {
			return run{}, err
		}
		scenarios = []Scenario{paper, s}
	}
	r := run{lab: l, api: api, version: v.Version, nodes: nodes, undoing: undoing}
	for _, s := range scenarios {
		filled, err := s.fill(v)
		if err != nil {
			return run{}, err
		}
		for _, step := range filled.Steps {
			if step.When == "nodes" && !nodes || step.When == "no-nodes" && nodes {
				continue
			}
			if (step.Exec != nil || step.Kubelet != nil && nodes) && l.Runner == nil {
				return run{}, errors.New("it runs commands on hosts: name the lab with --name, not its kubeconfig")
			}
			r.steps = append(r.steps, step)
		}
	}
	return r, nil
}

// look asks the cluster for what scenarios depend on. nodes is whether it has real ones.
func (l Lab) look(ctx context.Context, api *client) (v values, nodes bool, err error) {
	version, err := api.version()
	if err != nil {
		return v, false, err
	}
	seed, nodes, err := api.nodes(ctx)
	if err != nil {
		return v, false, err
	}
	key := sha256.Sum256([]byte("a lab's key, which protects nothing: " + seed))
	v = values{
		Version: version, Minor: minor(version), Other: strings.TrimPrefix(l.Other, "v"), OtherMinor: minor(l.Other),
		ControlPlane: "cp1", Worker: "w1", Image: l.Image, Key: base64.StdEncoding.EncodeToString(key[:]),
	}
	for _, host := range slices.Backward(l.Hosts) {
		if host.ControlPlane {
			v.ControlPlane = host.Name
		} else {
			v.Worker = host.Name
		}
	}
	if v.Image == "" {
		v.Image = "lab.invalid/busybox:1"
	}
	return v, nodes, nil
}

func (l Lab) check(s Scenario, v values) error {
	controlPlanes := 0
	for _, host := range l.Hosts {
		if host.ControlPlane {
			controlPlanes++
		}
	}
	switch {
	case s.Needs == Hosts && len(l.Hosts) == 0:
		return errors.New("it needs hosts; this lab is an API server alone, or was not named with --name")
	case controlPlanes < s.ControlPlanes:
		return fmt.Errorf("it needs %d control planes, this lab has %d", s.ControlPlanes, controlPlanes)
	case s.Below != "" && semver.Compare("v"+v.Minor, "v"+s.Below) >= 0:
		return fmt.Errorf("it can be made below %s only, this cluster is %s", s.Below, v.Version)
	case s.Other == "":
		return nil
	case !semver.IsValid("v" + v.Other):
		return fmt.Errorf("it mixes two versions: name the second, %s than %s, with --other", s.Other, v.Version)
	}
	order := semver.Compare("v"+v.Other, "v"+v.Version)
	if s.Other == "older" && order >= 0 || s.Other == "newer" && order <= 0 {
		return fmt.Errorf("--other %s is not %s than this cluster's %s", v.Other, s.Other, v.Version)
	}
	return nil
}

func minor(version string) string {
	return strings.TrimPrefix(semver.MajorMinor("v"+strings.TrimPrefix(version, "v")), "v")
}

// sleep waits, or returns why the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
