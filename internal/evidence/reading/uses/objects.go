package uses

import (
	"encoding/json"
	"time"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// judge says of an API version whether anything could be said of it at the
// target. It is asked once for each of many objects, so it remembers.
type judge struct {
	table   *removal.Table
	move    removal.Move
	matters map[removal.GVK]bool
}

func newJudge(t *removal.Table, move removal.Move) judge {
	return judge{table: t, move: move, matters: map[removal.GVK]bool{}}
}

// of reports whether a verdict on a live object may depend on its being seen
// in k. What the target serves, and what it serves only later, raises nothing
// there.
func (j judge) of(k removal.GVK) bool {
	known, ok := j.matters[k]
	if !ok {
		switch j.table.Judge(k, j.move).State {
		case removal.Served, removal.NotYet, removal.Foreign:
		default:
			known = true
		}
		j.matters[k] = known
	}
	return known
}

// metaOf is the metadata of an object as [evidence.List.Each] hands it on.
func metaOf(o any) *evidence.Meta {
	if m, ok := o.(interface{ Metadata() *evidence.Meta }); ok {
		return m.Metadata()
	}
	return nil
}

// object takes in one live object: everybody who wrote it and its annotation,
// or nothing where no version of them matters. The good ones of an object are
// needed beside a bad one: they make an annotation a mere trace.
func (f *found) object(m *evidence.Meta, list evidence.List, j judge) {
	f.objects++
	f.writers = f.writers || len(m.Writers) > 0
	f.global = f.global || m.Namespace == ""
	if list.Resource == evidence.Pods && m.Namespace == "kube-system" && m.Labels["component"] == "kube-apiserver" {
		f.servers++
	}
	var uses []removal.Use
	matters := false
	add := func(apiVersion, kind string, u removal.Use) {
		k, err := removal.ParseGVK(apiVersion, kind)
		if err != nil {
			return // the API server lets nobody write such an entry
		}
		u.GVK, u.Namespace, u.Name = k, m.Namespace, m.Name
		uses = append(uses, u)
		matters = matters || j.of(k)
	}
	for _, w := range m.Writers {
		add(w.APIVersion, list.Kind, removal.Use{Source: removal.ManagedFields, Manager: w.Manager, Operation: w.Operation, Subresource: w.Subresource, Time: stamp(w.Time)})
	}
	if text := m.Annotations[evidence.LastApplied]; text != "" {
		var t struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if json.Unmarshal([]byte(text), &t) == nil {
			add(t.APIVersion, t.Kind, removal.Use{Source: removal.LastApplied})
		}
	}
	if matters {
		f.uses = append(f.uses, uses...)
	}
}

// stamp is a time of the API; zero where there is none.
func stamp(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// ofRelease are the objects a Helm release holds. Those without a namespace are
// in the release's own, but for kinds that have none.
func ofRelease(r evidence.Release, global map[string]bool) []removal.Use {
	var out []removal.Use
	for _, o := range r.Objects {
		k, err := removal.ParseGVK(o.APIVersion, o.Kind)
		if err != nil {
			continue // a gap says so, see gapsOf
		}
		u := removal.Use{GVK: k, Namespace: o.Namespace, Name: o.Name, Source: removal.Helm, Line: o.Line,
			Where: r.Stored, Release: r.Name, Revision: r.Revision}
		if u.Namespace == "" && !global[o.Kind] {
			u.Namespace = r.Namespace
		}
		out = append(out, u)
	}
	return out
}
