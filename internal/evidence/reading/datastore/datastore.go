// Package datastore reads out of evidence what core/datastore judges: the etcd
// members a cluster shows, what kubeadm's configuration says of etcd, and the
// size of the database. It decides nothing; what it cannot read it says. Start
// at [Of].
package datastore

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what b says of the cluster's etcd. Provider is "kubeadm" where kubeadm's
// own configuration is there, else ""; who knows better sets it afterwards.
func Of(b *evidence.Bundle) *datastore.Cluster {
	c := &datastore.Cluster{}
	c.Config = config(b)
	if _, ok := b.ConfigMap(kubeadmConfig); ok {
		c.Provider = "kubeadm"
	}
	c.Members = members(b)
	if !b.Was(evidence.Pods) {
		c.Unread = "pods were not read: " + b.Access[evidence.Pods].Reason
	}
	if len(c.Members) == 0 {
		if len(c.Config.External) == 0 {
			c.Config.External = servers(b)
		}
		for _, endpoint := range c.Config.External {
			c.Members = append(c.Members, datastore.Member{Name: endpoint, QuotaUnread: "it runs outside the cluster",
				Unread: "etcd runs outside the cluster, and its version is not in the API"})
		}
	} else if c.Unread == "" {
		c.Missing = missing(b, c.Members)
	}
	c.DatabaseBytes, c.DatabaseFrom = database(b)
	return c
}

// members are the etcd pods a kubelet runs from a manifest: of the API, and of
// hosts whose pods the API did not show.
func members(b *evidence.Bundle) []datastore.Member {
	by := map[string]datastore.Member{}
	for _, p := range b.Pods {
		if c, ok := etcd(p); ok && p.Static() && !p.Done() {
			m := member(p, c)
			m.Name = cmp.Or(p.Spec.NodeName, p.Name)
			by[m.Name] = m
		}
	}
	for node, host := range b.Hosts {
		for _, p := range host.StaticPods {
			c, ok := etcd(p)
			if _, seen := by[node]; ok && !seen {
				m := member(p, c)
				m.Name = node
				by[node] = m
			}
		}
		if m, ok := by[node]; ok {
			m.DatabaseBytes = onDisk(host)
			by[node] = m
		}
	}
	var out []datastore.Member
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[name])
	}
	return out
}

// etcd is the container of p that runs this cluster's etcd.
func etcd(p evidence.Pod) (evidence.Container, bool) {
	for _, c := range p.Spec.Containers {
		if name, ok := p.Component(c); ok && name == inventory.Etcd {
			return c, true
		}
	}
	return evidence.Container{}, false
}

func member(p evidence.Pod, c evidence.Container) datastore.Member {
	m := datastore.Member{Ready: ready(p)}
	m.QuotaBytes, m.QuotaUnread = quota(c)
	asked, err := version.ParseImage(c.Image)
	if err != nil {
		m.Unread = err.Error()
		return m
	}
	m.Tag, m.Version, m.Unread = asked.Tag, asked.Version, asked.Unread
	for _, s := range p.Status.Containers { // what runs, where it says a version, and not what was asked for
		if ran, err := version.ParseImage(s.Image); err == nil && s.Name == c.Name && ran.Version.Known() {
			m.Tag, m.Version, m.Unread = ran.Tag, ran.Version, ""
		}
	}
	return m
}

func ready(p evidence.Pod) datastore.Health {
	for _, c := range p.Status.Conditions {
		switch {
		case c.Type != "Ready":
		case c.Status == "True":
			return datastore.Ready
		case c.Status == "False":
			return datastore.NotReady
		}
	}
	return datastore.Unknown
}

// quota is --quota-backend-bytes of a member.
func quota(c evidence.Container) (bytes int64, unread string) {
	words := slices.Concat(c.Command, c.Args)
	if len(words) == 0 {
		return 0, "its command line was not read"
	}
	if _, ok := setting(words, "config-file"); ok {
		return 0, "it is configured by a file, which was not read"
	}
	text, ok := setting(words, "quota-backend-bytes")
	if !ok {
		return 0, ""
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, "--quota-backend-bytes is no number"
	}
	return n, ""
}

// setting is the value of a flag, as --name=value or --name value; the last wins.
func setting(words []string, name string) (value string, ok bool) {
	for i, w := range words {
		dashed := strings.TrimLeft(w, "-")
		if dashed == w {
			continue
		}
		if v, found := strings.CutPrefix(dashed, name+"="); found {
			value, ok = v, true
		} else if dashed == name && i+1 < len(words) {
			value, ok = words[i+1], true
		}
	}
	return value, ok
}

// missing are control-plane nodes on which no member was seen.
func missing(b *evidence.Bundle, seen []datastore.Member) []string {
	var out []string
	for _, n := range b.Nodes {
		_, control := n.Labels["node-role.kubernetes.io/control-plane"]
		_, master := n.Labels["node-role.kubernetes.io/master"] // before 1.24
		if (control || master) && !slices.ContainsFunc(seen, func(m datastore.Member) bool { return m.Name == n.Name }) {
			out = append(out, n.Name)
		}
	}
	slices.Sort(out)
	return out
}

// onDisk is the size of the database in bytes as its host measured it.
func onDisk(h evidence.Host) int64 {
	for _, d := range h.Disks {
		if d.For == "etcd" {
			return d.UsedKiB * 1024
		}
	}
	return 0
}

// database is the largest an API server counts.
func database(b *evidence.Bundle) (bytes int64, from string) {
	if b.Metrics != nil && b.Metrics.DatabaseBytes > 0 {
		bytes, from = b.Metrics.DatabaseBytes, "metrics of the API server"
	}
	for _, server := range slices.Sorted(maps.Keys(b.ServerMetrics)) {
		if m := b.ServerMetrics[server]; m != nil && m.DatabaseBytes > bytes {
			bytes, from = m.DatabaseBytes, "metrics of the API server "+server
		}
	}
	return bytes, from
}
