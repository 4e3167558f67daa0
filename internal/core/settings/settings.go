// Package settings decides what an upgrade does to the settings a cluster runs
// with: flags and feature gates that a later release does not know and that
// would stop a component, values it refuses, gates that no longer do anything,
// and defaults that change on the way. It judges every hop, because a
// component that stops half-way ends the upgrade there. It never looks at a
// cluster and knows no flag by itself: rules and gates come in as values.
// Start at [Judge].
package settings

import (
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Kind is what a rule speaks of.
type Kind string

const (
	// Flag is a command-line flag of the component.
	Flag Kind = "flag"
	// Config is a field of its configuration file, as a dotted path.
	Config Kind = "config"
	// Cgroup is the control group version of the node the component runs on.
	Cgroup Kind = "cgroup"
	// Runtime is the version of the component itself, a container runtime.
	Runtime Kind = "runtime"
	// ProxyMode is how kube-proxy programs the node, by flag or configuration.
	ProxyMode Kind = "proxy-mode"
	// KubeadmConfig is a field of kubeadm's own configuration.
	KubeadmConfig Kind = "kubeadm-config"
)

// Effect is what happens from a release on.
type Effect string

const (
	// Stops: the component does not start.
	Stops Effect = "stops"
	// Ignored: what is set no longer does anything.
	Ignored Effect = "ignored"
	// Deprecated is what still works and is announced to go.
	Deprecated Effect = "deprecated"
	// Changes: the same setting means something else, or no longer suffices.
	Changes Effect = "changes-default"
)

// Rule is one fact about one or several settings of a component.
type Rule struct {
	ID        string
	Component string
	Kind      Kind
	Names     []string // flags without dashes, or configuration fields; any of them
	// Values limits the rule to settings with one of these values, or a list
	// that holds one; Except to those with none of them. Both empty: any value.
	Values, Except []string
	// Below limits a rule of kind Runtime to versions below it.
	Below version.Version
	// Unless names a configuration field that, set to a value, is the exception
	// a rule of kind Cgroup allows.
	Unless, UnlessValue string
	From                version.Minor
	Effect              Effect
	Message             string // what happens, a clause that follows "from 1.35 on"
	Remedy              string
	Source              string // URL
	Date                string // when the source was read, YYYY-MM-DD
	// KubeadmRemoves: kubeadm takes the setting away itself, in the hop to From
	// and where kubeadm wrote it; what a person wrote elsewhere stays.
	KubeadmRemoves bool
	// Says is what the program answers, for rules that starting it can prove.
	Says string
}

// Facts is everything Judge judges by.
type Facts struct {
	Rules []Rule
	Gates Gates
}

// Finding is one thing that a hop does to settings of one component.
type Finding struct {
	Code      string // SET-...
	Component string
	Name      string // "--cloud-config", "DynamicResourceAllocation", "failCgroupV1"
	Value     string // as set; "" where there is none
	// Hop is the first version of the path that does it; the zero Version where
	// the finding is of no hop.
	Hop     version.Version
	Message string
	Remedy  string
	Source  string // URL of the fact it rests on
	Places  []Place
}

// Place is where a setting is.
type Place struct {
	Node   string // "" = every instance of the component
	Source string // file or object to edit, as far as it is known
}
