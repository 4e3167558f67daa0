package uses

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

func m(s string) version.Minor {
	if s == "" {
		return version.Minor{}
	}
	return version.MustParse(s + ".0").Minor()
}

// world knows autoscalers and the Ingress, and who depends on no version.
func world(t *testing.T) *removal.Table {
	t.Helper()
	life := func(group, v, kind, introduced, deprecated, removed string, to removal.GVK) removal.Lifecycle {
		return removal.Lifecycle{GVK: removal.GVK{Group: group, Version: v, Kind: kind}, Product: removal.Kubernetes,
			Introduced: m(introduced), Deprecated: m(deprecated), Removed: m(removed), Replacement: to}
	}
	hpa := removal.GVK{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"}
	webhook := removal.GVK{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "MutatingWebhookConfiguration"}
	table, err := removal.NewTable(removal.Facts{
		From: map[string]version.Minor{removal.Kubernetes: m("1.10")}, Through: map[string]version.Minor{removal.Kubernetes: m("1.37")},
		Lives: []removal.Lifecycle{
			life("autoscaling", "v2beta2", hpa.Kind, "1.12", "1.23", "1.26", hpa), life("autoscaling", "v2", hpa.Kind, "1.23", "", "", removal.GVK{}),
			life("admissionregistration.k8s.io", "v1beta1", webhook.Kind, "1.9", "1.16", "1.22", webhook), life("admissionregistration.k8s.io", "v1", webhook.Kind, "1.16", "", "", removal.GVK{}),
			life("policy", "v1beta1", "PodSecurityPolicy", "1.10", "1.21", "1.25", removal.GVK{}),
			life("", "v1", "Pod", "", "", "", removal.GVK{}), life("", "v1", "Endpoints", "", "1.33", "", removal.GVK{}),
		},
		Bystanders: []removal.Bystander{
			{Name: "the garbage collector", User: []string{"system:serviceaccount:kube-system:generic-garbage-collector"}, Manager: []string{"kube-controller-manager"}},
			{Name: "Velero", UserAgent: []string{"velero-server/*"}}, {Name: "Fixline", UserAgent: []string{"fixline/*"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func read(t *testing.T, target string, files map[string]string) *Reader {
	t.Helper()
	r := New(world(t), removal.Move{Target: m(target)})
	for name, text := range files {
		if err := put(r, name, text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r.Note(evidence.Check{Asked: strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".txt"), State: evidence.Read})
	}
	return r
}

func put(r *Reader, name, text string) error {
	return r.File(name, evidence.Origin{}, func(w io.Writer) (int, error) { return io.WriteString(w, text) })
}

// autoscaler is a list of one, written by pairs of version and manager, with
// the annotation of one version.
func autoscaler(applied string, writers ...string) string {
	annotation := ""
	if applied != "" {
		annotation = `,"annotations":{"` + evidence.LastApplied + `":"{\"apiVersion\":\"autoscaling/` + applied + `\",\"kind\":\"HorizontalPodAutoscaler\"}"}`
	}
	var entries []string
	for i := 0; i < len(writers); i += 2 {
		entries = append(entries, fmt.Sprintf(`{"apiVersion":"autoscaling/%s","manager":%q,"operation":"Update","time":"2026-03-01T08:00:00Z"}`, writers[i], writers[i+1]))
	}
	return `{"kind":"List","items":[{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"cart","namespace":"shop","managedFields":[` +
		strings.Join(entries, ",") + `]` + annotation + `}}]}`
}

func release(objects, more string) string {
	return `{"kind":"HelmReleaseList","items":[{"namespace":"shop","name":"cart","revision":4,"status":"deployed","driver":"secrets","stored":"Secret/shop/sh.helm.release.v1.cart.v4"` +
		more + `,"objects":[` + objects + `]}]}`
}

func call(agent, user, more string) string {
	return fmt.Sprintf(`{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"list","userAgent":%q,"user":{"username":%q},`+
		`"objectRef":{"resource":"horizontalpodautoscalers","apiGroup":"autoscaling","apiVersion":"v2beta2"},"responseStatus":{"code":200},`+
		`"requestReceivedTimestamp":"2026-03-02T08:00:00.000000Z"%s}`, agent, user, more) + "\n"
}

const (
	versionFrom = `{"gitVersion":"v%s.4"}`
	old         = `{"apiVersion":"autoscaling/v2beta2","kind":"HorizontalPodAutoscaler","name":"cart","line":7}`
	gauge       = `apiserver_requested_deprecated_apis{group="autoscaling",removed_release="1.26",resource="horizontalpodautoscalers",subresource="",version="v2beta2"} 1` +
		"\nprocess_start_time_seconds 1.7723520e+09\n"
	gc = "system:serviceaccount:kube-system:generic-garbage-collector"
)

// TestCases are what users of other tools reported, by issue.
func TestCases(t *testing.T) {
	hpas := "horizontalpodautoscalers.json"
	for _, tt := range []struct {
		name     string
		from, to string
		files    map[string]string
		audit    string
		want     []string // code, severity, object, source, also seen in
	}{
		{"kube-no-trouble#276, #316, pluto#495: an annotation nobody writes any more", "1.25", "1.26",
			map[string]string{hpas: autoscaler("v2beta2", "v2", "kubectl")}, "",
			[]string{"API-005 info HorizontalPodAutoscaler/shop/cart last-applied []"}},
		{"kube-no-trouble#435, #528: a live writer without an annotation", "1.25", "1.26",
			map[string]string{hpas: autoscaler("", "v2", "kubectl", "v2beta2", "argocd-controller")}, "",
			[]string{"API-001 blocker HorizontalPodAutoscaler/shop/cart managed-fields []"}},
		{"kube-no-trouble#619: a version gone long ago", "1.30", "1.31",
			map[string]string{hpas: autoscaler("v2beta2", "v2", "kubectl", "v2beta2", "kubectl-1.20")}, "",
			[]string{"API-005 info HorizontalPodAutoscaler/shop/cart managed-fields [last-applied]"}},
		{"kube-no-trouble#309: the control plane's own entry", "1.25", "1.26",
			map[string]string{hpas: autoscaler("", "v2", "kubectl", "v2beta2", "kube-controller-manager")}, "",
			[]string{"API-007 info HorizontalPodAutoscaler/shop/cart managed-fields []"}},
		{"pluto#512, helm#11120, #7361, helm-mapkubeapis#12: live v2, but Helm stored v2beta2", "1.25", "1.26",
			map[string]string{hpas: autoscaler("", "v2", "helm"), evidence.ReleasesFile: release(old, "")}, "",
			[]string{"API-002 blocker HorizontalPodAutoscaler/shop/cart helm []"}},
		{"eksup#12: every source, one verdict", "1.25", "1.26",
			map[string]string{hpas: autoscaler("v2beta2", "v2beta2", "helm"), evidence.ReleasesFile: release(old, "")}, "",
			[]string{"API-002 blocker HorizontalPodAutoscaler/shop/cart helm [managed-fields last-applied]"}},
		{"kubernetes#106668: a gauge that stays 1", "1.25", "1.26", map[string]string{"metrics.txt": gauge}, "",
			[]string{"API-006 warning horizontalpodautoscalers.v2beta2.autoscaling metric []"}},
		{"kubernetes#106668: the garbage collector", "1.25", "1.26", map[string]string{"metrics.txt": gauge}, call("kube-controller-manager/v1.25.4", gc, ""),
			[]string{"API-007 info horizontalpodautoscalers.v2beta2.autoscaling metric [audit]"}},
		{"cluster-kube-apiserver-operator#730: Velero; kube-no-trouble#584: the scanner itself", "1.25", "1.26", nil,
			call("velero-server/v1.9.0", "backup", "") + call("fixline/v0.2.0 (collect)", "jane", ""),
			[]string{"API-007 info horizontalpodautoscalers.v2beta2.autoscaling audit []"}},
		{"AKS#4951: who calls", "1.25", "1.26", map[string]string{"metrics.txt": gauge}, call("keda/v2.7.0", "keda", "") + call("velero-server/v1.9.0", "backup", ""),
			[]string{"API-001 blocker horizontalpodautoscalers.v2beta2.autoscaling audit [metric]"}},
		{"nothing of it matters yet", "1.21", "1.22", map[string]string{hpas: autoscaler("v2beta2", "v2beta2", "helm")}, call("keda/v2.7.0", "keda", ""), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.to, tt.files)
			if err := put(r, "version.json", fmt.Sprintf(versionFrom, tt.from)); err != nil || r.From() != m(tt.from) {
				t.Fatal(r.From(), err)
			}
			all := r.Uses()
			if tt.audit != "" {
				log := NewAuditLog(world(t), removal.Move{Target: m(tt.to)})
				if f, err := log.Read(strings.NewReader(tt.audit)); err != nil || f.Unread > 0 || f.Cut {
					t.Fatal(f, err)
				}
				all = append(all, log.Uses()...)
			}
			var got []string
			for _, v := range removal.Join(world(t), removal.Move{From: r.From(), Target: m(tt.to)}, all) {
				got = append(got, fmt.Sprintf("%s %s %s %s %v", v.Code, v.Severity, v.Object, v.Use.Source, v.AlsoSeenIn()))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestBounded: of objects that nobody writes in a version that matters nothing
// is kept, however many there are.
func TestBounded(t *testing.T) {
	pods := strings.Repeat(`{"metadata":{"name":"p","namespace":"n","managedFields":[{"manager":"kubelet","apiVersion":"v1"},{"manager":"helm","apiVersion":"v1"}]}},`, 10_000)
	r := read(t, "1.26", map[string]string{"pods.json": `{"kind":"PodList","items":[` + strings.TrimSuffix(pods, ",") + `]}`})
	if n := cap(r.files["pods.json"].uses); n != 0 || r.Objects() != 10_000 || !r.files["pods.json"].writers {
		t.Errorf("%d uses kept of %d objects", n, r.Objects())
	}
}

// TestReadAgain: a list that is read once more counts once, and half of one not
// at all.
func TestReadAgain(t *testing.T) {
	r := New(world(t), removal.Move{Target: m("1.26")})
	for range 2 {
		if err := put(r, "horizontalpodautoscalers.json", autoscaler("", "v2beta2", "helm")); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.Uses()) != 1 || r.Objects() != 1 {
		t.Errorf("%d objects: %+v", r.Objects(), r.Uses())
	}
	gone := errors.New("connection reset")
	err := r.File("horizontalpodautoscalers.json", evidence.Origin{}, func(w io.Writer) (int, error) {
		_, _ = io.WriteString(w, `{"items":[`) // the pipe takes it
		return 0, gone
	})
	if !errors.Is(err, gone) || len(r.Uses()) != 0 {
		t.Errorf("%v, %+v", err, r.Uses())
	}
	err = put(r, "horizontalpodautoscalers.json", `{"items":[}`+strings.Repeat(" ", 1<<20))
	if _, ok := errors.AsType[*evidence.OffsetError](err); !ok {
		t.Errorf("a broken list: %v", err)
	}
	if err := put(r, "horizontalpodautoscalers.json", `{"kind":"PodList","items":[]}`); err == nil {
		t.Error("pods were taken for autoscalers")
	}
}

// TestGauge: each server speaks for itself, since its own start.
func TestGauge(t *testing.T) {
	file := "apiservers/10.0.0.1_6443/metrics.txt"
	r := read(t, "1.26", map[string]string{"metrics.txt": gauge, file: gauge})
	r.Note(evidence.Check{Asked: file, State: evidence.Read})
	want := []removal.Use{{GVK: removal.GVK{Group: "autoscaling", Version: "v2beta2", Kind: "HorizontalPodAutoscaler"}, Source: removal.Metric, Resource: "horizontalpodautoscalers",
		RemovedRelease: m("1.26"), Server: "10.0.0.1:6443", Since: time.Unix(1772352000, 0).UTC()}}
	if diff := cmp.Diff(want, r.Uses()); diff != "" {
		t.Error(diff)
	}
	r.Note(evidence.Check{Asked: "apiservers/10.0.0.2_6443/metrics.txt", State: evidence.Failed, Reason: "no answer in time"})
	if n := len(r.Uses()); n != 2 {
		t.Errorf("where one server did not answer, what the cluster answered counts: %d uses", n)
	}
}
