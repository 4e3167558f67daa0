package record

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
)

// api is what is asked of the API server: its own pages and lists, as text.
type api struct {
	config    *rest.Config
	discovery *discovery.DiscoveryClient
}

func newAPI(config *rest.Config) (*api, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "fixline-lab"
	config.QPS, config.Burst = 50, 100
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &api{config, d}, nil
}

// get is `kubectl get --raw`.
func (a *api) get(ctx context.Context, path string, parameters ...string) ([]byte, error) {
	request := a.discovery.RESTClient().Get().AbsPath(path)
	for i := 0; i+1 < len(parameters); i += 2 {
		request = request.Param(parameters[i], parameters[i+1])
	}
	return request.Do(ctx).Raw()
}

// server records what the server says of itself.
func (r *recorder) server(ctx context.Context) error {
	version, err := r.api.get(ctx, "/version")
	if err != nil {
		return fmt.Errorf("asking for the version: %w", err)
	}
	var info struct{ GitVersion string }
	if err := json.Unmarshal(version, &info); err != nil {
		return fmt.Errorf("reading /version: %w", err)
	}
	r.version = strings.TrimPrefix(info.GitVersion, "v")
	if err := r.put("version.json", version); err != nil {
		return err
	}
	readyz, err := r.api.get(ctx, "/readyz", "verbose", "")
	if err != nil && len(readyz) == 0 {
		r.miss("readyz.txt: %s", short(err)) // a server that is not ready answers with an error and the list
	} else if err := r.put("readyz.txt", readyz); err != nil {
		return err
	}
	resources, err := r.api.resources()
	if err != nil {
		return fmt.Errorf("asking for the kinds that are served: %w", err)
	}
	if err := r.put("api-resources.txt", resources); err != nil {
		return err
	}
	return r.metrics(ctx)
}

// families are the metrics that are kept: the rest is three megabytes of histograms.
func families() []string {
	return []string{
		"apiserver_requested_deprecated_apis",
		"apiserver_storage_objects", // what older servers call the next
		"apiserver_resource_objects",
		"apiserver_storage_size_bytes",
		"kubernetes_feature_enabled",
	}
}

// metrics records some families of every API server that answers: each counts only its own requests.
func (r *recorder) metrics(ctx context.Context) error {
	text, err := r.api.get(ctx, "/metrics")
	if err != nil {
		r.miss("metrics.txt: %s", short(err))
		return nil
	}
	lines := keep(text)
	for _, address := range r.api.servers(ctx) {
		config := rest.CopyConfig(r.api.config)
		config.Host = "https://" + address
		config.TLSClientConfig.ServerName = "kubernetes" // in every API server's certificate; an address may not be
		one, err := newAPI(config)
		if err != nil {
			return err
		}
		text, err := one.get(ctx, "/metrics")
		if err != nil {
			r.miss("metrics of the API server at %s: %s", address, short(err))
			continue
		}
		lines = append(lines, keep(text)...)
	}
	return r.put("metrics.txt", merged(lines))
}

// servers are the addresses of the API servers, from their own endpoints; one alone needs no second look.
func (a *api) servers(ctx context.Context) []string {
	data, err := a.get(ctx, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", "labelSelector", "kubernetes.io/service-name=kubernetes")
	if err != nil {
		return nil
	}
	var list struct {
		Items []struct {
			Endpoints []struct{ Addresses []string }
			Ports     []struct{ Port int }
		}
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil
	}
	var all []string
	for _, slice := range list.Items {
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				for _, port := range slice.Ports {
					if strings.Contains(address, ":") {
						address = "[" + address + "]"
					}
					all = append(all, fmt.Sprintf("%s:%d", address, port.Port))
				}
			}
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// keep are the lines of the families that are kept, with what explains them.
func keep(text []byte) []string {
	var kept []string
	for line := range strings.Lines(string(text)) {
		name := strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE ")
		name = name[:strings.IndexAny(name+" ", "{ ")]
		if slices.Contains(families(), name) {
			kept = append(kept, strings.TrimRight(line, "\n"))
		}
	}
	return kept
}

// merged is several servers' lines in one text: of one series the larger value, and a family's lines together.
func merged(lines []string) []byte {
	type series struct{ key, value string }
	var order []string
	byFamily := map[string][]series{}
	for _, line := range lines {
		comment := strings.HasPrefix(line, "# ")
		at := strings.LastIndexByte(line, ' ')
		s := series{line[:at], line[at+1:]}
		name := s.key[:strings.IndexAny(s.key+" ", "{ ")]
		if comment {
			name, s = strings.Fields(line)[2], series{line, ""}
		}
		all, known := byFamily[name]
		if !known {
			order = append(order, name)
		}
		same := slices.IndexFunc(all, func(other series) bool { return other.key == s.key })
		switch {
		case same < 0:
			all = append(all, s)
		case number(s.value) > number(all[same].value):
			all[same] = s
		}
		byFamily[name] = all
	}
	var out bytes.Buffer
	for _, name := range order {
		for _, s := range byFamily[name] {
			out.WriteString(strings.TrimRight(s.key+" "+s.value, " ") + "\n")
		}
	}
	return out.Bytes()
}

func number(text string) float64 {
	var n float64
	if _, err := fmt.Sscanf(text, "%g", &n); err != nil {
		return 0 // a comment, or no number: what came first stays
	}
	return n
}

// resources is `kubectl api-resources`.
func (a *api) resources() ([]byte, error) {
	lists, err := a.discovery.ServerPreferredResources()
	if err != nil && len(lists) == 0 {
		return nil, err // some groups may fail: an aggregated API that is away
	}
	type row struct {
		gv       schema.GroupVersion
		resource metav1.APIResource
	}
	var rows []row
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, resource := range list.APIResources {
			if len(resource.Verbs) > 0 {
				rows = append(rows, row{gv, resource})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.gv.Group, b.gv.Group), strings.Compare(a.resource.Name, b.resource.Name))
	})
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 6, 4, 3, ' ', 0)
	fmt.Fprintln(w, "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND")
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%v\t%s\n", row.resource.Name, strings.Join(row.resource.ShortNames, ","), row.gv, row.resource.Namespaced, row.resource.Kind)
	}
	err = w.Flush()
	return out.Bytes(), err
}

// configz is a kubelet's configuration as it serves it, through the API server.
func (a *api) configz(ctx context.Context, node string) ([]byte, error) {
	data, err := a.get(ctx, "/api/v1/nodes/"+url.PathEscape(node)+"/proxy/configz")
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("node %s: %w", node, err)
	}
	return data, err
}
