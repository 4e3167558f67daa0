package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Verdict is what a plan that may be carried out was judged by.
type Verdict struct {
	States   int // how many states were recomputed and judged
	Findings []Finding
}

// Check judges any plan, also one that was edited: it starts from the plan's
// own inventory, makes the moves of each step and judges every state on the
// way. What the file claims of states is ignored; what a step says it starts
// from has to be so. The error is a [*Refusal], or what [Build] says of a start
// that nobody can plan from. The first illegal state goes before anything else
// that is wrong with a step. The policy is the plan's own where none is given.
func Check(p *Plan, rules skew.Rules, policy skew.Policy) (Verdict, error) {
	if err := checkProvider(p.Start); err != nil {
		return Verdict{}, fmt.Errorf("checking the plan of %s: %w", p.Cluster, err)
	}
	policy = cmp.Or(policy, skew.Policy(p.SkewPolicy), skew.Upstream)
	c := &checker{w: newWorld(p.Start, rules, policy), rules: rules, seen: make(map[string]bool, len(p.Steps)), ignored: p.IgnorePreflightErrors, applied: map[string]bool{}, verdict: Verdict{Findings: []Finding{}}}
	if err := checkRead(c.w, rules); err != nil {
		return c.verdict, fmt.Errorf("checking the plan of %s: %w", p.Cluster, err)
	}
	if illegal := checkStart(c.w); illegal != nil {
		return c.verdict, illegal
	}
	c.away, c.start = awayOf(c.w, p), c.w.textOfOldest(inventory.KubeAPIServer)
	if err := checkIgnored(p.IgnorePreflightErrors); err != nil {
		c.note(&Refusal{Code: "PLAN-016", Why: err.Error()})
	}
	for i := range p.Steps {
		if illegal := c.step(&p.Steps[i]); illegal != nil {
			return c.verdict, illegal
		}
	}
	c.end(p)
	if c.wrong != nil {
		return c.verdict, c.wrong
	}
	return c.verdict, nil
}

type checker struct {
	w         *world
	rules     skew.Rules
	seen      map[string]bool // ids
	ignored   []IgnoredCheck
	backedUp  bool
	rehearsed bool
	hopSaved  bool            // backed up since the API servers reached their minor
	hopTried  bool            // and rehearsed
	applied   map[string]bool // versions kubeadm upgrade apply brought
	away      *away
	start     string   // oldest API server of the start
	wrong     *Refusal // the first that makes no state illegal
	verdict   Verdict
}

// step makes the moves of a step; it returns a state that is illegal and notes
// what else is wrong.
func (c *checker) step(s *Step) *Refusal {
	c.form(s)
	c.preflight(s)
	moves := s.Moves()
	c.before(s, len(moves) > 0)
	for _, m := range moves {
		if illegal := c.move(s, m); illegal != nil {
			return illegal
		}
	}
	c.verdict.States++
	return nil
}

// note keeps the first thing that is wrong.
func (c *checker) note(r *Refusal) {
	if c.wrong == nil {
		c.wrong = r
	}
}

func (c *checker) form(s *Step) {
	if s.ID == "" || c.seen[s.ID] {
		c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: "the id of a step is empty, or another step has it too"})
	}
	c.seen[s.ID] = true
	if !slices.Contains(Kinds(), s.Kind) || !slices.Contains(Phases(), s.Phase) {
		c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("no step is of kind %q and phase %q", s.Kind, s.Phase)})
	}
	if s.Node != "" && !c.w.nodes[s.Node] {
		c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("the start inventory has no node or host %q", s.Node)})
	}
}

// before is what has to hold for the kind of a step.
func (c *checker) before(s *Step, moves bool) {
	switch s.Kind {
	case EtcdBackup:
		c.backedUp, c.hopSaved = true, true
	case RehearseStep:
		c.rehearsed, c.hopTried = true, true
	case Drain, Uncordon, KubeadmApply, KubeadmNode:
		if s.Node == "" {
			c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("a step of kind %s names its node", s.Kind)})
			return
		}
		c.onNode(s)
	}
	c.together(s)
	c.hop(s)
	if (moves || s.Kind == EtcdImageTag) && (!c.backedUp || !c.rehearsed) {
		missing := EtcdBackup
		if c.backedUp {
			missing = RehearseStep
		}
		c.note(&Refusal{Code: "PLAN-008", Step: s.ID, Why: fmt.Sprintf("it changes the cluster and no step %s comes before it", missing)})
	}
}

func (c *checker) onNode(s *Step) {
	switch s.Kind {
	case Drain:
		c.w.cordoned[s.Node] = true
		c.away.drained(c, s)
	case Uncordon:
		if !c.w.cordoned[s.Node] {
			c.note(&Refusal{Code: "PLAN-007", Step: s.ID, Why: "no step before it drains " + s.Node})
		}
		delete(c.w.cordoned, s.Node)
		c.away.back(s.Node)
	default:
		c.kubeadm(s)
	}
}

