package assess

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence/declared"
	"github.com/fixline-dev/fixline/internal/report"
)

// clusters are declared ones of every environment and several minors.
func clusters(t *testing.T, n int) []inventory.Cluster {
	t.Helper()
	var text strings.Builder
	environments := []string{"development", "staging", "production"}
	for i := range n {
		v := fmt.Sprintf("1.%d.%d", 32+i%4, 1+i%5)
		fmt.Fprintf(&text, "---\napiVersion: fixline.dev/v1alpha1\nkind: ClusterInventory\nmetadata: {name: c%d}\nspec:\n  environment: %s\n  components:\n", i, environments[i%3])
		for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kubelet"} {
			fmt.Fprintf(&text, "  - {component: %s, version: v%s, node: cp1}\n", c, v)
		}
	}
	var out []inventory.Cluster
	for c, err := range declared.Read(strings.NewReader(text.String()), "fleet.yaml") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

func assessor(t *testing.T) *assess.Assessor {
	t.Helper()
	f := factory.New("fixline", terminal.Test(nil, &bytes.Buffer{}, &bytes.Buffer{}), func(string) string { return "" })
	o := &Options{Factory: f}
	o.Knowledge = knowledge.Options{EmbeddedOnly: true}
	o.Knowledge.AsOf.Day = time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)
	facts, err := o.Knowledge.Load(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	basis, err := o.basis(facts)
	if err != nil {
		t.Fatal(err)
	}
	return assess.New(basis)
}

// TestStreamIsTheReport: the document written while judging is the one the
// report would write afterwards, rehearsal targets and rollout included, and
// ends with the same code.
func TestStreamIsTheReport(t *testing.T) {
	fleetOf, a := clusters(t, 60), assessor(t)
	var streamed, whole bytes.Buffer
	code, err := (&fleet{assessor: a, failOn: "blocker", clusters: fleetOf}).write(context.Background(), &streamed)
	if err != nil {
		t.Fatal(err)
	}
	result, err := judge(context.Background(), a, fleetOf)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(result.Clusters, func(c assess.ClusterResult) bool { return c.RehearsalTarget != nil }) {
		t.Error("no cluster has a rehearsal target: the test would not see one lost")
	}
	if err := report.Write(&whole, report.JSON, result, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(streamed.Bytes(), &got); err != nil {
		t.Fatalf("the stream is no JSON: %v", err)
	}
	if err := json.Unmarshal(whole.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-report +stream):\n%s", diff)
	}
	if want := codeOf(result, "blocker"); code != want {
		t.Errorf("code %d, want %d", code, want)
	}
}

// TestTableIsTheReport: the table written while judging is the text report of
// the whole result, and ends with the same code.
func TestTableIsTheReport(t *testing.T) {
	fleetOf, a := clusters(t, 60), assessor(t)
	var streamed, whole bytes.Buffer
	o := &Options{Factory: factory.New("fixline", terminal.Test(nil, &streamed, &bytes.Buffer{}), func(string) string { return "" })}
	code, err := (&fleet{assessor: a, failOn: "blocker", clusters: fleetOf}).table(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	result, err := judge(context.Background(), a, fleetOf)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Write(&whole, report.Text, result, report.Options{Width: o.Factory.IO.Width()}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.String(), streamed.String()); diff != "" {
		t.Errorf("(-report +table):\n%s", diff)
	}
	if want := codeOf(result, "blocker"); code != want {
		t.Errorf("code %d, want %d", code, want)
	}
}

func TestClusterCode(t *testing.T) {
	affected := assess.ClusterResult{Coverage: assess.Coverage{Complete: true}, Advisories: []assess.AdvisoryResult{{Verdict: assess.Affected}}}
	warning := assess.ClusterResult{Coverage: assess.Coverage{Complete: true}, Advisories: []assess.AdvisoryResult{{Verdict: assess.NotReachable}}}
	unknown := assess.ClusterResult{Coverage: assess.Coverage{Complete: true}, Advisories: []assess.AdvisoryResult{{Verdict: assess.Unknown}}}
	clean := assess.ClusterResult{Coverage: assess.Coverage{Complete: true}}
	gap := assess.ClusterResult{Coverage: assess.Coverage{Complete: false}}
	for _, tc := range []struct {
		name   string
		c      assess.ClusterResult
		stale  bool
		failOn string
		want   exit.Code
	}{
		{"affected", affected, false, "blocker", exit.Findings},
		{"affected, nothing fails", affected, false, "none", exit.OK},
		{"warning below the threshold", warning, false, "blocker", exit.OK},
		{"warning at the threshold", warning, false, "warning", exit.Findings},
		{"warning above the threshold", warning, false, "info", exit.Findings},
		{"unknown", unknown, false, "blocker", exit.Incomplete},
		{"gap", gap, false, "none", exit.Incomplete},
		{"clean", clean, false, "info", exit.OK},
		{"clean on stale data", clean, true, "blocker", exit.Incomplete},
		{"3 wins over 4", affected, true, "blocker", exit.Findings},
	} {
		if got := clusterCode(&tc.c, tc.stale, tc.failOn); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}
