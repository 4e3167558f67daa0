package rehearse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	admission "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
)

// Manifested is an object that must be refused, as a file has it.
type Manifested struct {
	From   string // the file
	Object *unstructured.Unstructured
}

// tried is one request and what is known of it beforehand.
type tried struct {
	object, what string
	make         *unstructured.Unstructured
	must         bool   // it must be refused, whatever today's version says
	why          string // for must
}

// mostNamespaces is how many namespaces pods are tried in, those that enforce first.
const mostNamespaces = 60

// settle is how often a policy that should refuse is asked again: a server that
// has just become ready still compiles policies.
const settle = 6

// admission tries requests that are to be refused and none of which is carried
// out.
func (q *questioner) admission(ctx context.Context) error {
	tries, err := q.tries(ctx)
	if err != nil {
		return err
	}
	policies, err := q.denying(ctx)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		if q.seen.Refusals, err = q.tryAll(ctx, tries); err != nil {
			return err
		}
		silent := silentOf(policies, q.seen.Refusals)
		if i < settle && (len(silent) > 0 || slices.ContainsFunc(q.seen.Refusals, otherwise)) {
			if err := wait(ctx, 500*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		for _, name := range silent {
			q.seen.Refusals = append(q.seen.Refusals, rehearsal.Refusal{Object: "ValidatingAdmissionPolicy/" + name, What: "a request that it refuses",
				Error: "none of the requests tried is one; give some: --refused FILE"})
		}
		return nil
	}
}

// otherwise reports whether the answer is not the expected one.
func otherwise(r rehearsal.Refusal) bool {
	return r.Error == "" && r.Expected != nil && *r.Expected != (r.Refused != "")
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// silentOf are the policies that refused nothing.
func silentOf(policies []string, refusals []rehearsal.Refusal) []string {
	return slices.DeleteFunc(slices.Clone(policies), func(name string) bool {
		return slices.ContainsFunc(refusals, func(r rehearsal.Refusal) bool { return r.Refused == "ValidatingAdmissionPolicy "+name })
	})
}

// denying are the policies that a binding lets refuse.
func (q *questioner) denying(ctx context.Context) ([]string, error) {
	bindings, err := ask.All[admission.ValidatingAdmissionPolicyBinding](ctx, q.target, "validatingadmissionpolicybindings", admission.GroupName)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, b := range bindings {
		if slices.Contains(b.Spec.ValidationActions, admission.Deny) && !slices.Contains(out, b.Spec.PolicyName) {
			out = append(out, b.Spec.PolicyName)
		}
	}
	return out, nil
}

// enforce is the label by which a namespace says which pods it refuses.
// Source: https://kubernetes.io/docs/concepts/security/pod-security-admission/
const enforce = "pod-security.kubernetes.io/enforce"

// tries are two pods in each namespace, and what the user gave.
func (q *questioner) tries(ctx context.Context) ([]tried, error) {
	namespaces, err := ask.All[corev1.Namespace](ctx, q.target, "namespaces", "")
	if err != nil {
		return nil, err
	}
	accounts, err := ask.All[corev1.ServiceAccount](ctx, q.target, "serviceaccounts", "")
	if err != nil {
		return nil, err
	}
	account := map[string]string{} // namespace -> one of its accounts, default where it is there
	for _, a := range accounts {
		if account[a.Namespace] == "" || a.Name == "default" {
			account[a.Namespace] = a.Name
		}
	}
	slices.SortStableFunc(namespaces, func(a, b corev1.Namespace) int {
		return cmp.Compare(b2i(enforces(b)), b2i(enforces(a)))
	})
	var out []tried
	for _, n := range namespaces[:min(len(namespaces), mostNamespaces)] {
		object := "Namespace/" + n.Name
		if account[n.Name] == "" && !enforces(n) || n.Status.Phase == corev1.NamespaceTerminating {
			continue // no pod can be made there at all
		}
		why := fmt.Sprintf("its label %s is %s", enforce, n.Labels[enforce])
		for _, kind := range []string{privileged, onHost} {
			out = append(out, tried{object: object, what: kind, make: pod(n.Name, account[n.Name], kind), must: enforces(n), why: why})
		}
		out = append(out, tried{object: object, what: modest, make: pod(n.Name, account[n.Name], modest)})
	}
	for _, m := range q.spec.Refused {
		out = append(out, tried{object: m.Object.GetKind() + "/" + m.Object.GetNamespace() + "/" + m.Object.GetName(),
			what: "the object of " + m.From, make: m.Object, must: true, why: "it was given as one that is refused"})
	}
	return out, nil
}

func enforces(n corev1.Namespace) bool {
	level := n.Labels[enforce]
	return level == "baseline" || level == "restricted"
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Pods that are tried: two that the baseline level refuses, since a policy may
// refuse the first as well, and one that the restricted level admits.
const (
	privileged = "a privileged pod"
	onHost     = "a pod on the host's network"
	modest     = "a pod that the restricted level admits"
)

func pod(namespace, account, kind string) *unstructured.Unstructured {
	security := map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{"drop": []any{"ALL"}}}
	spec := map[string]any{"serviceAccountName": cmp.Or(account, "default"), "hostNetwork": kind == onHost,
		"securityContext": map[string]any{"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"}}}
	if kind == privileged {
		security = map[string]any{"privileged": true}
	}
	spec["containers"] = []any{map[string]any{"name": "rehearsal", "image": "registry.example.org/rehearsal:1", "securityContext": security}}
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "fixline-rehearsal", "namespace": namespace}, "spec": spec}}
}

func (q *questioner) tryAll(ctx context.Context, tries []tried) ([]rehearsal.Refusal, error) {
	out := []rehearsal.Refusal{}
	for _, t := range tries {
		r, err := q.try(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (q *questioner) try(ctx context.Context, t tried) (rehearsal.Refusal, error) {
	r := rehearsal.Refusal{Object: t.object, What: t.what}
	res, ok := q.target.Find(t.make.GroupVersionKind())
	if !ok {
		r.Error = t.make.GroupVersionKind().String() + " is not served"
		return r, nil
	}
	message, err := q.target.Create(ctx, res, t.make)
	if err != nil {
		return r, err
	}
	r.Refused, r.Error = refusedBy(message)
	r.Message = withoutUID(message)
	expected, from := t.must, t.why
	if q.baseline != nil {
		message, err := q.baseline.server.Create(ctx, res, t.make)
		if err != nil {
			return r, err
		}
		by, _ := refusedBy(message)
		expected, from = by != "", "answer of "+q.baseline.Version
	} else if !t.must {
		return r, nil
	}
	r.Expected, r.From = &expected, from
	return r, nil
}

// refusedBy reads in a message who refused, or why the request came to nobody who
// could.
func refusedBy(message string) (by, failed string) {
	_, rest, policy := strings.Cut(message, "ValidatingAdmissionPolicy '")
	switch {
	case message == "":
		return "", ""
	case policy:
		name, _, _ := strings.Cut(rest, "'")
		return "ValidatingAdmissionPolicy " + name, ""
	case strings.Contains(message, "violates PodSecurity"):
		return "Pod Security", ""
	case strings.Contains(message, "error looking up service account"), strings.Contains(message, "not yet ready to handle request"):
		return "", message
	}
	return "the API server", ""
}
