package readiness

import (
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/core/restore"
)

// planned is a change as its plan left it, three hours ago.
func planned() Facts {
	at := text(3 * time.Hour)
	return Facts{Planned: at, Cluster: "prod", Environment: "production", Provider: "kubeadm", From: "1.34.2", Target: "1.35.4", Hops: []string{"1.35.4"},
		Evidence: &at, Running: map[string][]string{"kubelet": {"1.34.2"}}, Offered: []string{"1.35.4"}, OfferedSource: "apt on cp1",
		Catalogue: text(5 * 24 * time.Hour), Documented: "https://kubernetes.io/releases/", SignOffs: []string{"platform"}}
}

func text(ago time.Duration) string { return now().Add(-ago).Format(time.RFC3339) }

// restored is a backup that was proven two hours ago.
func restored(name string, ago time.Duration) restore.Proof {
	return restore.Proof{Kind: restore.Kind, Result: restore.Pass, At: text(ago - time.Minute), Taken: text(ago), Cluster: "prod", Backup: restore.Backup{Name: name, SHA256: name}}
}

func rehearsed(target string, ago time.Duration) rehearsal.Rehearsal {
	prod := "prod"
	return rehearsal.Rehearsal{At: text(ago), Cluster: &prod, Target: target, Result: rehearsal.Pass, Catalogue: rehearsal.Catalog{Date: "2026-03-01"},
		Snapshot: rehearsal.Snapshot{Revision: 812, Backup: &rehearsal.Backup{Name: "b"}}, Hops: []rehearsal.Hop{{Program: rehearsal.Program{Version: target}}}}
}

func asked() Question {
	return Question{Now: now(), Policy: policy.Default(), Gate: policy.AtApply, Data: "2026-03-01", Signed: []Signature{{"platform", "Bob"}},
		Proofs: Proofs{Backups: []restore.Proof{restored("b", 2*time.Hour)}, Rehearsals: []rehearsal.Rehearsal{rehearsed("1.35.4", time.Hour)}}}
}

