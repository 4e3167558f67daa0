package rehearse

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
)

// list lists every resource, holds each to what is stored, and names what is
// stored and never listed.
func (q *questioner) list(ctx context.Context) error {
	read := map[string]bool{}
	for _, r := range q.target.Resources {
		if slices.Contains(q.prefixes.NotStored, r.Name()) {
			continue // listing it would call other programs
		}
		prefix := q.prefixes.Of(r.Group, r.Resource, q.custom(r))
		read[prefix] = true
		l, err := q.listOne(ctx, r, prefix)
		if err != nil {
			return err
		}
		q.seen.Listed = append(q.seen.Listed, l)
	}
	for prefix, keys := range q.main.stored {
		if read[prefix] || !q.prefixes.Objects(prefix) {
			continue
		}
		o := rehearsal.Orphan{Prefix: prefix, Keys: keys}
		if q.baseline != nil {
			o.Served = q.baseline.reads(prefix, q.run)
		}
		q.seen.Orphans = append(q.seen.Orphans, o)
	}
	return nil
}

// custom reports whether the resource has a definition that is stored.
func (r *run) custom(res ask.Resource) bool { return r.main.defined[res.Resource+"."+res.Group] }

// reads reports whether today's version serves what is stored there.
func (t *today) reads(prefix string, r *run) bool {
	for _, res := range t.server.Resources {
		if r.prefixes.Of(res.Group, res.Resource, r.custom(res)) == prefix {
			return true
		}
	}
	return false
}

func (q *questioner) listOne(ctx context.Context, r ask.Resource, prefix string) (rehearsal.Listed, error) {
	l := rehearsal.Listed{Resource: r.Name(), Stored: -1}
	within, cancel := context.WithTimeout(ctx, listLimit)
	defer cancel()
	begun := q.spec.Now()
	n, revision, err := q.target.List(within, r, q.visitor(r, prefix).visit)
	l.Listed, l.Seconds = n, seconds(q.spec.Now().Sub(begun))
	if ctx.Err() != nil {
		return l, ctx.Err()
	}
	if err != nil {
		l.Error = strings.Join(strings.Fields(err.Error()), " ")
		l.Undecodable, err = q.unreadable(ctx, r, prefix)
		return l, err
	}
	if revision > 0 {
		stored, counted, err := q.main.store.Count(ctx, prefix, revision)
		if err != nil {
			return l, err
		}
		if counted {
			l.Stored = stored
		}
	}
	return l, nil
}

// mostTried is how many objects of a resource are read one by one to find those
// that cannot be.
const mostTried = 20000

// mostNamed is how many of them are named.
const mostNamed = 50

// unreadable reads a resource's objects one by one and names those that cannot be.
func (q *questioner) unreadable(ctx context.Context, r ask.Resource, prefix string) ([]string, error) {
	names, err := q.main.store.Names(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var bad []string
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, at := range names[:min(len(names), mostTried)] {
		group.Go(func() error {
			namespace, name, ok := strings.Cut(at, "/")
			if !ok {
				namespace, name = "", at
			}
			if _, why := q.target.Get(within, r, namespace, name); why != "" {
				mu.Lock()
				defer mu.Unlock()
				if len(bad) < mostNamed {
					bad = append(bad, at+": "+why)
				}
			}
			return within.Err()
		})
	}
	return bad, group.Wait()
}
