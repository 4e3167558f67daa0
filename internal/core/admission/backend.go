package admission

import (
	"fmt"
	"slices"
)

// health is what is known of what answers behind a webhook or aggregated API.
type health int

const (
	unclear health = iota
	dead
	alone // it answers, and one node or one pod less may end that
	alive
)

// backend is a health with its evidence.
type backend struct {
	health health
	says   string // "service kyverno/kyverno-svc has no ready endpoint (2 not ready: a, b)"
	nodes  []string
	ready  []string // pods
}

// backend decides what answers behind a service of the cluster. port 0 = 443,
// the default of a webhook; -1 = it was not read.
func (j *judge) backend(namespace, name string, port int) backend {
	key := namespace + "/" + name
	if port == 0 {
		port = 443
	}
	s, exists := j.c.Services[key]
	switch {
	case !exists && j.was(Services):
		return backend{health: dead, says: "there is no service " + key}
	case exists && s.External:
		return backend{says: "service " + key + " is an ExternalName: what answers is outside of the cluster"}
	case exists && port > 0 && len(s.Ports) > 0 && !slices.Contains(s.Ports, port):
		return backend{health: dead, says: fmt.Sprintf("service %s has no port %d", key, port)}
	case !j.was(EndpointSlices):
		return backend{says: "EndpointSlices were not read: whether service " + key + " has a living backend is not known"}
	}
	return endpoints(key, j.c.Backends[key])
}

func endpoints(key string, all []Backend) backend {
	var b backend
	var rest []string
	for _, e := range all {
		switch {
		case !e.Ready:
			rest = append(rest, e.Pod)
		case !slices.Contains(b.ready, e.Pod): // a pod with two addresses is one
			b.ready = append(b.ready, e.Pod)
			if e.Node != "" && !slices.Contains(b.nodes, e.Node) {
				b.nodes = append(b.nodes, e.Node)
			}
		}
	}
	slices.Sort(b.ready)
	slices.Sort(b.nodes)
	slices.Sort(rest)
	rest = slices.Compact(rest)
	switch {
	case len(b.ready) == 0 && len(rest) > 0:
		b.health, b.says = dead, fmt.Sprintf("service %s has no ready endpoint (not ready: %s)", key, few(rest))
	case len(b.ready) == 0:
		b.health, b.says = dead, "service "+key+" has no endpoint"
	case len(b.ready) == 1:
		b.health, b.says = alone, fmt.Sprintf("service %s has one ready endpoint: %s%s", key, b.ready[0], on(b.nodes))
	case len(b.nodes) == 1:
		b.health, b.says = alone, fmt.Sprintf("all %d ready endpoints of service %s are on node %s: %s", len(b.ready), key, b.nodes[0], few(b.ready))
	default:
		b.health, b.says = alive, fmt.Sprintf("service %s has %d ready endpoints%s", key, len(b.ready), on(b.nodes))
	}
	return b
}

func on(nodes []string) string {
	switch len(nodes) {
	case 0:
		return ""
	case 1:
		return " on node " + nodes[0]
	}
	return " on nodes " + few(nodes)
}
