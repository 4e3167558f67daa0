package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/record/decision"
)

// recorded are the findings with what was waived, and the waivers by name.
func recorded(a *answer) ([]decision.Finding, []decision.Waiver) {
	severity := map[string]string{} // of what was waived, before it was
	var waivers []decision.Waiver
	for _, w := range a.waived {
		severity[w.Code+"\x00"+w.Object] = w.Severity
		waivers = append(waivers, decision.Waiver{Finding: w.Code, Object: decision.Text(w.Object), By: fmt.Sprintf("%s (%s)", w.owner, w.role), Why: w.reason, Until: w.until})
	}
	var out []decision.Finding
	for _, f := range a.plan.Findings {
		s := f.Severity
		if was := severity[f.Code+"\x00"+f.Object]; was != "" {
			s = was
		}
		if s == string(finding.Info) {
			continue // the plan and the scan hold it
		}
		out = append(out, decision.Finding{Code: f.Code, Severity: s, Object: decision.Text(f.Object), Message: f.Message, State: decision.Open})
	}
	return out, waivers
}

// expectedSkew are the differences that will be seen on the way, each once: what
// is normal then is no alarm.
func expectedSkew(a *answer) []decision.Skew {
	var out []decision.Skew
	before := a.plan.From
	for _, hop := range a.plan.Hops {
		if hop == before {
			continue
		}
		servers := count(a, inventory.KubeAPIServer)
		if servers > 1 {
			out = append(out, decision.Skew{Component: inventory.KubeAPIServer, Versions: before + " beside " + hop,
				During: decision.Text("the control plane's hop to " + hop), Why: "API servers move one at a time"})
		}
		if n := count(a, inventory.Kubelet); n > 0 {
			out = append(out, decision.Skew{Component: inventory.Kubelet, Versions: before + " or older beside API servers at " + hop,
				During: decision.Text("from the control plane's hop to " + hop + " until the last node followed"), Why: "kubelets follow the API servers, never the other way round"})
		}
		before = hop
	}
	return out
}

func count(a *answer, component string) int {
	n := 0
	for _, i := range a.cluster.Instances {
		if i.Component == component {
			n++
		}
	}
	return n
}

// checks are what is looked at after the change.
func checks(a *answer) []decision.Check {
	return []decision.Check{
		{Text: "every component is at " + a.plan.Target, Command: decision.Text("fixline board --target " + a.plan.Target)},
		{Text: "nothing of what the change closes is found any more", Command: "fixline assess"},
		{Text: "every node that was Ready is Ready, and every workload runs again", Command: "kubectl get nodes,pods -A"},
		{Text: "what was denied before is denied still, and what was allowed is allowed still", Command: "fixline verify"},
	}
}

// mitigations lower the risk of what is in range until the change is done, and
// go again with it.
func mitigations(a *answer) []decision.Mitigation {
	var out []decision.Mitigation
	for _, adv := range answered(a) {
		for _, m := range adv.Mitigations {
			text := strings.TrimSuffix(m.Text, ".")
			if slices.ContainsFunc(out, func(have decision.Mitigation) bool { return have.Text == text }) {
				continue
			}
			one := decision.Mitigation{Text: text, Advisory: decision.Text(adv.ID), Removal: "when every node is at " + decision.Text(a.plan.Target) + ", unless it is wanted for itself"}
			if m.State == "in-place" {
				one.Since = decision.Text(a.facts.AsOf.Format("2006-01-02"))
			}
			out = append(out, one)
		}
	}
	return out
}
