package evidence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrimConfigMap(t *testing.T) {
	for _, tt := range []struct {
		name, configMap, key, text, want, err string
	}{
		{name: "kubeadm v1beta4", configMap: "kubeadm-config", key: "ClusterConfiguration", text: `# s3cr3t
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  certSANs: [a.example, 10.0.0.1]
  extraArgs:
  - {name: v, value: "2"} # s3cr3t
  - {name: my-token, value: s3cr3t}
  - {name: etcd-servers, value: "https://u:s3cr3t@10.0.0.1:2379"}
  - s3cr3t
  extraEnvs: [{name: A, value: s3cr3t}]
  s3cr3t: s3cr3t
etcd:
  external: {endpoints: ["https://u:s3cr3t@10.0.0.9:2379"], keyFile: /k}
  local: {dataDir: /var/lib/etcd, extraArgs: {discovery: s3cr3t, snapshot-count: "1000"}}
featureGates: {A: true}
kubernetesVersion: v1.34.2
unknown: s3cr3t
`, want: `apiServer:
    certSANs:
        - a.example
        - 10.0.0.1
    extraArgs:
        - name: v
          value: "2"
        - name: my-token
          value: (redacted)
        - name: etcd-servers
          value: https://10.0.0.1:2379
apiVersion: kubeadm.k8s.io/v1beta4
etcd:
    external:
        endpoints:
            - https://10.0.0.9:2379
        keyFile: /k
    local:
        dataDir: /var/lib/etcd
        extraArgs:
            discovery: (redacted)
            snapshot-count: "1000"
featureGates:
    A: true
kind: ClusterConfiguration
kubernetesVersion: v1.34.2
`},
		{name: "kubelet", configMap: "kubelet-config", key: "kubelet", text: `
apiVersion: kubelet.config.k8s.io/v1beta1
authentication: {anonymous: {enabled: false}, webhook: s3cr3t, other: s3cr3t}
evictionHard: {memory.available: 100Mi, "s3cr3t s3cr3t": x}
staticPodURL: https://s3cr3t/
staticPodURLHeader: {Authorization: [s3cr3t]}
registerWithTaints: [{key: a, effect: NoSchedule, other: s3cr3t}, s3cr3t]
readOnlyPort: 10255
clusterDNS: [10.96.0.10, {a: s3cr3t}]
maxPods: {a: s3cr3t}
`, want: `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
    anonymous:
        enabled: false
clusterDNS:
    - 10.96.0.10
evictionHard:
    memory.available: 100Mi
readOnlyPort: 10255
registerWithTaints:
    - effect: NoSchedule
      key: a
`},
		{name: "kube-proxy", configMap: "kube-proxy", key: "config.conf", text: "mode: nftables\nclientConnection: {kubeconfig: /x, token: s3cr3t}\n",
			want: "clientConnection:\n    kubeconfig: /x\nmode: nftables\n"},
		{name: "kubeconfig", configMap: "kube-proxy", key: "kubeconfig.conf",
			text: "clusters: [{name: s3cr3t, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: s3cr3t}}]\nusers: [{user: {token: s3cr3t}}]\n",
			want: "apiVersion: v1\nclusters:\n    - cluster:\n        server: https://10.0.0.1:6443\nkind: Config\n"},
		{name: "no YAML", configMap: "kube-proxy", key: "config.conf", text: "a: [s3cr3t", err: "config.conf: it is no YAML document of fields (line 2); it was not kept"},
		{name: "a text", configMap: "kube-proxy", key: "config.conf", text: "s3cr3t", err: "it is no YAML document of fields"},
		{name: "an unknown key", configMap: "kube-proxy", key: "other", text: "s3cr3t"},
		{name: "an unknown ConfigMap", configMap: "mine", key: "config.conf", text: "mode: s3cr3t"},
		{name: "empty", configMap: "kube-proxy", key: "config.conf", text: "# s3cr3t\n", want: ""},
		{name: "Corefile", configMap: "coredns", key: "Corefile", text: `# s3cr3t
(snip) {
    errors # s3cr3t
}
.:53 example.org:5353 {
    import snip
    errors
    health { lameduck 5s }
    ready
    kubernetes cluster.local in-addr.arpa {
       pods insecure
       ttl 30
       s3cr3t s3cr3t
    }
    forward . https://u:s3cr3t@9.9.9.9 /etc/resolv.conf {
       max_concurrent 1000
    }
    etcd example.org {
        credentials s3cr3t s3cr3t
        endpoint http://localhost:2379
    }
    route53 example.org.:s3cr3t {
        aws_access_key s3cr3t s3cr3t
    }
    tsig {
        secret s3cr3t s3cr3t
        require all
    }
    hosts {
        10.0.0.1 s3cr3t
        ttl 60
    }
    log . "s3cr3t {type}"
    mystery s3cr3t {
        deep {
            s3cr3t
        }
        success s3cr3t
    }
    template IN A {
        answer "{{ .Name }} \"s3cr3t\""
    }
    loop
}
`, want: `(snip) {
    errors
}
.:53 example.org:5353 {
    import snip
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa {
        pods insecure
        ttl 30
        (redacted)
    }
    forward . https://9.9.9.9 /etc/resolv.conf {
        max_concurrent 1000
    }
    etcd example.org {
        credentials (redacted)
        endpoint http://localhost:2379
    }
    route53 (redacted) {
        aws_access_key (redacted)
    }
    tsig {
        secret (redacted)
        require all
    }
    hosts {
        (redacted)
        ttl 60
    }
    log (redacted)
    mystery (redacted) {
        (redacted) {
            (redacted)
        }
        (redacted)
    }
    template IN A {
        answer (redacted)
    }
    loop
}
`},
		{name: "a block without an end", configMap: "coredns", key: "Corefile", text: ". {\n s3cr3t", err: "Corefile: it ends inside a block"},
		{name: "an end without a block", configMap: "coredns", key: "Corefile", text: "}", err: "Corefile: line 1: a block ends"},
		{name: "no braces", configMap: "coredns", key: "Corefile", text: ".\ns3cr3t", err: "Corefile: line 1: a server block without braces"},
		{name: "open quotes", configMap: "coredns", key: "Corefile", text: ". {\n a \"s3cr3t\n}", err: "Corefile: it ends inside quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := ConfigMap{Meta: Meta{Name: tt.configMap, Namespace: "kube-system", Annotations: map[string]string{"a": "s3cr3t"}}, Data: map[string]string{tt.key: tt.text}}
			err := TrimConfigMap(&c)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error holds what is not kept: %v", err)
			}
			if diff := cmp.Diff(tt.want, c.Data[tt.key]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			once := c.Data[tt.key]
			if strings.Contains(once, "s3cr3t") || c.Annotations != nil {
				t.Error("a secret is kept")
			}
			if err := TrimConfigMap(&c); err != nil {
				t.Errorf("trimming again: %v", err)
			}
			if diff := cmp.Diff(once, c.Data[tt.key]); diff != "" {
				t.Errorf("trimming again (-once +twice):\n%s", diff)
			}
		})
	}
	elsewhere := ConfigMap{Meta: Meta{Name: "kube-proxy", Namespace: "tenant"}, Data: map[string]string{"config.conf": "mode: nftables"}}
	if err := TrimConfigMap(&elsewhere); err != nil || elsewhere.Data != nil {
		t.Errorf("of a ConfigMap outside kube-system %v is kept (%v)", elsewhere.Data, err)
	}
}

// FuzzTrimCorefile: whatever is kept reads back as itself.
func FuzzTrimCorefile(f *testing.F) {
	f.Add(". {\n errors\n cache 30 {\n success 10\n }\n}\n")
	f.Add("a\"b {\n \"x y\" \\\" #\n}")
	f.Fuzz(func(t *testing.T, text string) {
		once, err := trimCorefile(text)
		if err != nil {
			return
		}
		twice, err := trimCorefile(once)
		if err != nil || once != twice {
			t.Errorf("%q is kept as %q, which reads back as %q (%v)", text, once, twice, err)
		}
	})
}
