package admission

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/selector"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// certificate is an authority of its own, as PEM.
func certificate(t *testing.T, name string, from, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// bundle reads lists as kubectl writes them; what is not in it was not read.
func bundle(t *testing.T, lists map[evidence.Resource]string) *evidence.Bundle {
	t.Helper()
	b := evidence.New("test")
	b.Version.GitVersion = "v1.24.9"
	for r, items := range lists {
		if _, err := b.Decode(evidence.List{Resource: r}, strings.NewReader(`{"items":[`+items+`]}`)); err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		b.Access[r] = evidence.Access{State: evidence.Read}
	}
	return b
}

func TestOf(t *testing.T) {
	from, until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	ca := base64.StdEncoding.EncodeToString([]byte("no certificate\n" + certificate(t, "guard-ca", from, until)))
	b := bundle(t, map[evidence.Resource]string{
		evidence.ValidatingWebhooks: fmt.Sprintf(`{"metadata":{"name":"guard"},"webhooks":[{"name":"a.guard","clientConfig":{"service":{"namespace":"guard","name":"svc","port":8443},"caBundle":%q},
			"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["CREATE"],"scope":"*"}],"failurePolicy":"Fail","matchPolicy":"Exact","sideEffects":"None","timeoutSeconds":5,
			"admissionReviewVersions":["v1"],"namespaceSelector":{"matchExpressions":[{"key":"x","operator":"NotIn","values":["y"]}]},"objectSelector":{"matchLabels":{"a":"b"}},"matchConditions":[{"name":"c","expression":"true"}]}]}`, ca),
		evidence.MutatingWebhooks: `{"metadata":{"name":"outside"},"webhooks":[{"name":"b.outside","clientConfig":{"url":"https://example.com:8443/path?token=x"}}]}`,
		evidence.Services:         `{"metadata":{"namespace":"guard","name":"svc"},"spec":{"type":"ClusterIP","ports":[{"port":8443}]}},{"metadata":{"namespace":"guard","name":"out"},"spec":{"type":"ExternalName"}}`,
		evidence.EndpointSlices: `{"metadata":{"namespace":"guard","name":"svc-1","labels":{"kubernetes.io/service-name":"svc"}},"endpoints":[
			{"addresses":["10.0.0.1"],"conditions":{"ready":false},"nodeName":"w1","targetRef":{"kind":"Pod","name":"g-1"}},{"addresses":["10.0.0.2"],"nodeName":"w2"}]}`,
		evidence.APIServices: `{"metadata":{"name":"v1."},"spec":{"group":"","version":"v1"}},{"metadata":{"name":"v1beta1.metrics.k8s.io"},"spec":{"group":"metrics.k8s.io","version":"v1beta1","service":{"namespace":"kube-system","name":"metrics-server"}},
			"status":{"conditions":[{"type":"Available","status":"False","reason":"MissingEndpoints"}]}}`,
		evidence.Nodes: `{"metadata":{"name":"w1","labels":{"role":"worker"}}}`,
		evidence.Pods: `{"metadata":{"namespace":"kube-system","name":"kube-apiserver-cp1","annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"containers":[{"name":"kube-apiserver","image":"registry.k8s.io/kube-apiserver:v1.24.9","command":["kube-apiserver","--enable-admission-plugins=NodeRestriction,PodSecurityPolicy"]}]}},
			{"metadata":{"namespace":"kube-system","name":"done"},"spec":{"containers":[]},"status":{"phase":"Succeeded"}}`,
		evidence.SecurityPolicies: `{"metadata":{"name":"p"},"spec":{"privileged":true}}`,
	})
	b.Access[evidence.Namespaces] = evidence.Access{State: evidence.Forbidden, Reason: "the account may not list namespaces"}
	want := &admission.Cluster{
		Running: version.MustParse("v1.24.9"),
		Webhooks: []admission.Webhook{
			{Configuration: "ValidatingWebhookConfiguration/guard", Name: "a.guard", Namespace: "guard", Service: "svc", Port: 8443, Authorities: []admission.Authority{{Subject: "CN=guard-ca", From: from, Until: until}},
				Rules:         []admission.Rule{{Groups: []string{""}, Versions: []string{"v1"}, Resources: []string{"pods"}, Operations: []string{"CREATE"}, Scope: "*"}},
				FailurePolicy: "Fail", MatchPolicy: "Exact", SideEffects: "None", Timeout: 5, Reviews: []string{"v1"},
				Namespaces: selector.Selector{Expressions: []selector.Expression{{Key: "x", Operator: "NotIn", Values: []string{"y"}}}}, Objects: selector.Selector{Labels: map[string]string{"a": "b"}}, Conditions: []string{"c"}},
			{Configuration: "MutatingWebhookConfiguration/outside", Name: "b.outside", URL: "https://example.com:8443"},
		},
		Aggregated: []admission.Aggregated{{Name: "v1beta1.metrics.k8s.io", Namespace: "kube-system", Server: "metrics-server", Available: "False", Reason: "MissingEndpoints"}},
		Services:   map[string]admission.Service{"guard/svc": {Ports: []int{8443}}, "guard/out": {External: true}},
		Backends:   map[string][]admission.Backend{"guard/svc": {{Ready: false, Node: "w1", Pod: "g-1"}, {Ready: true, Node: "w2", Pod: "10.0.0.2"}}},
		Namespaces: []admission.Namespace{},
		Objects: map[string][]admission.Object{"pods": {{Namespace: "kube-system"}}, "nodes": {{Labels: map[string]string{"role": "worker"}}},
			"endpointslices": {{Namespace: "guard", Labels: map[string]string{"kubernetes.io/service-name": "svc"}}}},
		Policies: []admission.SecurityPolicy{{Name: "p", From: "podsecuritypolicies.json", Fields: map[string][]string{"privileged": {"true"}}}},
		Enforces: "true",
		Unread:   map[admission.Part]string{admission.Namespaces: "the account may not list namespaces"},
	}
	if diff := cmp.Diff(want, Of(b), cmpopts.EquateComparable(version.Version{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnread: what was not asked for, and what the server says it has none of.
func TestUnread(t *testing.T) {
	b := evidence.New("test")
	got := Of(b)
	if len(got.Unread) != 9 || got.Unread[admission.EndpointSlices] != "it was not asked for" || got.Enforces != "" {
		t.Errorf("%+v", got)
	}
	b.Metrics = &evidence.Metrics{Objects: map[string]int64{"podsecuritypolicies.policy": 0}}
	if _, missing := Of(b).Unread[admission.SecurityPolicies]; missing {
		t.Error("the server counts no PodSecurityPolicy, so there is nothing to read")
	}
	b.Metrics.Objects["podsecuritypolicies.policy"] = 2
	if _, missing := Of(b).Unread[admission.SecurityPolicies]; !missing {
		t.Error("the server counts two PodSecurityPolicies that were not read")
	}
}

// TestFits asks the API server's own checks of pods, through what a bundle
// keeps of them.
func TestFits(t *testing.T) {
	const strict = `"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"1"}},"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]`
	pod := func(namespace, name, owner, spec string) string {
		return fmt.Sprintf(`{"metadata":{"namespace":%q,"name":%q%s},"spec":{%s}}`, namespace, name, owner, spec)
	}
	of := `,"ownerReferences":[{"kind":"ReplicaSet","name":"rs","controller":true}]`
	b := bundle(t, map[evidence.Resource]string{
		evidence.Namespaces: `{"metadata":{"name":"strict"}},{"metadata":{"name":"plain"}},{"metadata":{"name":"host"}},{"metadata":{"name":"owned"}},{"metadata":{"name":"empty","labels":{"a":"b"}}}`,
		evidence.Pods: strings.Join([]string{
			pod("strict", "a", "", strict), pod("plain", "b", "", `"containers":[{"name":"c","image":"i"}]`),
			pod("host", "c", "", strict+`,"volumes":[{"name":"v","hostPath":{"path":"/"}}]`), pod("host", "d", "", strict),
			pod("owned", "e", of, strict), pod("owned", "f", of, strict), pod("gone", "g", "", strict),
		}, ","),
	})
	want := []admission.Namespace{
		{Name: "strict", Pods: 1, Fits: "restricted"},
		{Name: "plain", Pods: 1, Fits: "baseline", Because: []string{`pod b: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile`}},
		{Name: "host", Pods: 2, Fits: "privileged", Because: []string{`pod c: hostPath volumes`}},
		{Name: "owned", Pods: 2, Fits: "restricted"},
		{Name: "empty", Fits: "restricted", Labels: map[string]string{"a": "b"}},
	}
	if diff := cmp.Diff(want, Of(b).Namespaces); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodePolicy(t *testing.T) {
	got, err := DecodePolicy([]byte(`{"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"p","annotations":{"note":"x",
		"seccomp.security.alpha.kubernetes.io/allowedProfileNames":"runtime/default, ","apparmor.security.beta.kubernetes.io/defaultProfileName":"runtime/default"}},
		"spec":{"privileged":false,"allowPrivilegeEscalation":false,"defaultAllowPrivilegeEscalation":true,"hostPorts":[{"min":80,"max":80},{"min":1,"max":9}],"volumes":["*"],
		"allowedHostPaths":[{"pathPrefix":"/var","readOnly":true},{"pathPrefix":"/x"}],"allowedFlexVolumes":[{"driver":"f"}],"allowedCSIDrivers":[{"name":"d"}],"requiredDropCapabilities":["ALL"],
		"runAsUser":{"rule":"MustRunAs","ranges":[{"min":1,"max":5}]},"fsGroup":{"rule":"RunAsAny"},"seLinux":{"rule":"MustRunAs","seLinuxOptions":{"type":"spc_t","level":"s0"}},
		"runtimeClass":{"allowedRuntimeClassNames":["gvisor"],"defaultRuntimeClassName":"gvisor"},"readOnlyRootFilesystem":true,"forbiddenSysctls":["*"]}}`), "a.yaml:3")
	want := admission.SecurityPolicy{Name: "p", From: "a.yaml:3", Fields: map[string][]string{
		"allowPrivilegeEscalation": {"false"}, "defaultAllowPrivilegeEscalation": {"true"}, "hostPorts": {"80", "1-9"}, "volumes": {"*"}, "allowedHostPaths": {"/var (read-only)", "/x"},
		"allowedFlexVolumes": {"f"}, "allowedCSIDrivers": {"d"}, "requiredDropCapabilities": {"ALL"}, "runAsUser.rule": {"MustRunAs"}, "runAsUser.ranges": {"1-5"}, "fsGroup.rule": {"RunAsAny"},
		"seLinux.rule": {"MustRunAs"}, "seLinux.seLinuxOptions.type": {"spc_t"}, "seLinux.seLinuxOptions.level": {"s0"}, "runtimeClass.allowedRuntimeClassNames": {"gvisor"},
		"runtimeClass.defaultRuntimeClassName": {"gvisor"}, "readOnlyRootFilesystem": {"true"}, "forbiddenSysctls": {"*"},
		"seccomp.security.alpha.kubernetes.io/allowedProfileNames": {"runtime/default", ""}, "apparmor.security.beta.kubernetes.io/defaultProfileName": {"runtime/default"},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := DecodePolicy([]byte(`{"spec":{"privileged":"{{ .Values.x }}"}}`), "a.yaml:3"); err == nil || !strings.Contains(err.Error(), "a.yaml:3") {
		t.Errorf("%v", err)
	}
}
