package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// The address of an API server, as kubeadm writes it on its static pod
// (kubernetes/cmd/kubeadm/app/constants: KubeAPIServerAdvertiseAddressEndpointAnnotationKey),
// and where the kubelet marks a pod that it runs from a file.
const (
	addressAnnotation = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint"
	defaultPort       = 6443
)

// server is one API server and how it was asked.
type server struct {
	name    string // "cp1 (10.77.0.11:6443)"
	address string // "" = none is known
	ready   bool   // its pod, as the kubelet says
	pod     bool
}

// healthy asks every API server at its own address, and the kubeconfig's.
func (c *Cluster) healthy(ctx context.Context) (bool, string, error) {
	if err := c.api.Ready(ctx); err != nil {
		return false, fmt.Sprintf("%s: %v", c.api.Host, err), nil
	}
	servers, missing, err := c.servers(ctx)
	if err != nil {
		return false, "", err
	}
	says := make([]string, len(servers))
	bad := make([]bool, len(servers))
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() { bad[i], says[i] = c.askServer(ctx, servers[i]) })
	}
	all.Wait()
	wrong := missing
	for i := range servers {
		if bad[i] {
			wrong = append(wrong, says[i])
		}
	}
	switch {
	case len(wrong) > 0:
		return false, strings.Join(wrong, "; "), nil
	case len(servers) == 0:
		return true, c.api.Host + " answers /readyz; which API servers stand behind it is not visible", nil
	}
	return true, fmt.Sprintf("%s and %d API servers answer /readyz: %s", c.api.Host, len(servers), strings.Join(says, ", ")), nil
}

func (c *Cluster) askServer(ctx context.Context, s server) (bad bool, says string) {
	err := c.api.ReadyAt(ctx, s.address)
	var answered *client.ReadyzError
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return false, s.name
	case errors.As(err, &answered), errors.As(err, &status), ctx.Err() != nil:
		return true, fmt.Sprintf("%s: %v", s.name, err)
	case c.o.KubeletsWord && s.pod && s.ready:
		return false, s.name + " (not reached from here; its kubelet says that it is ready)"
	case s.pod && s.ready:
		return true, fmt.Sprintf("%s is not reached from here, though its kubelet says that it is ready: %v", s.name, err)
	}
	return true, fmt.Sprintf("%s: %v", s.name, err)
}

// servers are the static pods of kube-apiserver, and what the API servers
// themselves keep as the endpoints of the Service default/kubernetes. missing
// are those of the plan's start that have no pod any more.
func (c *Cluster) servers(ctx context.Context) (list []server, missing []string, err error) {
	pods, err := c.api.Core.Pods(namespace).List(ctx, meta.ListOptions{LabelSelector: "tier=control-plane,component=" + inventory.KubeAPIServer})
	if err != nil {
		return nil, nil, fmt.Errorf("listing the pods of kube-apiserver: %w", err)
	}
	byAddress, onNode := map[string]server{}, map[string]bool{}
	for i := range pods.Items {
		p := &pods.Items[i]
		if _, static := p.Annotations[v1.MirrorPodAnnotationKey]; !static {
			continue // anybody may have made it
		}
		onNode[p.Spec.NodeName] = true
		if address := addressOf(p); address != "" {
			byAddress[address] = server{p.Spec.NodeName + " (" + address + ")", address, podReady(p), true}
		} else {
			missing = append(missing, "the kube-apiserver of "+p.Spec.NodeName+" has no address yet")
		}
	}
	slice, err := c.api.Discovery.EndpointSlices("default").Get(ctx, "kubernetes", meta.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, nil, fmt.Errorf("getting the EndpointSlice default/kubernetes: %w", err)
	}
	if err == nil {
		port := 443
		for _, p := range slice.Ports {
			if p.Port != nil {
				port = int(*p.Port)
			}
		}
		for _, e := range slice.Endpoints {
			for _, a := range e.Addresses {
				address := net.JoinHostPort(a, strconv.Itoa(port))
				if _, have := byAddress[address]; !have {
					byAddress[address] = server{name: address, address: address}
				}
			}
		}
	}
	for _, address := range slices.Sorted(maps.Keys(byAddress)) {
		list = append(list, byAddress[address])
	}
	return list, append(missing, c.book.without(onNode)...), nil
}

// without are the API servers of the start of whose node there is no pod.
func (e *expected) without(onNode map[string]bool) []string {
	out := []string{}
	for _, inst := range e.p.Start.Instances {
		if inst.Component == inventory.KubeAPIServer && inst.Node != "" && !onNode[inst.Node] {
			out = append(out, "the kube-apiserver of "+inst.Node+" has no pod")
		}
	}
	return out
}

func addressOf(p *v1.Pod) string {
	if a := p.Annotations[addressAnnotation]; a != "" {
		return a
	}
	ip := p.Status.PodIP
	if ip == "" {
		ip = p.Status.HostIP
	}
	if ip == "" {
		return ""
	}
	return net.JoinHostPort(ip, strconv.Itoa(defaultPort))
}
