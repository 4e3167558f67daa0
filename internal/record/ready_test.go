package record

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/core/restore"
	"github.com/fixline-dev/fixline/internal/policyfile"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
)

// standing is a record with what its plan was judged by; its clock begins at
// 2026-03-15T10:00:01Z.
func standing(t *testing.T, change func(*readiness.Facts)) (*Record, string) {
	t.Helper()
	r, dir := planned(t)
	d := must[decision.Decision](t)(r.Decision())
	f := readiness.Facts{Kind: readiness.FactsKind, Planned: "2026-03-15T10:00:00Z", Cluster: d.Cluster.Name, Environment: "production", Provider: "kubeadm",
		From: d.Change.From, Target: d.Change.Target, Hops: []string{d.Change.Target}, Catalogue: "2026-03-01T00:00:00Z", Documented: "https://kubernetes.io"}
	change(&f)
	evidence(t, r, proof.FactsFile, f)
	must[journal.Entry](t)(r.AddEvidence(proof.PolicyFile, strings.NewReader(policyfile.DefaultText())))
	return r, dir
}

func evidence(t *testing.T, r *Record, name string, data any) string {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	must[journal.Entry](t)(r.AddEvidence(name, strings.NewReader(string(text))))
	return EvidenceDir + "/" + name
}

// restored adds a test restore, and the entry where it is proven.
func restored(t *testing.T, r *Record, result, cluster, taken string) {
	t.Helper()
	at := evidence(t, r, proof.BackupPrefix+fmt.Sprintf("%d.json", len(r.Entries())), restore.Proof{Kind: restore.Kind, Result: result, Why: "because", Cluster: cluster,
		Taken: taken, At: taken, Backup: restore.Backup{Name: "b.tar.age", SHA256: taken}})
	if result == restore.Pass {
		must[journal.Entry](t)(r.Append(journal.BackupProven, BackupProof{Evidence: []string{at}, How: "restored"}))
	}
}

func rehearsed(t *testing.T, r *Record, cluster, target string) {
	t.Helper()
	one := rehearsal.Rehearsal{Kind: "Rehearsal", At: "2026-03-15T10:00:00Z", Cluster: &cluster, Target: target, Result: rehearsal.Pass,
		Hops: []rehearsal.Hop{{Program: rehearsal.Program{Version: target}}}, Catalogue: rehearsal.Catalog{Date: "2026-03-01"}}
	at := evidence(t, r, fmt.Sprintf("rehearsal-%d.json", len(r.Entries())), one)
	must[journal.Entry](t)(r.Append(journal.Rehearsal, proof.Rehearsed{Target: target, Result: rehearsal.Pass, At: one.At, Evidence: []string{at}}))
}

// rows are the two of proofs, "state why".
func rows(r Report) [2]string {
	var out [2]string
	for _, row := range r.Readiness {
		text := string(row.State) + " " + row.Why
		switch row.Row {
		case readiness.ProvenBackup:
			out[0] = text
		case readiness.Rehearsal:
			out[1] = text
		}
	}
	return out
}

const good = "2026-03-15T10:00:05Z"

