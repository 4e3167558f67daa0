// Package disrupt decides what draining nodes would disturb: budgets that let
// no pod go, pods that are lost, bound to their node or the only one of their
// kind, and whether the other nodes have room. It judges by what was seen at
// one moment and drains nothing; affinities and spread constraints it does not
// know. Start at [Judge]; a planner asks [LimitsOf].
package disrupt

import "github.com/fixline-dev/fixline/internal/core/selector"

// Cluster is what was seen of one cluster's nodes, pods and budgets.
type Cluster struct {
	Nodes     []Node
	Pods      []Pod // those that have not ended
	Budgets   []Budget
	Workloads []Workload
	// Unread names what was not read and why: "poddisruptionbudgets: forbidden".
	Unread []string
}

// Node is one machine.
type Node struct {
	Name, Pool, Zone string
	ControlPlane     bool
	Ready            Health
	Cordoned         bool
	Labels           map[string]string
	Taints           []Taint
	Allocatable      Amounts
	// Unknown says why Allocatable cannot be relied on, "" where it can.
	Unknown string
}

// Health is a condition as it was seen.
type Health int

const (
	Unknown Health = iota
	Ready
	NotReady
)

// Amounts are resources: thousandths of a CPU, bytes, and a number of pods.
type Amounts struct{ MilliCPU, Memory, Pods int64 }

// Taint keeps pods off a node. Effect is NoSchedule, PreferNoSchedule or NoExecute.
type Taint struct{ Key, Value, Effect string }

// Toleration lets a pod onto a node all the same; an empty Key with Exists
// tolerates every taint, an empty Effect every effect.
type Toleration struct {
	Key, Value, Effect string
	Exists             bool
}

// Pod is one pod.
type Pod struct {
	Namespace, Name string
	Node            string // "" = not scheduled
	Labels          map[string]string
	// Workload is what keeps it running, the topmost that is known:
	// "Deployment/web". "" = nothing does.
	Workload string
	// Daemon and Static pods belong to their node, and a drain leaves them.
	Daemon, Static bool
	Ready          Health
	// Pending has not started, Deleting is being ended: no budget holds these.
	Pending, Deleting bool
	Requests          Amounts
	Unknown           string // why Requests cannot be relied on, "" where they can
	EmptyDir          bool
	HostPath          bool
	// Local names a volume on the disk of this one node, "" = none.
	Local       string
	Selector    map[string]string // labels its node must have
	Tolerations []Toleration
	// Operator manages it; nil = none that is known.
	Operator *Operator
}

// Operator is a program that keeps budgets for what it manages.
type Operator struct {
	Name   string // "CloudNativePG"
	Text   string // what it takes to drain a node, a clause
	Source string // URL
}

// Budget is a PodDisruptionBudget with the counts of its status.
type Budget struct {
	Namespace, Name string
	// Selector is nil where the budget has none and so selects no pod
	// (policy/v1); an empty one selects all of its namespace.
	Selector                            *selector.Selector
	Min, Max                            Bound
	AlwaysAllow                         bool // unhealthyPodEvictionPolicy
	Allowed, Healthy, Desired, Expected int
	Operator                            *Operator
}

// Bound is minAvailable or maxUnavailable.
type Bound struct {
	Set, Percent bool
	Value        int
	Unread       string // what stands there, where it is no number
}

// Workload is a Deployment, StatefulSet or a ReplicaSet nobody owns.
type Workload struct {
	Kind, Namespace, Name string
	Replicas              int
}

// Question is what is asked.
type Question struct {
	// Drain names the nodes that will be drained; nil is every node.
	Drain []string
}
