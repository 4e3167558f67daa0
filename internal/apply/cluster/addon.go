package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	apiapps "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// addon are the hands of add-ons: kube-proxy, CoreDNS, and the
// cloud-controller-manager, which a person changes.
type addon struct{ c *Cluster }

// rolled is how far an add-on of a step has come.
type rolled struct {
	asked bool // the object asks for the version
	there bool // and every pod runs it, Ready
	says  string
}

// Look implements [apply.Hands].
func (a addon) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	if slices.Contains(s.Components, inventory.CloudControllerManager) {
		return a.cloud(ctx, s)
	}
	all, err := a.rollouts(ctx, s)
	if err != nil {
		return progress.Look{}, err
	}
	there, asked, says := 0, 0, []string{}
	for _, r := range all {
		says = append(says, r.says)
		if r.there {
			there++
		}
		if r.asked {
			asked++
		}
	}
	look := progress.Look{State: progress.Before, Says: strings.Join(says, "; ")}
	switch {
	case there == len(all):
		look.State = progress.There
	case asked > 0:
		look.State = progress.Partly
	}
	return look, nil
}

// Do sets the image where the step's commands do, and waits for the rollouts as
// long as they say. What kubeadm should have changed and has not is not waited for.
func (a addon) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	if slices.Contains(s.Components, inventory.CloudControllerManager) {
		log.Note("the cloud-controller-manager is changed by a person; nothing was done here")
		return nil
	}
	if image := imageOf(s.Commands); image != "" {
		if err := a.setProxy(ctx, image, log); err != nil {
			return err
		}
	}
	began, patience := a.c.o.Now(), timeoutOf(s.Commands, 30*time.Minute)
	for {
		all, err := a.rollouts(ctx, s)
		if err != nil && a.c.o.Now().Sub(began) >= patience {
			return err
		}
		waits := []string{}
		for _, r := range all {
			if !r.asked {
				return fmt.Errorf("waiting for the rollout: %s; kubeadm changes it with the last control plane: see what its log says of the addon phase, set the image by hand, then run this again", r.says)
			}
			if !r.there {
				waits = append(waits, r.says)
			}
		}
		switch {
		case err == nil && len(waits) == 0:
			return nil
		case a.c.o.Now().Sub(began) >= patience:
			return fmt.Errorf("waiting %s for the rollout: %s", patience, some(waits))
		}
		if err := a.c.wait(ctx, log, a.c.o.Poll); err != nil {
			return err
		}
	}
}

