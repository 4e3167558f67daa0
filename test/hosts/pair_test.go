package hosts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/lab/cluster"
)

// pair is a real advisory about kube-controller-manager, with a patch release that has it and the next, which closes it.
type pair struct {
	advisory, from, to string
	// asOf is a day on which the minor was supported and the advisory public.
	asOf string
	// grant lets somebody who is no administrator do what the advisory is about: arguments of kubectl. None where nothing
	// a cluster of this version may set makes the advisory reachable.
	grant []string
}

func pairs() []pair {
	return []pair{
		// Its feature gate, CSIMigrationPortworx, is locked to on since 1.33. Source: pkg/features/kube_features.go
		{"CVE-2025-13281", "1.34.1", "1.34.2", "2026-03-15", nil},
		{"CVE-2026-2270", "1.37.0", "1.37.1", "2026-11-20", []string{
			"create role sets -n default --verb=create,update --resource=statefulsets.apps,controllerrevisions.apps",
			"create rolebinding sets -n default --role=sets --user=jane",
		}},
	}
}

// TestPairs is an advisory's whole way on real hosts: exposed, made reachable, upgraded by the guide, closed.
func TestPairs(t *testing.T) {
	for _, p := range pairs() {
		t.Run(p.advisory, func(t *testing.T) {
			w := up(t, cluster.Spec{Name: "pair", Version: p.from, ControlPlanes: 1, Workers: 1, Offer: []string{p.to}})
			before := w.exposed(t, p)
			if p.grant != nil {
				before = w.reachable(t, p)
			}
			w.upgradeFirst(t, p.to)
			w.upgradeNode(t, "w1", p.to)
			w.closed(t, p, before)
			w.Down(t)
		})
	}
}

// exposed wants what is true of a fresh cluster: it is in the advisory's range, nobody but administrators can make use
// of it, and the next patch release is the target.
func (w world) exposed(t *testing.T, p pair) assess.Result {
	t.Helper()
	c, r := w.assess(t, 0, "--advisory", p.advisory, "--as-of", p.asOf)
	if r.AsOf != p.asOf || c.Provider != "kubeadm" || c.Support.Status != "supported" {
		t.Errorf("assess as of %q: provider %q, support %+v; want %s, kubeadm, supported", r.AsOf, c.Provider, c.Support, p.asOf)
	}
	w.wantVersions(t, c, p.from)
	w.wantVerdict(t, c, p, assess.NotReachable)
	if c.Target.Kind != "patch" || or(c.Target.Version) != p.to || len(c.Target.Path) != 1 || !slices.Equal(c.Target.Fixes, []string{p.advisory}) {
		t.Errorf("target %+v, want the patch release %s, which fixes %s", c.Target, p.to, p.advisory)
	}
	if d := c.Decision; d.Affected != "yes" || d.MinorSupported != "yes" || d.Reachable != "no" || d.Clear != "unknown" {
		t.Errorf("decision %+v, want affected yes, minorSupported yes, reachable no, clear unknown", d)
	}
	if !c.Coverage.Complete {
		t.Errorf("coverage is not complete: %+v", c.Coverage.Gaps)
	}
	return r
}

// reachable gives somebody the rights that the advisory needs, and wants it seen.
func (w world) reachable(t *testing.T, p pair) assess.Result {
	t.Helper()
	for _, args := range p.grant {
		w.Kubectl(t, args)
	}
	const affected = 3
	c, r := w.assess(t, affected, "--advisory", p.advisory, "--as-of", p.asOf)
	w.wantVerdict(t, c, p, assess.Affected)
	if c.Decision.Affected != "yes" || c.Decision.Reachable != "yes" || or(c.Target.Version) != p.to || or(c.Due) == "-" {
		t.Errorf("decision %+v, target %+v, due %s; want affected, reachable, %s, by a day", c.Decision, c.Target, or(c.Due), p.to)
	}
	return r
}

// closed wants what is true after the upgrade: every version moved, the advisory affects nothing, there is no target.
func (w world) closed(t *testing.T, p pair, before assess.Result) {
	t.Helper()
	data, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	earlier := filepath.Join(t.TempDir(), "before.json")
	if err := os.WriteFile(earlier, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, r := w.assess(t, 0, "--advisory", p.advisory, "--as-of", p.asOf, "--all", "--since", earlier)
	w.wantVersions(t, c, p.to)
	w.wantVerdict(t, c, p, assess.NotAffected)
	if c.Target.Kind != "none" || c.Target.Version != nil || slices.Contains(c.Target.Remaining, p.advisory) || c.Decision.Affected != "no" {
		t.Errorf("target %+v, decision %+v; want none, and not affected", c.Target, c.Decision)
	}
	if r.Since == nil || len(r.Since.Changes) == 0 {
		t.Error("nothing changed since before the upgrade")
	}
}

// wantVersions wants every component of Kubernetes at a version, on the hosts where it runs.
func (w world) wantVersions(t *testing.T, c assess.ClusterResult, version string) {
	t.Helper()
	got := instances(c, "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
	want := []string{
		"kube-apiserver/cp1 " + version, "kube-controller-manager/cp1 " + version, "kube-scheduler/cp1 " + version,
		"kubelet/cp1 " + version, "kubelet/w1 " + version, "kube-proxy/cp1 " + version, "kube-proxy/w1 " + version,
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
}

// wantVerdict wants the advisory alone, with a verdict for the one controller manager.
func (w world) wantVerdict(t *testing.T, c assess.ClusterResult, p pair, want assess.Verdict) {
	t.Helper()
	if len(c.Advisories) != 1 || c.Advisories[0].ID != p.advisory {
		t.Fatalf("advisories %+v, want %s alone", c.Advisories, p.advisory)
	}
	a := c.Advisories[0]
	if a.Verdict != want || len(a.Components) != 1 || a.Components[0].Component != "kube-controller-manager" || or(a.Components[0].Node) != "cp1" {
		t.Errorf("%s: %s %+v, want %s for the kube-controller-manager of cp1", a.ID, a.Verdict, a.Components, want)
	}
}
