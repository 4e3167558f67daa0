package recording

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/cli"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// fixture is a recording in testdata and what it must read as.
type fixture struct {
	name string
	// readme is what its README says, of the scenarios and of the commands that made it.
	readme []string
	// runs is every component's versions, each with how many instances run it where it is more than one.
	runs map[string]string
	// offered is what kubeadm's packages come in.
	offered []string
	// holds are texts of some files, what was seeded above all: what tests of later commands rely on.
	holds map[string]string
	// gaps are what could not be seen; none of them is required.
	gaps []string
	// arguments narrow the assessment; want is what it says, and code how it ends.
	arguments string
	want      answer
	code      exit.Code
}

// answer is the part of an assessment that a fixture is held to.
type answer struct {
	Verdicts map[string]string // by advisory
	Target   string            // kind, and the version where there is one
	Findings []string          // code and object
}

func fixtures() []fixture {
	const containerd, runc = "2 of 1.6.20~ds1-1+deb12u3", "2 of 1.1.5+ds1-1+deb12u1" // Debian 12's, on both hosts
	return []fixture{
		{
			name:   "healthy-1.37.0",
			readme: []string{"- scenarios seeded: healthy\n", "    lab up --version 1.37.0 --control-planes 1 --workers 1 "},
			runs: map[string]string{
				"kube-apiserver": "1.37.0", "kube-controller-manager": "1.37.0", "kube-scheduler": "1.37.0", "etcd": "3.7.0",
				"kubelet": "2 of 1.37.0", "kube-proxy": "2 of 1.37.0", "kubeadm": "2 of 1.37.0", "kubectl": "2 of 1.37.0",
				"coredns": "1.14.6", "containerd": containerd, "runc": runc,
			},
			offered:   []string{"1.37.0", "1.37.1"},
			arguments: "--as-of 2026-11-20 --advisory CVE-2026-2270",
			want:      answer{map[string]string{"CVE-2026-2270": "not-reachable"}, "patch 1.37.1", []string{"SUPPORT-005 Component/containerd"}},
		},
		{
			name:   "fresh-1.34.1",
			readme: []string{"- scenarios seeded: none\n", "    lab up --version 1.34.1 --control-planes 1 --workers 1 "},
			runs: map[string]string{
				"kube-apiserver": "1.34.1", "kube-controller-manager": "1.34.1", "kube-scheduler": "1.34.1", "etcd": "3.6.4",
				"kubelet": "2 of 1.34.1", "kube-proxy": "2 of 1.34.1", "kubeadm": "2 of 1.34.1", "kubectl": "2 of 1.34.1",
				"coredns": "1.12.1", "containerd": containerd, "runc": runc,
			},
			offered:   []string{"1.34.1", "1.34.2"},
			arguments: "--as-of 2026-03-15 --advisory CVE-2025-13281",
			want:      answer{map[string]string{"CVE-2025-13281": "not-reachable"}, "patch 1.34.2", []string{"SUPPORT-005 Component/containerd", "ADVISORY-001 Advisories/disputed"}},
		},
		{
			name:   "etcd-3.5.24",
			readme: []string{"- scenarios seeded: healthy\n", " --etcd 3.5.24\n"},
			runs: map[string]string{
				"kube-apiserver": "1.33.13", "kube-controller-manager": "1.33.13", "kube-scheduler": "1.33.13", "etcd": "3.5.24",
				"kubelet": "2 of 1.33.13", "kube-proxy": "2 of 1.33.13", "kubeadm": "2 of 1.33.13", "kubectl": "2 of 1.33.13",
				"coredns": "1.12.0", "containerd": containerd, "runc": runc,
			},
			offered:   []string{"1.33.13"},
			gaps:      []string{"list resourceclaims: dynamic resource claims"}, // not served yet
			arguments: "--as-of 2026-11-20 --advisory CVE-2026-33413",
			want: answer{map[string]string{"CVE-2026-33413": "affected"}, "unreachable", // 1.33 has ended, and nothing else is offered
				[]string{"SUPPORT-001 Cluster/etcd-3.5.24", "SUPPORT-005 Component/containerd"}},
			code: exit.Findings,
		},
		{
			name:   "troubles-1.34.1",
			readme: []string{"helm-removed-apis, ", "    lab seed webhook-on-kube-system --name ", "    lab up --version 1.34.1 "},
			runs: map[string]string{
				"kube-apiserver": "1.34.1", "kube-controller-manager": "1.34.1", "kube-scheduler": "1.34.1", "etcd": "3.6.4",
				"kubelet": "2 of 1.34.1", "kube-proxy": "2 of 1.34.1", "kubeadm": "2 of 1.34.1", "kubectl": "2 of 1.34.1",
				"coredns": "1.12.1", "containerd": containerd, "runc": runc,
			},
			offered: []string{"1.34.1", "1.34.2"},
			holds: map[string]string{
				"customresourcedefinitions.json":       `"storedVersions":["v1alpha1","v1"]`,
				"horizontalpodautoscalers.json":        `\"apiVersion\":\"autoscaling/v2beta2\"`,
				"metrics.txt":                          `apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses"`,
				"mutatingwebhookconfigurations.json":   `"name":"lab-webhook-on-kube-system"`,
				"validatingwebhookconfigurations.json": `"failurePolicy":"Fail"`,
				"poddisruptionbudgets.json":            `"disruptionsAllowed":0`,
				"nodes.json":                           `"manager":"on-call-engineer"`,
				"pods.json":                            `"managedFields":[{"apiVersion":"v1","manager":"kube-controller-manager"`,
				"hosts/cp1/static-pods.yaml":           "--encryption-provider-config=",
				"hosts/cp1/certs.txt":                  "apiserver                  Nov 29, 2026",
			},
			arguments: "--as-of 2026-03-15 --advisory CVE-2025-13281",
			want: answer{map[string]string{"CVE-2025-13281": "not-reachable"}, "patch 1.34.2",
				[]string{"SUPPORT-005 Component/containerd", "ADVISORY-001 Advisories/disputed"}},
		},
	}
}

