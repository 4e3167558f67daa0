// Package host asks a machine for the facts its packages, files and kernel
// hold, with ordinary commands that read and change nothing. It decides
// nothing: each probe is a file of hosts/NODE/ or a named gap. What may hold a
// secret is reduced on the host where a line tool can, else before it is
// written; private keys never travel. Start at [Collect]; the probes are in
// probes.go.
package host

import (
	"context"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Options are what a look at a host needs.
type Options struct {
	// Node is the node the host is, where the user said so (an inventory file);
	// "" finds it by name and addresses among Nodes.
	Node string
	// Nodes are the cluster's; nil where there is none or it was not read.
	Nodes []Node
	// Timeout bounds the whole host; 0 is none.
	Timeout time.Duration
	// Now is the clock, for when something was read and the host's offset.
	Now func() time.Time
}

// Node is a node of the cluster as far as it tells a host apart.
type Node struct {
	Name      string
	Addresses []string // of every type but host names: InternalIP, ExternalIP
}

// Looked is what became of one host.
type Looked struct {
	// Host is what it was called to reach it, Node its folder below hosts/.
	Host, Node string
	// IsNode: it is a node of Options.Nodes, or was said to be one.
	IsNode bool
	// KubeletServing is the PEM of the kubelet's serving certificate, to know it
	// by when its port is asked; nil where it was not read, and where nothing but
	// names the host gives itself says that it is this node.
	KubeletServing []byte
	// Clock is how far its clock is from ours; nil where that is not known.
	Clock *evidence.Clock
	// Files that were written, and the probes that gave none.
	Files, Gaps int
	// Err is why nothing could be read; nil where something was.
	Err error
}

// Target is a host to look at.
type Target struct {
	// Name for messages and gaps: "root@10.77.0.11".
	Name string
	// Node as in [Options].
	Node string
	// Dial reaches it.
	Dial func(context.Context) (remote.Runner, error)
}

// AllOptions are those of [All].
type AllOptions struct {
	Nodes   []Node
	Timeout time.Duration
	Now     func() time.Time
	// Parallel is how many hosts are looked at side by side; 0 is 8.
	Parallel int
	// Done is called for each host as it ends, from one goroutine at a time,
	// before its connection is closed: runner is nil where it could not be
	// reached. Its error ends everything.
	Done func(ctx context.Context, l Looked, runner remote.Runner) error
}
