package apply

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

const hash = "c0ffee"

func entry(t *testing.T, kind journal.Kind, at string, data any) journal.Entry {
	t.Helper()
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return journal.Entry{Kind: kind, Time: at, Data: text}
}

// TestBackupPerHop: the hop before may have ended in this very run, by a step that
// was done or one that a person took as done.
func TestBackupPerHop(t *testing.T) {
	p := &plan.Plan{Hash: hash, Steps: []plan.Step{
		{ID: "1", Hop: "1.36.4", Kind: plan.EtcdBackup},
		{ID: "2", Hop: "1.36.4", Kind: plan.KubeadmApply, Node: "cp1", Components: []string{"kube-apiserver"}, To: "1.36.4"},
		{ID: "3", Hop: "1.37.1", Kind: plan.EtcdBackup},
	}}
	var written []journal.Entry
	held := proofs{change: &change{plan: p}, entries: func() []journal.Entry { return written }}
	if at := held.hopBegan(&p.Steps[2]); !at.IsZero() {
		t.Errorf("nothing was done, and the hop before ended at %s", at)
	}
	for _, e := range []journal.Entry{
		entry(t, journal.StepDone, "2026-11-30T10:00:00Z", apply.Ended{Plan: hash, Step: "2"}),
		entry(t, apply.Decided, "2026-11-30T11:00:00Z", apply.Decision{Plan: hash, Step: "2", As: progress.TakenAsDone}),
	} {
		written = []journal.Entry{e}
		if at := held.hopBegan(&p.Steps[2]); at.Format(time.RFC3339) != e.Time {
			t.Errorf("%s: the hop before ended at %s, want %s", e.Kind, at, e.Time)
		}
	}
	if at := held.hopBegan(&p.Steps[0]); !at.IsZero() {
		t.Errorf("the first hop has one before it, which ended at %s", at)
	}
}

// TestMissingProof: the end of a run says which command comes first.
func TestMissingProof(t *testing.T) {
	held := proofs{change: &change{plan: &plan.Plan{Hash: hash}}, dir: "change", entries: func() []journal.Entry { return nil }}
	err := held.Do(t.Context(), &plan.Step{ID: "3", Kind: plan.EtcdBackup}, nil)
	if err == nil || !strings.Contains(err.Error(), "the record has no plan facts") || !strings.Contains(err.Error(), "fixline backup") || !strings.Contains(err.Error(), "--record change") {
		t.Errorf("%v", err)
	}
}

// TestSameCluster: names of nodes are the same in many a cluster.
func TestSameCluster(t *testing.T) {
	p := &plan.Plan{Steps: []plan.Step{{Kind: plan.KubeadmApply, Node: "cp1"}, {Kind: plan.KubeletPackage, Node: "w1"}}}
	was := map[string]string{"cp1": "a", "w1": "b"}
	for _, c := range []struct {
		name  string
		begun bool
		now   map[string]string
		same  bool
	}{
		{"not begun", false, map[string]string{"cp1": "x", "w1": "y"}, true},
		{"not begun, a node is missing", false, map[string]string{"cp1": "a"}, false},
		{"begun", true, was, true},
		{"begun, and a node was made anew", true, map[string]string{"cp1": "a", "w1": "y"}, true},
		{"begun, and the kubeconfig names another", true, map[string]string{"cp1": "x", "w1": "y"}, false},
	} {
		if err := sameCluster(&change{plan: p, begun: c.begun}, was, c.now); (err == nil) != c.same {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := sameCluster(&change{plan: p, begun: true}, nil, was); err != nil {
		t.Errorf("a record that says nothing of UIDs: %v", err)
	}
}

// TestAsked: a person decides on a step that was begun, or that a run asked about:
// one that nobody can carry out here is never begun.
func TestAsked(t *testing.T) {
	person := entry(t, runEnded, "", Over{Plan: hash, Ending: "person", Step: "7"})
	for _, c := range []struct {
		entries []journal.Entry
		step    string
		want    bool
	}{
		{nil, "7", false},
		{[]journal.Entry{person}, "7", true},
		{[]journal.Entry{person}, "8", false},
		{[]journal.Entry{person, entry(t, runEnded, "", Over{Plan: hash, Ending: "stopped", Step: "7"})}, "7", false},
		{[]journal.Entry{entry(t, runEnded, "", Over{Plan: "another", Ending: "person", Step: "7"})}, "7", false},
	} {
		if got := askedOf(c.entries, hash, c.step); got != c.want {
			t.Errorf("step %s after %d runs: %t", c.step, len(c.entries), got)
		}
	}
}

// TestEarly: what keeps a run from going on with a change leaves it as it stood.
func TestEarly(t *testing.T) {
	lost := errors.New("on w1: the connection was lost")
	for _, c := range []struct {
		begun bool
		err   error
		want  exit.Code
	}{{false, lost, exit.Failed}, {true, lost, exit.Stopped}, {true, exit.Usagef("x"), exit.Usage}} {
		if got := exit.Of(early(&change{begun: c.begun}, c.err)); got != c.want {
			t.Errorf("begun %t, %v: %d, want %d", c.begun, c.err, got, c.want)
		}
	}
}

// TestBegunOf: an intent counts, of this plan and step.
func TestBegunOf(t *testing.T) {
	all := []journal.Entry{entry(t, journal.StepIntent, "", apply.Intent{Plan: hash, Step: "7"}), entry(t, journal.StepFailed, "", apply.Ended{Plan: hash, Step: "8"}),
		entry(t, journal.StepIntent, "", apply.Intent{Plan: "another", Step: "9"})}
	for step, want := range map[string]bool{"7": true, "8": false, "9": false} {
		if begunOf(all, hash, step) != want {
			t.Errorf("step %s: %t", step, !want)
		}
	}
}