// rollouts are those of what a step moves.
func (a addon) rollouts(ctx context.Context, s *plan.Step) ([]rolled, error) {
	v, err := a.c.see(ctx)
	if err != nil {
		return nil, err
	}
	out := []rolled{}
	for _, m := range s.Moves() {
		var r rolled
		switch m.Component {
		case inventory.KubeProxy:
			r, err = a.proxy(ctx, v, m.To)
		case inventory.CoreDNS:
			r, err = a.dns(ctx, v, m.To)
		default:
			err = fmt.Errorf("a step of kind %s does not move %s", s.Kind, m.Component)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (a addon) proxy(ctx context.Context, v *view, to string) (rolled, error) {
	list, err := a.c.api.Apps.DaemonSets(namespace).List(ctx, meta.ListOptions{LabelSelector: "k8s-app=kube-proxy"})
	if err != nil {
		return rolled{}, fmt.Errorf("listing the DaemonSet of kube-proxy: %w", err)
	}
	if len(list.Items) == 0 {
		return a.missing(inventory.KubeProxy), nil
	}
	d := &list.Items[0]
	r, ok := asks("DaemonSet kube-proxy", d.Spec.Template.Spec.Containers, "kube-proxy", to)
	if !ok {
		return r, nil
	}
	st := d.Status
	if st.ObservedGeneration < d.Generation || st.UpdatedNumberScheduled < st.DesiredNumberScheduled {
		r.says = fmt.Sprintf("DaemonSet kube-proxy: %d of %d pods are at %s", st.UpdatedNumberScheduled, st.DesiredNumberScheduled, to)
		return r, nil
	}
	return r.pods(v, inventory.KubeProxy, to, int(st.DesiredNumberScheduled)), nil
}

func (a addon) dns(ctx context.Context, v *view, to string) (rolled, error) {
	list, err := a.c.api.Apps.Deployments(namespace).List(ctx, meta.ListOptions{LabelSelector: "k8s-app=kube-dns"})
	if err != nil {
		return rolled{}, fmt.Errorf("listing the Deployment of CoreDNS: %w", err)
	}
	if len(list.Items) == 0 {
		return a.missing(inventory.CoreDNS), nil
	}
	d := &list.Items[0]
	r, ok := asks("Deployment coredns", d.Spec.Template.Spec.Containers, "coredns", to)
	if !ok {
		return r, nil
	}
	if st := d.Status; st.ObservedGeneration < d.Generation || st.UpdatedReplicas < replicas(d) || st.AvailableReplicas < replicas(d) {
		r.says = fmt.Sprintf("Deployment coredns: %d of %d pods are at %s, %d available", st.UpdatedReplicas, replicas(d), to, st.AvailableReplicas)
		return r, nil
	}
	return r.pods(v, inventory.CoreDNS, to, int(replicas(d))), nil
}

func replicas(d *apiapps.Deployment) int32 {
	if d.Spec.Replicas == nil {
		return 1
	}
	return *d.Spec.Replicas
}

// missing: an add-on that the start had none of is there as much as it was.
func (a addon) missing(component string) rolled {
	if a.c.book.has[component] {
		return rolled{says: component + " is not there any more"}
	}
	return rolled{true, true, "there is no " + component + ", as at the start of the plan"}
}

// asks compares what an object asks for; not ok where it is another version.
func asks(object string, containers []v1.Container, name, to string) (rolled, bool) {
	for _, c := range containers {
		if c.Name != name {
			continue
		}
		switch is := tagOf(c.Image); {
		case is == "":
			return rolled{says: fmt.Sprintf("%s asks for image %s, whose version cannot be read", object, c.Image)}, false
		case !same(is, to):
			return rolled{says: fmt.Sprintf("%s asks for %s, not %s", object, is, to)}, false
		}
		return rolled{asked: true}, true
	}
	return rolled{says: object + " has no container " + name}, false
}

// pods: the object counts one as soon as it is made, which runs only when a node
// has it.
func (r rolled) pods(v *view, component, to string, wanted int) rolled {
	wrong, says, n := v.addon(component, to, wanted > 0)
	if n < wanted {
		wrong = append(wrong, fmt.Sprintf("%d of %d pods of %s stand on a node", n, wanted, component))
	}
	if len(wrong) > 0 {
		r.says = some(wrong)
		return r
	}
	r.there, r.says = true, says
	return r
}

// setProxy sets the image of kube-proxy alone.
func (a addon) setProxy(ctx context.Context, image string, log *apply.Log) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{
		"containers": []any{map[string]any{"name": "kube-proxy", "image": image}}}}}})
	if err != nil {
		return doing("setting the image of kube-proxy", err)
	}
	began := a.c.o.Now()
	_, err = a.c.api.Apps.DaemonSets(namespace).Patch(ctx, "kube-proxy", types.StrategicMergePatchType, patch, meta.PatchOptions{FieldManager: "fixline"})
	a.c.ran(log, "set image daemonset/kube-proxy kube-proxy="+image, began, err)
	if err != nil {
		return doing("setting the image of kube-proxy", err)
	}
	return nil
}

// imageOf is the image that a step's commands set, "" where none does.
func imageOf(commands []string) string {
	for _, c := range commands {
		if _, image, ok := strings.Cut(c, "set image daemonset/kube-proxy kube-proxy="); ok {
			image, _, _ = strings.Cut(image, " ")
			return image
		}
	}
	return ""
}

// timeoutOf is the longest --timeout= of a step's commands.
func timeoutOf(commands []string, otherwise time.Duration) time.Duration {
	longest := time.Duration(0)
	for _, c := range commands {
		for word := range strings.FieldsSeq(c) {
			if text, ok := strings.CutPrefix(word, "--timeout="); ok {
				if d, err := time.ParseDuration(text); err == nil {
					longest = max(longest, d)
				}
			}
		}
	}
	if longest <= 0 {
		return otherwise
	}
	return longest
}

// cloud looks whether a person has changed it: its releases follow the minors.
func (a addon) cloud(ctx context.Context, s *plan.Step) (progress.Look, error) {
	v, err := a.c.see(ctx)
	if err != nil {
		return progress.Look{}, err
	}
	seen, behind := 0, []string{}
	for _, x := range v.sightings() {
		if x.component != inventory.CloudControllerManager || s.Node != "" && x.node != s.Node {
			continue
		}
		seen++
		if x.Version == "" {
			behind = append(behind, x.node+": "+x.Says)
		} else if less(x.Version, s.To) {
			behind = append(behind, fmt.Sprintf("%s runs %s", x.node, x.Version))
		}
	}
	switch {
	case seen == 0:
		return progress.Look{State: progress.Unclear, Says: "no cloud-controller-manager is seen in " + namespace + "; a person says whether it is at " + s.To}, nil
	case len(behind) > 0:
		return progress.Look{State: progress.Unclear, Says: "a person takes the cloud-controller-manager to your provider's release for " + s.To + ": " + some(behind)}, nil
	}
	return progress.Look{State: progress.There, Says: fmt.Sprintf("%d of cloud-controller-manager run a release for %s or later", seen, s.To)}, nil
}
