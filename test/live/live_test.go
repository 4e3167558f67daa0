package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// sameVersions compares versions as values: their fields are not exported.
var sameVersions = gocmp.Comparer(func(a, b version.Version) bool { return a == b })

// withoutUpgrade leaves out what an upgrade would meet: a folder of kubectl
// output says of it in other words what it lacks. That a bundle holds it as the
// live cluster does is for TestSameAnswer.
var withoutUpgrade = gocmp.FilterPath(func(p gocmp.Path) bool { return p.String() == "Facts.Upgrade" }, gocmp.Ignore())

func TestLive(t *testing.T) {
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			s := start(t, v)
			s.apply(t, filepath.Join("testdata", "seed.yaml"))
			s.apply(t, filepath.Join(rbacDir(), "assess-clusterrole.yaml"))
			s.apply(t, filepath.Join(rbacDir(), "assess-binding-example.yaml"))
			restricted := s.token(t, "fixline", "fixline-assess")

			before := s.deprecated(t)
			b := read(t, restricted, kube.Options{Version: "1.2.3"})
			t.Run("nothing is refused", func(t *testing.T) { nothingRefused(t, b) })
			t.Run("no warning comes back", func(t *testing.T) {
				if len(b.Warnings) > 0 {
					t.Errorf("warnings: %q", b.Warnings)
				}
			})
			t.Run("nothing deprecated is requested", func(t *testing.T) {
				if after := s.deprecated(t); !slices.Equal(before, after) {
					t.Errorf("apiserver_requested_deprecated_apis before %q, after %q", before, after)
				}
				s.checkAudit(t)
			})
			c := reading.Cluster(b, reading.Options{Name: "test"})
			t.Run("instances", func(t *testing.T) { checkInstances(t, c) })
			t.Run("facts", func(t *testing.T) { checkFacts(t, c) })
			t.Run("no secret is kept", func(t *testing.T) {
				if text := fmt.Sprintf("%+v", b); strings.Contains(text, "very-secret") {
					t.Error("a secret of a command line or environment is in the bundle")
				}
			})
			t.Run("pages", func(t *testing.T) {
				var lines []string
				paged := read(t, restricted, kube.Options{PageSize: 2, Progress: func(l string) { lines = append(lines, l) }})
				if diff := gocmp.Diff(c, reading.Cluster(paged, reading.Options{Name: "test"}), sameVersions); diff != "" {
					t.Errorf("pages of two read differently (-whole +paged):\n%s", diff)
				}
				if !slices.Contains(lines, "reading pods: 4") {
					t.Errorf("no progress of the second page of pods: %q", lines)
				}
			})
			t.Run("a folder reads the same", func(t *testing.T) {
				d, err := dump.Read(t.Context(), s.dump(t))
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(c, reading.Cluster(d, reading.Options{Name: "test"}), sameVersions, withoutUpgrade); diff != "" {
					t.Errorf("live and folder differ (-live +folder):\n%s", diff)
				}
			})
			t.Run("every rule is needed", func(t *testing.T) { s.everyRule(t) })
			t.Run("bad credentials", func(t *testing.T) { s.badCredentials(t) })
		})
	}
}

