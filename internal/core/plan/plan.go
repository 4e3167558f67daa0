// Package plan decides in which order the components of a kubeadm cluster move
// to a target, so that no state on the way is outside the version-skew policy,
// and judges plans that others wrote or changed. It never runs a step, reads no
// file and no clock; the rules are package skew's. Start at [Build] and [Check].
package plan

import (
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Strategy says when nodes follow the control plane.
type Strategy string

const (
	// Steady lets kubelets follow every hop.
	Steady Strategy = "steady"
	// Fast takes the control plane through its hops first; kubelets jump at the
	// end, and earlier only where the skew policy demands it.
	Fast Strategy = "fast"
	// Earliest is the one of the two that closes the advisories' exposure first.
	Earliest Strategy = "earliest"
)

// Phase is the part of the change a step belongs to.
type Phase string

// Phases, in the order in which a hop passes them.
const (
	Prepare      Phase = "prepare"
	Backup       Phase = "backup"
	Rehearse     Phase = "rehearse"
	ControlPlane Phase = "control-plane"
	Workers      Phase = "workers"
	Addons       Phase = "addons"
	Clients      Phase = "clients"
	Verify       Phase = "verify"
)

// Kind is what a step does; an executor knows these and no other.
type Kind string

// Kinds of steps.
const (
	PackageHold       Kind = "package-hold"
	PackageRepository Kind = "package-repository"
	ImagePull         Kind = "image-pull"
	EtcdBackup        Kind = "etcd-backup"
	RehearseStep      Kind = "rehearse"
	EtcdImageTag      Kind = "etcd-image-tag"
	KubeadmPackage    Kind = "kubeadm-package"
	KubeadmApply      Kind = "kubeadm-apply"
	KubeadmNode       Kind = "kubeadm-node"
	Drain             Kind = "drain"
	KubeletPackage    Kind = "kubelet-package"
	Uncordon          Kind = "uncordon"
	KubectlPackage    Kind = "kubectl-package"
	Addon             Kind = "addon"
	Pause             Kind = "pause"
	VerifyStep        Kind = "verify"
)

// Kinds lists every kind of step, in the order of the contract.
func Kinds() []Kind {
	return []Kind{PackageHold, PackageRepository, ImagePull, EtcdBackup, RehearseStep, EtcdImageTag, KubeadmPackage, KubeadmApply,
		KubeadmNode, Drain, KubeletPackage, Uncordon, KubectlPackage, Addon, Pause, VerifyStep}
}

// Phases lists every phase, in the order of the contract.
func Phases() []Phase {
	return []Phase{Prepare, Backup, Rehearse, ControlPlane, Workers, Addons, Clients, Verify}
}

// Plan is an ordered change of one cluster; its JSON form is public. The start
// inventory is written by package planfile, since how an inventory looks is
// not this package's to know.
type Plan struct {
	APIVersion  string            `json:"apiVersion"`
	Kind        string            `json:"kind"`
	Cluster     string            `json:"cluster"`
	AsOf        string            `json:"asOf"`        // YYYY-MM-DD
	CatalogDate string            `json:"catalogDate"` // YYYY-MM-DD
	Hash        string            `json:"hash"`        // sha256 of the RFC 8785 form without this field, hexadecimal
	Strategy    Strategy          `json:"strategy"`
	SkewPolicy  string            `json:"skewPolicy"` // upstream | conservative
	Start       inventory.Cluster `json:"-"`          // in the file: "inventory"
	From        string            `json:"from"`
	Target      string            `json:"target"`
	Hops        []string          `json:"hops"` // of the API servers, the target last
	Steps       []Step            `json:"steps"`
	Exposure    []Exposure        `json:"exposure"`
	Readiness   []Readiness       `json:"readiness"` // filled by the caller
	Findings    []Finding         `json:"findings"`  // the planner's own; the caller appends
	// IgnorePreflightErrors are the preflight checks of kubeadm whose errors the
	// steps ignore; no other is.
	IgnorePreflightErrors []IgnoredCheck `json:"ignorePreflightErrors,omitempty"`
}

// Step is one thing to do on one node, and what the cluster is after it.
// Components are what it moves from From to To on Node; "" for Node means
// every node that runs the component, "" for From that they differ or are not
// known. Also lists what moves along with a version number of its own (etcd,
// CoreDNS). From, To, Node and Undo are null in JSON where they are empty.
type Step struct {
	ID          string
	Phase       Phase
	Kind        Kind
	Node        string
	Components  []string
	Also        []Move
	Batch       int    // 0 = none; steps of one batch may run side by side on different nodes
	Hop         string // the hop of the API servers it belongs to
	From, To    string
	Say         string
	Commands    []string
	GatesBefore []string
	GatesAfter  []string
	Undo        string
	Minutes     float64 // estimate of how long it takes, waiting included
	Exposure    []Exposure
	State       State
}

// Move brings one component on one node (""= every node) to a version.
type Move struct {
	Component string `json:"component"`
	From      string `json:"from"`
	Node      string `json:"node"`
	To        string `json:"to"`
}

// Moves are all moves of a step in the order in which they happen: kubeadm
// restarts etcd first, then the API server, then those that talk to it
// (kubernetes/cmd/kubeadm/app/phases/upgrade/staticpods.go).
func (s *Step) Moves() []Move {
	out := make([]Move, 0, len(s.Components)+len(s.Also))
	for _, m := range s.Also {
		if m.Component == inventory.Etcd {
			out = append(out, m)
		}
	}
	listed := s.Components
	if s.Kind == KubeadmApply || s.Kind == KubeadmNode {
		listed = byRestart(listed)
	}
	for _, c := range listed {
		out = append(out, Move{Component: c, Node: s.Node, From: s.From, To: s.To})
	}
	for _, m := range s.Also {
		if m.Component != inventory.Etcd {
			out = append(out, m)
		}
	}
	return out
}

// byRestart orders components as kubeadm restarts them; others follow as listed.
func byRestart(components []string) []string {
	first := []string{inventory.Etcd, inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler}
	out := make([]string, 0, len(components))
	rest := make([]string, 0, len(components))
	for _, f := range first {
		for _, c := range components {
			if c == f {
				out = append(out, c)
			}
		}
	}
	for _, c := range components {
		if c != first[0] && c != first[1] && c != first[2] && c != first[3] {
			rest = append(rest, c)
		}
	}
	return append(out, rest...)
}

// State is the cluster after a step.
type State struct {
	Legal bool `json:"legal"`
	// Partial: Versions holds only what the step moved; the whole cluster stands
	// at the first step of each phase of a hop and at the last of the plan.
	Partial  bool     `json:"partial,omitempty"`
	Versions Versions `json:"versions"`
}

// Exposure is how long nodes run something an advisory affects, in node-minutes
// of estimate. Strategies compares the strategies; only the plan's total has it.
type Exposure struct {
	Advisory    string             `json:"advisory"`
	NodeMinutes float64            `json:"nodeMinutes"`
	Strategies  map[string]float64 `json:"strategies,omitempty"`
}

// Readiness is a row of the table a plan ends with.
type Readiness struct {
	Row   string `json:"row"`
	State string `json:"state"` // pass | fail | unknown
	Age   string `json:"age"`
}

// Finding is a finding as a plan carries it.
type Finding struct {
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	Object   string   `json:"object"`
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"`
	Evidence []string `json:"evidence"`
}

// parsed reads a version of a step; packages may carry a revision.
func parsed(text string) (version.Version, bool) {
	v, err := version.Parse(text)
	return v, err == nil && v.Known()
}
