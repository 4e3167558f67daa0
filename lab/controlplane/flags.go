package controlplane

import (
	"context"
	"strconv"
)

// serviceRange is kubeadm's default; the API server's own Service gets its first address.
const serviceRange, serviceIP = "10.96.0.0/12", "10.96.0.1"

// auditPolicy records every request, without bodies.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
`

func (c *ControlPlane) startEtcd(ctx context.Context, path string) error {
	l := c.layout
	client, peer := l.url(l.etcdPort), l.url(l.etcdPeerPort)
	p, err := c.spawn(path, []string{
		"--name=lab",
		"--data-dir=" + l.file("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=lab=" + peer,
		"--cert-file=" + l.pki("etcd/server.crt"),
		"--key-file=" + l.pki("etcd/server.key"),
		"--client-cert-auth=true",
		"--trusted-ca-file=" + l.pki("etcd/ca.crt"),
		"--peer-cert-file=" + l.pki("etcd/peer.crt"),
		"--peer-key-file=" + l.pki("etcd/peer.key"),
		"--peer-client-cert-auth=true",
		"--peer-trusted-ca-file=" + l.pki("etcd/ca.crt"),
		"--unsafe-no-fsync", // a lab does not outlive the machine's power
	})
	if err != nil {
		return err
	}
	return p.ready(ctx, client+"/health", c.pki.etcd.certPEM, c.pki.etcdClient)
}

// startAPIServer uses the flags that kubeadm's static pod has, as far as they mean something without nodes.
func (c *ControlPlane) startAPIServer(ctx context.Context, path string, opts Options) error {
	l := c.layout
	args := []string{
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(l.apiServerPort),
		"--endpoint-reconciler-type=none", // a loopback address may not become an endpoint
		"--allow-privileged=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--enable-bootstrap-token-auth=true",
		"--client-ca-file=" + l.pki("ca.crt"),
		"--tls-cert-file=" + l.pki("apiserver.crt"),
		"--tls-private-key-file=" + l.pki("apiserver.key"),
		"--etcd-servers=" + l.url(l.etcdPort),
		"--etcd-cafile=" + l.pki("etcd/ca.crt"),
		"--etcd-certfile=" + l.pki("apiserver-etcd-client.crt"),
		"--etcd-keyfile=" + l.pki("apiserver-etcd-client.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + l.pki("sa.pub"),
		"--service-account-signing-key-file=" + l.pki("sa.key"),
		"--service-cluster-ip-range=" + serviceRange,
		"--proxy-client-cert-file=" + l.pki("front-proxy-client.crt"),
		"--proxy-client-key-file=" + l.pki("front-proxy-client.key"),
		"--requestheader-client-ca-file=" + l.pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
	}
	if c.auditLog != "" {
		args = append(args, "--audit-policy-file="+l.auditPolicy(), "--audit-log-path="+c.auditLog)
	}
	p, err := c.spawn(path, append(args, opts.APIServerArgs...))
	if err != nil {
		return err
	}
	return p.ready(ctx, c.Host()+"/readyz", c.CA(), c.admin)
}

func (c *ControlPlane) startControllerManager(ctx context.Context, path string, opts Options) error {
	l := c.layout
	who, err := c.ClientCert("system:kube-controller-manager")
	if err != nil {
		return err
	}
	kubeconfig := l.file("controller-manager.conf")
	if err := c.Kubeconfig(kubeconfig, who); err != nil {
		return err
	}
	p, err := c.spawn(path, append([]string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(l.cmPort),
		"--tls-cert-file=" + l.pki("apiserver.crt"), // its names are those of loopback, which is all this needs
		"--tls-private-key-file=" + l.pki("apiserver.key"),
		"--leader-elect=false",
		"--controllers=*,bootstrapsigner,tokencleaner",
		"--use-service-account-credentials=true",
		"--client-ca-file=" + l.pki("ca.crt"),
		"--root-ca-file=" + l.pki("ca.crt"),
		"--cluster-signing-cert-file=" + l.pki("ca.crt"),
		"--cluster-signing-key-file=" + l.pki("ca.key"),
		"--service-account-private-key-file=" + l.pki("sa.key"),
		"--service-cluster-ip-range=" + serviceRange,
	}, opts.ControllerManagerArgs...))
	if err != nil {
		return err
	}
	return p.ready(ctx, l.url(l.cmPort)+"/healthz", c.CA(), c.admin)
}
