package member

import (
	"context"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Prefixes finds those of the resources there are as of a revision, for
// [Cluster.Census], in the order of the keys and at most one more than it
// counts. For each, etcd looks at every key that follows, in its index alone:
// it is for where no snapshot is at hand that names them.
func (c *Cluster) Prefixes(ctx context.Context, revision int64) ([]string, error) {
	var out []string
	for at := "\x00"; len(out) <= maxPrefixes; {
		first, err := c.first(ctx, at, revision)
		if err != nil || first == "" {
			return out, err
		}
		prefix := Resource(first)
		out = append(out, prefix)
		at = first + "\x00"
		if prefix != first {
			at = clientv3.GetPrefixRangeEnd(prefix)
		}
	}
	return out, nil
}

// first is the first key from at on; "" where none is left.
func (c *Cluster) first(ctx context.Context, at string, revision int64) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*Timeout)
	defer cancel()
	a, err := c.Get(ctx, at, clientv3.WithFromKey(), clientv3.WithLimit(1), clientv3.WithKeysOnly(), clientv3.WithRev(revision), clientv3.WithSerializable())
	if err != nil || len(a.Kvs) == 0 {
		return "", Said(c.o.Endpoints[0], err)
	}
	return string(a.Kvs[0].Key), nil
}
