package evidence

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const exposition = `# HELP process_start_time_seconds Start time
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.78e+09
apiserver_storage_objects{resource="pods"} 7
apiserver_resource_objects{group="apps",resource="deployments"} 3
apiserver_requested_deprecated_apis{group="flowcontrol.apiserver.k8s.io",removed_release="1.32",resource="flowschemas",subresource="",version="v1beta3"} 1
apiserver_request_total{code="200",user="very-secret"} 9
apiserver_storage_objects_total{resource="x"} 1
kubernetes_feature_enabled{name="A",secret="very-secret",stage="BETA"} 1
kubernetes_feature_enabled{name="B",stage="ALPHA"} 0
apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 1.048576e+06
apiserver_storage_size_bytes{storage_cluster_id="etcd-1"} 5
`

// TestMetrics: what is copied into a bundle reads as the answer itself did.
func TestMetrics(t *testing.T) {
	want := &Metrics{
		Objects:    map[string]int64{"pods": 7, "deployments.apps": 3},
		Deprecated: []string{"flowcontrol.apiserver.k8s.io/v1beta3 flowschemas"},
		Removals:   map[string]string{"flowcontrol.apiserver.k8s.io/v1beta3 flowschemas": "1.32"},
		Started:    "2026-05-28T20:26:40Z", Gates: map[string]bool{"A": true, "B": false}, DatabaseBytes: 1 << 20,
	}
	got, err := ReadMetrics(strings.NewReader(exposition))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var copied strings.Builder
	if err := CopyMetrics(&copied, strings.NewReader(exposition)); err != nil {
		t.Fatal(err)
	}
	if text := copied.String(); strings.Contains(text, "very-secret") || strings.Contains(text, "request_total") || strings.Count(text, "\n") != 8 {
		t.Errorf("copied:\n%s", text)
	}
	if got, err = ReadMetrics(strings.NewReader(copied.String())); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the copy reads differently:\n%s", diff)
	}
}

type closed struct{}

var errClosed = errors.New("closed")

func (closed) Write([]byte) (int, error) { return 0, errClosed }

func TestMetricsErrors(t *testing.T) {
	if _, err := ReadMetrics(strings.NewReader("process_start_time_seconds soon\n")); err == nil {
		t.Error("a number that is none is read")
	}
	if err := CopyMetrics(closed{}, strings.NewReader(exposition)); !errors.Is(err, errClosed) {
		t.Errorf("%v", err)
	}
}
