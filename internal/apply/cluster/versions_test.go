package cluster

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func static(asks, runs string, is v1.ContainerState) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: meta.ObjectMeta{Name: "etcd-cp1", Labels: map[string]string{"component": "etcd", "tier": "control-plane"}},
		Spec:       v1.PodSpec{NodeName: "cp1", Containers: []v1.Container{{Name: "etcd", Image: asks}}},
		Status: v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "etcd", Image: runs, State: is}},
			Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: v1.ConditionTrue}}},
	}
}

func TestRunningReadsWhatRunsAndNotWhatIsAskedFor(t *testing.T) {
	up, digest := v1.ContainerState{Running: &v1.ContainerStateRunning{}}, "sha256:"+strings.Repeat("a", 64)
	for _, tt := range []struct {
		name       string
		pod        *v1.Pod
		want, says string
	}{
		{"the old one still runs", static("registry.k8s.io/etcd:3.6.6-0", "registry.k8s.io/etcd:3.5.24-0", up), "3.5.24", "running container"},
		{"the runtime names a digest", static("registry.k8s.io/etcd:3.6.6-0", digest, up), "3.6.6", "digest"},
		{"it waits", static("registry.k8s.io/etcd:3.6.6-0", "registry.k8s.io/etcd:3.6.6-0", v1.ContainerState{Waiting: &v1.ContainerStateWaiting{}}), "", "does not run"},
		{"no tag anywhere", static("etcd@"+digest, digest, up), "", "names no version"},
	} {
		got := running(tt.pod, "etcd")
		if got.Version != tt.want || !strings.Contains(got.Says, tt.says) || !got.Ready {
			t.Errorf("%s: %+v, want %q, %q, ready", tt.name, got, tt.want, tt.says)
		}
	}
	empty := static("registry.k8s.io/etcd:3.6.6-0", "", up)
	empty.Status = v1.PodStatus{}
	if got := running(empty, "etcd"); got.Version != "" || got.Ready {
		t.Errorf("a pod of which nothing is known: %+v", got)
	}
}

func TestComponentOf(t *testing.T) {
	cloud := &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Name: "ccm", Image: "example.com/aws-cloud-controller-manager:v1.34.1"}}}}
	if component, container := componentOf(cloud); component != inventory.CloudControllerManager || container != "ccm" {
		t.Errorf("%q %q", component, container)
	}
	other := &v1.Pod{ObjectMeta: meta.ObjectMeta{Labels: map[string]string{"component": "speaker"}}, Spec: v1.PodSpec{Containers: []v1.Container{{Image: "a:1.2.3"}}}}
	if component, _ := componentOf(other); component != "" {
		t.Errorf("%q", component)
	}
}

func TestExpectedFollowsTheMoves(t *testing.T) {
	at := func(component, node, v string) inventory.Instance {
		return inventory.Instance{Component: component, Node: node, Version: version.MustParse(v)}
	}
	p := &plan.Plan{Start: inventory.Cluster{Instances: []inventory.Instance{at("kube-proxy", "a", "1.34.2"), at("kube-proxy", "b", "1.35.0"), at("kubelet", "a", "1.34.2"), at("coredns", "a", "1.12.0")}},
		Steps: []plan.Step{
			{ID: "1", Kind: plan.Addon, Components: []string{"kube-proxy"}, To: "1.34.4", Also: []plan.Move{{Component: "coredns", To: "1.12.1"}}},
			{ID: "2", Kind: plan.KubeletPackage, Node: "a", Components: []string{"kubelet"}, To: "1.34.4"},
			{ID: "3", Kind: plan.Uncordon, Node: "a"},
		}}
	e := expectedOf(p)
	if got := e.at("1"); got["kube-proxy"]["a"] != "1.34.4" || got["kube-proxy"]["b"] != "1.35.0" || got["kubelet"]["a"] != "1.34.2" || got["coredns"]["a"] != "1.12.1" {
		t.Errorf("after step 1: %v", got)
	}
	if got := e.at("3")["kubelet"]["a"]; got != "1.34.4" {
		t.Errorf("kubelet after step 3: %s", got)
	}
	if e.kubelet(&p.Steps[0]) != "" || e.kubelet(&plan.Step{ID: "3", Node: "a"}) != "1.34.4" {
		t.Error("the latest kubelet step of a node is not found")
	}
	if !e.known["1.34.2"] || !e.known["1.34.4"] || len(e.known) != 2 {
		t.Errorf("known versions: %v", e.known)
	}
}

func TestAddonSaysWhatIsMissing(t *testing.T) {
	v := &view{}
	if wrong, says, _ := v.addon(inventory.CoreDNS, "1.12.1", false); len(wrong) > 0 || !strings.Contains(says, "as at the start") {
		t.Errorf("a cluster that never had it: %v, %q", wrong, says)
	}
	if wrong, _, _ := v.addon(inventory.CoreDNS, "1.12.1", true); len(wrong) != 1 {
		t.Errorf("a cluster that had it: %v", wrong)
	}
}

func TestCommandsOfAddons(t *testing.T) {
	commands := []string{"kubectl -n kube-system set image daemonset/kube-proxy kube-proxy=r.example/kube-proxy:v1.34.4", "kubectl rollout status x --timeout=30m"}
	if got := imageOf(commands); got != "r.example/kube-proxy:v1.34.4" {
		t.Errorf("image %q", got)
	}
	if got := timeoutOf(commands, 1); got.Minutes() != 30 {
		t.Errorf("timeout %v", got)
	}
	if imageOf(nil) != "" || timeoutOf(nil, 1) != 1 {
		t.Error("commands that name nothing")
	}
}
