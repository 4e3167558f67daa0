package disrupt

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixture is one cluster as testdata/*.yaml tells it.
type fixture struct {
	Unread  []string         `yaml:"unread"`
	Objects []map[string]any `yaml:"objects"`
}

func bundle(t *testing.T, file string) *evidence.Bundle {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f fixture
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	b := evidence.New("test")
	for _, l := range slices.Concat(evidence.Lists(), evidence.Upgrade()) {
		if slices.Contains(f.Unread, string(l.Resource)) {
			continue
		}
		items := []map[string]any{}
		for _, o := range f.Objects {
			if o["kind"] == l.Kind {
				items = append(items, o)
			}
		}
		list, err := json.Marshal(map[string]any{"items": items})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Decode(l, strings.NewReader(string(list))); err != nil {
			t.Fatalf("%s: %s: %v", file, l.Resource, err)
		}
		b.Access[l.Resource] = evidence.Access{State: evidence.Read}
	}
	return b
}

// TestGolden reads each testdata/*.yaml and compares what it says of the
// cluster, and what that comes to, with the .txt beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			got := describe(Of(bundle(t, file)))
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func describe(c *disrupt.Cluster) string {
	var out strings.Builder
	for _, n := range c.Nodes {
		fmt.Fprintf(&out, "node %s: pool %q zone %q control plane %t ready %d cordoned %t taints %v allocatable %v %s\n",
			n.Name, n.Pool, n.Zone, n.ControlPlane, n.Ready, n.Cordoned, n.Taints, n.Allocatable, n.Unknown)
	}
	operator := func(o *disrupt.Operator) string {
		if o == nil {
			return "-"
		}
		return o.Name
	}
	for _, p := range c.Pods {
		fmt.Fprintf(&out, "pod %s/%s on %q: workload %q daemon %t static %t ready %d pending %t deleting %t requests %v %q emptyDir %t hostPath %t local %q selector %v tolerations %v operator %s\n",
			p.Namespace, p.Name, p.Node, p.Workload, p.Daemon, p.Static, p.Ready, p.Pending, p.Deleting, p.Requests, p.Unknown,
			p.EmptyDir, p.HostPath, p.Local, p.Selector, p.Tolerations, operator(p.Operator))
	}
	for _, b := range c.Budgets {
		fmt.Fprintf(&out, "budget %s/%s: selector %+v min %+v max %+v always %t status %d %d %d %d operator %s\n",
			b.Namespace, b.Name, b.Selector, b.Min, b.Max, b.AlwaysAllow, b.Allowed, b.Healthy, b.Desired, b.Expected, operator(b.Operator))
	}
	fmt.Fprintf(&out, "workloads %v\nunread %q\n\n", c.Workloads, c.Unread)
	for _, f := range disrupt.Judge(c, disrupt.Question{}) {
		fmt.Fprintf(&out, "%s %s %s: %s %q\n", f.Code, f.Severity, f.Object, f.Message, f.Evidence)
	}
	return out.String()
}

// Every row of the data file says what it is from and can be told.
func TestOperators(t *testing.T) {
	n := load()
	if len(n.Operators) < 6 {
		t.Errorf("only %d operators", len(n.Operators))
	}
	for _, o := range n.Operators {
		if o.Name == "" || len(o.Labels) == 0 || len(o.Owners) == 0 || o.Text == "" || strings.HasSuffix(o.Text, ".") || !strings.HasPrefix(o.Source, "https://") {
			t.Errorf("%+v", o)
		}
		for _, l := range o.Labels {
			key, value, _ := strings.Cut(l, "=")
			if got := n.ofPod(map[string]string{key: value}); got == nil || got.Name != o.Name {
				t.Errorf("a pod with %s is of %v, not of %s", l, got, o.Name)
			}
		}
	}
	for _, d := range n.LocalDrivers {
		if !n.localDriver(d.Driver) || !strings.HasPrefix(d.Source, "https://") {
			t.Errorf("%+v", d)
		}
	}
	if n.localDriver("ebs.csi.aws.com") || n.ofPod(map[string]string{"app": "web"}) != nil {
		t.Error("what is in no row is told")
	}
}

func TestBound(t *testing.T) {
	for raw, want := range map[string]disrupt.Bound{
		"": {}, "null": {}, "0": {Set: true}, "2": {Set: true, Value: 2}, `"50%"`: {Set: true, Percent: true, Value: 50},
		`"2"`: {Set: true, Unread: `"2"`}, `"-1%"`: {Set: true, Unread: `"-1%"`}, "-1": {Set: true, Unread: "-1"}, "{": {Set: true, Unread: "{"},
	} {
		if diff := cmp.Diff(want, bound(json.RawMessage(raw))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}
