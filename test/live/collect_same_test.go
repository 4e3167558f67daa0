package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/lab/seed"
)

// today is the day every answer of these tests is judged as of: a bundle is never read before it was made.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

// scenarios are those that an API server alone can be in, all at once.
func scenarios() []string {
	return []string{
		"paper-cluster", "blocking-pdb", "pdb-without-pods", "cordoned-by-someone", "crd-unserved-stored", "dead-webhook",
		"deprecated-client", "helm-removed-apis", "helm-two-deployed", "stale-last-applied",
	}
}

// identity is somebody who assesses and collects.
type identity struct {
	name, kubeconfig string
	// without is the rule that is missing; nil = none is.
	without *evidence.Rule
}

// TestSameAnswer: on an API server that stands still, a bundle gives the answer that a look at the server gives, byte for
// byte, whoever looks, whatever is forbidden, and in whichever form the bundle is.
func TestSameAnswer(t *testing.T) {
	fixline := build(t)
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			t.Run("scenarios", func(t *testing.T) {
				t.Parallel()
				s := start(t, v)
				s.seed(t, scenarios()...)
				for _, who := range s.whole(t) {
					t.Run(who.name, func(t *testing.T) {
						sameAnswer(t, fixline, who)
						s.sameOfUpgrade(t, fixline, who)
					})
				}
			})
			t.Run("a kubeadm cluster", func(t *testing.T) {
				t.Parallel()
				s := start(t, v)
				s.apply(t, filepath.Join("testdata", "seed.yaml"))
				all := append(s.whole(t), s.withoutEach(t)...)
				for _, who := range all {
					t.Run(who.name, func(t *testing.T) { sameAnswer(t, fixline, who) })
				}
				t.Run("the other levels", func(t *testing.T) { neverLess(t, fixline, all[0]) })
			})
		})
	}
}

// whole are those to whom nothing is forbidden.
func (s server) whole(t *testing.T) []identity {
	t.Helper()
	return []identity{
		{name: "an administrator", kubeconfig: s.kubeconfig(t, s.Admin())},
		s.identity(t, "least", shipped(t, "collect-clusterrole.yaml")),
	}
}

// answers are what fixline assess says of one source, by format.
func answers(t *testing.T, fixline program, source ...string) map[string]said {
	t.Helper()
	out := map[string]said{}
	for _, format := range []string{"json", "text"} {
		out[format] = fixline.answer(t, append([]string{"assess", "-o", format}, source...)...)
	}
	return out
}

