package removal

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/version"
)

func m(s string) version.Minor {
	if s == "" {
		return version.Minor{}
	}
	out, err := version.ParseMinor(s)
	if err != nil {
		panic(err)
	}
	return out
}

func k(apiVersion, kind string) GVK {
	out, err := ParseGVK(apiVersion, kind)
	if err != nil {
		panic(err)
	}
	return out
}

// world is a small table with one of everything.
func world(t *testing.T) *Table {
	t.Helper()
	life := func(api, kind, introduced, deprecated, removed, replacement string) Lifecycle {
		l := Lifecycle{GVK: k(api, kind), Product: Kubernetes, Introduced: m(introduced), Deprecated: m(deprecated), Removed: m(removed)}
		if replacement != "" {
			l.Replacement = k(replacement, kind)
		}
		return l
	}
	off := life("resource.k8s.io/v1beta1", "ResourceClaim", "1.32", "1.35", "1.38", "")
	off.OffByDefault = true
	review := life("admission.k8s.io/v1beta1", "AdmissionReview", "1.9", "1.19", "1.22", "")
	review.Payload = true
	endpoints := life("v1", "Endpoints", "", "1.33", "", "")
	endpoints.Replacement = k("discovery.k8s.io/v1", "EndpointSlice")
	cert := life("cert-manager.io/v1alpha2", "Certificate", "", "1.4", "1.6", "")
	cert.Product = "cert-manager"
	old := life("networking.k8s.io/v1beta1", "Ingress", "1.14", "1.19", "1.22", "networking.k8s.io/v1")
	old.Changes = []Change{{Field: "spec.backend", Kind: "renamed", Text: "it is spec.defaultBackend"}}
	old.ChangesKnown = true
	extensions := life("extensions/v1beta1", "Ingress", "", "1.14", "1.22", "networking.k8s.io/v1beta1")
	extensions.ChangesKnown = true
	table, err := NewTable(Facts{
		From: map[string]version.Minor{Kubernetes: m("1.16")}, Through: map[string]version.Minor{Kubernetes: m("1.37")},
		Lives: []Lifecycle{
			extensions, old, life("networking.k8s.io/v1", "Ingress", "1.19", "", "", ""),
			life("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.12", "1.23", "1.26", "autoscaling/v2"), life("autoscaling/v2", "HorizontalPodAutoscaler", "1.23", "", "", ""),
			off, review, endpoints, cert, life("policy/v1beta1", "PodSecurityPolicy", "1.10", "1.21", "1.25", ""),
		},
		Bystanders: []Bystander{
			{Name: "the garbage collector", User: []string{"system:serviceaccount:kube-system:generic-garbage-collector"}, Manager: []string{"kube-controller-manager"}},
			{Name: "Velero", UserAgent: []string{"velero*"}, Manager: []string{"velero-server"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestJoin(t *testing.T) {
	v2beta2, v2 := k("autoscaling/v2beta2", "HorizontalPodAutoscaler"), k("autoscaling/v2", "HorizontalPodAutoscaler")
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	hpa := func(g GVK, s Source) Use { return Use{GVK: g, Namespace: "shop", Name: "cart", Source: s} }
	written := func(g GVK, manager string) Use {
		u := hpa(g, ManagedFields)
		u.Manager, u.Time = manager, day
		return u
	}
	file := func(g GVK, name string, line int) Use {
		return Use{GVK: g, Namespace: "shop", Name: "cart", Source: File, File: name, Line: line, Column: 1, Document: 1}
	}
	called := func(g GVK, agent, user string) Use {
		return Use{GVK: GVK{Group: g.Group, Version: g.Version}, Resource: Resource(g.Kind), Source: Audit, UserAgent: agent, User: user, Count: 3}
	}
	gauge := Use{GVK: GVK{Group: "autoscaling", Version: "v2beta2"}, Resource: "horizontalpodautoscalers", Source: Metric, Since: day}
	release := hpa(v2beta2, Helm)
	release.Release, release.Revision, release.Where = "cart", 4, "Secret/shop/sh.helm.release.v1.cart.v4"
	gc := "system:serviceaccount:kube-system:generic-garbage-collector"
	crossing := Move{From: m("1.25"), Target: m("1.26")}

	for _, tt := range []struct {
		name string
		move Move
		uses []Use
		want []string // code, object, source, also seen in
	}{
		{"everybody writes the new version", crossing, []Use{written(v2, "helm"), hpa(v2, LastApplied)}, nil},
		{"a stale annotation", crossing, []Use{written(v2, "kubectl"), hpa(v2beta2, LastApplied)},
			[]string{"API-005 HorizontalPodAutoscaler/shop/cart last-applied []"}},
		{"an annotation, and nobody knows who writes", crossing, []Use{hpa(v2beta2, LastApplied)},
			[]string{"API-012 HorizontalPodAutoscaler/shop/cart last-applied []"}},
		{"an annotation of a version that is gone already", Move{From: m("1.31"), Target: m("1.32")}, []Use{hpa(v2beta2, LastApplied)},
			[]string{"API-005 HorizontalPodAutoscaler/shop/cart last-applied []"}},
		{"a live writer without an annotation", crossing, []Use{written(v2, "kubectl"), written(v2beta2, "argocd-controller")},
			[]string{"API-001 HorizontalPodAutoscaler/shop/cart managed-fields []"}},
		{"a writer of long ago", Move{From: m("1.31"), Target: m("1.32")}, []Use{written(v2, "kubectl"), written(v2beta2, "argocd-controller")},
			[]string{"API-005 HorizontalPodAutoscaler/shop/cart managed-fields []"}},
		{"only the control plane writes it", crossing, []Use{written(v2, "kubectl"), written(v2beta2, "kube-controller-manager")},
			[]string{"API-007 HorizontalPodAutoscaler/shop/cart managed-fields []"}},
		{"one verdict for five places", crossing, []Use{hpa(v2beta2, LastApplied), written(v2beta2, "argocd-controller"), release, file(v2beta2, "a.yaml", 3)},
			[]string{"API-001 HorizontalPodAutoscaler/shop/cart file [helm managed-fields last-applied]"}},
		{"each file must be edited", crossing, []Use{file(v2beta2, "b.yaml", 9), file(v2beta2, "a.yaml", 3)},
			[]string{"API-001 HorizontalPodAutoscaler/shop/cart file []", "API-001 HorizontalPodAutoscaler/shop/cart file []"}},
		{"a release whose live object is fine", crossing, []Use{written(v2, "kubectl"), release},
			[]string{"API-002 HorizontalPodAutoscaler/shop/cart helm []"}},
		{"a gauge alone", crossing, []Use{gauge}, []string{"API-006 horizontalpodautoscalers.v2beta2.autoscaling metric []"}},
		{"a gauge that bystanders explain", crossing, []Use{gauge, called(v2beta2, "kube-controller-manager/v1.25.0", gc), called(v2beta2, "velero-server/v1.9.0", "backup")},
			[]string{"API-007 horizontalpodautoscalers.v2beta2.autoscaling metric [audit]"}},
		{"a gauge and who it was", crossing, []Use{gauge, called(v2beta2, "velero-server/v1.9.0", "backup"), called(v2beta2, "keda/v2.7.0", "system:serviceaccount:keda:keda")},
			[]string{"API-001 horizontalpodautoscalers.v2beta2.autoscaling audit [metric]"}},
		{"the server knows what the table does not", crossing, []Use{{GVK: GVK{Group: "new.k8s.io", Version: "v1beta1"}, Resource: "things", Source: Metric, RemovedRelease: m("1.26")}},
			[]string{"API-006 things.v1beta1.new.k8s.io metric []"}},
		{"deprecated, not yet removed", Move{Target: m("1.25")}, []Use{file(v2beta2, "a.yaml", 1)},
			[]string{"API-003 HorizontalPodAutoscaler/shop/cart file []"}},
		{"not yet served", Move{Target: m("1.22")}, []Use{file(v2, "a.yaml", 1)}, []string{"API-004 HorizontalPodAutoscaler/shop/cart file []"}},
		{"a kind nobody knows", Move{Target: m("1.30")}, []Use{file(k("networking.k8s.io/v1", "Ingres"), "a.yaml", 1)}, []string{"API-008 Ingres/shop/cart file []"}},
		{"a target nobody knows", Move{Target: m("1.99")}, []Use{file(v2, "a.yaml", 1)}, []string{"API-008 HorizontalPodAutoscaler/shop/cart file []"}},
		{"an add-on of unknown version", Move{Target: m("1.30")}, []Use{file(k("cert-manager.io/v1alpha2", "Certificate"), "a.yaml", 1)}, []string{"API-009 Certificate/shop/cart file []"}},
		{"an add-on of known version", Move{Target: m("1.30"), Products: map[string]Move{"cert-manager": {Target: m("1.6")}}},
			[]Use{file(k("cert-manager.io/v1alpha2", "Certificate"), "a.yaml", 1)}, []string{"API-001 Certificate/shop/cart file []"}},
		{"a custom resource", Move{Target: m("1.30")}, []Use{file(k("example.org/v1", "Thing"), "a.yaml", 1)}, nil},
		{"deprecated for good", Move{Target: m("1.37")}, []Use{file(k("v1", "Endpoints"), "a.yaml", 1), {GVK: GVK{Version: "v1"}, Resource: "endpoints", Source: Metric}},
			[]string{"API-010 Endpoints/shop/cart file []"}},
		{"off by default", Move{Target: m("1.34")}, []Use{file(k("resource.k8s.io/v1beta1", "ResourceClaim"), "a.yaml", 1)}, []string{"API-011 ResourceClaim/shop/cart file []"}},
		{"a recorded request", Move{Target: m("1.30")}, []Use{file(k("admission.k8s.io/v1beta1", "AdmissionReview"), "a.json", 1)}, []string{"API-013 AdmissionReview/shop/cart file []"}},
		{"one object under two groups", Move{Target: m("1.22")}, []Use{
			{GVK: k("extensions/v1beta1", "Ingress"), Namespace: "a", Name: "b", Source: LastApplied},
			{GVK: k("networking.k8s.io/v1", "Ingress"), Namespace: "a", Name: "b", Source: ManagedFields, Manager: "kubectl"}},
			[]string{"API-005 Ingress/a/b last-applied []"}},
		{"a list is its kind", Move{Target: m("1.22")}, []Use{file(k("extensions/v1beta1", "IngressList"), "a.yaml", 1)}, []string{"API-001 IngressList/shop/cart file []"}},
		{"blockers first", crossing, []Use{gauge, file(v2beta2, "a.yaml", 3)},
			[]string{"API-001 HorizontalPodAutoscaler/shop/cart file []", "API-006 horizontalpodautoscalers.v2beta2.autoscaling metric []"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, v := range Join(world(t), tt.move, tt.uses) {
				var also []string
				for _, s := range v.AlsoSeenIn() {
					also = append(also, string(s))
				}
				got = append(got, v.Code+" "+v.Object+" "+string(v.Use.Source)+" ["+strings.Join(also, " ")+"]")
				if v.Message == "" || v.Advice == "" || v.Severity.Rank() == 0 {
					t.Errorf("no message, remedy or severity: %+v", v)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	day := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	v2beta2 := k("autoscaling/v2beta2", "HorizontalPodAutoscaler")
	gone := "autoscaling/v2beta2 HorizontalPodAutoscaler is not served from 1.26 on; write autoscaling/v2 HorizontalPodAutoscaler: "
	for _, tt := range []struct {
		use  Use
		want string
	}{
		{Use{GVK: v2beta2, Name: "x", Source: File, File: "a.yaml", Line: 3}, gone + "written in a.yaml:3"},
		{Use{GVK: v2beta2, Name: "x", Source: Helm, Release: "cart", Revision: 4, Line: 7}, gone + `HorizontalPodAutoscaler/x is written in revision 4 of the Helm release "cart", in line 7 of its manifest`},
		{Use{GVK: v2beta2, Name: "x", Source: ManagedFields, Manager: "argocd", Time: day}, gone + `written by "argocd" on 2026-03-01`},
		{Use{GVK: v2beta2, Resource: "horizontalpodautoscalers", Source: Metric, Since: day, Server: "10.0.0.1"},
			gone + "requested of 10.0.0.1 at least once since 2026-03-01 08:00 UTC, when its process started; the gauge stays 1 ever after, so this may be over"},
		{Use{GVK: v2beta2, Source: Audit, UserAgent: "keda/v2", User: "keda", Count: 1, Time: day}, gone + "requested once by keda/v2 as keda, last on 2026-03-01"},
	} {
		got := Join(world(t), Move{From: m("1.25"), Target: m("1.26")}, []Use{tt.use})
		if len(got) != 1 || got[0].Message != tt.want {
			t.Errorf("got %+v\nwant %s", got, tt.want)
		}
	}
}

// TestAdviceWithoutReplacement: nobody is told to write what there is not.
func TestAdviceWithoutReplacement(t *testing.T) {
	for use, want := range map[GVK]string{k("policy/v1beta1", "PodSecurityPolicy"): "nothing replaces it", k("extensions/v1beta1", "Ingress"): "write the replacement"} {
		got := Join(world(t), Move{Target: m("1.25")}, []Use{{GVK: use, Name: "x", Source: File, File: "a.yaml"}})
		if len(got) != 1 || !strings.HasPrefix(got[0].Advice, want) {
			t.Errorf("%s: %+v; want %q", use, got, want)
		}
	}
}

// TestRemedyNamesChanges: what else changes is said along the whole chain.
func TestRemedyNamesChanges(t *testing.T) {
	got := Join(world(t), Move{Target: m("1.22")}, []Use{{GVK: k("extensions/v1beta1", "Ingress"), Name: "x", Source: File, File: "a.yaml"}})
	if len(got) != 1 || len(got[0].Judgement.Changes) != 1 || got[0].Judgement.Changes[0].Text != "it is spec.defaultBackend" || got[0].Judgement.OnlyVersion() {
		t.Errorf("%+v", got)
	}
}
