package disrupt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// verdict is what a budget does to a drain.
type verdict int

const (
	lets verdict = iota
	never
	notNow
	stuck // not even what is broken may go
)

// verdict of budget b, by the rules of the eviction API and the disruption
// controller (pkg/registry/core/pod/storage/eviction.go and
// pkg/controller/disruption in kubernetes/kubernetes).
func (b *Budget) verdict() verdict {
	desired, ok := b.desired()
	switch {
	case b.Expected == 0: // 0 of 0 protects nothing
		return lets
	case ok && desired >= b.Expected:
		return never
	case b.Allowed > 0:
		return lets
	case b.Healthy < b.Desired && !b.AlwaysAllow:
		return stuck
	}
	return notNow
}

// desired is how many pods the spec wants healthy; not ok where it says nothing
// that can be read.
func (b *Budget) desired() (int, bool) {
	switch {
	case b.Max.Set && b.Max.Unread == "":
		return b.Expected - b.Max.of(b.Expected), true
	case b.Min.Set && b.Min.Unread == "":
		return b.Min.of(b.Expected), true
	}
	return 0, false
}

// of is a bound as a number of pods; percentages are rounded up, for both.
func (o Bound) of(total int) int {
	if !o.Percent {
		return o.Value
	}
	return (total*o.Value + 99) / 100
}

func (o Bound) String() string {
	if o.Unread != "" {
		return o.Unread
	}
	if o.Percent {
		return fmt.Sprintf("%d%%", o.Value)
	}
	return fmt.Sprint(o.Value)
}

func (b *Budget) object() string {
	return "PodDisruptionBudget/" + b.Namespace + "/" + b.Name
}

// says is the budget in words.
func (b *Budget) says() string {
	switch {
	case b.Max.Set:
		return "maxUnavailable " + b.Max.String()
	case b.Min.Set:
		return "minAvailable " + b.Min.String()
	}
	return "neither minAvailable nor maxUnavailable"
}

// budgetFindings are budgets that hold up the drain of a node.
func (x *index) budgetFindings() []finding.Found {
	var out []finding.Found
	for i := range x.c.Budgets {
		b := &x.c.Budgets[i]
		if len(x.pods[i]) == 0 {
			out = append(out, finding.New("DRAIN-005", b.object(), b.selectsNone()))
			continue
		}
		pods := x.evicted(i)
		if len(pods) == 0 {
			continue
		}
		if f, ok := x.judged(b, pods); ok {
			out = append(out, f)
		}
		if b.Min.Unread != "" || b.Max.Unread != "" {
			f := finding.New("DRAIN-014", b.object(), "whether it ever allows an eviction is not known: it has "+b.says())
			f.Remedy = "correct the budget: a number of pods, or a percentage"
			out = append(out, f)
		}
	}
	return out
}

func (b *Budget) selectsNone() string {
	if b.Selector == nil {
		return "it has no selector, which selects no pod"
	}
	return "no pod has the labels it selects"
}

// judged is the finding of a budget with pods on nodes to drain.
func (x *index) judged(b *Budget, pods []int) (finding.Found, bool) {
	v := b.verdict()
	if v == lets {
		return finding.Found{}, false
	}
	on := x.nodesOf(pods)
	counts := fmt.Sprintf("%d of %d pods are healthy, %d must be", b.Healthy, b.Expected, b.Desired)
	code, message := "DRAIN-002", fmt.Sprintf("%s allows no eviction now: %s", b.says(), counts)
	switch {
	case b.Operator != nil:
		f := finding.New("DRAIN-010", b.object(), fmt.Sprintf("%s keeps it and it allows no eviction now: %s", b.Operator.Name, b.Operator.Text), on, counts, b.Operator.Source)
		return f, true
	case v == never:
		code, message = "DRAIN-001", fmt.Sprintf("%s of %d pods never allows an eviction", b.says(), b.Expected)
	case v == stuck:
		code, message = "DRAIN-003", fmt.Sprintf("%s, and not even those that are not may be evicted", counts)
	}
	return finding.New(code, b.object(), message, on), true
}

// nodesOf says on which nodes pods are.
func (x *index) nodesOf(pods []int) string {
	var nodes []string
	for _, p := range pods {
		nodes = append(nodes, x.c.Pods[p].Node)
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	return fmt.Sprintf("%s on %s", count(len(pods), "pod"), some(nodes))
}

// severalBudgets are pods the eviction API refuses for it, folded by the
// budgets they share.
func (x *index) severalBudgets() []finding.Found {
	shared := map[string][]int{}
	var order []string
	for i := range x.c.Pods {
		p := &x.c.Pods[i]
		if len(x.budgets[i]) < 2 || !p.moves() || p.Pending || !x.drained[p.Node] {
			continue
		}
		var names []string
		for _, b := range x.budgets[i] {
			names = append(names, x.c.Budgets[b].Name)
		}
		slices.Sort(names)
		key := p.Namespace + "/" + strings.Join(names, " and ")
		if shared[key] == nil {
			order = append(order, key)
		}
		shared[key] = append(shared[key], i)
	}
	slices.Sort(order)
	var out []finding.Found
	for _, key := range order {
		namespace, budgets, _ := strings.Cut(key, "/")
		out = append(out, finding.New("DRAIN-004", "PodDisruptionBudget/"+namespace+"/"+strings.Split(budgets, " and ")[0],
			fmt.Sprintf("%s in %s selected by %s at once", pods(len(shared[key])), namespace, budgets), x.podNames(shared[key])...))
	}
	return out
}
