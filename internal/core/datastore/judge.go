package datastore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Judge says what stands between a cluster's etcd and the hops, and how etcd is
// now. nil is a cluster of which nothing was read. What a need that is planned
// meets (Question.Planned) is no finding. Findings come in the order of the
// hops, then of the members.
func Judge(c *Cluster, q Question) []finding.Found {
	if c == nil {
		return []finding.Found{finding.New("ETCD-006", "Etcd", "nothing was read of the cluster's etcd")}
	}
	var out []finding.Found
	if len(q.Hops) > 0 {
		out = slices.Concat(c.versionsUnread(q), c.hops(q))
	}
	return slices.Concat(out, c.members(), c.database(), c.unseen())
}

// Needs is what each hop needs beforehand, one entry per hop in their order,
// and where it takes etcd. It is empty for an etcd no kubeadm moves. What
// Question.Planned does already is not needed again.
func Needs(c *Cluster, q Question) []Need {
	if c == nil || !c.stacked() {
		return []Need{}
	}
	return walk(c, q).needs
}

// stacked reports whether `kubeadm upgrade` moves the etcd of c.
func (c *Cluster) stacked() bool {
	return c.Provider == providerKubeadm && len(c.Config.External) == 0
}

// hops are the findings of the way.
func (c *Cluster) hops(q Question) []finding.Found {
	switch {
	case c.Provider != providerKubeadm:
		f := finding.New("ETCD-007", "Etcd", fmt.Sprintf("the control plane is %s's: which etcd a hop brings is for its own release notes", orUnknown(c.Provider)))
		f.Severity = finding.Info
		return []finding.Found{f}
	case len(c.Config.External) > 0:
		return c.externalHops(q)
	}
	out := walk(c, q).found
	if c.Config.Unread != "" {
		out = append(out, finding.New("ETCD-007", configMap, "whether the image tag of etcd is pinned is not known: "+c.Config.Unread))
	}
	return append(out, c.repository(q)...)
}

// repository names the image each hop wants of a repository that is not
// kubeadm's own.
func (c *Cluster) repository(q Question) []finding.Found {
	if c.Config.ImageRepository == "" {
		return nil
	}
	var images []string
	for _, hop := range q.Hops {
		if b, ok := q.Brings.At(hop); ok && b.Sure(kubeadm.Etcd) {
			images = append(images, c.Config.ImageRepository+"/etcd:"+b.EtcdTag)
		}
	}
	return []finding.Found{finding.New("ETCD-014", configMap, "etcd is taken from "+c.Config.ImageRepository, slices.Compact(images)...)}
}

// externalHops holds an etcd that kubeadm does not run to what each release
// accepts at least. The first hop that asks too much is said.
func (c *Cluster) externalHops(q Question) []finding.Found {
	oldest, _ := span(c.Members)
	var out []finding.Found
	for _, hop := range q.Hops {
		b, ok := q.Brings.At(hop)
		switch {
		case !ok:
			out = append(out, finding.New("ETCD-007", "Hop/"+hop.String(), fmt.Sprintf("which external etcd kubeadm %s accepts is not known", hop)))
		case oldest.Known() && oldest.Less(b.MinExternalEtcd):
			f := finding.New("ETCD-005", external, fmt.Sprintf("etcd %s runs, and kubeadm %s accepts %s or newer", oldest, hop, b.MinExternalEtcd), b.Source)
			if oldest.Minor() == b.MinExternalEtcd.Minor() {
				f.Severity = finding.Warning
			}
			return append(out, f)
		}
	}
	return out
}

// versionsUnread are members whose version is not known, and what the last hop
// would ask of an external etcd.
func (c *Cluster) versionsUnread(q Question) []finding.Found {
	var out []finding.Found
	for _, m := range c.Members {
		if m.Version.Known() {
			continue
		}
		f := finding.New("ETCD-006", "Etcd/"+m.Name, "the version of etcd on "+m.Name+" is not known: "+m.Unread)
		if b, ok := q.Brings.At(q.Hops[len(q.Hops)-1]); ok && len(c.Config.External) > 0 {
			f.Message += fmt.Sprintf("; kubeadm %s accepts %s or newer", b.Kubernetes, b.MinExternalEtcd)
		}
		out = append(out, f)
	}
	if len(c.Members) == 0 && !managed(c.Provider) {
		out = append(out, finding.New("ETCD-006", "Etcd", "no etcd member was seen"+because(c.Unread)))
	}
	return out
}

// managed: a provider runs the store and answers for it.
func managed(provider string) bool { return slices.Contains([]string{"eks", "gke", "aks"}, provider) }

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func orUnknown(provider string) string {
	if provider == "" || provider == "unknown" {
		return "an unknown provider"
	}
	return provider
}

// names joins up to five.
func names(all []string) string {
	if len(all) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:5], ", "), len(all)-5)
	}
	return strings.Join(all, ", ")
}

// versions says which member runs what.
func versions(members []Member) []string {
	by := map[string][]string{}
	var order []version.Version
	for _, m := range members {
		if !m.Version.Known() {
			continue
		}
		if by[m.Version.String()] == nil {
			order = append(order, m.Version)
		}
		by[m.Version.String()] = append(by[m.Version.String()], m.Name)
	}
	slices.SortFunc(order, version.Version.Compare)
	var out []string
	for _, v := range order {
		out = append(out, v.String()+" on "+names(by[v.String()]))
	}
	return out
}
