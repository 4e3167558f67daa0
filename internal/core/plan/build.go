package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// wholeBelow is up to how many instances each step shows the whole cluster.
const wholeBelow = 300

// Build plans the way of a kubeadm cluster to a target. Every state of it, also
// those inside a step, was judged. Errors: ErrProvider where kubeadm runs
// nothing here, ErrName, ErrUnread where a version that decides was not read, those of
// [skew.Path], and a [*Refusal] where the start is illegal already or no legal
// way was found. A cluster that is there already has a plan without steps.
func Build(in Input) (Plan, error) {
	in.SkewPolicy = cmp.Or(in.SkewPolicy, skew.Upstream)
	if err := checkProvider(in.Cluster); err != nil {
		return Plan{}, fmt.Errorf("planning cluster %s: %w", in.Cluster.Name, err)
	}
	if err := checkNames(in); err != nil {
		return Plan{}, fmt.Errorf("planning cluster %s: %w", in.Cluster.Name, err)
	}
	if err := checkIgnored(in.Ignored); err != nil {
		return Plan{}, fmt.Errorf("planning cluster %s: %w", in.Cluster.Name, err)
	}
	chosen, costs, err := in.choose()
	if err != nil {
		return Plan{}, fmt.Errorf("planning cluster %s: %w", in.Cluster.Name, err)
	}
	b, err := run(in, chosen, false)
	if err != nil {
		return Plan{}, fmt.Errorf("planning cluster %s: %w", in.Cluster.Name, err)
	}
	b.plan.Exposure = exposures(in.Advisories, chosen, b.meter, costs)
	return b.plan, nil
}

// builder goes through the plan step by step.
type builder struct {
	in     Input
	w      *world
	plan   Plan
	cps    []string
	fast   bool
	silent bool // only moves and minutes: nothing is written
	meter  *meter
	roster *roster
	repo   map[string]version.Minor // which minor the package repository of a host serves
	hop    string
	words  words
	steps  int               // so far, the one at hand included
	count  int               // batches so far
	batch  int               // the one at hand; 0 = none
	size   int               // nodes of the batch
	before []version.Version // of what moves, used again
	err    error
}

func run(in Input, strategy Strategy, silent bool) (*builder, error) {
	b := &builder{in: in, w: newWorld(in.Cluster, in.Rules, in.SkewPolicy), fast: strategy == Fast, silent: silent, repo: map[string]version.Minor{}, words: words{map[sharing][]string{}, IgnoreFlag(in.Ignored)}}
	if err := checkRead(b.w, in.Rules); err != nil {
		return nil, err
	}
	if illegal := checkStart(b.w); illegal != nil {
		return nil, illegal.offered(in, b.w)
	}
	b.cps = b.w.controlPlanes()
	b.meter = newMeter(in.Advisories, b.w)
	b.roster = newRoster(b.w)
	from, _ := b.w.oldest(inventory.KubeAPIServer)
	b.plan = Plan{APIVersion: "fixline.dev/v1alpha1", Kind: "Plan", Cluster: in.Cluster.Name, AsOf: in.AsOf.Format("2006-01-02"), CatalogDate: in.CatalogDate,
		Strategy: strategy, SkewPolicy: string(in.SkewPolicy), Start: in.Cluster, From: from.String(), Target: in.Target.String(),
		Hops: []string{}, Steps: []Step{}, Exposure: []Exposure{}, Readiness: []Readiness{}, Findings: []Finding{}}
	b.plan.IgnorePreflightErrors = in.Ignored
	b.plan.Findings = append(b.plan.Findings, ignoring(in.Ignored)...)
	b.plan.Start.Instances = served(in.Cluster)
	b.repositories()
	legs, err := b.route()
	if err != nil {
		return nil, err
	}
	if !b.silent {
		b.plan.Steps = make([]Step, 0, b.about(legs))
	}
	for i, l := range legs {
		b.leg(l, i == 0, i == len(legs)-1)
	}
	if b.err == nil {
		b.markWhole()
	}
	return b, b.err
}

// about is how many steps there will be, so that they are not copied again and
// again while their list grows.
func (b *builder) about(legs []leg) int {
	follows := len(legs)
	if b.fast {
		follows = 1
	}
	perNode := 6 // repository, kubeadm, its configuration, drain, kubelet, uncordon
	return len(b.w.all[inventory.Kubelet])*(perNode*follows) + len(b.repo) + 32*len(legs)
}

// repositories guesses from what a host runs which minor its packages come from.
func (b *builder) repositories() {
	for _, inst := range b.w.track.Instances() {
		switch inst.Component {
		case inventory.Kubelet, inventory.Kubeadm, inventory.Kubectl:
			if m := inst.Version.Minor(); inst.Version.Known() && b.repo[inst.Where()].Compare(m) < 0 {
				b.repo[inst.Where()] = m
			}
		}
	}
}

