package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// defaultUnavailable is how much of a pool is away at once where nobody says.
const defaultUnavailable = "10%"

// batches are the workers among nodes in the groups in which they may be away
// at once: never of two pools or zones, never a whole pool or zone of two or
// more, and never more than a limit leaves room for.
func (b *builder) batches(nodes []string) [][]string {
	size := b.sizes()
	groups := map[grouping][]string{}
	order := []grouping{}
	for _, n := range nodes {
		if b.isControlPlane(n) {
			continue
		}
		g := b.groupOf(n)
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], n)
	}
	slices.SortFunc(order, func(a, b grouping) int { return cmp.Or(cmp.Compare(a.pool, b.pool), cmp.Compare(a.zone, b.zone)) })
	limits := b.limitsByNode()
	out := [][]string{}
	for _, g := range order {
		slices.Sort(groups[g])
		most := b.most(g.pool, size[grouping{pool: g.pool}])
		if zone := size[g]; g.zone != "" && zone > 1 {
			most = min(most, zone-1)
		}
		out = append(out, b.fill(groups[g], most, limits)...)
	}
	return out
}

// grouping is what nodes of one batch have in common.
type grouping struct{ pool, zone string }

func (b *builder) groupOf(node string) grouping {
	at := b.w.places[place{inventory.Kubelet, node}]
	inst := b.w.track.Instances()[at[0]]
	return grouping{inst.Pool, inst.Zone}
}

// sizes counts the workers of each pool, and of each zone of a pool; those
// that need no move count as well, since they carry the pods meanwhile.
func (b *builder) sizes() map[grouping]int {
	out := map[grouping]int{}
	for _, i := range b.w.all[inventory.Kubelet] {
		if inst := b.w.track.Instances()[i]; !b.isControlPlane(inst.Node) {
			out[grouping{pool: inst.Pool}]++
			if inst.Zone != "" {
				out[grouping{inst.Pool, inst.Zone}]++
			}
		}
	}
	return out
}

// most is how many nodes of a pool may be away at once: at least one, and not
// all of two or more.
func (b *builder) most(name string, size int) int {
	text := defaultUnavailable
	for _, p := range b.in.Pools {
		if p.Name == name {
			text = cmp.Or(p.MaxUnavailable, text)
			if p.Stateful {
				text = "1"
			}
		}
	}
	n, err := unavailable(text, size)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("planning pool %q: %w", name, err)
	}
	return n
}

// unavailable reads "2" or "10%" for a pool of a size.
func unavailable(text string, size int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	percent := strings.HasSuffix(text, "%")
	if err != nil || n < 0 || percent && n > 100 {
		return 1, fmt.Errorf("maxUnavailable %q is no number of nodes such as 2 and no share such as 10%%", text)
	}
	if percent {
		n = size * n / 100
	}
	if size >= 2 {
		n = min(n, size-1)
	}
	return max(n, 1), nil
}

// limitsByNode are the limits each node counts against.
func (b *builder) limitsByNode() map[string][]int {
	out := map[string][]int{}
	for k, l := range b.in.Limits {
		if l.Most < 1 {
			b.find("PLAN-011", l.Object, "no node it counts may be away now, so a drain of one waits until it is given up", strings.Join(first(l.Nodes, 3), ", "))
		}
		for _, n := range l.Nodes {
			out[n] = append(out[n], k)
		}
	}
	return out
}

// fill cuts nodes into batches of at most so many, and closes one early where
// the next node would break a limit.
func (b *builder) fill(nodes []string, most int, limits map[string][]int) [][]string {
	out := [][]string{}
	left := slices.Clone(nodes)
	for len(left) > 0 {
		used := map[int]int{}
		batch, later := []string{}, []string{}
		for k, n := range left {
			if len(batch) == most {
				later = append(later, left[k:]...)
				break
			}
			if len(batch) > 0 && b.full(limits[n], used) {
				later = append(later, n)
				continue
			}
			for _, l := range limits[n] {
				used[l]++
			}
			batch = append(batch, n)
		}
		out = append(out, batch)
		left = later
	}
	return out
}

func (b *builder) full(limits []int, used map[int]int) bool {
	for _, l := range limits {
		if used[l] >= max(b.in.Limits[l].Most, 1) {
			return true
		}
	}
	return false
}

func first(l []string, n int) []string { return l[:min(n, len(l))] }
