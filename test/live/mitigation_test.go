package live

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

// probe is an object that a policy of the catalogue must refuse, or let pass.
type probe struct {
	name, path, object string
	refused            string // part of the refusal; "" = let pass
}

func probes() []probe {
	const (
		pods      = "/api/v1/namespaces/default/pods"
		services  = "/api/v1/namespaces/default/services"
		ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses"
		revisions = "/apis/apps/v1/namespaces/default/controllerrevisions"
	)
	pod := func(spec string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe"},"spec":{"containers":[{"name":"c","image":"i"}],"serviceAccountName":"default"` + spec + `}}`
	}
	service := func(spec string) string {
		return `{"apiVersion":"v1","kind":"Service","metadata":{"name":"probe"},"spec":{"ports":[{"port":80}]` + spec + `}}`
	}
	ingress := func(annotations, path string) string {
		return `{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"probe","annotations":{` + annotations + `}},"spec":{"rules":[{"http":{"paths":[
			{"path":"` + path + `","pathType":"ImplementationSpecific","backend":{"service":{"name":"s","port":{"number":80}}}}]}}]}}`
	}
	out := []probe{
		{"a pod", pods, pod(`,"volumes":[{"name":"v","emptyDir":{}}]`), ""},
		{"a gitRepo volume", pods, pod(`,"volumes":[{"name":"v","gitRepo":{"repository":"r"}}]`), "deny-gitrepo-volumes"},
		{"a sysctl", pods, pod(`,"securityContext":{"sysctls":[{"name":"kernel.shm_rmid_forced","value":"0"}]}`), "deny-sysctls"},
		{"a Service", services, service(""), ""},
		{"external IPs", services, service(`,"externalIPs":["192.0.2.1"]`), "deny-service-external-ips"},
		{"an Ingress", ingresses, ingress(`"a":"b"`, "/x(/|$)(.*)"), ""},
		{"a carriage return", ingresses, ingress(`"a":"b\rc"`, "/x"), "deny-carriage-return"},
		{"a path with a semicolon", ingresses, ingress("", "/x;"), "deny-unsafe-ingress-paths"},
		{"a path with a quote", ingresses, ingress("", `/x\"`), "deny-unsafe-ingress-paths"},
		{"a ControllerRevision", revisions, `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"probe"},"revision":1,"data":{"a":1}}`, "deny-controllerrevision-writes"},
	}
	for annotation, policy := range map[string]string{
		"permanent-redirect": "deny-cve-2023-5044", "auth-tls-match-cn": "deny-cve-2025-1097", "mirror-target": "deny-cve-2025-1098",
		"mirror-host": "deny-cve-2025-1098", "auth-url": "deny-cve-2025-24514", "auth-method": "deny-cve-2026-1580", "auth-proxy-set-headers": "deny-cve-2025-15566", "rewrite-target": "deny-cve-2026-3288",
	} {
		out = append(out, probe{"annotation " + annotation, ingresses, ingress(`"nginx.ingress.kubernetes.io/`+annotation+`":"x"`, "/x"), policy})
	}
	return out
}

// Every manifest the catalogue offers as a mitigation is accepted by a real
// API server, refuses what it is for and lets everything else pass.
func TestMitigationManifests(t *testing.T) {
	t.Parallel()
	all := versions()
	s := start(t, all[len(all)-1])
	applied := map[string]bool{}
	for _, a := range advisories(t) {
		for _, m := range a.Mitigations {
			if !strings.Contains(m.Apply, "apiVersion:") || applied[m.Apply] {
				continue
			}
			applied[m.Apply] = true
			for doc := range strings.SplitSeq(m.Apply, "\n---\n") {
				s.post(t, a.ID, doc)
			}
		}
	}
	if len(applied) == 0 {
		t.Fatal("the catalogue offers no manifest: did mitigations lose them?")
	}
	s.send(t, s.admin.Post().AbsPath("/api/v1/namespaces/default/serviceaccounts"), map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "default"}}, nil)
	policies := map[string]bool{}
	for _, p := range probes() {
		if p.refused != "" {
			policies[p.refused] = true
		}
		t.Run(p.name, func(t *testing.T) {
			// A policy takes a moment to become active.
			var got string
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
				answer, err := s.admin.Post().AbsPath(p.path).Param("dryRun", "All").SetHeader("Content-Type", "application/json").Body([]byte(p.object)).Do(t.Context()).Raw()
				got = string(answer)
				if (err == nil) == (p.refused == "") && strings.Contains(got, p.refused) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("refused by %q wanted, got %v: %s", p.refused, err, got)
				}
			}
		})
	}
	if len(policies) != len(applied) {
		t.Errorf("%d manifests, but probes for %d of them: write a probe for each", len(applied), len(policies))
	}
}

// offered is what this test needs of an advisory in the embedded catalogue.
type offered struct {
	ID          string
	Mitigations []struct{ Apply string }
}

func advisories(t *testing.T) []offered {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "internal", "catalog", "data", "advisories.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Advisories []offered }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Advisories
}

// post creates one document of a mitigation.
func (s server) post(t *testing.T, id, doc string) {
	t.Helper()
	var o struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	plural := map[string]string{"ValidatingAdmissionPolicy": "validatingadmissionpolicies", "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings"}[o.Kind]
	if plural == "" {
		t.Fatalf("%s: this test does not know where a %s goes", id, o.Kind)
	}
	var body map[string]any
	if err := yaml.Unmarshal([]byte(doc), &body); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	s.send(t, s.admin.Post().AbsPath(fmt.Sprintf("/apis/%s/%s", o.APIVersion, plural)), body, nil)
}
