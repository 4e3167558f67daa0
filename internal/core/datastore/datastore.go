// Package datastore decides what an upgrade does to etcd, and whether etcd
// stands it: the version each hop brings, where it must stop on the way, a
// pinned image tag, the members and the size of the database. What kubeadm
// brings and where care is needed come in as values. It never asks etcd, moves
// nothing, and says nothing of a store that is no etcd. Start at [Judge]; a
// planner asks [Needs].
package datastore

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Cluster is what was seen of one cluster's etcd.
type Cluster struct {
	// Provider is who runs the control plane, as the inventory names it. Only of
	// kubeadm is it known which etcd a hop brings.
	Provider string
	Config   Config
	// Members are those that were seen, in the order of their names. Unread says
	// why they may not be all, "" where they are.
	Members []Member
	Unread  string
	// Missing are control-plane nodes on which no member was seen, where others
	// have one.
	Missing []string
	// DatabaseBytes is the largest database an API server says it has, 0 where
	// none was read; DatabaseFrom says where it was read.
	DatabaseBytes int64
	DatabaseFrom  string
}

// Config is what kubeadm's ClusterConfiguration says of etcd.
type Config struct {
	// Unread says why it is not known, "" where it was read.
	Unread string
	// ImageTag and ImageRepository are etcd.local.imageTag and the repository
	// etcd is taken from, where it is not kubeadm's own; "" = not set.
	ImageTag, ImageRepository string
	// External are the endpoints of an etcd that kubeadm does not run.
	External []string
}

// Member is one etcd member.
type Member struct {
	Name    string // of its node, or its endpoint
	Version version.Version
	Tag     string // of its image, "" = not known
	Unread  string // why Version is not known
	Ready   Health
	// QuotaBytes is --quota-backend-bytes: 0 is etcd's default, less is none.
	// QuotaUnread says why it is not known, "" where it is.
	QuotaBytes  int64
	QuotaUnread string
	// DatabaseBytes is the size of its database on its host, 0 = not read.
	DatabaseBytes int64
}

// Health is whether a member was ready when it was looked at.
type Health int

const (
	Unknown Health = iota
	Ready
	NotReady
)

// Question is what is asked about a cluster.
type Question struct {
	// From is the Kubernetes version the cluster starts from; the zero Version
	// where it is not known.
	From version.Version
	// Hops are the versions on the way, the target last. None asks only how etcd
	// is now.
	Hops   []version.Version
	Brings kubeadm.Table
	// Stops are the versions etcd must stop at, from the catalogue. Without them
	// no such stop is known.
	Stops []Stop
	// Planned is what the steps of a plan do before their hops; a need they meet
	// is no finding.
	Planned []Action
}

// Stop is a version a member must have reached before it crosses another.
type Stop struct {
	Below, Crossing version.Version
	Text            string // why, a clause
	Source          string // URL
}

// Action is what is done to etcd's image tag before a hop, in this order.
// A hop may have several.
type Action struct {
	Hop version.Version
	// Set is the tag to write into ClusterConfiguration, "" = leave it.
	Set string
	// Stop: `kubeadm upgrade` runs once on every control plane with the version
	// of Kubernetes the cluster already has, so that etcd moves to the tag.
	Stop bool
	// Clear the tag before the hop itself.
	Clear bool
}

// Nothing reports whether the action is none.
func (a Action) Nothing() bool { return a.Set == "" && !a.Stop && !a.Clear }

// Need is what one hop needs beforehand, and where it takes etcd.
type Need struct {
	Action
	// Before are stops that come before Action, where one is not enough: each
	// sets a tag and runs `kubeadm upgrade`.
	Before []Action
	// From is etcd before the hop, the oldest member; To after it, with the need
	// met. Either is the zero Version where it is not known.
	From, To version.Version
	// Why says what the action is for, one clause each.
	Why []string
	// Refused says why no action makes the hop legal, "" where it is.
	Refused string
}

// Actions are all that is done for the hop, in their order.
func (n Need) Actions() []Action {
	if n.Nothing() {
		return n.Before
	}
	return append(slices.Clone(n.Before), n.Action)
}

const providerKubeadm = "kubeadm"

// DefaultQuotaBytes is the quota of a member that was given none
// (https://etcd.io/docs/latest/op-guide/maintenance/#space-quota).
const DefaultQuotaBytes = 2 << 30