func TestFixtures(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			dir := filepath.Join("testdata", f.name)
			testReadme(t, dir, f.readme)
			for file, want := range f.holds {
				if data, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.Contains(string(data), want) {
					t.Errorf("%s does not hold %s, %v", file, want, err)
				}
			}
			b, err := dump.Read(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			c := reading.Cluster(b, reading.Options{Name: f.name})
			counts := map[string]map[string]int{}
			for _, i := range c.Instances {
				if counts[i.Component] == nil {
					counts[i.Component] = map[string]int{}
				}
				counts[i.Component][i.Version.String()]++
			}
			runs := map[string]string{}
			for component, versions := range counts {
				var all []string
				for _, v := range slices.Sorted(maps.Keys(versions)) {
					if n := versions[v]; n > 1 {
						v = fmt.Sprintf("%d of %s", n, v)
					}
					all = append(all, v)
				}
				runs[component] = strings.Join(all, ", ")
			}
			if diff := cmp.Diff(f.runs, runs); diff != "" {
				t.Errorf("what runs (-want +got):\n%s", diff)
			}
			var offered []string
			for _, v := range c.Available {
				offered = append(offered, v.String())
			}
			if diff := cmp.Diff(f.offered, offered); diff != "" {
				t.Errorf("what is offered (-want +got):\n%s", diff)
			}
			var gaps []string
			for _, g := range c.Gaps {
				if g.Required {
					t.Errorf("required gap: %+v", g)
				}
				gaps = append(gaps, g.Check)
			}
			if diff := cmp.Diff(f.gaps, gaps); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			got, code := assessed(t, append([]string{"assess", "--bundle", dir, "-o", "json"}, strings.Fields(f.arguments)...))
			if diff := cmp.Diff(f.want, got); diff != "" || code != f.code {
				t.Errorf("assess ends with %d, want %d (-want +got):\n%s", code, f.code, diff)
			}
		})
	}
}

// TestEveryFixtureIsHeld: a recording that no test reads is not there.
func TestEveryFixtureIsHeld(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var there, held []string
	for _, entry := range entries {
		there = append(there, entry.Name())
	}
	for _, f := range fixtures() {
		held = append(held, f.name)
	}
	slices.Sort(held)
	if diff := cmp.Diff(held, there); diff != "" {
		t.Errorf("(-in the table +in testdata):\n%s", diff)
	}
}

func testReadme(t *testing.T, dir string, want []string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(want, "Made by `lab record`", "Reduced by `lab reduce`") {
		if !strings.Contains(string(readme), text) {
			t.Errorf("README.md does not say %q:\n%s", text, readme)
		}
	}
}

// assessed runs the program as on the command line.
func assessed(t *testing.T, args []string) (answer, exit.Code) {
	t.Helper()
	var out, errs bytes.Buffer
	f := factory.New("fixline", terminal.Test(nil, &out, &errs), func(string) string { return "" })
	code := cli.Run(context.Background(), f, args)
	var result struct {
		Clusters []struct {
			Advisories []struct{ ID, Verdict string }
			Findings   []struct{ Code, Object string }
			Target     struct {
				Kind    string
				Version *string
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil || len(result.Clusters) != 1 {
		t.Fatalf("fixline %s: %v, %d clusters: %s", strings.Join(args, " "), err, len(result.Clusters), &errs)
	}
	c := result.Clusters[0]
	got := answer{Verdicts: map[string]string{}, Target: c.Target.Kind}
	for _, a := range c.Advisories {
		got.Verdicts[a.ID] = a.Verdict
	}
	if c.Target.Version != nil {
		got.Target += " " + *c.Target.Version
	}
	for _, f := range c.Findings {
		got.Findings = append(got.Findings, f.Code+" "+f.Object)
	}
	return got, code
}
