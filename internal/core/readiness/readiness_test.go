package readiness

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func now() time.Time { return time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC) }

func ago(d time.Duration) Seen { return Seen{At: now().Add(-d), Max: 24 * time.Hour} }

// ready is a change of which everything holds.
func ready() Input {
	return Input{
		Now: now(), Target: "1.35.4", Evidence: ago(3 * time.Hour), Running: map[string][]string{"kubelet": {"1.34.2"}},
		Offered: []string{"1.35.4"}, OfferedSource: "apt on cp1", Catalogue: Seen{At: now().AddDate(0, 0, -5), Max: 45 * 24 * time.Hour},
		Documented: "https://kubernetes.io/releases/", Backup: Proof{Seen: ago(time.Hour), Why: "kubeadm"},
		Rehearsal: Proof{Seen: ago(30 * time.Minute), Why: "the environment is production", Target: "1.35.4"},
		Required:  []string{"platform", "security"}, Signed: []Signature{{"platform", "Bob"}, {"security", "Ada"}},
	}
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Input)
		row    string // "name state age: why", for the row that is not as in a ready change
	}{
		{"mixed versions", func(in *Input) { in.Running["kubelet"] = []string{"1.34.2", "1.34.4"} }, "versions-even fail 3h: several versions run: kubelet 1.34.2 and 1.34.4"},
		{"unread versions", func(in *Input) { in.Unread = []string{"kubelet on w1"} }, "versions-even unknown 3h: versions were not read: kubelet on w1"},
		{"nothing runs", func(in *Input) { in.Running = nil }, "versions-even unknown 3h: no component was read"},
		{"offers not read", func(in *Input) { in.Offered = nil }, "target-offered unknown 3h: what packages, mirror or provider offer was not read"},
		{"not offered", func(in *Input) { in.Offered = []string{"1.34.4"} }, "target-offered fail 3h: 1.35.4 is not offered (apt on cp1)"},
		{"offers nothing", func(in *Input) { in.Offered = []string{} }, "target-offered fail 3h: 1.35.4 is not offered (apt on cp1)"},
		{"no release notes", func(in *Input) { in.Documented = "" }, "target-documented unknown 5d: no release notes of 1.35.4 are known"},
		{"old catalogue", func(in *Input) { in.Catalogue.At = now().AddDate(0, 0, -60) }, "target-documented unknown 60d: it is 60d old, and may be 45d at most"},
		{"blocked", func(in *Input) { in.Blockers = []string{"API-001 Ingress/shop/web"} }, "compatibility fail 3h: must be closed first: API-001 Ingress/shop/web"},
		{"unchecked", func(in *Input) { in.Unchecked = []string{"a", "b", "c", "d", "e", "f"} }, "compatibility unknown 3h: could not be checked: a, b, c, d and 2 more"},
		{"waived", func(in *Input) { in.Waived = []string{"API-001"} }, "compatibility pass 3h: nothing is in the way but what was waived: API-001"},
		{"no backup", func(in *Input) { in.Backup.At = time.Time{} }, "proven-backup fail -: there is no backup that was restored and found good yet; it is required: kubeadm"},
		{"old backup", func(in *Input) { in.Backup.At = now().Add(-25 * time.Hour) }, "proven-backup fail 25h: it is 25h old, and may be 24h at most"},
		{"backup that does not restore", func(in *Input) { in.Backup.Failed = "the copy did not start" }, "proven-backup fail 1h: the copy did not start"},
		{"backup of tomorrow", func(in *Input) { in.Backup.At = now().Add(time.Hour) }, "proven-backup fail -1h: it is dated after now: a clock is wrong"},
		{"no backup is needed", func(in *Input) { in.Backup = Proof{Optional: true, Why: "the provider's etcd"} }, "proven-backup pass -: none is required: the provider's etcd"},
		{"rehearsal for another version", func(in *Input) { in.Rehearsal.Target = "1.35.3" }, "rehearsal fail 30m: the rehearsal was for 1.35.3, the target is 1.35.4"},
		{"a failed rehearsal is said also where none is needed", func(in *Input) {
			in.Rehearsal.Optional, in.Rehearsal.Why, in.Rehearsal.Failed = true, "staging", "a probe failed"
		}, "rehearsal fail 30m: a probe failed; none is required: staging"},
		{"one signature is missing", func(in *Input) { in.Signed = in.Signed[:1] }, "sign-offs fail -: not signed by security"},
		{"the same role twice is one", func(in *Input) { in.Signed[1].Role = "platform" }, "sign-offs fail -: not signed by security"},
		{"nobody knows who signs", func(in *Input) { in.Required = nil }, "sign-offs unknown -: who must sign is not known"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := ready()
			tc.change(&in)
			usual := Judge(ready())
			var got []string
			for i, r := range Judge(in) {
				if !cmp.Equal(r, usual[i]) {
					got = append(got, shown(r))
				}
			}
			if diff := cmp.Diff([]string{tc.row}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if Ready(Judge(in)) == !strings.Contains(tc.row, " pass ") {
				t.Errorf("ready: %v", Ready(Judge(in)))
			}
		})
	}
}

func shown(r Row) string {
	age := "-"
	if r.Age != nil {
		age = *r.Age
	}
	return fmt.Sprintf("%s %s %s: %s", r.Row, r.State, age, r.Why)
}

func TestReady(t *testing.T) {
	rows := Judge(ready())
	var names []string
	for _, r := range rows {
		names = append(names, r.Row)
		if r.Why == "" {
			t.Errorf("%s says nothing", r.Row)
		}
	}
	if want := []string{VersionsEven, TargetOffered, TargetDocumented, Compatibility, ProvenBackup, Rehearsal, SignOffs}; !cmp.Equal(names, want) {
		t.Errorf("rows %v", names)
	}
	if !Ready(rows) {
		t.Errorf("not ready: %v", rows)
	}
}

// TestNothingKnown: a plan of which nothing was looked at passes in no row.
func TestNothingKnown(t *testing.T) {
	for _, r := range Judge(Input{Now: now(), Target: "1.35.4"}) {
		if r.State == Pass {
			t.Errorf("%s passes: %s", r.Row, r.Why)
		}
	}
}

// TestOldEvidence: what was seen too long ago is unknown, except a blocker.
func TestOldEvidence(t *testing.T) {
	in := ready()
	in.Evidence.At = now().Add(-48 * time.Hour)
	for _, r := range Judge(in)[:4] {
		if r.Row != TargetDocumented && (r.State != Unknown || r.Why != "it is 2d old, and may be 24h at most") {
			t.Errorf("%+v", r)
		}
	}
	in.Blockers = []string{"API-001"}
	if r := Judge(in)[3]; r.State != Fail {
		t.Errorf("%+v", r)
	}
}
