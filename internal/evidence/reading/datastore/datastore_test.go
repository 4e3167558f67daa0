package datastore

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

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/evidence"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fixture is one cluster as testdata/*.yaml tells it.
type fixture struct {
	Forbidden  []string          `yaml:"forbidden"`
	Config     string            `yaml:"config"` // ClusterConfiguration
	Database   int64             `yaml:"database"`
	Databases  map[string]int64  `yaml:"databases"`
	Objects    []map[string]any  `yaml:"objects"`
	StaticPods map[string]string `yaml:"staticPods"`
	Disks      map[string]string `yaml:"disks"`
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
	for _, l := range evidence.Lists() {
		if slices.Contains(f.Forbidden, string(l.Resource)) {
			b.Access[l.Resource] = evidence.Access{State: evidence.Forbidden, Reason: "forbidden"}
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
	if f.Config != "" {
		b.ConfigMaps = []evidence.ConfigMap{{Meta: evidence.Meta{Name: kubeadmConfig, Namespace: "kube-system"}, Data: map[string]string{"ClusterConfiguration": f.Config}}}
	}
	b.Metrics, b.ServerMetrics = &evidence.Metrics{DatabaseBytes: f.Database}, map[string]*evidence.Metrics{"10.0.0.3:6443": nil}
	for server, n := range f.Databases {
		b.ServerMetrics[server] = &evidence.Metrics{DatabaseBytes: n}
	}
	for node, text := range f.StaticPods {
		h := b.Hosts[node]
		if h.StaticPods, err = evidence.ReadStaticPods([]byte(text)); err != nil {
			t.Fatal(err)
		}
		b.Hosts[node] = h
	}
	for node, text := range f.Disks {
		h := b.Hosts[node]
		if err := evidence.ReadHostJSON([]byte(text), &h.Disks); err != nil {
			t.Fatal(err)
		}
		b.Hosts[node] = h
	}
	return b
}

// TestGolden reads each testdata/*.yaml and compares what it says of etcd with
// the .txt beside it.
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

func describe(c *datastore.Cluster) string {
	var out strings.Builder
	fmt.Fprintf(&out, "provider %q\nconfig %+v\nunread %q\nmissing %q\ndatabase %d from %q\n", c.Provider, c.Config, c.Unread, c.Missing, c.DatabaseBytes, c.DatabaseFrom)
	for _, m := range c.Members {
		fmt.Fprintf(&out, "member %s: version %q tag %q unread %q ready %d quota %d %q database %d\n",
			m.Name, m.Version, m.Tag, m.Unread, m.Ready, m.QuotaBytes, m.QuotaUnread, m.DatabaseBytes)
	}
	return out.String()
}
