package datastore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// brings is a table of a few releases; 1.35.9 is beyond what is known of 1.35.
func brings() kubeadm.Table {
	one := func(k8s, etcd, external string) kubeadm.Brings {
		return kubeadm.Brings{Kubernetes: version.MustParse(k8s), Etcd: version.MustParse(etcd), EtcdTag: etcd, MinExternalEtcd: version.MustParse(external),
			CoreDNS: version.New(1, 12, 0), Pause: "3.10", Source: "https://example.invalid/" + k8s}
	}
	return kubeadm.New([]kubeadm.Brings{
		one("1.32.2", "3.5.16-0", "3.5.11-0"), one("1.33.5", "3.5.21-0", "3.5.11-0"), one("1.33.13", "3.5.24-0", "3.5.24-0"), one("1.34.2", "3.6.5-0", "3.5.24-0"),
		one("1.35.4", "3.6.6-0", "3.5.24-0"), one("1.36.3", "3.6.8-0", "3.5.24-0"), one("1.37.2", "3.7.0-0", "3.5.24-0"),
	})
}

func stops() []Stop {
	return []Stop{{Below: version.New(3, 5, 26), Crossing: version.New(3, 6, 0), Text: "removed members can come back", Source: "https://example.invalid/zombies"}}
}

// stacked is a kubeadm cluster of three members.
func stacked(etcd ...string) *Cluster {
	c := &Cluster{Provider: "kubeadm"}
	if len(etcd) == 1 {
		etcd = []string{etcd[0], etcd[0], etcd[0]}
	}
	for i, text := range etcd {
		m := Member{Name: fmt.Sprintf("cp%d", i+1), Ready: Ready, Tag: text}
		if v, err := version.Parse(text); err == nil {
			m.Version = v
		} else {
			m.Unread = "its image says none"
		}
		c.Members = append(c.Members, m)
	}
	return c
}

func pinned(tag string, c *Cluster) *Cluster {
	c.Config.ImageTag = tag
	return c
}

func outside(etcd string) *Cluster {
	c := stacked(etcd)
	c.Config.External = []string{"https://10.0.0.9:2379"}
	return c
}

func question(from string, hops ...string) Question {
	q := Question{From: version.MustParse(from), Brings: brings(), Stops: stops()}
	for _, h := range hops {
		q.Hops = append(q.Hops, version.MustParse(h))
	}
	return q
}

// said are the findings as text, without the one that is always there.
func said(all []finding.Found) []string {
	out := []string{}
	for _, f := range all {
		if f.Code != "ETCD-013" {
			out = append(out, strings.TrimSpace(f.Code+" "+string(f.Severity)+" "+f.Message))
		}
	}
	return out
}

