package uses

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// TestGaps: what may hide a use and was not read is said; a list of a kind that
// stays as it is hides none.
func TestGaps(t *testing.T) {
	hpas, webhooks := "horizontalpodautoscalers.json", "mutatingwebhookconfigurations.json"
	silent := "apiservers/10.0.0.2_6443/metrics.txt"
	full := func(more map[string]string) map[string]string {
		out := map[string]string{"version.json": fmt.Sprintf(versionFrom, "1.25"), hpas: autoscaler("", "v2", "helm"), "metrics.txt": gauge, evidence.ReleasesFile: release("", "")}
		for k, v := range more {
			out[k] = v
			if v == "" {
				delete(out, k)
			}
		}
		return out
	}
	for _, tt := range []struct {
		name    string
		files   map[string]string
		notes   []evidence.Check
		audited bool
		want    []string
	}{
		{"all was read", full(nil), nil, false, nil},
		{"a list was refused", full(map[string]string{hpas: ""}),
			[]evidence.Check{{Asked: "horizontalpodautoscalers", State: evidence.Forbidden, Reason: "forbidden", Rule: &evidence.Rule{APIGroup: "autoscaling", Resource: "horizontalpodautoscalers", Verb: "list"}}}, false,
			[]string{`! list horizontalpodautoscalers: who writes which API version: forbidden; the missing rule is apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list"]`}},
		{"a list was not read, but the server has none", full(map[string]string{hpas: "", "metrics.txt": gauge + `apiserver_storage_objects{resource="horizontalpodautoscalers.autoscaling"} 0` + "\n"}), nil, false, nil},
		{"nor does the server serve the old version", full(map[string]string{hpas: "", evidence.APIGroupsFile: `{"groups":[{"name":"autoscaling","versions":[{"version":"v2"}]}]}`}), nil, false, nil},
		{"one page of a list", full(map[string]string{hpas: `{"metadata":{"continue":"x"},` + autoscaler("", "v2", "helm")[1:]}), nil, false,
			[]string{"! list horizontalpodautoscalers: who writes which API version: it is one page of a longer list (metadata.continue is set)"}},
		{"a version that is gone already hides nothing", full(map[string]string{webhooks: ""}), nil, false, nil},
		{"kubectl without --show-managed-fields", full(map[string]string{hpas: autoscaler("v2beta2")}), nil, false,
			[]string{"! managedFields: who writes which API version: no object of the recording has any"}},
		{"nobody asked for Helm", full(map[string]string{evidence.ReleasesFile: ""}), []evidence.Check{{Asked: "helm-releases", State: evidence.NotAsked}}, false,
			[]string{"- Helm releases: nobody asked for them: it takes the right to list Secrets"}},
		{"asked for Helm, and refused", full(map[string]string{evidence.ReleasesFile: ""}), []evidence.Check{{Asked: "helm-releases/secrets", State: evidence.Forbidden, Reason: "refused"}}, false,
			[]string{"! Helm releases in secrets: refused"}},
		{"kube-no-trouble#358: a release that is broken is one thing not read", full(map[string]string{evidence.ReleasesFile: release(old, `,"unreadable":"no gzip"`)}), nil, false,
			[]string{"! Helm release shop/cart, revision 4 (Secret/shop/sh.helm.release.v1.cart.v4): no gzip"}},
		{"pluto#330: several say deployed", full(map[string]string{evidence.ReleasesFile: release("", `,"alsoDeployed":[2]`)}), nil, false,
			[]string{"- Helm release shop/cart, revision 4 (Secret/shop/sh.helm.release.v1.cart.v4): revisions [2] say deployed, too; the newest was judged"}},
		{"an object of a release without a kind", full(map[string]string{evidence.ReleasesFile: release(`{"apiVersion":"v1"}`, "")}), nil, false,
			[]string{"! Helm release shop/cart, revision 4 (Secret/shop/sh.helm.release.v1.cart.v4): 1 of its objects have no apiVersion or kind that can be read"}},
		{"metrics were refused", full(map[string]string{"metrics.txt": ""}), []evidence.Check{{Asked: "metrics", State: evidence.Forbidden, Reason: "forbidden"}}, false,
			[]string{"! requests of deprecated APIs: forbidden"}},
		{"but an audit log was given", full(map[string]string{"metrics.txt": ""}), []evidence.Check{{Asked: "metrics", State: evidence.Forbidden, Reason: "forbidden"}}, true,
			[]string{"- requests of deprecated APIs: forbidden"}},
		{"one of two servers was silent", full(nil), []evidence.Check{{Asked: "apiservers/10.0.0.1_6443/metrics.txt", State: evidence.Read}, {Asked: silent, State: evidence.Failed, Reason: "no answer"}}, false,
			[]string{"! requests of deprecated APIs at 10.0.0.2:6443: no answer"}},
		{"the only server was asked for the cluster", full(nil), []evidence.Check{{Asked: silent, State: evidence.Failed, Reason: "no answer"}}, false, nil},
		{"two servers, one file", full(map[string]string{"pods.json": `{"items":[` + apiServer + `,` + apiServer + `]}`}), nil, false,
			[]string{"! requests of deprecated APIs: one of 2 API servers was asked, and each counts for itself"}},
		{"which release runs is not known", full(map[string]string{"version.json": ""}), []evidence.Check{{Asked: "version", State: evidence.Failed, Reason: "x"}, {Asked: "mutatingwebhookconfigurations", State: evidence.Absent, Reason: "y"}}, false,
			[]string{"! list mutatingwebhookconfigurations: who writes which API version: y",
				"- version of the API server: x; what it does not serve any more already counts like what the upgrade takes away"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, "1.26", tt.files)
			for _, c := range tt.notes {
				r.Note(c)
			}
			if diff := cmp.Diff(append(tt.want, "- objects of custom resources: they are not listed; what manifests and Helm releases hold of them is judged by rules"), said(r.Gaps(tt.audited))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

const apiServer = `{"metadata":{"name":"a","namespace":"kube-system","labels":{"component":"kube-apiserver"},"managedFields":[{"manager":"kubelet","apiVersion":"v1"}]}}`

func said(gaps []Gap) []string {
	var out []string
	for _, g := range gaps {
		out = append(out, map[bool]string{true: "! ", false: "- "}[g.Required]+g.Check+": "+g.Reason)
	}
	return out
}

// TestUnlisted: kinds that only a deprecated version serves are not listed, but
// the server counts them.
func TestUnlisted(t *testing.T) {
	count := `apiserver_storage_objects{resource="podsecuritypolicies.policy"} %d` + "\n"
	for n, want := range map[int]int{0: 0, 3: 1} {
		r := read(t, "1.25", map[string]string{"version.json": fmt.Sprintf(versionFrom, "1.24"), "metrics.txt": fmt.Sprintf(count, n)})
		got := r.unlisted()
		if len(got) != want || want == 1 && (!got[0].Required || !strings.Contains(got[0].Reason, "counts 3") || got[0].Hint != "kubectl get podsecuritypolicies.v1beta1.policy -A") {
			t.Errorf("%d: %+v", n, got)
		}
	}
}

func TestAudit(t *testing.T) {
	marked := `,"annotations":{"k8s.io/deprecated":"true","k8s.io/removed-release":"1.26"}`
	other := func(text, from, to string) string { return strings.Replace(text, from, to, 1) }
	text := call("keda", "k", "") + call("keda", "k", "") +
		other(call("keda", "k", ""), "ResponseComplete", "ResponseStarted") + // of a watch that is still open
		other(call("keda", "k", ""), "ResponseComplete", "RequestReceived") +
		other(call("keda", "k", ""), `"v2beta2"`, `"v2"`) + // served
		other(call("discover", "k", ""), "200", "404") + // the server does not have it
		other(other(call("new", "k", marked), "200", "404"), "horizontalpodautoscalers", "things") +
		"not JSON\n{}\n\n" + strings.TrimSuffix(other(call("keda", "k", ""), `"list"`, `"watch"`), "\n")
	got, f := readLog(t, text)
	if want := (AuditFile{Events: 8, Unread: 2}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	at := got.Last
	hpa := removal.GVK{Group: "autoscaling", Version: "v2beta2", Kind: "HorizontalPodAutoscaler"}
	want := []removal.Use{
		{GVK: hpa, Source: removal.Audit, Resource: "horizontalpodautoscalers", User: "k", UserAgent: "keda", Count: 3, Time: at},
		{GVK: removal.GVK{Group: "autoscaling", Version: "v2beta2"}, Source: removal.Audit, Resource: "things", User: "k", UserAgent: "new", Verb: "list", Count: 1, Time: at, RemovedRelease: m("1.26")},
	}
	if diff := cmp.Diff(want, got.Uses()); diff != "" || got.First != at {
		t.Error(got.First, at, diff)
	}
	long := `{"kind":"Event","x":"` + strings.Repeat("x", maxEvent) + `"}` + "\n" + call("keda", "k", "")
	if got, f := readLog(t, long); f.Unread != 1 || f.Cut || len(got.Uses()) != 1 {
		t.Errorf("a line that is too long: %+v", f)
	}
	for text, want := range map[string]AuditFile{"": {}, "a: b\n": {Unread: 1}, "{}\n": {Unread: 1}, "{}": {Unread: 1}} {
		if _, f := readLog(t, text); f != want {
			t.Errorf("%q: %+v", text, f)
		}
	}
}

// TestAuditFiles: a caller in several files is one caller, and an event that a
// file ends in the middle of is said, whether or not it is the last file.
func TestAuditFiles(t *testing.T) {
	one := call("keda", "k", "")
	log, f := readLog(t, one+one[:len(one)/2])
	if want := (AuditFile{Events: 1, Cut: true}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	if f, err := log.Read(strings.NewReader(one + one)); err != nil || f.Events != 2 || f.Cut {
		t.Errorf("%+v, %v", f, err)
	}
	if got := log.Uses(); len(got) != 1 || got[0].Count != 3 {
		t.Errorf("%+v", got)
	}
	broken := errors.New("the disk is broken")
	f, err := log.Read(io.MultiReader(strings.NewReader(one), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || f.Events != 1 || log.Uses()[0].Count != 4 {
		t.Errorf("%+v, %v", f, err)
	}
}

func readLog(t *testing.T, text string) (*AuditLog, AuditFile) {
	t.Helper()
	log := NewAuditLog(world(t), removal.Move{Target: m("1.26")})
	f, err := log.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log, f
}
