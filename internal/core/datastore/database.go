package datastore

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// At which part of the quota the database is a warning, and a blocker.
const (
	nearPercent = 80
	fullPercent = 95
)

// database holds the size of each member's database to its quota. Where no
// host said it, the largest an API server sees is held to the smallest quota.
func (c *Cluster) database() []finding.Found {
	var out []finding.Found
	measured := 0
	for _, m := range c.Members {
		if m.DatabaseBytes > 0 {
			measured++
			out = append(out, size("Etcd/"+m.Name, m.DatabaseBytes, m, "measured on the host")...)
		}
	}
	if measured == len(c.Members) && measured > 0 || c.DatabaseBytes == 0 {
		return out
	}
	smallest := Member{QuotaUnread: "no member was seen"}
	for i, m := range c.Members {
		if i == 0 || quota(m) < quota(smallest) {
			smallest = m
		}
	}
	return append(out, size("Etcd", c.DatabaseBytes, smallest, c.DatabaseFrom)...)
}

// quota in bytes; etcd's default where none was given or none is known.
func quota(m Member) int64 {
	switch {
	case m.QuotaUnread != "" || m.QuotaBytes == 0:
		return DefaultQuotaBytes
	case m.QuotaBytes < 0:
		return 1<<63 - 1 // switched off
	}
	return m.QuotaBytes
}

func size(object string, bytes int64, m Member, from string) []finding.Found {
	q := quota(m)
	var code string
	switch percent := float64(bytes) / float64(q) * 100; {
	case percent >= fullPercent:
		code = "ETCD-011"
	case percent >= nearPercent:
		code = "ETCD-012"
	default:
		return nil
	}
	said := fmt.Sprintf("the database has %s of %s (%d %%)", mebibytes(bytes), mebibytes(q), bytes*100/q)
	f := finding.New(code, object, said, from)
	if m.QuotaUnread != "" {
		f.Message += ", if the quota is etcd's default: " + m.QuotaUnread
		if code == "ETCD-011" { // a guess blocks nothing
			f.Severity = finding.Warning
		}
	}
	return []finding.Found{f}
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
