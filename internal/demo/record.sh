#!/bin/sh
# Makes the demo's recording anew, with a lab: ./internal/demo/record.sh [NAME]. Takes about a quarter of an hour once
# the lab has built its programs, and leaves the lab to look at ("lab down --name NAME" removes it).
#
# The story: an upgrade from 1.34.2 to 1.35.4 followed the guide, control planes first, then a worker. On the last worker
# a drain met a budget that allows no eviction, somebody went home, and nobody came back to it.
set -eu
cd "$(dirname "$0")/../.."
name=${1:-demo} from=1.34.2 to=1.35.4
whole=$(mktemp -d)
trap 'rm -rf "$whole"' EXIT

# Functions in parentheses keep their variables to themselves.
lab() { go -C lab run ./cmd/lab "$@"; }
on() (
	host=$1; shift
	echo "$host: $*"
	lab ssh "$host" --name "$name" -- "$@"
)
kubectl() { on cp1 kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"; }
seed() { for scenario; do lab seed "$scenario" --name "$name"; done; }

# packages HOST NAME... moves packages to the new version, and holds them again.
packages() (
	host=$1; shift
	for package; do
		on "$host" "sed -i 's,/v1.34/,/v1.35/,' /etc/apt/sources.list.d/kubernetes.list && apt-get update -qq &&
			apt-get install -qq -y --allow-change-held-packages $package='$to-*' >/dev/null && apt-mark hold $package >/dev/null"
	done
)
kubelet() {
	packages "$1" kubelet kubectl
	on "$1" 'systemctl daemon-reload && systemctl restart kubelet'
}

lab up --version $from --offer $to --control-planes 3 --workers 2 --name "$name"
seed healthy pdb-without-pods crd-unserved-stored helm-removed-apis stale-last-applied

# The guide, up to where it stopped: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/
ignored=--ignore-preflight-errors=SystemVerification # see docs/lab.md
packages cp1 kubeadm
on cp1 kubeadm upgrade apply --yes v$to $ignored
for host in cp2 cp3; do
	packages $host kubeadm
	on $host kubeadm upgrade node $ignored
done
for host in cp1 cp2 cp3; do
	kubectl drain $host --ignore-daemonsets --delete-emptydir-data --timeout=2m
	kubelet $host
	kubectl uncordon $host
done
packages w1 kubeadm
on w1 kubeadm upgrade node $ignored
kubectl drain w1 --ignore-daemonsets --delete-emptydir-data --timeout=2m
kubelet w1
kubectl uncordon w1
kubectl wait --for=condition=Ready --timeout=2m nodes --all
seed blocking-pdb
packages w2 kubeadm
on w2 kubeadm upgrade node $ignored
if kubectl drain w2 --ignore-daemonsets --delete-emptydir-data --timeout=60s; then
	echo "w2 was drained, and should not have been: is a pod of lab-blocking-pdb on it?" >&2
	exit 1
fi

# Troubles that the next upgrade will meet.
seed hand-edited-flags removed-feature-gate dead-webhook deprecated-client
sleep 60 # the dashboard calls, and metrics count it

lab record "$whole/recording" --name "$name" \
	--scenario healthy,pdb-without-pods,crd-unserved-stored,helm-removed-apis,stale-last-applied \
	--scenario blocking-pdb,hand-edited-flags,removed-feature-gate,dead-webhook,deprecated-client \
	--note "upgraded from $from to $to by the guide: control planes, their kubelets, w1; the drain of w2 met the budget, and w2 was left" \
	--note "carried out by internal/demo/record.sh"
lab reduce "$whole/recording" "$whole/reduced"
rm "$whole"/reduced/hosts/*/apt-madison-kubeadm.txt # see README.md
rm -rf internal/demo/recording
mv "$whole/reduced" internal/demo/recording
