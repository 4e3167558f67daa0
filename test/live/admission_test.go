package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	core "github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading/admission"
)

// write is a request an upgrade makes, and how it is made here: as a dry run.
type write struct {
	core.Request
	verb, path, body string
}

// writes are made to a node w1 and to pods named web, with the label app=web,
// of kube-system and of team-a, which carries team=a.
func writes() []write {
	pod := func(namespace string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe","namespace":"` + namespace + `","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}`
	}
	eviction := func(namespace string) string {
		return `{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web","namespace":"` + namespace + `"}}`
	}
	one := func(group, v, resource, sub, operation string, namespaces []string, labels map[string]string) core.Request {
		return core.Request{Group: group, Version: v, Resource: resource, Subresource: sub, Operations: []string{operation}, Namespaces: namespaces, Labels: []map[string]string{labels}, For: "a test"}
	}
	system, team, web := []string{"kube-system"}, []string{"team-a"}, map[string]string{"app": "web"}
	return []write{
		{one("", "v1", "pods", "", "CREATE", system, web), "POST", "/api/v1/namespaces/kube-system/pods", pod("kube-system")},
		{one("", "v1", "pods", "", "DELETE", system, web), "DELETE", "/api/v1/namespaces/kube-system/pods/web", ""},
		{one("", "v1", "pods", "", "CREATE", team, web), "POST", "/api/v1/namespaces/team-a/pods", pod("team-a")},
		{one("", "v1", "pods", "eviction", "CREATE", system, nil), "POST", "/api/v1/namespaces/kube-system/pods/web/eviction", eviction("kube-system")},
		{one("", "v1", "pods", "eviction", "CREATE", team, nil), "POST", "/api/v1/namespaces/team-a/pods/web/eviction", eviction("team-a")},
		{one("", "v1", "pods", "binding", "CREATE", team, nil), "POST", "/api/v1/namespaces/team-a/pods/web/binding", `{"apiVersion":"v1","kind":"Binding","metadata":{"name":"web"},"target":{"kind":"Node","name":"w1"}}`},
		{one("", "v1", "pods", "status", "UPDATE", team, web), "PATCH", "/api/v1/namespaces/team-a/pods/web/status", `{"status":{"message":"probe"}}`},
		{one("", "v1", "nodes", "", "UPDATE", nil, map[string]string{"role": "worker"}), "PATCH", "/api/v1/nodes/w1", `{"spec":{"unschedulable":true}}`},
		{one("", "v1", "nodes", "status", "UPDATE", nil, map[string]string{"role": "worker"}), "PATCH", "/api/v1/nodes/w1/status", `{"status":{"phase":"Running"}}`},
		{one("", "v1", "configmaps", "", "CREATE", system, nil), "POST", "/api/v1/namespaces/kube-system/configmaps", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"probe"}}`},
		{one("coordination.k8s.io", "v1", "leases", "", "CREATE", []string{"kube-node-lease"}, nil), "POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"probe"}}`},
		{one("batch", "v1", "jobs", "", "CREATE", system, nil), "POST", "/apis/batch/v1/namespaces/kube-system/jobs",
			`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"probe"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}`},
		{one("rbac.authorization.k8s.io", "v1", "clusterroles", "", "CREATE", nil, nil), "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"probe"}}`},
		{one("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "", "CREATE", nil, nil), "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
			`{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"probe"}}`},
	}
}

// never is what the API server asks no webhook about, whatever its rules say.
// No upgrade needs it, so it is among no facts.
const never = "validatingwebhookconfigurations"

// shapes are rules and selectors of webhooks, as JSON.
func shapes() []string {
	rules := []string{
		`{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["*"]}`,
		`{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods/eviction","nodes/status"],"operations":["*"]}`,
		`{"apiGroups":[""],"apiVersions":["*"],"resources":["pods/*"],"operations":["CREATE"]}`,
		`{"apiGroups":[""],"apiVersions":["*"],"resources":["*"],"operations":["*"],"scope":"Cluster"}`,
		`{"apiGroups":["*"],"apiVersions":["*"],"resources":["*"],"operations":["*"],"scope":"Namespaced"}`,
		`{"apiGroups":["*"],"apiVersions":["*"],"resources":["*/*"],"operations":["*"]}`,
		`{"apiGroups":["*"],"apiVersions":["*"],"resources":["*/status"],"operations":["UPDATE"]}`,
		`{"apiGroups":["coordination.k8s.io","batch"],"apiVersions":["v1"],"resources":["leases","jobs"],"operations":["CREATE","UPDATE"]}`,
		`{"apiGroups":["rbac.authorization.k8s.io"],"apiVersions":["v1beta1"],"resources":["*"],"operations":["*"]}`,
	}
	selectors := []string{
		``,
		`,"namespaceSelector":{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["kube-system"]}]}`,
		`,"namespaceSelector":{"matchLabels":{"team":"a"}}`,
		`,"objectSelector":{"matchLabels":{"app":"web"}}`,
		`,"objectSelector":{"matchExpressions":[{"key":"app","operator":"DoesNotExist"}]}`,
		`,"objectSelector":{"matchExpressions":[{"key":"role","operator":"In","values":["worker"]}]},"namespaceSelector":{"matchExpressions":[{"key":"team","operator":"Exists"}]}`,
	}
	var out []string
	for _, r := range rules {
		for _, s := range selectors {
			out = append(out, `"rules":[`+r+`]`+s)
		}
	}
	return out
}

