package cluster

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The messages are as real components wrote them.
func TestTopic(t *testing.T) {
	for _, tt := range []struct {
		reason, message string
		want            int // of topics; -1 = none
	}{
		{"FailedCreate", `Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: no`, 0},
		{"FailedCreate", `Error creating: pods "web-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`, 0},
		{"FailedCreate", `Internal error occurred: failed calling webhook "x": failed to call webhook: connection refused`, 0},
		{"Failed", `Failed to pull image "example.com/x:1": not found`, 1},
		{"BackOff", `Back-off pulling image "example.com/x:1"`, 1},
		{"FailedCreatePodSandBox", `Failed to create pod sandbox: plugin type="calico" failed (add)`, 2},
		{"NetworkNotReady", `network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized`, 2},
		{"Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", -1},
		{"BackOff", "Back-off restarting failed container x in pod y", -1},
	} {
		want := ""
		if tt.want >= 0 {
			want = topics()[tt.want]
		}
		if got := topic(&v1.Event{Reason: tt.reason, Message: tt.message}); got != want {
			t.Errorf("%s %q: %q, want %q", tt.reason, tt.message, got, want)
		}
	}
}

func TestWhenTakesTheLatestThatAnyWriterFills(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	e := &v1.Event{FirstTimestamp: meta.NewTime(at(1)), EventTime: meta.NewMicroTime(at(2))}
	if got := when(e); !got.Equal(at(2)) {
		t.Errorf("without a series and a last time: %v", got)
	}
	e.LastTimestamp = meta.NewTime(at(3))
	if got := when(e); !got.Equal(at(3)) {
		t.Errorf("with a last time: %v", got)
	}
	e.Series = &v1.EventSeries{LastObservedTime: meta.NewMicroTime(at(4))}
	if got := when(e); !got.Equal(at(4)) {
		t.Errorf("with a series: %v", got)
	}
}
