package reading

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// observed are the messages of one code.
func observed(c inventory.Cluster, code string) string {
	var out []string
	for _, o := range c.Observed {
		if o.Code == code {
			out = append(out, o.Object+": "+o.Message)
		}
	}
	return strings.Join(out, "\n")
}

// TestClockFarOff: a host's clock that is off by minutes is told of as one that
// is off by seconds, also where the bundle lists it among its clocks.
func TestClockFarOff(t *testing.T) {
	for offset, want := range map[int64]string{
		200: "", 2500: "Host/cp1: the clock of cp1 is 2.5s off", -90_000: "Host/cp1: the clock of cp1 is -1m30s off",
	} {
		b := evidence.New("test")
		b.Access[evidence.Nodes] = evidence.Access{State: evidence.Read}
		b.Hosts["cp1"] = evidence.Host{Clock: &evidence.HostClock{OffsetMS: offset, RoundTripMS: 4}}
		b.Clocks = []evidence.Clock{{Of: "hosts/cp1", Ahead: float64(offset) / 1000, Within: 0.002}}
		if got := observed(Cluster(b, Options{}), ClockOff); got != want {
			t.Errorf("%d ms: %q, want %q", offset, got, want)
		}
	}
}

// TestExcludedByPattern: what dnf excludes by a pattern does not move by itself.
func TestExcludedByPattern(t *testing.T) {
	for _, tt := range []struct {
		exclude []string
		want    bool
	}{
		{nil, true},
		{[]string{"kubelet"}, false},
		{[]string{"docker", "kube*"}, false},
		{[]string{"kubectl*", "["}, true},
	} {
		b := evidence.New("test")
		b.Hosts["n1"] = evidence.Host{Holds: []string{}, Packages: []evidence.Package{{Name: "kubelet", Version: "1.34.2-150500.1.1"}},
			Repositories: []evidence.Repository{{Kind: "rpm", Exclude: tt.exclude}}}
		if got := observed(Cluster(b, Options{}), NotHeld); (got != "") != tt.want {
			t.Errorf("exclude %q: %q", tt.exclude, got)
		}
	}
}

// TestUnreadHosts: a host that did not answer, and a fact that was not to be
// had, are gaps of a judgement and not a host without findings.
func TestUnreadHosts(t *testing.T) {
	b := evidence.New("test")
	for asked, a := range map[string]evidence.Access{
		"hosts/cp1":                   {State: evidence.Failed, Reason: "no answer"},
		"hosts/w1/certificates.json":  {State: evidence.Failed, Reason: "needs root"},
		"hosts/w2/certificates.json":  {State: evidence.Failed, Reason: "needs root"},
		"hosts/w1/rpm.txt":            {State: evidence.Absent, Reason: "the host has none"},
		"hosts/w1/dpkg.txt":           {State: evidence.Read},
		"kubelets/w1/configz.json":    {State: evidence.Failed, Reason: "no"},
		"configmaps/kube-system-else": {State: evidence.Failed, Reason: "no"},
	} {
		b.Access[evidence.Resource(asked)] = a
	}
	var got []string
	for _, g := range Cluster(b, Options{}).Gaps {
		if strings.Contains(g.Check, "of host ") || strings.Contains(g.Check, "at host ") {
			got = append(got, g.Check+": "+g.Reason)
		}
	}
	if diff := cmp.Diff([]string{"certificates.json of host w1, w2: needs root", "look at host cp1: no answer"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
