package reading

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// available is what every control-plane host's package source offers of
// kubeadm: a version one of them lacks cannot be reached by all.
func (r *reader) available() {
	hosts := r.controlPlaneHosts()
	if r.c.Provider != "kubeadm" || len(hosts) == 0 {
		return
	}
	var known, unknown []string
	offered := map[string]version.Version{}
	on := map[string][]string{} // version: hosts that offer it
	for _, host := range hosts {
		offers := r.b.Hosts[host].Offers
		if offers == nil {
			unknown = append(unknown, host)
			continue
		}
		known = append(known, host)
		for _, o := range offers {
			v, err := version.ParsePackage(o.Package, o.Version)
			if o.Package != inventory.Kubeadm || err != nil || slices.Contains(on[v.Base().String()], host) {
				continue
			}
			key := v.Base().String()
			offered[key], on[key] = v.Base(), append(on[key], host)
		}
	}
	if len(known) == 0 {
		r.gap("versions the control-plane hosts are offered", "no hosts/NODE/apt-madison-kubeadm.txt of "+strings.Join(hosts, ", "), false)
		return
	}
	if len(unknown) > 0 {
		r.gap("versions the control-plane hosts are offered", "no hosts/NODE/apt-madison-kubeadm.txt of "+strings.Join(unknown, ", ")+"; taken as what the others are offered", false)
	}
	r.c.Available = []version.Version{}
	for _, key := range sortedKeys(on) {
		if len(on[key]) == len(known) {
			r.c.Available = append(r.c.Available, offered[key])
			continue
		}
		r.observe(OffersDiffer, "Host/"+strings.Join(without(known, on[key]), ", Host/"),
			fmt.Sprintf("kubeadm %s is offered on %s, not on %s: it does not count as available", key, strings.Join(on[key], ", "), strings.Join(without(known, on[key]), ", ")))
	}
	slices.SortFunc(r.c.Available, version.Version.Compare)
	r.c.AvailableSource = r.b.Hosts[known[0]].OffersFrom + " kubeadm on " + strings.Join(known, ", ")
}

// controlPlaneHosts are the nodes that run an API server.
func (r *reader) controlPlaneHosts() []string {
	var out []string
	for _, i := range r.c.Instances {
		if i.Component == inventory.KubeAPIServer && i.Node != "" && !slices.Contains(out, i.Node) {
			out = append(out, i.Node)
		}
	}
	slices.Sort(out)
	return out
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}
