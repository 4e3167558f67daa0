// Package settings proves what the catalogue says of flags, feature gates and
// refused values by starting the real programs that the lab's cache holds.
package settings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/lab/program"
)

// built are the paths of the programs in the lab's cache, by name and minor,
// the newest patch of each. Nothing is built for these tests: what is not
// there is skipped by name (lab build --version V NAME makes it).
func built(t *testing.T) map[string]map[version.Minor]string {
	t.Helper()
	store, err := program.Open(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	out, newest := map[string]map[version.Minor]string{}, map[string]version.Version{}
	for _, e := range entries {
		v, err := version.Parse(e.Program.Version)
		key := e.Program.Name + " " + v.Minor().String()
		if err != nil || !newest[key].Less(v) {
			continue
		}
		newest[key] = v
		if out[e.Program.Name] == nil {
			out[e.Program.Name] = map[version.Minor]string{}
		}
		out[e.Program.Name][v.Minor()] = e.Path
	}
	return out
}

// say runs a program that is to refuse its settings; one that does not end
// by itself is ended.
func say(t *testing.T, path string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s %q: %v %v: %s", path, args, err, ctx.Err(), out)
	}
	return strings.ReplaceAll(string(out), `\"`, `"`) // logs quote what they quote
}

func settingFacts(t *testing.T) settings.Facts {
	t.Helper()
	f, err := catalog.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every rule about a flag or value that stops a program is proven by that
// program: what is said to be gone is unknown to every release from then on,
// and known to those before.
func TestSettingRules(t *testing.T) {
	programs := built(t)
	for _, r := range settingFacts(t).Rules {
		if r.Says == "" {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			proven := false
			for _, m := range slices.SortedFunc(maps.Keys(programs[r.Component]), version.Minor.Compare) {
				refuses := m.Compare(r.From) >= 0
				for _, args := range provocations(t, r) {
					got := say(t, programs[r.Component][m], args.args...)
					if strings.Contains(got, args.says) != refuses {
						t.Errorf("%s %s is said to refuse %q from %s on, and says\n%s", r.Component, m, args.args, r.From, got)
					}
				}
				proven = proven || refuses
			}
			if !proven {
				t.Skipf("no %s of %s or later is built", r.Component, r.From)
			}
		})
	}
}

// provocation is how a program is started, and what it answers where the rule holds.
type provocation struct {
	args []string
	says string
}

func provocations(t *testing.T, r settings.Rule) []provocation {
	value := "x"
	if len(r.Values) > 0 {
		value = r.Values[0]
	}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// A second setting that no release takes keeps the program from starting in any case.
	kubelet := func(more string) []string {
		return []string{"--kubeconfig=/nonexistent", "--config=" + file("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxOpenFiles: -1\n"+more)}
	}
	switch {
	case r.Kind == settings.KubeadmConfig:
		return []provocation{{[]string{"config", "validate", "--config", file("apiVersion: " + value + "\nkind: ClusterConfiguration\nkubernetesVersion: v1.35.0\n")}, r.Says}}
	case r.Kind == settings.Cgroup:
		if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
			t.Skip("this host has no cgroup v1")
		}
		return []provocation{{kubelet(""), r.Says}}
	case r.Kind == settings.Config:
		return []provocation{{kubelet(r.Names[0] + ": " + value + "\n"), r.Says}}
	case r.Code() == "SET-001":
		var out []provocation
		for _, name := range r.Names {
			out = append(out, provocation{[]string{"--" + name + "=x", "--no-such-flag"}, r.Says + name + "\n"})
		}
		if r.Component == "kubelet" { // it ends the message with a quote
			for i := range out {
				out[i].says = strings.TrimSuffix(out[i].says, "\n") + `"`
			}
		}
		return out
	case r.Component == "kubelet":
		return []provocation{{append(kubelet(""), "--"+r.Names[0]+"="+value), r.Says}}
	case r.Component == "kube-apiserver":
		return []provocation{{[]string{"--" + r.Names[0] + "=" + value, "--etcd-servers=http://127.0.0.1:1", "--service-cluster-ip-range=10.0.0.0/24"}, r.Says}}
	}
	return []provocation{{[]string{"--" + r.Names[0] + "=" + value, "--kubeconfig=/nonexistent"}, r.Says}}
}

// takes starts a component with feature gates and says whether it got past
// them: the first three look at the gates before they print their version; the
// others do so before they refuse a setting that nothing takes.
func takes(t *testing.T, component, path string, gates []string) (bool, string) {
	t.Helper()
	past, more := "Kubernetes v1.", []string{"--version"}
	switch component {
	case "kubelet":
		past, more = "maxOpenFiles", []string{"--max-open-files=-1", "--kubeconfig=/nonexistent"}
	case "kube-proxy":
		past, more = "OOMScoreAdj", []string{"--oom-score-adj=-5000"}
	}
	got := say(t, path, append(more, "--feature-gates="+strings.Join(gates, ","))...)
	return strings.Contains(got, past), got
}

// The table of gates is what each program takes: all that it lists, at their
// defaults; none that it does not; and no locked one at the other value.
func TestFeatureGates(t *testing.T) {
	programs, table := built(t), settingFacts(t).Gates
	for _, component := range table.Components {
		for m := table.From; m.Compare(table.Through) <= 0; m = m.Next() {
			t.Run(fmt.Sprintf("%s %s", component, m), func(t *testing.T) {
				t.Parallel()
				path := programs[component][m]
				if path == "" {
					t.Skip("not built")
				}
				var known, gone, locked []string
				for _, name := range slices.Sorted(maps.Keys(table.ByName)) {
					s, ok := table.At(name, m)
					_, before := table.At(name, version.Minor{Major: m.Major, Minor: m.Minor - 1})
					switch {
					case ok:
						known = append(known, name+"="+strconv.FormatBool(s.Default))
					case before || component == "kube-scheduler": // one of them tries all, to be done today
						gone = append(gone, name)
					}
					if ok && s.Locked {
						locked = append(locked, name+"="+strconv.FormatBool(!s.Default))
					}
				}
				if ok, got := takes(t, component, path, known); !ok {
					t.Errorf("it does not take what the table says it knows:\n%s", got)
				}
				for _, name := range gone {
					if ok, got := takes(t, component, path, []string{name + "=true"}); ok || !strings.Contains(got, "unrecognized feature gate: "+name) {
						t.Errorf("it does not refuse %s:\n%s", name, got)
					}
				}
				ok, got := takes(t, component, path, locked)
				for _, one := range locked {
					name, _, _ := strings.Cut(one, "=")
					if ok || !strings.Contains(got, "cannot set feature gate "+name+" to") {
						t.Errorf("it does not refuse %s:\n%.400s", one, got)
					}
				}
				t.Logf("%d gates taken, %d refused, %d locked", len(known), len(gone), len(locked))
			})
		}
	}
}
