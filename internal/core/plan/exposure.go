package plan

import (
	"cmp"
	"math"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// meter counts for each advisory the nodes that run something affected, and
// sums them over the minutes of steps.
type meter struct {
	advisories []Advisory
	instances  []inventory.Instance
	hits       []map[string]int // per advisory: affected instances by node
	total      []float64
	clock      float64
	closed     []float64 // the minute since when nothing is affected
	seen       map[asked]bool
	scratch    []Exposure             // of the step at hand
	before     map[float64][]Exposure // what the last step of so many minutes exposed
}

type asked struct {
	advisory  int
	component string
	version   version.Version
}

func newMeter(advisories []Advisory, w *world) *meter {
	m := &meter{advisories: advisories, instances: w.track.Instances(), total: make([]float64, len(advisories)),
		closed: make([]float64, len(advisories)), seen: map[asked]bool{}, before: map[float64][]Exposure{}}
	for a := range advisories {
		hits := map[string]int{}
		for _, inst := range m.instances {
			if m.affected(a, inst.Component, inst.Version) {
				hits[inst.Where()]++
			}
		}
		m.hits = append(m.hits, hits)
	}
	return m
}

func (m *meter) affected(a int, component string, v version.Version) bool {
	if !v.Known() {
		return false // how long is not known either
	}
	key := asked{a, component, v}
	yes, ok := m.seen[key]
	if !ok {
		yes = m.advisories[a].Affected(component, v)
		m.seen[key] = yes
	}
	return yes
}

// moved follows an instance from one version to another.
func (m *meter) moved(i int, from, to version.Version) {
	inst := &m.instances[i]
	for a := range m.advisories {
		was, is := m.affected(a, inst.Component, from), m.affected(a, inst.Component, to)
		where := inst.Where()
		switch {
		case was && !is:
			if m.hits[a][where]--; m.hits[a][where] == 0 {
				delete(m.hits[a], where)
			}
			if len(m.hits[a]) == 0 {
				m.closed[a] = m.clock
			}
		case is && !was:
			m.hits[a][where]++
		}
	}
}

// pass lets the minutes of a step go by, before what the step moves is there.
func (m *meter) pass(minutes float64) []Exposure {
	m.clock += minutes
	m.scratch = m.scratch[:0]
	for a, adv := range m.advisories {
		if n := len(m.hits[a]); n > 0 {
			spent := float64(n) * minutes
			m.total[a] += spent
			m.scratch = append(m.scratch, Exposure{Advisory: adv.ID, NodeMinutes: round(spent)})
		}
	}
	return m.kept(minutes)
}

// kept is what the step at hand exposed, shared with an earlier step that exposed
// as much: of a plan of thousands of nodes most do, a few steps ago.
func (m *meter) kept(minutes float64) []Exposure {
	before := m.before[minutes]
	if !slices.EqualFunc(before, m.scratch, func(a, b Exposure) bool { return a.Advisory == b.Advisory && a.NodeMinutes == b.NodeMinutes }) {
		before = slices.Clone(m.scratch)
		m.before[minutes] = before
	}
	return before
}

// end is the minute at which the last advisory that this change closes is closed.
func (m *meter) end() float64 {
	last := 0.0
	for a := range m.advisories {
		if len(m.hits[a]) == 0 {
			last = max(last, m.closed[a])
		}
	}
	return last
}

func round(f float64) float64 { return math.Round(f*10) / 10 }

// cost is what one strategy costs.
type cost struct {
	closes float64 // the minute at which the last advisory is closed
	totals []float64
	sum    float64
}

// choose is the strategy asked for and what the strategies cost, where there is
// an advisory to compare them by; that of the plan itself is left out unless it
// was needed to choose.
func (in Input) choose() (Strategy, map[Strategy]cost, error) {
	asked := cmp.Or(in.Strategy, Steady)
	if len(in.Advisories) == 0 {
		if asked == Earliest {
			asked = Steady // nothing to close
		}
		return asked, nil, nil
	}
	costs := map[Strategy]cost{}
	var failed error
	for _, s := range []Strategy{Steady, Fast} {
		if s == asked {
			continue
		}
		b, err := run(in, s, true)
		if err != nil {
			failed = err
			continue
		}
		c := cost{closes: b.meter.end(), totals: b.meter.total}
		for _, t := range c.totals {
			c.sum += t
		}
		costs[s] = c
	}
	if asked != Earliest {
		return asked, costs, nil // that another strategy has no plan is not this one's matter
	}
	steady, ok := costs[Steady]
	fast, also := costs[Fast]
	switch {
	case !ok && !also:
		return asked, nil, failed
	case ok && (!also || steady.closes < fast.closes || steady.closes == fast.closes && steady.sum <= fast.sum):
		return Steady, costs, nil
	}
	return Fast, costs, nil
}

// exposures are the plan's own totals with that of each strategy beside them.
func exposures(advisories []Advisory, chosen Strategy, m *meter, costs map[Strategy]cost) []Exposure {
	out := []Exposure{}
	for a, adv := range advisories {
		e := Exposure{Advisory: adv.ID, NodeMinutes: round(m.total[a]), Strategies: map[string]float64{string(chosen): round(m.total[a])}}
		for s, c := range costs {
			e.Strategies[string(s)] = round(c.totals[a])
		}
		out = append(out, e)
	}
	return out
}
