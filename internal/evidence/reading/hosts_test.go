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

// TestUnread: a host, a kubelet or an API server that did not answer, and a fact
// that was not to be had, are gaps of a judgement and not a host without
// findings. What was not asked for is none.
func TestUnread(t *testing.T) {
	forbidden := "forbidden; the missing rule is get /metrics"
	gaps := func(notes map[string]evidence.Access) (got []string) {
		b := evidence.New("test")
		for asked, a := range notes {
			b.Access[evidence.Resource(asked)] = a
		}
		for _, g := range Cluster(b, Options{}).Gaps {
			for _, of := range []string{" of host ", "at host ", " of kubelet", " of API server "} {
				if !strings.Contains(g.Check, of) || strings.HasPrefix(g.Check, "get ") || strings.HasPrefix(g.Check, "list ") {
					continue
				}
				if got = append(got, g.Check+": "+g.Reason); g.Required {
					t.Errorf("%s is required", g.Check)
				}
			}
		}
		return got
	}
	got := gaps(map[string]evidence.Access{
		"hosts/cp1":                            {State: evidence.Failed, Reason: "no answer"},
		"hosts/w1/certificates.json":           {State: evidence.Failed, Reason: "on w1: needs root"},
		"hosts/w2/certificates.json":           {State: evidence.Failed, Reason: "on w2: needs root"},
		"hosts/w1/rpm.txt":                     {State: evidence.Absent, Reason: "the host has none"},
		"hosts/w1/dpkg.txt":                    {State: evidence.Read},
		"hosts/w9":                             {State: evidence.NotAsked, Reason: "Windows is not asked over SSH"},
		"kubelets":                             {State: evidence.Failed, Reason: "none of the first 3 of 9 kubelets can be reached"},
		"kubelets/w1/configz.json":             {State: evidence.Failed, Reason: "no answer from https://10.0.0.1:10250"},
		"kubelets/w2/configz.json":             {State: evidence.Failed, Reason: "no answer from https://10.0.0.2:10250"},
		"kubelets/w3/configz.json":             {State: evidence.Forbidden, Reason: "forbidden; the missing rule is get nodes/configz"},
		"kubelets/w4/configz.json":             {State: evidence.Absent, Reason: "no such node"},
		"apiservers/10.0.0.1_6443/metrics.txt": {State: evidence.Failed, Reason: "asked at its own address, no answer from 10.0.0.1:6443"},
		"apiservers/10.0.0.2_6443/metrics.txt": {State: evidence.Failed, Reason: "asked at its own address, no answer from 10.0.0.2:6443"},
		"apiservers/10.0.0.3_6443/metrics.txt": {State: evidence.Forbidden, Reason: forbidden},
		"configmaps/kube-system-else":          {State: evidence.Failed, Reason: "no"},
	})
	if diff := cmp.Diff([]string{
		"certificates.json of host w1, w2: on w1: needs root",
		"configz.json of kubelet w1, w2: no answer from https://10.0.0.1:10250",
		"configz.json of kubelet w3: forbidden; the missing rule is get nodes/configz",
		"configz.json of kubelets: none of the first 3 of 9 kubelets can be reached",
		"look at host cp1: no answer",
		"metrics.txt of API server 10.0.0.1_6443, 10.0.0.2_6443: asked at its own address, no answer from 10.0.0.1:6443",
		"metrics.txt of API server 10.0.0.3_6443: " + forbidden,
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A bundle made without --kubelet and --ssh has the gaps a live look has.
	if got := gaps(map[string]evidence.Access{
		"hosts": {State: evidence.NotAsked, Reason: "no host was named"}, "kubelets": {State: evidence.NotAsked, Reason: "not asked for"},
		"kubelets/w1/configz.json": {State: evidence.NotAsked, Reason: "not asked for"}, "apiservers": {State: evidence.Forbidden, Reason: "not read"},
		string(evidence.MetricsText):           {State: evidence.Forbidden, Reason: forbidden},
		"apiservers/10.0.0.1_6443/metrics.txt": {State: evidence.Forbidden, Reason: forbidden},
	}); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
