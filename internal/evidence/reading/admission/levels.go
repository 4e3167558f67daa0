package admission

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// namespaces are those of b, each with the strictest level all of its pods keep.
func namespaces(b *evidence.Bundle) []admission.Namespace {
	out := make([]admission.Namespace, len(b.Namespaces))
	at := map[string]int{}
	for i, n := range b.Namespaces {
		out[i] = admission.Namespace{Name: n.Name, Labels: n.Labels}
		at[n.Name] = i
	}
	check, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil || !b.Was(evidence.Pods) {
		return out
	}
	l := leveller{check: check, seen: map[string]bool{}}
	for i := range out {
		out[i].Fits = string(podsecurity.LevelRestricted)
	}
	for _, p := range b.Pods {
		if i, ok := at[p.Namespace]; ok && !p.Done() {
			out[i].Pods++
			l.pod(&out[i], p)
		}
	}
	return out
}

// leveller lowers the level of namespaces to what pods keep.
type leveller struct {
	check policy.Evaluator
	seen  map[string]bool // pods of one owner are alike
}

func (l leveller) pod(n *admission.Namespace, p evidence.Pod) {
	for _, o := range p.Owners {
		if o.Controller && o.Kind != "Node" {
			key := p.Namespace + "/" + o.Kind + "/" + o.Name
			if l.seen[key] {
				return
			}
			l.seen[key] = true
		}
	}
	pod, err := typed(p)
	if err != nil {
		n.Fits, n.Because = "", nil
		return
	}
	for n.Fits != "" && n.Fits != string(podsecurity.LevelPrivileged) {
		at := podsecurity.LevelVersion{Level: podsecurity.Level(n.Fits), Version: podsecurity.LatestVersion()}
		got := policy.AggregateCheckResults(l.check.EvaluatePod(at, &pod.ObjectMeta, &pod.Spec))
		if got.Allowed {
			return
		}
		looser := podsecurity.LevelPrivileged
		if at.Level == podsecurity.LevelRestricted {
			looser = podsecurity.LevelBaseline
		}
		n.Fits = string(looser)
		n.Because = []string{fmt.Sprintf("pod %s: %s", p.Name, got.ForbiddenReason())}
	}
}

// typed is a pod as the library takes it. Fields it does not look at are left
// out, so that nothing in them can be in the way.
func typed(p evidence.Pod) (corev1.Pod, error) {
	p.Spec.Tolerations, p.Spec.NodeSelector, p.Spec.GracePeriod, p.Status = nil, nil, nil, evidence.PodStatus{}
	p.Created, p.Deleted, p.Writers, p.Owners = "", "", nil, nil
	for _, list := range []*[]evidence.Container{&p.Spec.InitContainers, &p.Spec.Containers, &p.Spec.EphemeralContainers} {
		*list = slices.Clone(*list)
		for i := range *list {
			(*list)[i].Resources.Requests, (*list)[i].Resources.Limits = nil, nil
		}
	}
	var out corev1.Pod
	text, err := json.Marshal(p)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(text, &out)
}
