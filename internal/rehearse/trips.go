package rehearse

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
)

// picked is an object that will be written back.
type picked struct {
	resource        ask.Resource
	namespace, name string
}

// String is the object as findings name it.
func (p picked) String() string {
	if p.namespace == "" {
		return p.resource.Kind + "/" + p.name
	}
	return p.resource.Kind + "/" + p.namespace + "/" + p.name
}

// visitor notes what a list shows of each object of one resource, and keeps none.
type visitor struct {
	q        *questioner
	resource ask.Resource
	every    int // one of so many is written back
	seen     int
}

func (q *questioner) visitor(r ask.Resource, prefix string) *visitor {
	stored := q.main.stored[prefix]
	every := (stored + q.spec.Sample - 1) / max(1, q.spec.Sample)
	return &visitor{q: q, resource: r, every: max(1, every)}
}

func (v *visitor) visit(o *unstructured.Unstructured) {
	if v.resource.Can("update") && v.seen%v.every == 0 {
		v.q.picked = append(v.q.picked, picked{v.resource, o.GetNamespace(), o.GetName()})
	} else if v.resource.Can("update") {
		v.q.notPicked++
	}
	v.seen++
	versions := map[string]string{} // version -> who wrote in it
	for _, m := range o.GetManagedFields() {
		if m.APIVersion != "" && versions[m.APIVersion] == "" {
			versions[m.APIVersion] = cmp.Or(m.Manager, "an unnamed client")
		}
	}
	for version, who := range versions {
		key := [2]string{version, v.resource.Resource}
		w := v.q.written[key]
		if w == nil {
			w = &rehearsal.Written{APIVersion: version, Resource: v.resource.Name(),
				Example: picked{v.resource, o.GetNamespace(), o.GetName()}.String() + " by " + who}
			v.q.written[key] = w
		}
		w.Objects++
	}
}

// apis says of each version that objects were written in whether it is served.
func (q *questioner) apis() {
	for key, w := range q.written {
		w.Served = q.target.Serves(key[0], key[1])
		if q.baseline != nil {
			before := q.baseline.server.Serves(key[0], key[1])
			w.Before = &before
		} else if len(q.main.apis) > 0 {
			before := q.main.apis[key[0]]
			w.Before = &before
		}
		q.seen.Written = append(q.seen.Written, *w)
	}
	slices.SortFunc(q.seen.Written, func(a, b rehearsal.Written) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.APIVersion, b.APIVersion))
	})
}

// atOnce is how many requests run side by side.
const atOnce = 8

// trips writes each picked object back as it is, without carrying it out.
func (q *questioner) trips(ctx context.Context) error {
	var mu sync.Mutex
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, p := range q.picked {
		group.Go(func() error {
			t, there, err := q.trip(within, p)
			if err != nil || !there {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			q.seen.Trips = append(q.seen.Trips, t)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortFunc(q.seen.Trips, func(a, b rehearsal.Trip) int { return cmp.Compare(a.Object, b.Object) })
	return nil
}

// trip is false where the object is not there any more, or cannot be read, which
// was said already.
func (q *questioner) trip(ctx context.Context, p picked) (t rehearsal.Trip, there bool, err error) {
	t.Object = p.String()
	o, why := q.target.Get(ctx, p.resource, p.namespace, p.name)
	if o == nil || why != "" {
		return t, false, ctx.Err()
	}
	back, refused, err := q.target.Update(ctx, p.resource, o)
	if err != nil {
		return t, false, err
	}
	if t.Refused = withoutUID(refused); refused == "" {
		t.Changed = rehearsal.Fields(o.Object, back.Object)
	}
	if q.baseline == nil || !q.baseline.server.Serves(p.resource.GroupVersion().String(), p.resource.Resource) {
		return t, true, nil
	}
	before, why := q.baseline.server.Get(ctx, p.resource, p.namespace, p.name)
	if before == nil || why != "" {
		return t, true, ctx.Err()
	}
	// What a server wrote since it started is its own on each copy.
	if q.restored(o) && q.restored(before) {
		t.Differs = rehearsal.Fields(before.Object, o.Object)
	}
	if t.Refused == "" && len(t.Changed) == 0 {
		return t, true, nil
	}
	back, refused, err = q.baseline.server.Update(ctx, p.resource, before)
	if err != nil {
		return t, false, err
	}
	t.WasRefused = refused != ""
	t.WasChanged = refused == "" && slices.Equal(rehearsal.Fields(before.Object, back.Object), t.Changed)
	return t, true, nil
}

// restored reports whether the object is as the snapshot had it.
func (q *questioner) restored(o *unstructured.Unstructured) bool {
	at, err := strconv.ParseInt(o.GetResourceVersion(), 10, 64)
	return err == nil && at <= q.snapshot.Revision
}

// withoutUID shortens a message to what a person reads.
func withoutUID(message string) string {
	const most = 500
	return strings.ToValidUTF8(message[:min(len(message), most)], "")
}
