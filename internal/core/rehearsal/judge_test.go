package rehearsal

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

// fine is a hop that shows nothing wrong.
func fine() Seen {
	return Seen{
		Version: "1.35.4", Baseline: true, Started: true,
		Listed: []Listed{{Resource: "pods", Listed: 3, Stored: 3}},
		Trips:  []Trip{{Object: "Pod/shop/web"}},
		Answers: []Answer{{Subject: "Group/developers", Question: "get pods in shop", Allowed: true, Expected: yes()},
			{Subject: "Group/developers", Question: "delete nodes", Expected: no()}},
		Refusals: []Refusal{{Object: "Namespace/shop", What: "a privileged pod", Refused: "Pod Security", Expected: yes()}},
		Written:  []Written{{APIVersion: "v1", Resource: "pods", Served: true, Objects: 3}},
	}
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Seen)
		// the check that is not as in a fine hop, and the findings
		check string
		found []string
	}{
		{"a flag is gone", func(s *Seen) { s.Started, s.FlagsError = false, "unknown flag: --x" }, "flags fail",
			[]string{"blocker REHEARSE-001 KubeAPIServer/1.35.4: it does not take the cluster's flags: unknown flag: --x"}},
		{"it does not start", func(s *Seen) { s.Started, s.StartError = false, "ended (exit status 1): no" }, "start fail",
			[]string{"blocker REHEARSE-001 KubeAPIServer/1.35.4: it did not become ready: ended (exit status 1): no"}},
		{"an object cannot be read", func(s *Seen) { s.Listed[0].Undecodable = []string{"shop/web: no kind \"X\": y"} }, "readable fail",
			[]string{`blocker REHEARSE-002 pods/shop/web: it cannot be read: no kind "X": y`}},
		{"a list fails", func(s *Seen) { s.Listed[0].Error = "timeout" }, "readable fail",
			[]string{"blocker REHEARSE-002 pods: listing it fails: timeout"}},
		{"fewer are listed", func(s *Seen) { s.Listed[0].Listed = 2 }, "readable fail",
			[]string{"blocker REHEARSE-003 pods: 2 are listed and 3 are stored"}},
		{"not counted", func(s *Seen) { s.Listed[0].Stored = -1 }, "readable unknown",
			[]string{"warning REHEARSE-012 Check/readable: 1 resources were listed, but what is stored at that moment could not be counted"}},
		{"nothing reads it any more", func(s *Seen) { s.Orphans = []Orphan{{"podsecuritypolicy", 2, true}} }, "readable fail",
			[]string{"blocker REHEARSE-004 Key/podsecuritypolicy: 2 objects are stored under podsecuritypolicy, which no API of 1.35.4 reads"}},
		{"nothing reads it today", func(s *Seen) { s.Orphans = []Orphan{{"old", 2, false}} }, "",
			[]string{"warning REHEARSE-004 Key/old: 2 objects are stored under old, which no API of 1.35.4 reads, and it is not known to be served today"}},
		{"fields change", func(s *Seen) {
			s.Trips[0].Changed, s.Trips[0].Differs = []string{"spec.b"}, []string{"spec.a", "spec.b"}
		}, "",
			[]string{"warning REHEARSE-005 Pod/shop/web: fields change: spec.a, spec.b"}},
		{"today changes the same", func(s *Seen) { s.Trips[0].Changed, s.Trips[0].WasChanged = []string{"spec.b"}, true }, "", nil},
		{"it cannot be written", func(s *Seen) { s.Trips[0].Refused = "invalid" }, "writable fail",
			[]string{"blocker REHEARSE-006 Pod/shop/web: written back as it is, it is refused: invalid"}},
		{"nor today", func(s *Seen) { s.Trips[0].Refused, s.Trips[0].WasRefused = "invalid", true }, "",
			[]string{"info REHEARSE-006 Pod/shop/web: written back as it is, it is refused: invalid (today's version refuses it too)"}},
		{"nobody knows about today", func(s *Seen) { s.Trips[0].Refused, s.Baseline = "invalid", false }, "writable unknown",
			[]string{"warning REHEARSE-006 Pod/shop/web: written back as it is, it is refused: invalid",
				"warning REHEARSE-012 Check/writable: 1 of 1 objects cannot be written back, and whether today's version takes them is not known (--baseline)"}},
		{"more is allowed", func(s *Seen) { s.Answers[1].Allowed = true }, "access fail",
			[]string{"blocker REHEARSE-007 Group/developers: delete nodes: denied, and at 1.35.4 allowed"}},
		{"less is allowed", func(s *Seen) { s.Answers[0].Allowed = false }, "access fail",
			[]string{"blocker REHEARSE-007 Group/developers: get pods in shop: allowed, and at 1.35.4 denied"}},
		{"a role of Kubernetes changes", func(s *Seen) {
			s.Answers = append(s.Answers, Answer{Subject: "User/system:kube-scheduler", Question: "get x", Allowed: true, Expected: no()})
		}, "", []string{"warning REHEARSE-007 User/system:kube-scheduler: get x: denied, and at 1.35.4 allowed"}},
		{"a server that allows all", func(s *Seen) { s.Answers = s.Answers[:1] }, "access unknown",
			[]string{"warning REHEARSE-012 Check/access: of 1 questions 0 are denied: without both nothing is proven"}},
		{"no answer to compare", func(s *Seen) { s.Answers[0].Expected = nil }, "access unknown",
			[]string{"warning REHEARSE-012 Check/access: 1 questions have no answer to compare"}},
		{"nothing asked", func(s *Seen) { s.Answers = nil }, "access unknown", []string{"warning REHEARSE-012 Check/access: nothing was asked"}},
		{"it is admitted", func(s *Seen) { s.Refusals[0].Refused = "" }, "admission fail",
			[]string{"blocker REHEARSE-008 Namespace/shop: a privileged pod is admitted"}},
		{"it is refused only then", func(s *Seen) {
			s.Refusals = append(s.Refusals, Refusal{Object: "Namespace/lab", What: "a plain pod", Refused: "P", Message: "no", Expected: no()})
		}, "", []string{"warning REHEARSE-009 Namespace/lab: a plain pod is admitted today and refused by P: no"}},
		{"it could not be tried", func(s *Seen) { s.Refusals[0] = Refusal{Object: "Namespace/shop", What: "a pod", Error: "no account"} }, "admission unknown",
			[]string{"warning REHEARSE-012 Namespace/shop: a pod: it could not be tried: no account", "warning REHEARSE-012 Check/admission: 1 of 1 requests could not be tried"}},
		{"nothing refuses", func(s *Seen) { s.Refusals = nil }, "admission skipped", nil},
		{"an API vanishes", func(s *Seen) { s.Written[0].Served, s.Written[0].Before = false, yes() }, "apis fail",
			[]string{"blocker REHEARSE-010 pods/v1: 3 objects were last written in v1, which 1.35.4 does not serve"}},
		{"an API vanished before", func(s *Seen) { s.Written[0].Served, s.Written[0].Before = false, no() }, "",
			[]string{"info REHEARSE-010 pods/v1: 3 objects were last written in v1, which 1.35.4 does not serve, nor does today's version"}},
		{"an API is gone, and today is not known", func(s *Seen) { s.Written[0].Served = false }, "",
			[]string{"warning REHEARSE-010 pods/v1: 3 objects were last written in v1, which 1.35.4 does not serve; whether it is served today is not known"}},
		{"webhooks", func(s *Seen) { s.NotRehearsed = []string{"webhooks are not called"} }, "",
			[]string{"info REHEARSE-011 KubeAPIServer/1.35.4: webhooks are not called"}},
		{"a gap", func(s *Seen) { s.Gaps = map[string]string{Access: "cut short"} }, "access unknown", []string{"warning REHEARSE-012 Check/access: cut short"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fine()
			tc.change(&s)
			usual, none := Judge(fine())
			if len(none) > 0 {
				t.Fatalf("a fine hop: %v", none)
			}
			checks, found := Judge(s)
			got := ""
			for i, c := range checks {
				if c.State != usual[i].State && got == "" {
					got = fmt.Sprintf("%s %s", c.Check, c.State)
				}
				if c.Why == "" {
					t.Errorf("%s says nothing", c.Check)
				}
			}
			if got != tc.check {
				t.Errorf("check %q, want %q", got, tc.check)
			}
			var lines []string
			for _, f := range found {
				lines = append(lines, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Code, f.Object, f.Message))
			}
			if diff := cmp.Diff(tc.found, lines); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNotStarted: of a server that did not start nothing else is said to pass.
func TestNotStarted(t *testing.T) {
	s := fine()
	s.Started, s.StartError = false, "ended"
	checks, _ := Judge(s)
	for _, c := range checks[2:] {
		if c.State != Skipped {
			t.Errorf("%+v", c)
		}
	}
}

func TestFields(t *testing.T) {
	a := map[string]any{"metadata": map[string]any{"generation": int64(1), "labels": map[string]any{"a": "1"}},
		"spec": map[string]any{"list": []any{map[string]any{"x": "1"}, "b"}, "gone": true, "long": []any{"a"}}}
	b := map[string]any{"metadata": map[string]any{"generation": int64(2), "managedFields": []any{}, "labels": map[string]any{"a": "2"}},
		"spec": map[string]any{"list": []any{map[string]any{"x": "2"}, "b"}, "new": true, "long": []any{"a", "b"}}}
	if diff := cmp.Diff([]string{"metadata.labels.a", "spec.gone", "spec.list[0].x", "spec.long", "spec.new"}, Fields(a, b)); diff != "" {
		t.Error(diff)
	}
	if got := Fields(a, a); got != nil {
		t.Errorf("itself: %v", got)
	}
}