// TestReadiness: what a record says of its proofs, in the table and in what is missing.
func TestReadiness(t *testing.T) {
	const backup, rehearsal = "pass there is a backup that was restored and found good: b.tar.age, taken at " + good, "pass there is a rehearsal: 1.34.2 on revision 0"
	noBackup := "fail there is no backup that was restored and found good yet; it is required: no policy, flag or emergency takes it away on a kubeadm cluster"
	for name, tt := range map[string]struct {
		facts   func(*readiness.Facts)
		do      func(*testing.T, *Record)
		data    string
		rows    [2]string
		missing string
	}{
		"nothing was tried": {do: func(*testing.T, *Record) {}, rows: [2]string{noBackup, "fail there is no rehearsal yet; it is required: the environment is production"}, missing: "backup rehearsal"},
		"both count": {do: func(t *testing.T, r *Record) {
			restored(t, r, "pass", "prod", good)
			rehearsed(t, r, "prod", "1.34.2")
		}, data: "2026-03-01", rows: [2]string{backup, rehearsal}},
		"a proof that failed, and that no entry calls proven": {do: func(t *testing.T, r *Record) {
			restored(t, r, "fail", "prod", good)
			rehearsed(t, r, "prod", "1.34.2")
		}, rows: [2]string{"fail because", rehearsal}, missing: "backup"},
		"an entry that calls a failed proof proven": {do: func(t *testing.T, r *Record) {
			restored(t, r, "fail", "prod", good)
			at := EvidenceDir + "/" + proof.BackupPrefix + fmt.Sprintf("%d.json", len(r.Entries())-1)
			must[journal.Entry](t)(r.Append(journal.BackupProven, BackupProof{Evidence: []string{at}, How: "trust me"}))
			rehearsed(t, r, "prod", "1.34.2")
		}, rows: [2]string{"fail because", rehearsal}, missing: "backup"},
		"a proof without its entry": {do: func(t *testing.T, r *Record) {
			evidence(t, r, proof.BackupPrefix+"x.json", restore.Proof{Kind: restore.Kind, Result: "pass", Cluster: "prod", Taken: good})
			rehearsed(t, r, "prod", "1.34.2")
		}, rows: [2]string{"fail no entry of the journal says that it is proven; prove it again: fixline backup verify --record", rehearsal}, missing: "backup"},
		"evidence that is no test restore": {do: func(t *testing.T, r *Record) {
			at := evidence(t, r, "restore.json", map[string]string{"text": "it went well"})
			must[journal.Entry](t)(r.Append(journal.BackupProven, BackupProof{Evidence: []string{at}, How: "trust me"}))
			rehearsed(t, r, "prod", "1.34.2")
		}, rows: [2]string{"fail evidence/restore.json is no proof of a test restore that can be judged (kind: BackupProof)", rehearsal}, missing: "backup"},
		"of another cluster": {do: func(t *testing.T, r *Record) {
			restored(t, r, "pass", "staging", good)
			rehearsed(t, r, "staging", "1.34.2")
		}, rows: [2]string{`fail expired: it is of the cluster "staging", the plan is of "prod"`, `fail expired: it is of the cluster "staging", the plan is of "prod"`}, missing: "backup rehearsal"},
		"older than the plan, for another target": {do: func(t *testing.T, r *Record) {
			restored(t, r, "pass", "prod", "2026-03-15T09:59:59Z")
			rehearsed(t, r, "prod", "1.34.1")
		}, rows: [2]string{"fail expired: its snapshot is older than the plan: it was taken at 2026-03-15T09:59:59Z, the plan was made at 2026-03-15T10:00:00Z",
			"fail expired: it was for 1.34.1, the target is 1.34.2"}, missing: "backup rehearsal"},
		"a newer catalogue asks for another rehearsal, and takes nothing from the record": {do: func(t *testing.T, r *Record) {
			restored(t, r, "pass", "prod", good)
			rehearsed(t, r, "prod", "1.34.2")
		}, data: "2026-03-02", rows: [2]string{backup, "fail expired: it was made by data of 2026-03-01, there is data of 2026-03-02"}},
		"no rehearsal is required in staging": {facts: func(f *readiness.Facts) { f.Environment = "staging" }, do: func(t *testing.T, r *Record) { restored(t, r, "pass", "prod", good) },
			rows: [2]string{backup, "pass none is required: the policy asks for none where the environment is staging"}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.facts == nil {
				tt.facts = func(*readiness.Facts) {}
			}
			r, dir := standing(t, tt.facts)
			tt.do(t, r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			got := must[Report](t)(Verify(dir, VerifyOptions{AsOf: day, Data: tt.data}))
			if diff := cmp.Diff(tt.rows, rows(got)); diff != "" || got.State == Altered {
				t.Errorf("%s\n(-want +got):\n%s", got.Summary, diff)
			}
			missing := []string{}
			for _, p := range strings.Fields(parts(got)) {
				if p == "backup" || p == "rehearsal" {
					missing = append(missing, p)
				}
			}
			if text := strings.Join(missing, " "); text != tt.missing {
				t.Errorf("missing %q, want %q", text, tt.missing)
			}
		})
	}
}

