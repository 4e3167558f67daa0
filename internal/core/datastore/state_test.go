package datastore

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/version"
)

func TestMembers(t *testing.T) {
	sick := stacked("3.6.5-0")
	sick.Members[1].Ready = NotReady
	lone := stacked("3.6.5-0")
	lone.Members, lone.Missing = lone.Members[:1], []string{"cp2"}
	partial := stacked("3.6.5-0", "3.6.5-0")
	partial.Unread = "pods were read in part"
	alone := stacked("3.6.5-0")
	alone.Members = alone.Members[:1]
	for name, c := range map[string]struct {
		cluster *Cluster
		want    []string
	}{
		"three are well":                        {stacked("3.6.5-0"), nil},
		"one":                                   {alone, []string{"ETCD-009 warning there is one etcd member"}},
		"two":                                   {stacked("3.6.5-0", "3.6.5-0"), []string{"ETCD-009 warning there are two"}},
		"four":                                  {stacked("3.6.5-0", "3.6.5-0", "3.6.5-0", "3.6.5-0"), []string{"ETCD-009 warning there are 4 etcd members: they stand the loss of 1, as 3 would"}},
		"five":                                  {stacked("3.6.5-0", "3.6.5-0", "3.6.5-0", "3.6.5-0", "3.6.5-0"), nil},
		"one is not ready":                      {sick, []string{"ETCD-008 blocker the member on cp2 is not ready: 2 of 3 are, and 2 must be"}},
		"one is not seen":                       {lone, []string{"ETCD-006 warning no etcd member was seen on cp2, and 1 on"}},
		"not all were seen":                     {partial, nil},
		"versions differ":                       {stacked("3.6.5-0", "3.6.5-0", "3.5.26-0"), []string{"ETCD-010 warning the members run 2 versions"}},
		"an external etcd is counted elsewhere": {outside("3.6.5"), nil},
		"a provider's":                          {&Cluster{Provider: "eks"}, nil},
	} {
		t.Run(name, func(t *testing.T) { same(t, c.want, said(Judge(c.cluster, Question{}))) })
	}
}

func TestDatabase(t *testing.T) {
	const mib = 1 << 20
	member := func(name string, database, quota int64) Member {
		return Member{Name: name, Version: version.New(3, 6, 5), Ready: Ready, DatabaseBytes: database, QuotaBytes: quota}
	}
	three := func(database, quota int64) []Member {
		return []Member{member("cp1", database, quota), member("cp2", 0, quota), member("cp3", 0, quota)}
	}
	unread := three(0, 0)
	unread[0].QuotaUnread = "its command line was not read"
	for name, c := range map[string]struct {
		cluster Cluster
		want    []string
	}{
		"little":                        {Cluster{Members: three(100*mib, 0)}, nil},
		"just below":                    {Cluster{Members: three(2048*mib*80/100-1, 0)}, nil},
		"eighty":                        {Cluster{Members: three(2048*mib*80/100+1, 0)}, []string{"ETCD-012 warning the database has 1638 MiB of 2048 MiB (80 %)"}},
		"ninety-five":                   {Cluster{Members: three(1946*mib, 0)}, []string{"ETCD-011 blocker the database has 1946 MiB of 2048 MiB (95 %)"}},
		"a larger quota":                {Cluster{Members: three(1946*mib, 8192*mib)}, nil},
		"no quota":                      {Cluster{Members: three(9000*mib, -1)}, nil},
		"what API servers see":          {Cluster{Members: three(0, 0), DatabaseBytes: 1700 * mib, DatabaseFrom: "metrics"}, []string{"ETCD-012 warning"}},
		"the smallest quota":            {Cluster{Members: []Member{member("cp1", 0, 8192*mib), member("cp2", 0, 2048*mib)}, DatabaseBytes: 1700 * mib}, []string{"ETCD-012", "ETCD-009"}[:1]},
		"the quota was not read":        {Cluster{Members: unread, DatabaseBytes: 2000 * mib}, []string{"ETCD-011 warning the database has 2000 MiB of 2048 MiB (97 %), if the quota is etcd's default: its command line was not read"}},
		"no member, the API alone says": {Cluster{Unread: "pods were not read", DatabaseBytes: 2000 * mib}, []string{"ETCD-011 warning"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range said(Judge(&c.cluster, Question{})) {
				if strings.HasPrefix(s, "ETCD-011") || strings.HasPrefix(s, "ETCD-012") {
					got = append(got, s)
				}
			}
			same(t, c.want, got)
		})
	}
}

func TestWhatOnlyEtcdShowsIsSaidOnce(t *testing.T) {
	measured := stacked("3.6.5-0")
	measured.Members[2].DatabaseBytes = 1
	if f := measured.unseen(); strings.Contains(f[0].Message, "size of the database") {
		t.Errorf("its size was read: %s", f[0].Message)
	}
	n := 0
	for _, f := range Judge(stacked("3.6.5-0"), question("1.34.2", "1.35.4", "1.36.3")) {
		if f.Code == "ETCD-013" && strings.Contains(f.Message, "alarms") && strings.Contains(f.Message, "size of the database") && strings.Contains(f.Remedy, "etcdctl alarm list") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("said %d times", n)
	}
}
