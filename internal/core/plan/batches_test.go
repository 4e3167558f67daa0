package plan

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func TestUnavailable(t *testing.T) {
	for _, tc := range []struct {
		text string
		size int
		want int
		bad  bool
	}{
		{"10%", 100, 10, false}, {"10%", 5, 1, false}, {"10%", 1, 1, false}, {"100%", 2, 1, false}, {"100%", 1, 1, false}, {"50%", 3, 1, false},
		{"3", 2, 1, false}, {"0", 4, 1, false}, {"0%", 4, 1, false}, {"2", 9, 2, false}, {"-1", 9, 1, true}, {"101%", 9, 1, true}, {"", 9, 1, true}, {"a%", 9, 1, true},
	} {
		got, err := unavailable(tc.text, tc.size)
		if got != tc.want || (err != nil) != tc.bad {
			t.Errorf("%s of %d = %d, %v; want %d", tc.text, tc.size, got, err, tc.want)
		}
	}
}

// TestBatches: over random pools every node is in one batch; none mixes pools
// or zones, takes a whole pool or zone of two or more, or breaks a limit.
func TestBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := inventory.Cluster{Provider: "kubeadm", Instances: []inventory.Instance{{Component: "kube-apiserver", Node: "cp", Version: version.New(1, 34, 0)}}}
		var nodes []string
		size := map[grouping]int{}
		of := map[string]grouping{}
		for range rapid.IntRange(0, 40).Draw(t, "nodes") {
			n := "w" + string(rune('a'+len(nodes)/10)) + string(rune('0'+len(nodes)%10))
			g := grouping{rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "pool"), rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "zone")}
			c.Instances = append(c.Instances, inventory.Instance{Component: "kubelet", Node: n, Pool: g.pool, Zone: g.zone, Version: version.New(1, 34, 0)})
			nodes, of[n] = append(nodes, n), g
			size[g]++
			size[grouping{pool: g.pool, zone: "*"}]++
		}
		in := Input{Cluster: c, AsOf: time.Unix(0, 0), Pools: []Pool{{Name: "a", MaxUnavailable: rapid.SampledFrom([]string{"", "3", "100%", "0"}).Draw(t, "most")}, {Name: "b", Stateful: true, MaxUnavailable: "50%"}}}
		if len(nodes) > 0 {
			in.Limits = []Limit{{Object: "budget", Nodes: rapid.SliceOfDistinct(rapid.SampledFrom(nodes), rapid.ID[string]).Draw(t, "limited"), Most: rapid.IntRange(0, 3).Draw(t, "room")}}
		}
		b := &builder{in: in, w: newWorld(c, skew.Rules{}, skew.Upstream), cps: []string{"cp"}}
		var seen []string
		for _, batch := range b.batches(nodes) {
			limited := 0
			for _, n := range batch {
				if of[n] != of[batch[0]] {
					t.Fatalf("%v mixes pools or zones", batch)
				}
				if slices.Contains(in.Limits[0].Nodes, n) {
					limited++
				}
			}
			g := of[batch[0]]
			if len(batch) == 0 || g.pool == "b" && len(batch) > 1 || limited > max(in.Limits[0].Most, 1) {
				t.Fatalf("%v of %+v with %d limited", batch, g, limited)
			}
			if whole := size[grouping{pool: g.pool, zone: "*"}]; whole > 1 && len(batch) == whole || g.zone != "" && size[g] > 1 && len(batch) == size[g] {
				t.Fatalf("%v is all of its pool or zone", batch)
			}
			seen = append(seen, batch...)
		}
		slices.Sort(seen)
		if !slices.Equal(seen, nodes) {
			t.Fatalf("batches hold %v, not %v", seen, nodes)
		}
	})
}