func TestHops(t *testing.T) {
	for name, c := range map[string]struct {
		cluster *Cluster
		q       Question
		want    []string // parts of each finding, in order
	}{
		"a patch, etcd moves within its minor": {stacked("3.5.21-0"), question("1.33.5", "1.33.13"), nil},
		"kubeadm 1.33.13 leaves etcd where 3.6 is not safe": {stacked("3.5.24-0"), question("1.33.13", "1.34.2"),
			[]string{"ETCD-001 blocker kubeadm 1.34.2 takes etcd from 3.5.24 to 3.6.5: removed members can come back"}},
		"and so does a hop on the way": {stacked("3.5.16-0"), question("1.32.2", "1.33.13", "1.34.2", "1.35.4"),
			[]string{"ETCD-001 blocker kubeadm 1.34.2 takes etcd from 3.5.24"}},
		"from 3.5.26 it is safe":    {stacked("3.5.26-0"), question("1.33.13", "1.34.2"), nil},
		"the oldest member decides": {stacked("3.5.26-0", "3.5.24-0", "3.5.26-0"), question("1.33.13", "1.34.2"), []string{"ETCD-001 blocker", "ETCD-010 warning the members run 2 versions"}},
		"a release that brings an older one": {stacked("3.5.26-0"), question("1.33.5", "1.33.13"),
			[]string{"ETCD-002 blocker kubeadm 1.33.13 would take etcd to 3.5.24, and 3.5.26 runs"}},
		"a pinned tag holds etcd back": {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.33.13", "1.34.2", "1.35.4"),
			[]string{"ETCD-003 warning etcd.local.imageTag is 3.5.26-0: kubeadm 1.34.2 would bring 3.6.5-0 and will not"}},
		"a pinned tag newer than what a release brings": {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.33.5", "1.33.13"),
			[]string{"ETCD-003 warning etcd.local.imageTag is 3.5.26-0; kubeadm 1.33.13 brings 3.5.24-0"}},
		"a pinned tag too old for the release": {pinned("3.5.21-0", stacked("3.5.21-0")), question("1.33.5", "1.34.2"),
			[]string{"ETCD-003 warning", "ETCD-004 warning etcd.local.imageTag is 3.5.21-0, and kubeadm 1.34.2 accepts 3.5.24 or newer"}},
		"a pinned tag a whole minor too old": {pinned("3.4.30-0", stacked("3.4.30-0")), question("1.33.5", "1.34.2"),
			[]string{"ETCD-003 warning", "ETCD-004 blocker"}},
		"a pinned tag that takes etcd over a stop": {pinned("3.6.5-0", stacked("3.5.24-0")), question("1.33.5", "1.33.13"),
			[]string{"ETCD-003 warning", "ETCD-001 blocker kubeadm 1.33.13 takes etcd from 3.5.24 to 3.6.5"}},
		"a pinned tag below what runs": {pinned("3.5.26-0", stacked("3.6.5-0")), question("1.34.2", "1.35.4", "1.36.3"),
			[]string{"ETCD-003 warning", "ETCD-002 blocker etcd.local.imageTag is 3.5.26-0, and 3.6.5 runs: kubeadm 1.35.4 skips the members"}},
		"a pinned tag kubeadm cannot read": {pinned("latest", stacked("3.6.5-0")), question("1.34.2", "1.35.4"),
			[]string{`ETCD-004 blocker etcd.local.imageTag "latest" is no semantic version`}},
		"a minor of etcd would be skipped": {stacked("3.5.26-0"), question("1.36.3", "1.37.2"),
			[]string{"ETCD-001 blocker", "SKEW-010 blocker kubeadm 1.37.2 would take etcd from 3.5.26 to 3.7.0, over 3.6"}[1:]},
		"a release beyond what is known": {stacked("3.6.6-0"), question("1.35.4", "1.35.9"),
			[]string{"ETCD-007 info kubeadm 1.35.9 was not read"}},
		"a minor nobody knows": {stacked("3.7.0-0"), question("1.37.2", "1.38.0"),
			[]string{"ETCD-007 warning which etcd kubeadm 1.38.0 brings is not known"}},
		"a member's version is not known": {stacked("3.5.26-0", "custom", "3.5.26-0"), question("1.33.13", "1.34.2"),
			[]string{"ETCD-006 warning the version of etcd on cp2 is not known: its image says none"}},
		"an external etcd that is new enough": {outside("3.5.24"), question("1.33.13", "1.34.2"), nil},
		"an external etcd a patch too old":    {outside("3.5.21"), question("1.33.5", "1.34.2"), []string{"ETCD-005 warning etcd 3.5.21 runs, and kubeadm 1.34.2 accepts 3.5.24 or newer"}},
		"an external etcd a minor too old":    {outside("3.4.30"), question("1.33.5", "1.34.2"), []string{"ETCD-005 blocker"}},
		"an external etcd nobody asked": {outside("?"), question("1.33.5", "1.34.2"),
			[]string{"ETCD-006 warning the version of etcd on cp1", "ETCD-006", "ETCD-006"}},
		"an external etcd and a minor nobody knows": {outside("3.7.0"), question("1.37.2", "1.38.0"), []string{"ETCD-007 warning which external etcd kubeadm 1.38.0 accepts"}},
		"another distribution":                      {&Cluster{Provider: "rke2", Members: stacked("3.5.24").Members}, question("1.33.5", "1.34.2"), []string{"ETCD-007 info the control plane is rke2's"}},
		"no member was seen": {&Cluster{Provider: "kubeadm", Unread: "pods were not read: forbidden"}, question("1.34.2", "1.35.4"),
			[]string{"ETCD-006 warning no etcd member was seen: pods were not read: forbidden"}},
		"nothing was read": {nil, question("1.34.2", "1.35.4"), []string{"ETCD-006 warning nothing was read"}},
		"kubeadm's configuration was not read": {&Cluster{Provider: "kubeadm", Config: Config{Unread: "forbidden"}, Members: stacked("3.6.5-0").Members}, question("1.34.2", "1.35.4"),
			[]string{"ETCD-007 warning whether the image tag of etcd is pinned is not known: forbidden"}},
		"a registry of one's own": {&Cluster{Provider: "kubeadm", Config: Config{ImageRepository: "registry.example/k8s"}, Members: stacked("3.6.5-0").Members}, question("1.34.2", "1.35.4", "1.36.3"),
			[]string{"ETCD-014 info etcd is taken from registry.example/k8s"}},
		"no hop asks nothing of the way": {stacked("3.5.24-0"), question("1.33.13"), nil},
	} {
		t.Run(name, func(t *testing.T) { same(t, c.want, said(Judge(c.cluster, c.q))) })
	}
}

// same holds each text to begin with what is wanted, and their number.
func same(t *testing.T, want, got []string) {
	t.Helper()
	ok := len(want) == len(got)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("want %d findings that begin\n%s\ngot %d\n%s", len(want), strings.Join(want, "\n"), len(got), strings.Join(got, "\n"))
	}
}

func TestNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		cluster *Cluster
		q       Question
		want    []string // Set, Stop, Clear and where etcd goes, per hop
	}{
		"nothing":                     {stacked("3.6.5-0"), question("1.34.2", "1.35.4", "1.36.3"), []string{"3.6.5 -> 3.6.6", "3.6.6 -> 3.6.8"}},
		"a stop before 3.6":           {stacked("3.5.24-0"), question("1.33.13", "1.34.2"), []string{"set 3.5.26-0, stop, clear: 3.5.24 -> 3.6.5"}},
		"the tag is set, nothing ran": {pinned("3.5.27-0", stacked("3.5.24-0")), question("1.33.13", "1.34.2"), []string{"stop, clear: 3.5.24 -> 3.6.5"}},
		"the tag is cleared":          {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.33.13", "1.34.2"), []string{"clear: 3.5.26 -> 3.6.5"}},
		"an old tag gives way":        {pinned("3.5.21-0", stacked("3.5.21-0")), question("1.33.13", "1.34.2"), []string{"set 3.5.26-0, stop, clear: 3.5.21 -> 3.6.5"}},
		"a newer etcd is kept":        {stacked("3.5.26-0"), question("1.33.5", "1.33.13", "1.34.2"), []string{"set 3.5.26-0: 3.5.26 -> 3.5.26", "clear: 3.5.26 -> 3.6.5"}},
		"a minor in between":          {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.36.3", "1.37.2"), []string{"set 3.6.8-0, stop, clear: 3.5.26 -> 3.7.0"}},
		"two stops before one hop":    {stacked("3.5.24-0"), question("1.36.3", "1.37.2"), []string{"set 3.5.26-0, stop; set 3.6.8-0, stop, clear: 3.5.24 -> 3.7.0"}},
		"the tag of an older release": {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.37.1", "1.37.2"), []string{"set 3.6.8-0, stop, clear: 3.5.26 -> 3.7.0"}},
		"one stop serves two rules":   {pinned("3.4.30-0", stacked("3.4.30-0")), question("1.33.13", "1.34.2"), []string{"set 3.5.26-0, stop, clear: 3.4.30 -> 3.6.5"}},
		"a minor nobody brings":       {pinned("3.3.1-0", stacked("3.3.1-0")), question("1.33.13", "1.34.2"), []string{"set 3.5.26-0, stop, clear: 3.3.1 -> 3.6.5 refused"}},
		"an unreadable tag":           {pinned("latest", stacked("3.6.5-0")), question("1.34.2", "1.35.4"), []string{"clear: 3.6.5 -> 3.6.6"}},
		"external":                    {outside("3.5.24"), question("1.33.13", "1.34.2"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, n := range Needs(c.cluster, c.q) {
				got = append(got, text(n))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func text(n Need) string {
	var parts []string
	before := ""
	for _, a := range n.Before {
		before += "set " + a.Set + ", stop; "
	}
	if n.Set != "" {
		parts = append(parts, "set "+n.Set)
	}
	if n.Stop {
		parts = append(parts, "stop")
	}
	if n.Clear {
		parts = append(parts, "clear")
	}
	out := fmt.Sprintf("%s -> %s", n.From, n.To)
	if len(parts) > 0 {
		out = before + strings.Join(parts, ", ") + ": " + out
	}
	if n.Refused != "" {
		out += " refused"
	}
	return out
}

// A plan that does what is needed leaves nothing to find and nothing to need.
func TestPlannedNeedsAreMet(t *testing.T) {
	for name, c := range map[string]struct {
		cluster *Cluster
		q       Question
	}{
		"stop":     {stacked("3.5.24-0"), question("1.33.13", "1.34.2", "1.35.4")},
		"keep":     {stacked("3.5.26-0"), question("1.33.5", "1.33.13", "1.34.2")},
		"clear":    {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.33.13", "1.34.2")},
		"in two":   {pinned("3.5.26-0", stacked("3.5.26-0")), question("1.36.3", "1.37.2")},
		"twice":    {stacked("3.5.24-0"), question("1.36.3", "1.37.2")},
		"unusable": {pinned("newest", stacked("3.6.5-0")), question("1.34.2", "1.35.4")},
	} {
		before := Needs(c.cluster, c.q)
		for _, n := range before {
			c.q.Planned = append(c.q.Planned, n.Actions()...)
		}
		for i, n := range Needs(c.cluster, c.q) {
			if !n.Nothing() || n.To.Compare(before[i].To) != 0 {
				t.Errorf("%s: still needs %s, before %s", name, text(n), text(before[i]))
			}
		}
		for _, f := range Judge(c.cluster, c.q) {
			if f.Severity == finding.Blocker {
				t.Errorf("%s: %s %s", name, f.Code, f.Message)
			}
		}
	}
	// The hop before can carry the tag: etcd then stops on the way.
	carried := question("1.33.5", "1.33.13", "1.34.2")
	carried.Planned = []Action{{Hop: version.New(1, 33, 13), Set: "3.5.26-0"}, {Hop: version.New(1, 34, 2), Clear: true}}
	same(t, nil, said(Judge(stacked("3.5.21-0"), carried)))
	half := question("1.33.13", "1.34.2")
	half.Planned = []Action{{Hop: version.New(1, 34, 2), Set: "3.5.26-0", Clear: true}} // the tag alone moves nothing
	same(t, []string{"ETCD-001"}, said(Judge(stacked("3.5.24-0"), half)))
}
