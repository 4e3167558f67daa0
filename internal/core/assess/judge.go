package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/reach"
)

// judged is one advisory over a whole cluster.
type judged struct {
	adv        *advisory.Advisory
	verdict    Verdict
	components []ComponentVerdict
	reachable  inventory.State // over the instances in range
	missing    []string        // mitigations not known to be in place
	result     AdvisoryResult
}

// Rank orders verdicts from worst to best; an advisory has the worst verdict
// of its instances, and unknown is never hidden by something clean.
func (v Verdict) Rank() int {
	return slices.Index([]Verdict{Affected, Unknown, MitigateOnly, NotReachable, NotAffected}, v)
}

func worst(a, b Verdict) Verdict {
	if b.Rank() < a.Rank() {
		return b
	}
	return a
}

func ptr[T any](v T) *T { return &v }

// orNull is nil for the zero value: absent scalars are null in the contract.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func day(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return ptr(t.Format(time.DateOnly))
}

// nodes names up to four places and counts the rest.
func nodes(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// byUrgency sorts affected first, then by score, then newest first, then id.
func byUrgency(a, b judged) int {
	return cmp.Or(
		cmp.Compare(a.verdict.Rank(), b.verdict.Rank()),
		-cmp.Compare(a.adv.Score, b.adv.Score),
		b.adv.Published.Compare(a.adv.Published),
		cmp.Compare(a.adv.ID, b.adv.ID),
	)
}

// judgeAll judges every advisory the run is about, most urgent first.
func (a *Assessor) judgeAll(c *inventory.Cluster) []judged {
	run := runs{asker: reach.For(c), cluster: c, by: map[string][]*inventory.Instance{}}
	for i := range c.Instances {
		in := &c.Instances[i]
		run.by[in.Component] = append(run.by[in.Component], in)
	}
	out := make([]judged, 0, 16)
	for i := range a.asked {
		if j := a.judge(&a.asked[i], run); j.verdict != NotAffected || a.basis.All {
			out = append(out, j)
		}
	}
	slices.SortFunc(out, byUrgency)
	return out
}

// runs is what runs in one cluster, ready to be asked about.
type runs struct {
	cluster *inventory.Cluster
	asker   *reach.Asker
	by      map[string][]*inventory.Instance // component -> instances
}

// judge one advisory over the cluster: first every instance by its version,
// then, for those inside a range, whether the conditions of exploitation hold.
// What is not affected is only put into words where somebody will read it.
func (a *Assessor) judge(q *question, run runs) judged {
	j := judged{adv: q.adv, verdict: NotAffected, reachable: inventory.No, result: q.static}
	ins := run.concerned(q)
	if len(ins) == 0 && (a.basis.All || a.named(q.adv)) {
		if why := run.unseen(q.components); why != "" {
			j.verdict, j.reachable = Unknown, inventory.Unknown
			j.word(why, "", nil)
			return j
		}
	}
	words := make([]*byVersion, len(ins))
	open := false
	for i, in := range ins {
		words[i] = a.byVersion(q, in)
		open = open || words[i].open()
	}
	if !open && !a.basis.All {
		return j
	}
	var doubtful []*inventory.Instance // in range, or not known to be outside
	var rows []int                     // their rows in j.components
	would := ""
	for i, in := range ins {
		if words[i].judgement.State == advisory.NotConcerned {
			continue
		}
		row, change := a.row(words[i], in, run)
		if row.Verdict == NotAffected {
			would = change
		} else {
			doubtful, rows = append(doubtful, in), append(rows, len(j.components))
		}
		j.components = append(j.components, row)
	}
	var reason string
	switch {
	case len(doubtful) > 0:
		reason, would = j.reach(q.adv, run, doubtful, rows), ""
	case len(j.components) == 0:
		reason, would = "nothing that was read here is of a component it concerns ("+strings.Join(q.components, ", ")+")", "running one of them"
	default:
		reason = j.components[0].Reason
	}
	j.word(reason, would, a.accepted(q.adv.ID, run.cluster.Name))
	return j
}

// concerned are the instances an advisory speaks of. One that names no
// component may be about any of them.
func (r runs) concerned(q *question) []*inventory.Instance {
	var out []*inventory.Instance
	for _, name := range q.components {
		out = append(out, r.by[name]...)
	}
	if len(q.components) == 0 {
		for i := range r.cluster.Instances {
			out = append(out, &r.cluster.Instances[i])
		}
	}
	return out
}

// row is one instance's verdict by its version and its gates; would is what
// would change it where it is not affected.
func (a *Assessor) row(w *byVersion, in *inventory.Instance, run runs) (v ComponentVerdict, would string) {
	v = ComponentVerdict{Component: in.Component, Node: orNull(in.Where()), Version: w.version, Verdict: Affected, FixedIn: w.fixedIn, ReadFrom: in.ReadFrom, Reason: w.reason}
	switch closed := a.closed(w.judgement, in, run); {
	case w.judgement.State == advisory.NotAffected:
		v.Verdict, would = NotAffected, w.would
	case closed != "":
		v.Verdict, v.Reason, would = NotAffected, closed, "turning the gate off"
	case w.judgement.State == advisory.Unknown:
		v.Verdict = Unknown
	}
	return v, would
}

// named reports whether the user asked for adv by name: then silence about it
// would be an answer.
func (a *Assessor) named(adv *advisory.Advisory) bool {
	return slices.Contains(a.basis.Only, adv.ID)
}

// unseen says which of the components must run here although none was read:
// where an API server is there are the others, where a runtime is there is
// what it starts containers with. "" where none must.
func (r runs) unseen(components []string) string {
	needs := map[string][]string{
		inventory.KubeAPIServer:         {inventory.Kubelet, inventory.KubeControllerManager, inventory.KubeScheduler},
		inventory.Kubelet:               {inventory.KubeAPIServer},
		inventory.KubeControllerManager: {inventory.KubeAPIServer},
		inventory.KubeScheduler:         {inventory.KubeAPIServer},
		inventory.Etcd:                  {inventory.KubeAPIServer},
		inventory.Runc:                  {inventory.Containerd, inventory.CRIO},
	}
	for _, c := range components {
		for _, beside := range needs[c] {
			if len(r.by[beside]) > 0 {
				return fmt.Sprintf("no version of %s was read, and where %s runs there is one: provide it (host facts, or a row of the inventory)", c, beside)
			}
		}
	}
	return ""
}

// closed says which gate closes the defect for in, "" when none does.
func (a *Assessor) closed(got advisory.Judgement, in *inventory.Instance, run runs) string {
	if got.Gate == nil || got.State != advisory.InRange {
		return ""
	}
	ans := run.asker.Closed(got.Gate, in)
	if ans.State != inventory.Yes {
		return ""
	}
	return fmt.Sprintf("closed in this version by feature gate %s=%t: %s", got.Gate.Gate, got.Gate.Value, ans.Evidence)
}

// reach asks the conditions and mitigations for the open instances, settles
// their verdicts, and says why in one sentence.
func (j *judged) reach(adv *advisory.Advisory, run runs, open []*inventory.Instance, rows []int) string {
	r := run.asker.Exploitable(adv, open)
	j.reachable = r.Reachable.State
	j.verdict = NotAffected
	for n, row := range rows {
		v := &j.components[row]
		switch {
		case v.Verdict == Unknown:
		case r.Instances[n].State == inventory.No:
			v.Verdict = NotReachable
			v.Reason += "; not reachable: " + r.Instances[n].Evidence
		case adv.Fix == advisory.Never:
			v.Verdict = MitigateOnly
		}
		j.verdict = worst(j.verdict, v.Verdict)
	}
	j.result.Conditions = []ConditionResult{}
	for _, c := range r.Conditions {
		j.result.Conditions = append(j.result.Conditions, ConditionResult{c.Text, word3(c.Answer.State, "met", "not-met"), c.Answer.Evidence})
	}
	j.result.Mitigations = []MitigationResult{}
	for _, m := range run.asker.Mitigations(adv, open) {
		j.result.Mitigations = append(j.result.Mitigations, MitigationResult{m.Text, word3(m.Answer.State, "in-place", "missing"), m.Answer.Evidence, orNull(m.Apply)})
		if m.Answer.State != inventory.Yes {
			j.missing = append(j.missing, m.Text)
		}
	}
	return j.sentence(r)
}

func word3(s inventory.State, yes, no string) string {
	switch s {
	case inventory.Yes:
		return yes
	case inventory.No:
		return no
	}
	return "unknown"
}

// sentence says why the advisory has its verdict.
func (j *judged) sentence(r reach.Reachability) string {
	var on []string
	var first *ComponentVerdict
	for i := range j.components {
		v := &j.components[i]
		if v.Verdict != j.verdict {
			continue
		}
		if first == nil {
			first = v
		}
		if v.Node != nil {
			on = append(on, *v.Node)
		}
	}
	s := first.Component + ": " + first.Reason
	if len(on) > 0 {
		s = first.Component + " on " + nodes(on) + ": " + first.Reason
	}
	if j.verdict == Affected || j.verdict == MitigateOnly {
		switch r.Reachable.State {
		case inventory.Yes:
			s += "; every condition of exploitation is met"
		default:
			s += "; whether it can be exploited here is not known"
		}
	}
	return s
}
