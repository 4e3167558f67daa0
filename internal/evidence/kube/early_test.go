package kube

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// TestEarly: who looks at nodes while the rest is read knows all of them, or
// none; half of a list names no node anywhere.
func TestEarly(t *testing.T) {
	const nodesPath = "/api/v1/nodes"
	whole, _ := pages([]string{"cp1", "w1", "w2"}, 0)
	broken := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			status(400, "BadRequest")(w, r)
			return
		}
		whole(w, r)
	}
	for name, tt := range map[string]struct {
		nodes http.HandlerFunc
		want  []string
	}{
		"whole": {whole, []string{"cp1", "w1", "w2"}},
		"half":  {broken, nil},
	} {
		t.Run(name, func(t *testing.T) {
			to := newMemory()
			var early []Collected
			got, err := gather(t, map[string]http.HandlerFunc{nodesPath: tt.nodes}, to, CollectOptions{Early: func(c Collected) {
				if to.notes[string(evidence.Pods)] != (evidence.Check{}) {
					t.Error("it is late: the pods were read before")
				}
				early = append(early, c)
			}})
			if err != nil || len(early) != 1 || early[0].By != "jane" {
				t.Fatalf("%v, told %+v", err, early)
			}
			for _, nodes := range [][]Node{early[0].Nodes, got.Nodes} {
				var names []string
				for _, n := range nodes {
					names = append(names, n.Name)
				}
				slices.Sort(names)
				if diff := cmp.Diff(tt.want, names); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
