package datastore

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// members are the findings about how many there are and how they are.
func (c *Cluster) members() []finding.Found {
	var out []finding.Found
	n, ready := len(c.Members), 0
	for _, m := range c.Members {
		if m.Ready != NotReady {
			ready++
		}
	}
	for _, m := range c.Members {
		if m.Ready == NotReady {
			out = append(out, finding.New("ETCD-008", "Etcd/"+m.Name,
				fmt.Sprintf("the member on %s is not ready: %d of %d are, and %d must be", m.Name, ready, n, n/2+1)))
		}
	}
	if said := versions(c.Members); len(said) > 1 {
		out = append(out, finding.New("ETCD-010", "Etcd", fmt.Sprintf("the members run %d versions", len(said)), said...))
	}
	if len(c.Missing) > 0 && n > 0 {
		out = append(out, finding.New("ETCD-006", "Etcd", fmt.Sprintf("no etcd member was seen on %s, and %d on other control planes", names(c.Missing), n)))
	}
	if len(c.Config.External) == 0 && c.Unread == "" && len(c.Missing) == 0 {
		out = append(out, count(n)...)
	}
	return out
}

// count is the number of members that leaves nothing to spare.
func count(n int) []finding.Found {
	var message string
	switch {
	case n == 1:
		message = "there is one etcd member: while it restarts the cluster has no API, and its disk is the only copy"
	case n == 2:
		message = "there are two etcd members: while either restarts there is no quorum and the cluster has no API"
	case n > 2 && n%2 == 0:
		message = fmt.Sprintf("there are %d etcd members: they stand the loss of %d, as %d would, and one more is at risk", n, (n-1)/2, n-1)
	default:
		return nil
	}
	return []finding.Found{finding.New("ETCD-009", "Etcd", message)}
}

// unseen names what no evidence here can show, once.
func (c *Cluster) unseen() []finding.Found {
	if managed(c.Provider) || len(c.Members) == 0 {
		return nil
	}
	f := finding.New("ETCD-013", "Etcd", "unknown: alarms, learners and the health of members are only visible from etcd itself")
	if !c.sized() {
		f.Message += ", and the size of the database was read neither from a host nor from an API server"
	}
	return []finding.Found{f}
}

// sized reports whether anything says how large the database is.
func (c *Cluster) sized() bool {
	return c.DatabaseBytes > 0 || slices.ContainsFunc(c.Members, func(m Member) bool { return m.DatabaseBytes > 0 })
}