// kubeadm refuses what the program would: a target above its own version, or of
// another minor.
func (c *checker) kubeadm(s *Step) {
	to, ok := parsed(s.To)
	if !ok {
		c.note(&Refusal{Code: "PLAN-004", Step: s.ID, Why: fmt.Sprintf("%q is no version", s.To)})
		return
	}
	var why string
	has, known := c.w.version(inventory.Kubeadm, s.Node)
	switch {
	case !known:
		why = "which kubeadm " + s.Node + " has is not known, and no step before it installs one"
	case has.Less(to):
		why = fmt.Sprintf("kubeadm %s on %s is older than %s", has, s.Node, to)
	case has.Minor() != to.Minor():
		why = fmt.Sprintf("kubeadm %s on %s upgrades to its own minor only, not to %s", has, s.Node, to)
	default:
		c.brings(s, to)
		return
	}
	c.note(&Refusal{Code: "PLAN-005", Step: s.ID, Component: inventory.Kubeadm, Node: s.Node, To: to.String(), Why: why})
}

// move makes one move; it returns an illegal state, or a step that skips what
// must not be skipped.
func (c *checker) move(s *Step, m Move) *Refusal {
	to, ok := parsed(m.To)
	if !ok {
		c.note(&Refusal{Code: "PLAN-004", Step: s.ID, Why: fmt.Sprintf("%s is to go to %q, which is no version", m.Component, m.To)})
		return nil
	}
	if !c.has(m) {
		c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("the start inventory has no %s on %s", m.Component, where(m.Node))})
		return nil
	}
	if is := c.w.same(m.Component, m.Node); m.From != "" && !equal(m.From, is) && (is != "" || m.Component != inventory.Kubeadm) {
		c.note(&Refusal{Code: "PLAN-001", Step: s.ID,
			Why: fmt.Sprintf("it says %s on %s is at %s before it; by the steps before it is at %s", m.Component, where(m.Node), m.From, cmp.Or(is, "several versions or one not read"))})
	}
	if skips := c.up(s, m, to); skips != nil {
		return skips
	}
	c.w.move(m.Component, m.Node, to)
	c.verdict.States++
	if !c.w.track.Legal() {
		return refuse(c.w, s.ID)
	}
	if !moves(s.Kind, m.Component) {
		c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("a step of kind %s does not move %s", s.Kind, m.Component)})
	}
	c.clients(s)
	return nil
}

// has: kubeadm is a package any node may have; all else stands in the inventory.
func (c *checker) has(m Move) bool {
	if m.Component == inventory.Kubeadm {
		return c.w.nodes[m.Node] && m.Node != ""
	}
	return m.Component != "" && len(c.w.at(m.Component, m.Node)) > 0
}

// moves says which kinds of steps can move a component.
func moves(kind Kind, component string) bool {
	switch component {
	case inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler:
		return kind == KubeadmApply || kind == KubeadmNode
	case inventory.Kubelet:
		return kind == KubeletPackage
	case inventory.Kubeadm:
		return kind == KubeadmPackage
	case inventory.Kubectl:
		return kind == KubectlPackage
	}
	return kind == KubeadmApply || kind == KubeadmNode || kind == Addon
}

// up looks for moves that go down or skip a minor where none may be skipped,
// and for a kubelet that changes its minor under running pods.
func (c *checker) up(s *Step, m Move, to version.Version) *Refusal {
	if m.Component == inventory.Kubeadm {
		return nil
	}
	for _, i := range c.w.at(m.Component, m.Node) {
		from := c.w.track.Version(i)
		if !from.Known() || m.Node == "" && to.Less(from) {
			continue
		}
		inst := &c.w.track.Instances()[i]
		if code, why := c.rules.Step(m.Component, from, to); code != "" {
			r := &Refusal{Code: code, Step: s.ID, Component: m.Component, Node: inst.Where(), Why: why}
			if from.Less(to) {
				r.To = from.Minor().Next().String()
			}
			return r
		}
		if to.Less(from) {
			c.note(&Refusal{Code: "PLAN-003", Step: s.ID, Why: fmt.Sprintf("%s on %s is at %s, above %s", m.Component, where(m.Node), from, to)})
		}
		if m.Component == inventory.Kubelet && from.Minor() != to.Minor() && !c.w.cordoned[inst.Node] {
			c.note(&Refusal{Code: "PLAN-006", Step: s.ID,
				Why: fmt.Sprintf("no step before it drains %s, and its kubelet goes from %s to %s", inst.Node, from.Minor(), to.Minor())})
		}
	}
	return nil
}

// clients notes once what only clients break.
func (c *checker) clients(s *Step) {
	if len(c.verdict.Findings) > 0 || c.w.track.ClientsLegal() {
		return
	}
	for _, v := range c.w.track.Violations() {
		inst := c.w.track.Instances()[v.Index]
		c.verdict.Findings = append(c.verdict.Findings, found(v.Row.Code, "Host/"+inst.Where(), fmt.Sprintf("after step %s: %s", s.ID, v.Row.Why)))
		return
	}
}

// end looks for nodes the plan leaves cordoned, and for what it says of itself
// and does not do.
func (c *checker) end(p *Plan) {
	if left := slices.Sorted(maps.Keys(c.w.cordoned)); len(left) > 0 {
		c.note(&Refusal{Code: "PLAN-007", Step: p.Steps[len(p.Steps)-1].ID, Why: "the plan ends and " + left[0] + " is still cordoned"})
	}
	c.claims(p)
	c.verdict.Findings = append(c.verdict.Findings, ignoring(p.IgnorePreflightErrors)...)
}

func equal(a, b string) bool {
	x, ok := parsed(a)
	y, also := parsed(b)
	return ok && also && x.Compare(y) == 0
}

func where(node string) string {
	if node == "" {
		return "every node"
	}
	return node
}
