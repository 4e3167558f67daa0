package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// written is what kubeadm 1.34.2 wrote into the manifests of a control plane,
// word for word.
func written() map[string]string {
	return map[string]string{
		"kube-apiserver": `--advertise-address=10.0.0.1 --allow-privileged=true --authorization-mode=Node,RBAC --client-ca-file=/etc/kubernetes/pki/ca.crt
--enable-admission-plugins=NodeRestriction --enable-bootstrap-token-auth=true --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key --etcd-servers=https://127.0.0.1:2379
--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt --kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key
--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname --proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt
--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key --requestheader-allowed-names=front-proxy-client
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt --requestheader-extra-headers-prefix=X-Remote-Extra-
--requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User --secure-port=6443
--service-account-issuer=https://kubernetes.default.svc.cluster.local --service-account-key-file=/etc/kubernetes/pki/sa.pub
--service-account-signing-key-file=/etc/kubernetes/pki/sa.key --service-cluster-ip-range=10.96.0.0/12
--tls-cert-file=/etc/kubernetes/pki/apiserver.crt --tls-private-key-file=/etc/kubernetes/pki/apiserver.key`,
		"kube-controller-manager": `--allocate-node-cidrs=true --authentication-kubeconfig=/etc/kubernetes/controller-manager.conf
--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf --bind-address=127.0.0.1 --client-ca-file=/etc/kubernetes/pki/ca.crt
--cluster-cidr=10.244.0.0/16 --cluster-name=kubernetes --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt --cluster-signing-key-file=/etc/kubernetes/pki/ca.key
--controllers=*,bootstrapsigner,tokencleaner --kubeconfig=/etc/kubernetes/controller-manager.conf --leader-elect=true
--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt --root-ca-file=/etc/kubernetes/pki/ca.crt
--service-account-private-key-file=/etc/kubernetes/pki/sa.key --service-cluster-ip-range=10.96.0.0/12 --use-service-account-credentials=true`,
		"kube-scheduler": `--authentication-kubeconfig=/etc/kubernetes/scheduler.conf --authorization-kubeconfig=/etc/kubernetes/scheduler.conf
--bind-address=127.0.0.1 --kubeconfig=/etc/kubernetes/scheduler.conf --leader-elect=true`,
		"etcd": `--advertise-client-urls=https://10.0.0.1:2379 --cert-file=/etc/kubernetes/pki/etcd/server.crt --client-cert-auth=true --data-dir=/var/lib/etcd
--initial-advertise-peer-urls=https://10.0.0.1:2380 --initial-cluster=cp1=https://10.0.0.1:2380 --key-file=/etc/kubernetes/pki/etcd/server.key
--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.1:2379 --listen-metrics-urls=http://127.0.0.1:2381 --listen-peer-urls=https://10.0.0.1:2380 --name=cp1
--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt --peer-client-cert-auth=true --peer-key-file=/etc/kubernetes/pki/etcd/peer.key
--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt --snapshot-count=10000 --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt --watch-progress-notify-interval=5s`,
	}
}

func controlPlane() inventory.Cluster {
	c := inventory.Cluster{Provider: inventory.Kubeadm}
	for component, line := range written() {
		s := inventory.Settings{Component: component, Node: "cp1", Flags: map[string]string{}, Complete: true, Source: "static pod " + component + "-cp1 on cp1"}
		for _, word := range strings.Fields(line) {
			name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
			s.Flags[name] = value
		}
		if component == "etcd" {
			s.Gates = map[string]bool{"InitialCorruptCheck": true}
		}
		c.Facts.Settings = append(c.Facts.Settings, s)
		c.Instances = append(c.Instances, inventory.Instance{Component: component, Node: "cp1", Version: version.New(1, 34, 2)})
	}
	return c
}

