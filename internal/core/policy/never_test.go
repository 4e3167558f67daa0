package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// TestNeverWaived holds what nobody may waive to the families there are: a new
// family is put on one side or the other here. BACKUP, VERIFY and PROBE have no
// codes: a backup and the checks after a change are proofs and no findings, and
// the names are kept so that none of them can become one that is waived.
func TestNeverWaived(t *testing.T) {
	all := Policy{Waivers: []Waiver{{Findings: []string{"*"}, Roles: Roles(), MaxDays: 3650}}} // the most a file could ask for
	got := map[bool][]string{}
	for _, c := range finding.All() {
		family, _, _ := strings.Cut(c.Code, "-")
		ok, _ := all.MayWaive(c.Code, "platform", 1)
		if !slices.Contains(got[ok], family) {
			got[ok] = append(got[ok], family)
		}
	}
	slices.Sort(got[true])
	slices.Sort(got[false])
	want := map[bool][]string{
		false: {"PLAN", "SKEW"},
		true: {"ADDON", "ADM", "ADVISORY", "API", "CRD", "DATA", "DRAIN", "DRIFT", "ETCD", "HOST", "IGNORE", "READ",
			"REHEARSE", // of a rehearsal's own report; the row of the readiness counts its result, which no waiver changes
			"SET", "SUPPORT"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-never +may be waived):\n%s", diff)
	}
	for _, code := range []string{"BACKUP-001", "BACKUP-*", "VERIFY-001", "PROBE-999", "PLAN-008"} {
		if ok, _ := all.MayWaive(code, "security", 1); ok || !NeverWaived(code) {
			t.Errorf("%s can be waived", code)
		}
	}
}

// TestBackupAlways: the words and the rule are one.
func TestBackupAlways(t *testing.T) {
	for _, provider := range []string{"kubeadm", "eks", "gke", "aks", "rke2", "k3s", "other", "unknown", ""} {
		said := strings.Contains(strings.Join(Always(provider), " "), "backup")
		if said != BackupAlways(provider) || said != (provider == "kubeadm") {
			t.Errorf("%q: %t", provider, said)
		}
	}
}
