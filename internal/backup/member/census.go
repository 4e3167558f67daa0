package member

import (
	"context"
	"slices"
	"strings"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// maxPrefixes bounds a census: a cluster has a few hundred resources, and what
// is no Kubernetes may have as many prefixes as keys.
const maxPrefixes = 5000

// Count is how many keys lie below a prefix.
type Count struct {
	Prefix string `json:"prefix"` // "/registry/pods/"; the key itself where nothing lies below it
	Keys   int64  `json:"keys"`
}

// Census is how many keys there are, in all and of each resource, in the order
// of the keys. The last prefix is "" where there were too many to tell apart.
type Census struct {
	Keys      int64   `json:"keys"`
	Resources []Count `json:"resources"`
}

// Census counts as of a revision, below prefixes that [Resource] gives of the
// keys there are or were, in their order. Each key is looked at twice, in
// etcd's index alone: to ask etcd for the next key after one instead would let
// it look at all that follow, for every resource anew. The error wraps
// rpctypes.ErrCompacted where the revision is gone.
func (c *Cluster) Census(ctx context.Context, revision int64, prefixes []string) (Census, error) {
	out := Census{Resources: []Count{}}
	var err error
	if out.Keys, err = c.count(ctx, "\x00", clientv3.WithFromKey(), clientv3.WithRev(revision)); err != nil {
		return out, err
	}
	rest := out.Keys
	for i, prefix := range prefixes {
		if i == maxPrefixes {
			out.Resources = append(out.Resources, Count{Keys: rest})
			break
		}
		opts := []clientv3.OpOption{clientv3.WithRev(revision)}
		if strings.HasSuffix(prefix, "/") {
			opts = append(opts, clientv3.WithPrefix())
		}
		n, err := c.count(ctx, prefix, opts...)
		if err != nil {
			return out, err
		}
		if n > 0 { // it may have been deleted before that revision
			out.Resources = append(out.Resources, Count{Prefix: prefix, Keys: n})
		}
		rest -= n
	}
	return out, nil
}

func (c *Cluster) count(ctx context.Context, key string, opts ...clientv3.OpOption) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*Timeout)
	defer cancel()
	a, err := c.Get(ctx, key, append(opts, clientv3.WithCountOnly(), clientv3.WithSerializable())...)
	if err != nil {
		return 0, Said(c.o.Endpoints[0], err)
	}
	return a.Count, nil
}

// Resource is the prefix that a key's resource has: kube-apiserver writes
// /registry/RESOURCE/..., /registry/GROUP/RESOURCE/... for what is defined by a
// CustomResourceDefinition or aggregated (a group has a dot), and
// /registry/services/specs/... and .../endpoints/... for the two that share a
// name. The key itself where nothing lies below.
// https://github.com/kubernetes/kubernetes/blob/master/pkg/kubeapiserver/default_storage_factory_builder.go
func Resource(key string) string {
	parts := strings.Split(key, "/")
	if len(parts) < 3 || parts[0] != "" {
		if head, _, ok := strings.Cut(key, "/"); ok && head != "" {
			return head + "/"
		}
		return key
	}
	depth := 3
	if len(parts) > 3 && (strings.Contains(parts[2], ".") || parts[2] == "services") {
		depth = 4
	}
	if len(parts) <= depth {
		return key
	}
	return strings.Join(parts[:depth], "/") + "/"
}

// Hash is the sum of all keys and values as of a revision, which two members of
// one minor agree on where they were compacted alike.
type Hash struct {
	Hash     uint32 `json:"hash"`
	Revision int64  `json:"revision"`
	// Compacted is up to where history was dropped.
	Compacted int64 `json:"compactRevision"`
}

// HashKV asks the connection's one member for it.
func (c *Cluster) HashKV(ctx context.Context, revision int64) (Hash, error) {
	ctx, cancel := context.WithTimeout(ctx, 6*Timeout)
	defer cancel()
	a, err := c.Client.HashKV(ctx, c.o.Endpoints[0], revision)
	if err != nil {
		return Hash{}, Said(c.o.Endpoints[0], err)
	}
	return Hash{Hash: a.Hash, Revision: revision, Compacted: a.CompactRevision}, nil
}

// Peer is the sum of a member the snapshot is not of.
type Peer struct {
	Endpoint string `json:"endpoint"`
	Hash     *Hash  `json:"hashKV"` // null: Why says why not
	Why      string `json:"why,omitempty"`
}

// Peers asks the other members that answered for their sums as of a revision:
// members that do not hold the same data tell nobody by themselves, unless
// etcd was told to look (https://etcd.io/docs/v3.6/op-guide/data_corruption/).
func (s Seen) Peers(ctx context.Context, revision int64) []Peer {
	out := []Peer{}
	asked := map[uint64]bool{s.Chosen.Member: true}
	var all sync.WaitGroup
	var from []Status
	for _, st := range s.Statuses {
		if st.Err == nil && !st.Learner && !st.Alone && !asked[st.Member] {
			asked[st.Member] = true
			from = append(from, st)
		}
	}
	out = slices.Grow(out, len(from))[:len(from)]
	for i, st := range from {
		all.Go(func() { out[i] = st.peer(ctx, revision) })
	}
	all.Wait()
	return out
}

func (s Status) peer(ctx context.Context, revision int64) Peer {
	p := Peer{Endpoint: s.name()}
	one, err := s.From.At(s.Endpoint)
	if err != nil {
		p.Why = err.Error()
		return p
	}
	defer func() { _ = one.Close() }()
	// A member is always a moment behind: it has the revision once it answers
	// what only a quorum can.
	wait, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if _, err = one.Get(wait, "fixline"); err != nil {
		p.Why = Said(s.Endpoint, err).Error()
		return p
	}
	h, err := one.HashKV(ctx, revision)
	if err != nil {
		p.Why = err.Error()
		return p
	}
	p.Hash = &h
	return p
}