func read(t *testing.T, cfg *rest.Config, opts kube.Options) *evidence.Bundle {
	t.Helper()
	b, err := kube.Read(t.Context(), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func nothingRefused(t *testing.T, b *evidence.Bundle) {
	for r, a := range b.Access {
		if a.State == evidence.Read {
			continue
		}
		// Older servers do not serve what became stable later.
		served := !slices.ContainsFunc(evidence.Lists(), func(l evidence.List) bool { return l.Resource == r && l.Since != "" })
		if served || a.State != evidence.Absent {
			t.Errorf("%s: %s: %s", r, a.State, a.Reason)
		}
	}
}

func checkInstances(t *testing.T, c inventory.Cluster) {
	var got []string
	for _, i := range c.Instances {
		what := i.Version.String()
		if i.Unread != "" {
			what = "unread"
		}
		got = append(got, strings.TrimRight(fmt.Sprintf("%s %s %s %s (%s) %s", i.Component, i.Node, i.OS, what, i.ReadFrom, i.Server), " "))
	}
	want := []string{
		"kube-apiserver cp1 linux 1.37.0 (static pod image)",
		"kube-controller-manager cp1 linux unread (static pod image) own",
		"kube-scheduler cp1 linux 1.37.0 (static pod image) own",
		"etcd cp1 linux 3.7.0 (static pod image)",
		"kubelet cp1 linux 1.37.0 (nodeInfo.kubeletVersion)",
		"kubelet w1 linux 1.36.4 (nodeInfo.kubeletVersion)",
		"kubelet win1 windows 1.36.4 (nodeInfo.kubeletVersion)",
		"kube-proxy w1 linux 1.36.4 (pod image)",
		"containerd cp1 linux 2.3.1 (nodeInfo.containerRuntimeVersion)",
		"containerd win1 windows 2.2.0 (nodeInfo.containerRuntimeVersion)",
		"cri-o w1 linux 1.36.1 (nodeInfo.containerRuntimeVersion)",
		"coredns w1 linux 1.14.6 (pod image)",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
}

func checkFacts(t *testing.T, c inventory.Cluster) {
	if c.Provider != "kubeadm" {
		t.Errorf("provider %s by %s", c.Provider, c.ProviderEvidence)
	}
	for use, want := range map[string]inventory.State{
		inventory.UseWindowsNodes: inventory.Yes, inventory.UseExternalIPServices: inventory.Yes, inventory.UseNetworkPolicies: inventory.Yes,
		inventory.UseSubPathVolumes: inventory.Yes, inventory.UseClusterScopedCRs: inventory.Yes, inventory.UseNodeWebhooks: inventory.Yes,
		inventory.UseVolumePlugin + ":portworxVolume": inventory.Yes, inventory.UseVolumePlugin + ":file.csi.azure.com": inventory.Yes,
		inventory.UseGitRepoVolumes: inventory.No, inventory.UseAggregatedAPIs: inventory.No, inventory.UseIngresses: inventory.No,
		inventory.UseVolumePlugin + ":rbd": inventory.No,
	} {
		if got := c.Facts.Uses[use]; got.State != want || got.Evidence == "" {
			t.Errorf("%s: %+v, want state %d", use, got, want)
		}
	}
	for _, s := range c.Facts.Settings {
		if s.Component != inventory.KubeAPIServer {
			continue
		}
		want := map[string]string{"anonymous-auth": "false", "token": evidence.Redacted}
		if diff := gocmp.Diff(want, s.Flags); diff != "" || !s.Gates["A"] || !s.Complete {
			t.Errorf("settings of kube-apiserver %+v:\n%s", s, diff)
		}
	}
	if c.Facts.RBAC == nil || len(c.Facts.RBAC.Bindings) == 0 {
		t.Error("no RBAC policy")
	}
	if !slices.Contains(c.Facts.Namespaces, inventory.Namespace{Name: "shop", Enforce: "baseline"}) {
		t.Errorf("namespaces: %v", c.Facts.Namespaces)
	}
	if !slices.ContainsFunc(c.Observed, func(o inventory.Observation) bool { return o.Code == reading.ImageNotRunning }) {
		t.Errorf("the scheduler's running image was not noticed: %v", c.Observed)
	}
}

// deprecated are the deprecated APIs the server has seen requests for.
func (s server) deprecated(t *testing.T) []string {
	t.Helper()
	m, err := evidence.ReadMetrics(bytes.NewReader(s.raw(t, "/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	return m.Deprecated
}

// checkAudit reads the server's own record of what fixline asked.
func (s server) checkAudit(t *testing.T) {
	f, err := os.Open(s.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			UserAgent, Verb, RequestURI string
			ObjectRef                   struct{ Resource, Name, APIVersion string }
			Annotations                 map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			continue // the line being written
		}
		if !strings.HasPrefix(e.UserAgent, "fixline/") {
			continue
		}
		seen++
		if e.UserAgent != "fixline/1.2.3 (assess)" {
			t.Errorf("user agent %q", e.UserAgent)
		}
		if e.Verb != "list" && e.Verb != "get" {
			t.Errorf("%s %s: not a reading verb", e.Verb, e.RequestURI)
		}
		if e.ObjectRef.Resource == "secrets" || e.ObjectRef.Resource == "endpoints" || e.ObjectRef.Resource == "componentstatuses" {
			t.Errorf("%s was requested", e.RequestURI)
		}
		if v := e.ObjectRef.APIVersion; v != "" && v != "v1" {
			t.Errorf("%s: version %s is not stable", e.RequestURI, v)
		}
		if e.Annotations["k8s.io/deprecated"] != "" {
			t.Errorf("%s is deprecated: %v", e.RequestURI, e.Annotations)
		}
	}
	if seen < 20 {
		t.Errorf("only %d requests of fixline in the audit log", seen)
	}
}
