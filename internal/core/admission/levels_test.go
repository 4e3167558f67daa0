package admission

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

func TestLevels(t *testing.T) {
	ns := func(name, fits string, labels ...string) Namespace {
		n := Namespace{Name: name, Pods: 1, Fits: fits, Labels: map[string]string{}}
		for i := 0; i < len(labels); i += 2 {
			n.Labels[levelPrefix+labels[i]] = labels[i+1]
		}
		return n
	}
	empty := ns("empty", restricted)
	empty.Pods = 0
	bad := ns("b", privileged)
	bad.Because = []string{"pod x: hostPath volumes"}
	got := Judge(&Cluster{Namespaces: []Namespace{
		ns("kube-system", privileged), empty, ns("unread", ""),
		ns("a", restricted), bad, ns("c", baseline), ns("d", baseline),
		ns("pinned", "", "enforce", "baseline", "enforce-version", "v1.24"), ns("ahead", "", "enforce", "baseline", "enforce-version", "v1.40"),
		ns("latest", "", "enforce", "baseline", "enforce-version", "latest"),
		ns("typo", "", "enforce", "Baseline"), ns("typo2", "", "enforce", "baseline", "warn", "on", "audit-version", "1.24"),
		ns("soon", "", "enforce", "baseline", "warn", "restricted"), ns("soon2", "", "audit", "restricted", "enforce", "baseline"),
	}}, question("1.36.1", "1.37.0"))
	want := []finding.Found{
		finding.New("ADM-018", "Namespaces", "4 namespaces with pods enforce no Pod Security level", "b: pods would be refused at baseline", "b: pod x: hostPath volumes", "c, d: every pod would keep baseline", "a: every pod would keep restricted",
			"defaults and exemptions of the API server's --admission-control-config-file were not read; without them nothing is enforced there"),
		finding.New("ADM-019", "Namespaces", "namespaces enforce a Pod Security level as another release than 1.37 understands it",
			"pod-security.kubernetes.io/enforce-version=v1.24 in pinned: what later releases refuse in addition is let through",
			"pod-security.kubernetes.io/enforce-version=v1.40 in ahead: newer than 1.37, which then takes its own newest"),
		finding.New("ADM-020", "Namespaces", "Pod Security labels have values that the API server cannot read and takes for something else",
			`pod-security.kubernetes.io/audit-version="1.24" in typo2 is taken as latest`, `pod-security.kubernetes.io/enforce="Baseline" in typo is taken as restricted`,
			`pod-security.kubernetes.io/warn="on" in typo2 is taken as privileged`),
		finding.New("ADM-021", "Namespaces", "namespaces audit or warn of a stricter Pod Security level than they enforce", "soon, soon2: baseline is enforced, restricted only told of"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestValidVersion(t *testing.T) {
	for s, want := range map[string]bool{"latest": true, "v1.0": true, "v1.24": true, "v1.024": false, "v1.": false, "1.24": false, "v1.24.1": false, "v2.1": false, "": false, "Latest": false} {
		if got := validVersion(s); got != want {
			t.Errorf("%q: %t", s, got)
		}
	}
}