// leg is one hop: the control plane, what runs everywhere, and the nodes where
// they follow it.
func (b *builder) leg(l leg, first, last bool) {
	if b.err != nil {
		return
	}
	b.hop = l.to.String()
	b.plan.Hops = append(b.plan.Hops, b.hop)
	if first {
		b.hold()
	}
	b.prepare(l)
	b.catchUp(l)
	b.controlPlane(l)
	b.addons(l)
	b.pause(ControlPlane, "Let the control plane run for a while: look at errors and restarts before any node follows")
	at, _ := b.w.oldest(inventory.KubeAPIServer)
	if l.why == "" || last {
		b.clients(at)
		if !b.fast || last {
			b.follow(at)
		}
	}
	b.emit(Step{Phase: Verify, Kind: VerifyStep, Say: "Compare the security probes and the health of the cluster with the baseline before going on",
		Commands: []string{"fixline verify"}, GatesBefore: gates(GateNodesReady), GatesAfter: gates(GateNoRegression)})
}

func (b *builder) pause(phase Phase, say string) {
	b.emit(Step{Phase: phase, Kind: Pause, Say: say, GatesBefore: gates(GateHealthy), GatesAfter: gates(GateHealthy, GateNodesReady)})
}

// emit takes a step: it makes its moves one by one, each judged, and writes the
// step down with what the cluster is after it.
func (b *builder) emit(s Step) {
	if b.err != nil {
		return
	}
	b.steps++
	if !b.silent {
		s.ID = stepID(b.steps, s.Kind, s.Node)
	}
	s.Hop, s.Batch = b.hop, b.batch
	s.Minutes = b.in.Minutes[s.Kind]
	if b.size > 1 {
		s.Minutes /= float64(b.size)
	}
	s.Exposure = b.meter.pass(s.Minutes)
	moves := s.Moves()
	for _, m := range moves {
		b.apply(s, m)
	}
	if b.silent {
		return
	}
	s.State = State{Legal: true, Partial: true}
	for _, m := range moves {
		s.State.Versions.some = append(s.State.Versions.some, b.moved(m)...)
	}
	if len(s.State.Versions.some) > 1 {
		sortRunning(s.State.Versions.some)
	}
	if b.whole(s) {
		s.State = State{Legal: true, Versions: b.roster.now(b.w)}
	}
	b.plan.Steps = append(b.plan.Steps, s)
}

// stepID is unique by its number and readable by the rest.
func stepID(number int, kind Kind, node string) string {
	n := strconv.Itoa(number)
	id := "0000"[min(len(n), 4):] + n + "-" + string(kind)
	if node != "" {
		id += "-" + node
	}
	return id
}

// moved is what a partial state shows of one move.
func (b *builder) moved(m Move) []running {
	if m.Node != "" {
		return []running{{m.Component, m.Node, m.To}}
	}
	out := []running{}
	for _, i := range b.w.at(m.Component, "") {
		out = append(out, running{m.Component, b.w.track.Instances()[i].Where(), b.w.text(i)})
	}
	return sortRunning(out)
}

// whole: each step of a small cluster, and of a large one the first of each phase.
func (b *builder) whole(s Step) bool {
	if len(b.w.track.Instances()) <= wholeBelow || len(b.plan.Steps) == 0 {
		return true
	}
	before := &b.plan.Steps[len(b.plan.Steps)-1]
	return before.Phase != s.Phase || before.Hop != s.Hop
}

// markWhole leaves the end of the plan whole as well.
func (b *builder) markWhole() {
	if n := len(b.plan.Steps); n > 0 && !b.silent {
		b.plan.Steps[n-1].State = State{Legal: true, Versions: b.roster.now(b.w)}
	}
}

func (b *builder) apply(s Step, m Move) {
	to, ok := parsed(m.To)
	if !ok || b.err != nil {
		return
	}
	at := b.w.at(m.Component, m.Node)
	b.before = b.before[:0]
	for _, i := range at {
		b.before = append(b.before, b.w.track.Version(i))
	}
	b.w.move(m.Component, m.Node, to)
	for k, i := range at {
		b.meter.moved(i, b.before[k], b.w.track.Version(i))
	}
	if !b.w.track.Legal() {
		b.err = refuse(b.w, stepID(b.steps, s.Kind, s.Node))
	}
}

// refuse names the first violation of a world that is not legal.
func refuse(w *world, step string) *Refusal {
	v := w.track.Violations()[0]
	first := w.track.Instances()[v.First]
	return &Refusal{Code: v.Row.Code, Step: step, Component: first.Component, Node: first.Where(), Rule: v.Row.Rule, Why: v.Row.Why + balanced(w, v)}
}

func (b *builder) find(code, object, message string, evidence ...string) {
	for _, have := range b.plan.Findings {
		if have.Code == code && have.Object == object {
			return
		}
	}
	b.plan.Findings = append(b.plan.Findings, found(code, object, message, evidence...))
}

// found is a finding of a registered code.
func found(code, object, message string, evidence ...string) Finding {
	f := finding.New(code, object, message)
	evidence = slices.DeleteFunc(evidence, func(e string) bool { return strings.TrimSpace(e) == "" })
	return Finding{Code: f.Code, Severity: string(f.Severity), Object: object, Message: message, Remedy: f.Remedy, Evidence: list(evidence)}
}