// TestWebhooksRefuse: what is said to be refused a real API server refuses, and
// what is not it takes, for every shape of webhook and every request. The
// service of the webhooks does not exist.
func TestWebhooksRefuse(t *testing.T) {
	t.Parallel()
	s := start(t, versions()[0])
	for _, doc := range []string{
		`{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"team-a","labels":{"team":"a"}}}`,
		`{"kind":"Node","apiVersion":"v1","metadata":{"name":"w1","labels":{"role":"worker"}}}`,
		`{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"default","namespace":"team-a"}}`,
		`{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"default","namespace":"kube-system"}}`,
		`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"team-a","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}`,
		`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"kube-system","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}`,
	} {
		o := &unstructured.Unstructured{}
		if err := json.Unmarshal([]byte(doc), &o.Object); err != nil {
			t.Fatal(err)
		}
		s.create(t, o)
	}
	b := read(t, s.as(s.Admin()), kube.Options{Version: "test", Upgrade: true})
	list := evidence.Lists()[slices.IndexFunc(evidence.Lists(), func(l evidence.List) bool { return l.Resource == evidence.ValidatingWebhooks })]
	refused, taken := 0, 0
	for i, shape := range shapes() {
		name := fmt.Sprintf("shape-%d", i)
		s.webhook(t, name, shape)
		b.Forget(list)
		if _, err := b.Decode(list, bytes.NewReader(s.raw(t, webhookPath))); err != nil {
			t.Fatal(err)
		}
		c := admission.Of(b)
		for _, w := range writes() {
			facts := core.Facts{Upgrade: []core.Request{w.Request}}
			want := false
			for _, f := range core.Judge(c, core.Question{AsOf: time.Now(), Facts: facts}) {
				want = want || f.Code == "ADM-001" && strings.Contains(f.Object, "webhook "+name)
			}
			if w.Resource == never {
				want = false
			}
			got, text := s.refuses(t, w, name)
			if got != want {
				t.Errorf("%s\n%s %s: refused %t, said to be %t: %s", shape, w.verb, w.path, got, want, text)
			}
			if got {
				refused++
			} else {
				taken++
			}
		}
		s.forget(t, name)
	}
	t.Logf("%d requests refused, %d taken, as said", refused, taken)
	if refused < 100 || taken < 100 {
		t.Error("hardly anything was refused, or taken")
	}
}

const webhookPath = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

// webhook makes a configuration of a shape, and waits until it is asked: a
// second webhook of the same configuration guards a ConfigMap of its name.
func (s server) webhook(t *testing.T, name, shape string) {
	t.Helper()
	hook := func(name, rest string) string {
		return `{"name":"` + name + `.example.com","clientConfig":{"service":{"namespace":"guard","name":"guard"}},"admissionReviewVersions":["v1"],"sideEffects":"None",` + rest + `}`
	}
	sentinel := `"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"],"operations":["CREATE"]}],"objectSelector":{"matchLabels":{"sentinel":"` + name + `"}}`
	body := `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"` + name + `"},"webhooks":[` + hook(name, shape) + "," + hook("sentinel-"+name, sentinel) + `]}`
	s.send(t, s.admin.Post().AbsPath(webhookPath), json.RawMessage(body), nil)
	s.await(t, name, true)
}

func (s server) forget(t *testing.T, name string) {
	t.Helper()
	if err := s.admin.Delete().AbsPath(webhookPath, name).Do(t.Context()).Error(); err != nil {
		t.Fatal(err)
	}
	s.await(t, name, false)
}

// await waits until a configuration is asked, or no longer is.
func (s server) await(t *testing.T, name string, asked bool) {
	t.Helper()
	w := write{verb: "POST", path: "/api/v1/namespaces/default/configmaps", body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"sentinel","labels":{"sentinel":"` + name + `"}}}`}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if got, text := s.refuses(t, w, ""); got == asked {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("%s is asked: %t, wanted %t: %s", name, got, asked, text)
		}
	}
}

// refuses makes a request as a dry run: is it refused because a webhook whose
// name begins with name does not answer? Any other refusal fails the test.
func (s server) refuses(t *testing.T, w write, name string) (bool, string) {
	t.Helper()
	kind := "application/json"
	if w.verb == "PATCH" {
		kind = "application/merge-patch+json"
	}
	answer, err := s.admin.Verb(w.verb).AbsPath(w.path).Param("dryRun", "All").SetHeader("Content-Type", kind).Body([]byte(w.body)).Do(t.Context()).Raw()
	if err == nil {
		return false, ""
	}
	text := string(answer)
	if !strings.Contains(text, `failed calling webhook \"`+name) {
		t.Fatalf("%s %s: %v: %s", w.verb, w.path, err, text)
	}
	return true, text
}
