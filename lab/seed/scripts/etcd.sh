# For scripts that ask etcd, on a control plane host.
set -eu
export KUBECONFIG=/etc/kubernetes/admin.conf

etcdctl() {
	kubectl -n kube-system exec "etcd-$(hostname)" -- etcdctl --endpoints=https://127.0.0.1:2379 \
		--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key "$@"
}

# lost is the id of the member at an address that is nobody's (RFC 5737); one that never started has no name.
lost() { etcdctl member list | grep -F 192.0.2.99 | cut -d, -f1; }