// TestBackupCannotBeDropped: a record.yaml that asks for no backup is not
// believed on kubeadm.
func TestBackupCannotBeDropped(t *testing.T) {
	for provider, want := range map[decision.Text]bool{"kubeadm": true, "rke2": false} {
		r, dir := planned(t)
		d := must[decision.Decision](t)(r.Decision())
		d.Cluster.Provider, d.Backup.Required, d.Backup.WhyNot = provider, false, "somebody is in a hurry"
		must[journal.Entry](t)(r.WriteDecision(d, "in a hurry"))
		if got := strings.Contains(" "+parts(verify(t, dir))+" ", " backup "); got != want {
			t.Errorf("%s: a missing backup is said: %t, want %t", provider, got, want)
		}
	}
}

// TestAges: an old proof is told when the table is looked at, and takes nothing
// from a record that is looked at years later.
func TestAges(t *testing.T) {
	r, dir := standing(t, func(*readiness.Facts) {})
	restored(t, r, "pass", "prod", good)
	rehearsed(t, r, "prod", "1.34.2")
	got := must[Report](t)(Verify(dir, VerifyOptions{AsOf: day.AddDate(1, 0, 0)}))
	if p := rows(got); !strings.HasPrefix(p[0], "fail expired: its snapshot is ") || !strings.HasPrefix(p[1], "fail expired: it is ") {
		t.Errorf("%q", p)
	}
	if strings.Contains(parts(got), "backup") || strings.Contains(parts(got), "rehearsal") {
		t.Errorf("missing: %s", parts(got))
	}
	if got.Readiness[4].Age == nil || *got.Readiness[4].Age != "365d" {
		t.Errorf("%+v", got.Readiness[4])
	}
}

// TestCarry: what was tried out goes over whole, and only from a record that is
// what was written.
func TestCarry(t *testing.T) {
	r, dir := standing(t, func(*readiness.Facts) {})
	restored(t, r, "unknown", "prod", "2026-03-15T10:00:04Z")
	restored(t, r, "pass", "prod", good)
	rehearsed(t, r, "prod", "1.34.2")
	earlier := must[Report](t)(Verify(dir, VerifyOptions{AsOf: day}))
	next, to := standing(t, func(*readiness.Facts) {})
	if err := next.Carry(dir, earlier); err != nil {
		t.Fatal(err)
	}
	got := must[Report](t)(Verify(to, VerifyOptions{AsOf: day}))
	if diff := cmp.Diff(rows(earlier), rows(got)); diff != "" || !strings.HasPrefix(rows(got)[0], "pass") || len(got.Mismatches) > 0 {
		t.Errorf("%s (-earlier +carried):\n%s", got.Summary, diff)
	}
	if n := len(got.Proofs().Backups); n != 2 {
		t.Errorf("%d test restores, not 2", n)
	}
	found, err := filepath.Glob(filepath.Join(dir, EvidenceDir, "rehearsal-*.json"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	name := found[0]
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), "pass", "past", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	last, _ := standing(t, func(*readiness.Facts) {})
	if err := last.Carry(dir, earlier); err == nil || !strings.Contains(err.Error(), "is not what its journal notes") {
		t.Errorf("a file that changed: %v", err)
	}
	if err := last.Carry(dir, must[Report](t)(Verify(dir, VerifyOptions{AsOf: day}))); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Errorf("an altered record: %v", err)
	}
}
