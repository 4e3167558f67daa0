package staticpod

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manifest is a static pod with these words after the program's name.
func manifest(words ...string) []byte {
	return []byte(`apiVersion: v1
kind: Pod
spec:
  containers:
  - name: sidecar
    command: [proxy]
  - name: kube-apiserver
    image: registry.example.org/kube-apiserver:v1.35.4
    env: [{name: HTTPS_PROXY, value: "http://proxy"}, {name: GOGC, value: "50"}, {name: POD, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
    command: [/usr/local/bin/kube-apiserver, "` + strings.Join(words, `", "`) + `"]
    volumeMounts: [{name: pki, mountPath: /etc/kubernetes/pki}, {name: etcd, mountPath: /etc/kubernetes/pki/etcd}, {name: conf, mountPath: /config, subPath: api}]
  volumes:
  - {name: pki, hostPath: {path: /srv/pki}}
  - {name: etcd, hostPath: {path: /srv/etcd-pki}}
  - {name: conf, hostPath: {path: /srv/conf}}
`)
}

func TestRewrite(t *testing.T) {
	const off = "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook"
	for _, tc := range []struct {
		name    string
		words   []string
		flags   []string
		changes []string
		files   []string
	}{
		{"kept as they are", []string{"--allow-privileged", "--feature-gates=A=true,B=false", "--runtime-config=api/all=true", "--insecure-port=0"},
			[]string{"--allow-privileged", "--feature-gates=A=true,B=false", "--runtime-config=api/all=true", "--insecure-port=0", off}, nil, nil},
		{"a value of its own word", []string{"--v", "2", "--profiling"}, []string{"--v=2", "--profiling", off}, nil, nil},
		{"paths by the nearest mount", []string{"--tls-cert-file=/etc/kubernetes/pki/apiserver.crt", "--a=/etc/kubernetes/pki/etcd/ca.crt", "--b=/config/x.yaml", "--c=/opt/y"},
			[]string{"--tls-cert-file=/p/srv/pki/apiserver.crt", "--a=/p/srv/etcd-pki/ca.crt", "--b=/p/srv/conf/api/x.yaml", "--c=/p/opt/y", off}, nil,
			[]string{"/srv/pki/apiserver.crt", "/srv/etcd-pki/ca.crt", "/srv/conf/api/x.yaml", "/opt/y"}},
		{"pairs of paths", []string{"--tls-sni-cert-key=/a.crt,/a.key:example.org"}, []string{"--tls-sni-cert-key=/p/a.crt,/p/a.key:example.org", off}, nil, []string{"/a.crt", "/a.key"}},
		{"no path", []string{"--etcd-prefix=/registry"}, []string{"--etcd-prefix=/registry", off}, nil, nil},
		{"the rehearsal's own", []string{"--etcd-servers=https://10.0.0.1:2379", "--etcd-cafile=/x", "--bind-address=0.0.0.0", "--secure-port=6443", "--anonymous-auth=true", "--audit-log-path=/var/log/a"},
			[]string{off}, nil, nil},
		{"the authority of clients", []string{"--client-ca-file=/etc/kubernetes/pki/ca.crt"}, []string{off}, nil, []string{"/srv/pki/ca.crt"}},
		{"what calls out", []string{"--oidc-issuer-url=https://x", "--authentication-token-webhook-config-file=/x", "--audit-webhook-config-file=/x", "--egress-selector-config-file=/x", "--peer-ca-file=/x", "--etcd-servers-overrides=/events#https://x"},
			[]string{off}, []string{"--oidc-issuer-url left out", "--authentication-token-webhook-config-file left out", "--audit-webhook-config-file left out", "--egress-selector-config-file left out", "--peer-ca-file left out", "--etcd-servers-overrides left out"}, nil},
		{"webhook authorizer", []string{"--authorization-mode=Node,RBAC,Webhook"}, []string{"--authorization-mode=Node,RBAC", off}, []string{"--authorization-mode without Webhook"}, nil},
		{"webhook plugins", []string{"--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook,ValidatingAdmissionWebhook", "--disable-admission-plugins=PodSecurity"},
			[]string{"--enable-admission-plugins=NodeRestriction", "--disable-admission-plugins=PodSecurity,MutatingAdmissionWebhook,ValidatingAdmissionWebhook"},
			[]string{"--enable-admission-plugins without ImagePolicyWebhook", "--enable-admission-plugins without ValidatingAdmissionWebhook"}, nil},
		{"only webhooks", []string{"--enable-admission-plugins=MutatingAdmissionWebhook"}, []string{off}, []string{"--enable-admission-plugins without MutatingAdmissionWebhook"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			pod, err := Parse(manifest(tc.words...))
			if err != nil {
				t.Fatal(err)
			}
			c, err := pod.Rewrite(func(host string) string { return "/p" + host })
			if err != nil {
				t.Fatal(err)
			}
			var flags, changes, files []string
			for _, f := range c.Flags {
				flags = append(flags, f.String())
			}
			for _, x := range c.Changes {
				if x.Why == "" {
					t.Errorf("%s has no why", x.Flag)
				}
				if x.Flag != "HTTPS_PROXY" {
					changes = append(changes, x.Flag+" "+x.What)
				}
			}
			for _, f := range c.Files {
				files = append(files, f.Host)
			}
			if diff := cmp.Diff([][]string{tc.flags, tc.changes, tc.files}, [][]string{flags, changes, files}); diff != "" {
				t.Errorf("flags, changes, files (-want +got):\n%s", diff)
			}
			if !slices.Equal(c.Env, []string{"GOGC=50"}) {
				t.Errorf("environment %q", c.Env)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		text []byte
		want string
	}{
		"no YAML":     {[]byte("\tx"), "yaml"},
		"no server":   {[]byte("kind: Pod\nspec: {containers: [{command: [sh, -c, kube-apiserver]}]}"), "no container in it runs kube-apiserver"},
		"no flag":     {manifest("run"), `the word "run" of the command is no flag`},
		"an empty -.": {manifest("--"), "is no flag"},
	} {
		if _, err := Parse(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