// TestKubeadmsOwnManifests: on what kubeadm wrote nothing is found, and each
// flag of it that is changed or taken out is.
func TestKubeadmsOwnManifests(t *testing.T) {
	facts, err := catalog.Lost()
	if err != nil {
		t.Fatal(err)
	}
	k := &kubeadm.Told{APIVersion: "kubeadm.k8s.io/v1beta4", CertificatesDir: "/etc/kubernetes/pki", ClusterName: "kubernetes", DNSDomain: "cluster.local",
		PodSubnet: "10.244.0.0/16", ServiceSubnet: "10.96.0.0/12", EtcdDataDir: "/var/lib/etcd", DNS: kubeadm.DNS{Disabled: true}}
	hops := []version.Version{version.New(1, 35, 4), version.New(1, 36, 3)}
	if found := settings.Lost(controlPlane(), k, hops, facts); len(found) != 0 {
		t.Errorf("kubeadm's own manifests lose something: %+v", found)
	}
	own := map[string]bool{"advertise-address": true, "secure-port": true, "etcd-servers": true, "name": true, "initial-cluster": true,
		"advertise-client-urls": true, "listen-client-urls": true, "listen-peer-urls": true, "initial-advertise-peer-urls": true}
	for i, s := range controlPlane().Facts.Settings {
		for name := range s.Flags {
			c := controlPlane()
			c.Facts.Settings = c.Facts.Settings[:0:0]
			c.Facts.Settings = append(c.Facts.Settings, controlPlane().Facts.Settings...)
			at := -1
			for j, o := range c.Facts.Settings {
				if o.Component == s.Component {
					at = j
				}
			}
			c.Facts.Settings[at].Flags[name] = "changed"
			if found := settings.Lost(c, k, hops, facts); !own[name] && len(found) != 1 {
				t.Errorf("%d %s --%s changed by hand: %+v", i, s.Component, name, found)
			}
			delete(c.Facts.Settings[at].Flags, name)
			optional := name == "watch-progress-notify-interval"
			if found := settings.Lost(c, k, hops, facts); !own[name] && !optional && (len(found) != 1 || found[0].Code != "SET-020") {
				t.Errorf("%s --%s taken out by hand: %+v", s.Component, name, found)
			}
		}
	}
}

// TestHandEditedAudit: an audit log somebody wrote into the manifest, as it was
// lost in a real upgrade from 1.34.2 to 1.35.4.
func TestHandEditedAudit(t *testing.T) {
	facts, err := catalog.Lost()
	if err != nil {
		t.Fatal(err)
	}
	c := controlPlane()
	for _, s := range c.Facts.Settings {
		if s.Component == "kube-apiserver" {
			s.Flags["audit-log-path"], s.Flags["audit-policy-file"], s.Flags["v"] = "/var/log/kubernetes/audit.log", "/etc/kubernetes/audit.yaml", "4"
			s.Flags["enable-admission-plugins"] = "NodeRestriction,AlwaysPullImages"
		}
	}
	k := &kubeadm.Told{APIVersion: "kubeadm.k8s.io/v1beta4", CertificatesDir: "/etc/kubernetes/pki", PodSubnet: "10.244.0.0/16", ClusterName: "kubernetes", DNS: kubeadm.DNS{Disabled: true}}
	var got []string
	for _, f := range settings.Lost(c, k, []version.Version{version.New(1, 35, 4)}, facts) {
		got = append(got, f.Code+" "+f.Object)
	}
	want := []string{"SET-018 kube-apiserver/--audit-log-path", "SET-018 kube-apiserver/--audit-policy-file", "SET-018 kube-apiserver/--enable-admission-plugins", "SET-019 kube-apiserver/--v"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCorefilePlugins: the default Corefile of kubeadm migrates from every
// CoreDNS of the table to the newest each kubeadm knows, rewrite and hosts too.
func TestCorefilePlugins(t *testing.T) {
	facts, err := catalog.Lost()
	if err != nil {
		t.Fatal(err)
	}
	plugins := []kubeadm.Plugin{{Name: "errors"}, {Name: "health", Options: []string{"lameduck"}}, {Name: "ready"},
		{Name: "kubernetes", Options: []string{"pods", "fallthrough", "ttl"}}, {Name: "prometheus"}, {Name: "forward", Options: []string{"max_concurrent"}},
		{Name: "cache", Options: []string{"disable"}}, {Name: "loop"}, {Name: "reload"}, {Name: "loadbalance"}, {Name: "hosts", Options: []string{"10.0.0.1"}}}
	for _, more := range []struct {
		plugin string
		want   string
	}{{"rewrite", ""}, {"template", "SET-023"}, {"k8s_gateway", "SET-023"}} {
		k := &kubeadm.Told{DNS: kubeadm.DNS{Images: []kubeadm.Image{{Tag: "v1.11.3"}}, Servers: []kubeadm.Server{{Plugins: append([]kubeadm.Plugin{{Name: more.plugin}}, plugins...)}}}}
		facts.CoreDNS = func(version.Version) (version.Version, bool) { return version.New(1, 12, 1), true }
		got := ""
		for _, f := range settings.Lost(controlPlane(), k, []version.Version{version.New(1, 34, 4)}, facts) {
			if strings.HasPrefix(f.Object, "ConfigMap/kube-system/coredns") {
				got += f.Code
			}
		}
		if got != more.want {
			t.Errorf("%s: %q, want %q", more.plugin, got, more.want)
		}
	}
}