// answer is what a command says as of the day of these tests; it must say something.
func (p program) answer(t *testing.T, args ...string) said {
	t.Helper()
	got := p.run(t, append(args, "--as-of", today())...)
	if len(got.stdout) == 0 {
		t.Fatalf("fixline %s: exit code %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got
}

// sameOfUpgrade: what an upgrade would break is the same of a bundle as of the server, with the rights that collect is
// given, and nothing is missing that a right would show.
func (s server) sameOfUpgrade(t *testing.T, fixline program, who identity) {
	const next = "1.37.2" // the newest that is known on the day
	for _, verb := range []string{"scan", "assess"} {
		say := func(source ...string) said {
			return fixline.answer(t, append([]string{verb, "--target", next, "-o", "json"}, source...)...)
		}
		const attempts = 5
		for n := range attempts {
			out := filepath.Join(t.TempDir(), "bundle.tar.zst")
			live := say("--kubeconfig", who.kubeconfig)
			fixline.collect(t, who.kubeconfig, out)
			bundle := say("--bundle", out)
			if !bytes.Equal(live.stdout, say("--kubeconfig", who.kubeconfig).stdout) && n < attempts-1 {
				continue // the server did not stand still
			}
			if diff := gocmp.Diff(string(live.stdout), string(bundle.stdout)); diff != "" || live.code != bundle.code {
				t.Errorf("%s --target %s: live ends with %d, the bundle with %d (-live +bundle):\n%s", verb, next, live.code, bundle.code, diff)
			}
			for _, want := range []string{"CRD-002", "DRAIN-0"} {
				if !bytes.Contains(live.stdout, []byte(want)) {
					t.Errorf("%s --target %s does not say %s", verb, next, want)
				}
			}
			if bytes.Contains(live.stdout, []byte("missing rule")) {
				t.Errorf("%s --target %s as %s: a right is missing:\n%s", verb, next, who.name, live.stdout)
			}
			break
		}
	}
	s.noTrace(t)
}

func sameAnswer(t *testing.T, fixline program, who identity) {
	live := answers(t, fixline, "--kubeconfig", who.kubeconfig)
	for _, name := range []string{"bundle", "bundle.tar.zst"} {
		var bundle map[string]said
		const attempts = 5
		for n := range attempts {
			out := filepath.Join(t.TempDir(), name)
			fixline.collect(t, who.kubeconfig, out)
			bundle = answers(t, fixline, "--bundle", out)
			again := answers(t, fixline, "--kubeconfig", who.kubeconfig)
			still := bytes.Equal(live["json"].stdout, again["json"].stdout)
			if live = again; still {
				break
			}
			// A server counts its objects once a minute, and an authorizer learns of a binding a moment after it is written.
			t.Log("the server did not stand still")
			if n == attempts-1 {
				t.Fatal("the server never stood still")
			}
		}
		for format, got := range bundle {
			if !bytes.Equal(live[format].stdout, got.stdout) {
				t.Errorf("-o %s (-live +%s):\n%s", format, name, gocmp.Diff(string(live[format].stdout), string(got.stdout)))
			}
			if live[format].code != got.code {
				t.Errorf("-o %s: live ends with %d, %s with %d", format, live[format].code, name, got.code)
			}
		}
	}
	// The comparison means something: there is an answer, and it names what was forbidden.
	c := cluster(t, live["json"])
	if len(c.Instances) < 9 || len(c.Advisories) == 0 {
		t.Errorf("%d instances, %d advisories", len(c.Instances), len(c.Advisories))
	}
	forbidden := slices.DeleteFunc(slices.Clone(c.Coverage.Gaps), func(g assess.Gap) bool { return !strings.Contains(g.Reason, "missing rule") })
	switch {
	case who.without == nil && len(forbidden) > 0:
		t.Errorf("gaps %+v, want nothing forbidden", forbidden)
	case who.without != nil && (len(forbidden) == 0 || !strings.Contains(forbidden[0].Reason, who.without.String())):
		t.Errorf("gaps %+v, want one that names %s", c.Coverage.Gaps, who.without)
	}
}

// neverLess: what is asked beyond the smallest level adds to an answer and takes nothing from it.
func neverLess(t *testing.T, fixline program, who identity) {
	live := cluster(t, answers(t, fixline, "--kubeconfig", who.kubeconfig)["json"])
	for _, flags := range [][]string{{"--helm"}, {"--kubelet", "proxy"}, {"--helm", "--kubelet", "direct"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "bundle.tar.zst")
			fixline.collect(t, who.kubeconfig, out, flags...)
			got := cluster(t, answers(t, fixline, "--bundle", out)["json"])
			if live.Coverage.Complete && !got.Coverage.Complete {
				t.Errorf("live is complete, and the bundle is not: %+v", got.Coverage.Gaps)
			}
			for _, g := range got.Coverage.Gaps {
				if strings.HasPrefix(g.Check, "configz.json of kubelet") && !g.Required {
					continue // asked for by a flag that assess does not have; no node runs here
				}
				if !slices.ContainsFunc(live.Coverage.Gaps, func(l assess.Gap) bool { return l.Check == g.Check }) {
					t.Errorf("a gap that live has not: %+v", g)
				}
			}
			if diff := gocmp.Diff(live.Advisories, got.Advisories); diff != "" {
				t.Errorf("advisories (-live +bundle):\n%s", diff)
			}
		})
	}
}

func cluster(t *testing.T, answer said) assess.ClusterResult {
	t.Helper()
	var r assess.Result
	if err := json.Unmarshal(answer.stdout, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Clusters) != 1 {
		t.Fatalf("%d clusters", len(r.Clusters))
	}
	return r.Clusters[0]
}

// seed brings the server into scenarios of the lab.
func (s server) seed(t *testing.T, names ...string) {
	t.Helper()
	lab := seed.Lab{Config: s.as(s.Admin()), Progress: t.Output()}
	for _, name := range names {
		scenario, err := seed.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := lab.Seed(t.Context(), scenario); err != nil {
			t.Fatal(err)
		}
	}
}

// identity is somebody with these permissions alone.
func (s server) identity(t *testing.T, name string, permissions []permission) identity {
	t.Helper()
	s.userWith(t, name, permissions)
	who, err := s.ClientCert(name)
	if err != nil {
		t.Fatal(err)
	}
	return identity{name: name, kubeconfig: s.kubeconfig(t, who)}
}

// withoutEach are identities that lack one rule each of those that assess asks for.
func (s server) withoutEach(t *testing.T) []identity {
	t.Helper()
	all := shipped(t, "collect-clusterrole.yaml")
	var out []identity
	for n, p := range shipped(t, "assess-clusterrole.yaml") {
		at := slices.Index(all, p)
		if at < 0 {
			t.Errorf("collecting does not ask for %s, which assess does", p)
			continue
		}
		who := s.identity(t, fmt.Sprintf("same-without-%d", n), slices.Concat(all[:at], all[at+1:]))
		who.name = "without " + p.String()
		who.without = &evidence.Rule{APIGroup: p.group, Resource: p.resource, ResourceName: p.name, Verb: p.verb, NonResourceURL: p.url}
		out = append(out, who)
	}
	return out
}
