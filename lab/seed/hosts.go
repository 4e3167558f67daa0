package seed

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// script is a file of scripts/, empty where there is none of this name.
func script(name string) string {
	data, err := files.ReadFile("scripts/" + name + ".sh")
	if err != nil {
		return ""
	}
	return string(data)
}

// exec runs a script on hosts, one after the other: what a person does who does not want to lose the cluster.
func (r run) exec(ctx context.Context, on, script string) error {
	hosts := choose(r.lab.Hosts, on)
	if len(hosts) == 0 {
		return fmt.Errorf("this lab has no host for %q", on)
	}
	for _, host := range hosts {
		if _, err := r.lab.Runner.Run(ctx, host.Name, script); err != nil {
			return err
		}
	}
	return nil
}

func choose(hosts []Host, on string) []Host {
	var controlPlanes, workers []Host
	for _, h := range hosts {
		if h.ControlPlane {
			controlPlanes = append(controlPlanes, h)
		} else {
			workers = append(workers, h)
		}
	}
	switch on {
	case "control-planes":
		return controlPlanes
	case "first-control-plane":
		return controlPlanes[:min(1, len(controlPlanes))]
	case "workers":
		return workers
	case "first-worker":
		return workers[:min(1, len(workers))]
	case "last-worker":
		return workers[max(0, len(workers)-1):]
	}
	return hosts
}

// paperHosts are the nodes that paper-cluster makes.
func paperHosts() []Host {
	return []Host{{Name: "cp1", ControlPlane: true}, {Name: "w1"}, {Name: "w2"}}
}

// kubelet brings kubelets to a version, as [Kubelet] says.
func (r run) kubelet(ctx context.Context, k Kubelet, version string) error {
	if r.nodes {
		if err := r.exec(ctx, k.At, "VERSION="+version+"\n"+script("kubelet")); err != nil {
			return err
		}
		return r.reported(ctx, choose(r.lab.Hosts, k.At), version)
	}
	for _, host := range choose(paperHosts(), k.At) {
		node := Object{
			"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": host.Name},
			"status": paperStatus(host.Name, version),
		}
		u := &unstructured.Unstructured{Object: node}
		resource, err := r.api.resource(u)
		if err != nil {
			return err
		}
		if _, err := resource.Get(ctx, host.Name, metav1.GetOptions{}); err != nil {
			if r.undoing && ignoreGone(err) == nil {
				continue
			}
			return err
		}
		if err := r.api.apply(ctx, node, "", "status"); err != nil {
			return err
		}
	}
	return nil
}

// settling is how long a control plane's API server must answer after its kubelet was changed: one of another minor starts
// static pods again, a moment after it has reported itself.
const settling = 15 * time.Second

// reported waits until the nodes say that their kubelets are of this version. The API may be away meanwhile.
func (r run) reported(ctx context.Context, hosts []Host, version string) error {
	for _, host := range hosts {
		var last error
		var since time.Time
		err := r.api.wait(ctx, 3*time.Minute, func(ctx context.Context) (bool, error) {
			if last = r.reports(ctx, host.Name, version); last != nil {
				since = time.Time{}
				return false, nil //nolint:nilerr // it is asked again, and told at the end
			}
			if since.IsZero() {
				since = time.Now()
			}
			return !host.ControlPlane || time.Since(since) > settling, nil
		})
		if err != nil {
			return fmt.Errorf("waiting for node %s to report %s: %w", host.Name, version, errors.Join(err, last))
		}
	}
	return nil
}

// reports is nil where the node says that its kubelet is of this version.
func (r run) reports(ctx context.Context, node, version string) error {
	u, err := r.api.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}).Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	got, _, err := unstructured.NestedString(u.Object, "status", "nodeInfo", "kubeletVersion")
	if err == nil && got != "v"+version {
		err = fmt.Errorf("it reports %s", got)
	}
	return err
}

// paperStatus is what a kubelet of this version would report, as far as versions go.
func paperStatus(node, version string) Object {
	return Object{
		"addresses":   []any{map[string]any{"type": "Hostname", "address": node}},
		"capacity":    map[string]any{"cpu": "2", "memory": "4Gi", "pods": "110"},
		"allocatable": map[string]any{"cpu": "2", "memory": "4Gi", "pods": "110"},
		"conditions":  []any{map[string]any{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "a node of paper"}},
		"nodeInfo": map[string]any{
			"kubeletVersion": "v" + version, "containerRuntimeVersion": "containerd://2.2.1", "kernelVersion": "6.1.0-40-amd64",
			"osImage": "Debian GNU/Linux 12 (bookworm)", "operatingSystem": "linux", "architecture": "amd64",
			"machineID": "paper-" + node, "systemUUID": "paper-" + node, "bootID": "paper-" + node, "kubeProxyVersion": "",
		},
	}
}
