// Package ask puts the questions of a rehearsal to a running API server: what it
// serves, lists, takes back, allows and refuses. It writes nothing: every write
// is a dry run. What an answer means is core's. Start at [New].
package ask

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Server is a running API server that can be asked.
type Server struct {
	objects dynamic.Interface
	found   discovery.DiscoveryInterface
	// Resources it serves in their preferred versions, those that can be listed.
	Resources []Resource

	// served are the resources of each group version: "apps/v1", "deployments".
	served map[[2]string]bool
}

// Resource is one kind of object.
type Resource struct {
	schema.GroupVersionResource
	Kind       string
	Namespaced bool
	Verbs      []string
}

// Name is the resource with its group: "pods", "deployments.apps".
func (r Resource) Name() string { return r.GroupResource().String() }

// Can reports whether the resource has a verb.
func (r Resource) Can(verb string) bool { return slices.Contains(r.Verbs, verb) }

// New connects to the server at url by client, and asks what it serves.
func New(ctx context.Context, url string, client *http.Client) (*Server, error) {
	cfg := &rest.Config{Host: url, QPS: -1, UserAgent: "fixline-rehearse", WarningHandler: rest.NoWarnings{}}
	s := &Server{served: map[[2]string]bool{}}
	var err error
	if s.objects, err = dynamic.NewForConfigAndClient(cfg, client); err != nil {
		return nil, fmt.Errorf("connecting to the rehearsed server: %w", err)
	}
	found, err := discovery.NewDiscoveryClientForConfigAndClient(cfg, client)
	if err != nil {
		return nil, fmt.Errorf("connecting to the rehearsed server: %w", err)
	}
	s.found = found
	if err := s.discover(); err != nil {
		return nil, fmt.Errorf("asking the rehearsed server what it serves: %w", err)
	}
	return s, ctx.Err()
}

func (s *Server) discover() error {
	groups, all, err := s.found.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	preferred := map[string]string{}
	for _, g := range groups {
		preferred[g.Name] = g.PreferredVersion.Version
	}
	best := map[schema.GroupResource]Resource{}
	for _, list := range all {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return err
		}
		s.served[[2]string{list.GroupVersion, ""}] = true
		for _, r := range list.APIResources {
			s.served[[2]string{list.GroupVersion, r.Name}] = true
			if strings.Contains(r.Name, "/") || !slices.Contains(r.Verbs, "list") {
				continue
			}
			found := Resource{gv.WithResource(r.Name), r.Kind, r.Namespaced, r.Verbs}
			// The first that is named, or the preferred one of its group.
			if _, ok := best[found.GroupResource()]; !ok || preferred[gv.Group] == gv.Version {
				best[found.GroupResource()] = found
			}
		}
	}
	for _, r := range best {
		s.Resources = append(s.Resources, r)
	}
	slices.SortFunc(s.Resources, func(a, b Resource) int { return cmp.Compare(a.Name(), b.Name()) })
	return nil
}

// ServesVersion reports whether it serves anything in a group version.
func (s *Server) ServesVersion(apiVersion string) bool { return s.served[[2]string{apiVersion, ""}] }

// Find is the resource of a kind, as an object names it.
func (s *Server) Find(gvk schema.GroupVersionKind) (Resource, bool) {
	for _, r := range s.Resources {
		if r.Group == gvk.Group && r.Kind == gvk.Kind {
			r.Version = gvk.Version
			return r, true
		}
	}
	return Resource{}, false
}

// Serves reports whether it serves a resource in exactly this version, such as
// "deployments" in "apps/v1".
func (s *Server) Serves(apiVersion, resource string) bool {
	return s.served[[2]string{apiVersion, resource}]
}

func (s *Server) in(r Resource, namespace string) dynamic.ResourceInterface {
	if r.Namespaced && namespace != "" {
		return s.objects.Resource(r.GroupVersionResource).Namespace(namespace)
	}
	return s.objects.Resource(r.GroupVersionResource)
}

// plain is an error in one line.
func plain(err error) string {
	var u interface{ Unwrap() error }
	for errors.As(err, &u) && u.Unwrap() != nil && strings.Contains(err.Error(), "\n") {
		err = u.Unwrap()
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
