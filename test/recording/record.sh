#!/bin/sh
# Makes the recordings in testdata anew, each with a lab of its own that is removed afterwards. All of them, or those that
# are named: test/recording/record.sh [NAME...]. Takes about three minutes each once the lab has built its programs.
set -eu
cd "$(dirname "$0")/../.."
testdata=$PWD/test/recording/testdata
whole=$(mktemp -d)
trap 'rm -rf "$whole"' EXIT

lab() { go -C lab run ./cmd/lab "$@"; }

# make NAME SCENARIOS FLAGS... records a lab that is brought up with the flags, and seeded with scenarios (a,b or "").
make() {
	name=$1 scenarios=$2
	shift 2
	case " $wanted " in *" $name "* | "  ") ;; *) return 0 ;; esac
	mine=rec-$(echo "$name" | tr . -)
	lab up --name "$mine" "$@"
	for scenario in $(echo "$scenarios" | tr , ' '); do
		lab seed "$scenario" --name "$mine"
	done
	sleep 30 # what was seeded settles, and clients call
	lab record "$whole/$name" --name "$mine" ${scenarios:+--scenario "$scenarios"} --note "made by test/recording/record.sh"
	lab reduce "$whole/$name" "$whole/reduced/$name"
	rm -rf "${testdata:?}/$name"
	mkdir -p "$testdata"
	mv "$whole/reduced/$name" "$testdata/$name"
	lab down --name "$mine"
}

wanted=$*
make healthy-1.37.0 healthy --version 1.37.0 --offer 1.37.1
make fresh-1.34.1 "" --version 1.34.1 --offer 1.34.2
make etcd-3.5.24 healthy --version 1.33.13 --etcd 3.5.24
# What seeds pods comes before the webhook that keeps pods out, and what restarts the API server before what it counts.
before=hand-edited-flags,removed-feature-gate,certificate-expiring,cgroup-v1-config,deprecated-client,blocking-pdb,pdb-without-pods
after=crd-unserved-stored,stale-last-applied,helm-removed-apis,helm-two-deployed,cordoned-by-someone,dead-webhook,webhook-on-kube-system
make troubles-1.34.1 $before,$after --version 1.34.1 --offer 1.34.2
