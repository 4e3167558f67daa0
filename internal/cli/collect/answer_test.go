package collect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

func written(checks ...evidence.Check) pack.Written {
	return pack.Written{Path: "out dir/prod.tar.zst", SHA256: "abc", Objects: 1, Size: 2048,
		Manifest: evidence.Manifest{APIVersion: "fixline.dev/v1alpha1", Cluster: "prod", Server: "https://a:6443", Files: []evidence.File{{}, {}}, Coverage: checks}}
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct {
		name     string
		check    evidence.Check
		complete bool
	}{
		{"read", evidence.Check{Asked: "pods", State: evidence.Read}, true},
		{"a list a verdict rests on", evidence.Check{Asked: "pods", State: evidence.Forbidden, Reason: "no"}, false},
		{"a list only plans rest on", evidence.Check{Asked: "jobs", State: evidence.Forbidden, Reason: "no"}, true},
		{"a list an older server does not serve", evidence.Check{Asked: "resourceclaims", State: evidence.Absent, Reason: "no"}, true},
		{"kubeadm's own record", evidence.Check{Asked: "configmaps/kubeadm-config", State: evidence.Failed, Reason: "no"}, true},
		{"the kubelets' record", evidence.Check{Asked: "configmaps/kubelet-config", State: evidence.Failed, Reason: "no"}, false},
		{"the kubelets' record, where there is none", evidence.Check{Asked: "configmaps/kubelet-config", State: evidence.Absent, Reason: `"kubelet-config" not found`}, true},
		{"hosts nobody asked for", evidence.Check{Asked: "hosts", State: evidence.NotAsked, Reason: "no"}, true},
		{"a host that was asked for", evidence.Check{Asked: "hosts/w1", State: evidence.Failed, Reason: "no"}, false},
		{"a fact it has not", evidence.Check{Asked: "hosts/w1/static-pods.yaml", State: evidence.Absent, Reason: "no"}, true},
		{"releases that were asked for", evidence.Check{Asked: "helm-releases/secrets", State: evidence.Forbidden, Reason: "no"}, false},
		{"kubelets that were asked for", evidence.Check{Asked: "kubelets/w1/configz.json", State: evidence.Forbidden, Reason: "no"}, false},
	} {
		a := answerOf(written(tt.check), &kube.Collected{By: "me"}, nil, time.Second, true)
		if a.Coverage.Complete != tt.complete {
			t.Errorf("%s: complete %t", tt.name, a.Coverage.Complete)
		}
	}
}

func TestText(t *testing.T) {
	checks := []evidence.Check{{Asked: "jobs", State: evidence.Failed, Reason: "HTTP 503"}}
	for i := range 500 {
		checks = append(checks, evidence.Check{Asked: fmt.Sprintf("hosts/w%d", i), State: evidence.Failed,
			Reason: fmt.Sprintf("connecting to root@10.0.%d.%d: no answer", i/250, i%250)})
	}
	var out strings.Builder
	if err := answerOf(written(checks...), &kube.Collected{By: "me"}, nil, 1240*time.Millisecond, true).text(&out, "fixline", 0); err != nil {
		t.Fatal(err)
	}
	want := `wrote out dir/prod.tar.zst: 1 object in 2 files, 2.0 KiB, in 1.2s
cluster prod, https://a:6443, read as me
sha256 of its bundle.json: abc

Not in it:
  ! hosts/NODE of w0, w1, w10 and 497 more: connecting to root@10.0.0.0: no answer
    jobs: HTTP 503

Not everything is there: what ! marks was asked for, or a verdict may rest on it (exit code 4).

Next: fixline assess --bundle 'out dir/prod.tar.zst'
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKubeletsOnTheWay: those that were only asked because a host led to them
// are no loss to who did not ask.
func TestKubeletsOnTheWay(t *testing.T) {
	check := evidence.Check{Asked: "kubelets/w1/configz.json", State: evidence.Forbidden, Reason: "no"}
	for _, asked := range []bool{true, false} {
		if a := answerOf(written(check), &kube.Collected{By: "me"}, nil, 0, asked); a.Coverage.Complete == asked {
			t.Errorf("asked for %t: complete %t", asked, a.Coverage.Complete)
		}
	}
}

// TestHostileWords: whoever names an object or answers for a host writes no
// escapes to the screen.
func TestHostileWords(t *testing.T) {
	check := evidence.Check{Asked: "hosts/w1", State: evidence.Failed, Reason: "\x1b[2Jall is well"}
	var out strings.Builder
	if err := answerOf(written(check), &kube.Collected{By: "\u202eme"}, nil, 0, false).text(&out, "fixline", 0); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || !strings.Contains(out.String(), `\x1b[2Jall is well`) {
		t.Errorf("%q", out.String())
	}
}

// TestRoles: what is printed allows every request of the level and nothing else.
func TestRoles(t *testing.T) {
	for _, levels := range [][]kube.Level{{kube.Base}, {kube.Base, kube.Helm}, kube.Levels()} {
		var rules []roleRule
		want := map[string]bool{}
		for _, r := range kube.Plan(levels...) {
			if r.Rule != nil && r.Namespace == "" {
				rules = addRule(rules, *r.Rule)
				want[r.Rule.String()] = true
			}
		}
		got := map[string]bool{}
		for _, r := range rules {
			for _, verb := range r.Verbs {
				for _, u := range r.NonResourceURLs {
					got[evidence.Rule{NonResourceURL: u, Verb: verb}.String()] = true
				}
				for _, res := range r.Resources {
					got[evidence.Rule{APIGroup: r.APIGroups[0], Resource: res, Verb: verb}.String()] = true
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", levels, diff)
		}
	}
}