func TestFacts(t *testing.T) {
	if rows := planned().Judge(asked()); !Ready(rows) {
		t.Fatalf("not ready: %+v", rows)
	}
	const backupPass, rehearsalPass = "proven-backup pass 2h: there is a backup that was restored and found good: b, taken at 2026-03-15T10:00:00Z",
		"rehearsal pass 1h: there is a rehearsal: 1.35.4 on revision 812 of b"
	for _, tc := range []struct {
		name              string
		change            func(*Facts, *Question)
		backup, rehearsal string
	}{
		{"both count", func(*Facts, *Question) {}, backupPass, rehearsalPass},
		{"nothing was tried", func(_ *Facts, q *Question) { q.Proofs = Proofs{} },
			"proven-backup fail -: there is no backup that was restored and found good yet; it is required: no policy, flag or emergency takes it away on a kubeadm cluster",
			"rehearsal fail -: there is no rehearsal yet; it is required: the environment is production"},
		{"another target", func(f *Facts, _ *Question) { f.Target, f.Hops = "1.35.5", []string{"1.35.5"} },
			backupPass, "rehearsal fail 1h: expired: it was for 1.35.4, the target is 1.35.5"},
		{"the one for this target counts, not a later one for another", func(_ *Facts, q *Question) {
			q.Proofs.Rehearsals = append(q.Proofs.Rehearsals, rehearsed("1.36.0", time.Minute))
		}, backupPass, rehearsalPass},
		{"a later rehearsal that failed", func(_ *Facts, q *Question) {
			r := rehearsed("1.35.4", time.Minute)
			r.Result = rehearsal.Fail
			q.Proofs.Rehearsals = append(q.Proofs.Rehearsals, r)
		}, backupPass, "rehearsal fail 1m: the rehearsal did not pass"},
		{"a newer catalogue", func(_ *Facts, q *Question) { q.Data = "2026-03-02" },
			backupPass, "rehearsal fail 1h: expired: it was made by data of 2026-03-01, there is data of 2026-03-02"},
		{"older than the plan", func(f *Facts, _ *Question) { f.Planned = text(90 * time.Minute) },
			"proven-backup fail 2h: expired: its snapshot is older than the plan: it was taken at 2026-03-15T10:00:00Z, the plan was made at 2026-03-15T10:30:00Z", rehearsalPass},
		{"the older backup counts where the newer does not", func(_ *Facts, q *Question) {
			p := restored("later", time.Hour)
			p.Cluster = "staging"
			q.Proofs.Backups = append(q.Proofs.Backups, p)
		}, backupPass, rehearsalPass},
		{"another cluster", func(f *Facts, _ *Question) { f.Cluster = "staging" },
			`proven-backup fail 2h: expired: it is of the cluster "prod", the plan is of "staging"`,
			`rehearsal fail 1h: expired: it is of the cluster "prod", the plan is of "staging"`},
		{"the same file failed a later try", func(_ *Facts, q *Question) {
			p := restored("b", 2*time.Hour)
			p.Result, p.Why = "fail", "not proven: the snapshot: it is damaged"
			q.Proofs.Backups = append(q.Proofs.Backups, p)
		}, "proven-backup fail 2h: not proven: the snapshot: it is damaged", rehearsalPass},
		{"a later try that could not be made takes nothing back", func(_ *Facts, q *Question) {
			p := restored("b", 2*time.Hour)
			p.Result, p.Why = "unknown", "not proven: no etcd of the minor 3.6"
			q.Proofs.Backups = append(q.Proofs.Backups, p)
		}, backupPass, rehearsalPass},
		{"only tried", func(_ *Facts, q *Question) {
			q.Proofs.Backups[0].Result, q.Proofs.Backups[0].Why = "unknown", "not proven: keys were not counted"
		}, "proven-backup fail 2h: not proven: keys were not counted", rehearsalPass},
		{"evidence that cannot be read", func(_ *Facts, q *Question) {
			q.Proofs.Backups = []restore.Proof{{Result: "unknown", Why: "evidence/x.json cannot be read"}}
		}, "proven-backup fail 3h: evidence/x.json cannot be read", rehearsalPass},
		{"too old", func(f *Facts, q *Question) {
			f.Planned, q.Now = text(40*24*time.Hour), now().Add(15*24*time.Hour)
		}, "proven-backup fail 15d: expired: its snapshot is 362h0m0s old, and may be 24h0m0s at most",
			"rehearsal fail 15d: expired: it is 361h0m0s old, and may be 336h0m0s at most"},
		{"where it is planned, as old as it may be where it is carried out", func(f *Facts, q *Question) {
			f.Planned, q.Gate, q.Now = text(40*24*time.Hour), policy.AtPlan, now().Add(15*24*time.Hour)
		}, "proven-backup fail 15d: expired: its snapshot is 362h0m0s old, and may be 24h0m0s at most",
			"rehearsal fail 15d: expired: it is 361h0m0s old, and may be 336h0m0s at most"},
		{"a shorter age where it is planned", func(_ *Facts, q *Question) {
			q.Gate, q.Policy.Ages.Plan = policy.AtPlan, map[string]time.Duration{policy.Backup: time.Hour, policy.Rehearsed: time.Minute}
		}, "proven-backup fail 2h: expired: its snapshot is 2h0m0s old, and may be 1h0m0s at most",
			"rehearsal fail 1h: expired: it is 1h0m0s old, and may be 1m0s at most"},
		{"no rehearsal is needed", func(f *Facts, _ *Question) { f.Environment, f.Target = "staging", "1.36.0" },
			backupPass, "rehearsal pass 1h: none is required: the policy asks for none where the environment is staging; the last one is expired: it was for 1.35.4, the target is 1.36.0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, q := planned(), asked()
			tc.change(&f, &q)
			for _, r := range f.Judge(q) {
				want := map[string]string{ProvenBackup: tc.backup, Rehearsal: tc.rehearsal}[r.Row]
				if want != "" && shown(r) != want {
					t.Errorf("%s\nwant %s", shown(r), want)
				}
			}
		})
	}
}

// TestBackupAlways: whatever a policy says, and whoever declares an emergency,
// a kubeadm cluster without a proven backup is not ready.
func TestBackupAlways(t *testing.T) {
	f, q := planned(), asked()
	q.Proofs.Backups = nil
	for name, p := range map[string]policy.Policy{"default": policy.Default(), "empty": {}, "all is waived": {
		Waivers: []policy.Waiver{{Findings: []string{"*"}, Roles: policy.Roles(), MaxDays: 3650}}, Rehearsal: policy.Rehearsal{ExceptProviders: []string{"kubeadm"}},
		Emergency: policy.Emergency{DeclaredBy: policy.Roles(), Signers: []string{"platform"}, IgnoresFreezes: true, IgnoresMaintenance: true}}} {
		q.Policy = p
		for _, environment := range []string{"", "production", "staging", "development"} {
			f.Environment = environment
			if r := f.Judge(q)[4]; r.Row != ProvenBackup || r.State != Fail {
				t.Errorf("%s policy, %q: %s", name, environment, shown(r))
			}
		}
	}
}
