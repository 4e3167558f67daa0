# `make` alone says what there is. Everything here needs Go and make, and the network for what Go has not downloaded yet.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

GO ?= go
# The Go modules: the product, real control planes for tests, the tests that use them, and what this file runs.
MODULES := . lab test tools
# Kubernetes versions whose control planes the tests start.
FIXLINE_TEST_VERSIONS ?= 1.37.0,1.37.1
export FIXLINE_TEST_VERSIONS
# More flags for go test, for example TESTFLAGS=-race.
TESTFLAGS ?=

comma := ,
# Versions of make e2e, some of them no longer supported.
older := 1.34.1,1.34.2,1.35.3,1.35.4
# Versions that test/rehearse goes through from a backup of the first, which runs on etcd 3.5.
hops := 1.33.13,1.34.2,1.35.4
bench_version = 1.37.1
first_version = $(firstword $(subst $(comma), ,$(FIXLINE_TEST_VERSIONS)))
lab = $(GO) -C lab run ./cmd/lab
testsum = $(GO) build -C tools -o ../bin/testsum ./testsum && bin/testsum

.PHONY: help build demo test test-programs test-older e2e smoke bench lint docs lab-deps lab-up lab-down lab-programs lab-e2e clean

help:
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

# Without cgo it is one static file, which runs on any Linux host it is copied to (collect --local).
build: ## the program, as bin/fixline
	@CGO_ENABLED=0 $(GO) build -o bin/fixline ./cmd/fixline

demo: build ## the main job on a recorded real cluster; no cluster needed
	@bin/fixline demo

# Hosts are for make smoke and make lab-e2e, whatever the environment says.
test test-older: export FIXLINE_LAB_HOSTS =

test: test-programs ## every test that needs no containers, with real etcd and kube-apiserver (built the first time)
	@$(testsum) $(MODULES) -- -timeout 20m $(TESTFLAGS) ./...

# Versions of etcd that backups are taken of and restored into, besides those of kubeadm.
FIXLINE_TEST_ETCD ?= 3.7.0,3.6.16
export FIXLINE_TEST_ETCD

# Built beforehand, because go test shows nothing while it runs, and the first build takes minutes.
test-programs:
	@echo "# etcd $(FIXLINE_TEST_ETCD), kube-apiserver $(FIXLINE_TEST_VERSIONS): built the first time (about 8 minutes on 2 cores), kept in a cache"
	@$(lab) build --version $(FIXLINE_TEST_VERSIONS) etcd kube-apiserver >/dev/null
	@$(lab) build --version $(first_version) kube-controller-manager >/dev/null
	@for etcd in $(subst $(comma), ,$(FIXLINE_TEST_ETCD)); do $(lab) build --version $(first_version) --etcd $$etcd etcd etcdutl >/dev/null || exit 1; done

e2e: ## real upgrades: make test on older versions, then make lab-e2e (hours the first time)
	@$(MAKE) test-programs FIXLINE_TEST_VERSIONS=$(older)
	@$(lab) build --version $(hops) kube-apiserver >/dev/null
	@failed=0; $(MAKE) test-older || failed=1; $(MAKE) lab-e2e || failed=1; exit $$failed

test-older: export FIXLINE_TEST_VERSIONS = $(older)
test-older: export FIXLINE_TEST_OLDER = $(hops)
test-older:
	@$(testsum) lab test -- -timeout 30m -count 1 $(TESTFLAGS) ./...

bench: build ## seconds and memory: assess on 10,000 clusters, scan of 10,000 files, plan for 5,000 nodes, collect on a kube-apiserver with 50,000 objects, backup of an etcd with 1,000,000 keys, a rehearsal; 15 minutes
	@$(lab) build --version $(bench_version),$(first_version) etcd etcdctl etcdutl kube-apiserver kube-controller-manager >/dev/null
	@$(GO) -C tools run ./bench -fixline ../bin/fixline
	@$(GO) -C tools run ./bench/scan -fixline ../bin/fixline $(if $(wildcard bin/pluto),-peer '../bin/pluto detect-files --target-versions k8s=v1.36.0 -o json -d')
	@$(GO) -C tools run ./bench/plan -fixline ../bin/fixline
	@$(GO) build -C tools -o ../bin/bench-client ./bench/client
	@$(GO) -C tools run ./bench/collect -fixline ../bin/fixline -client ../bin/bench-client -version $(bench_version)
	@$(GO) -C tools run ./bench/backup -fixline ../bin/fixline
	@$(GO) -C tools run ./bench/rehearse -fixline ../bin/fixline

lint: bin/golangci-lint ## formatting, static analysis, and that the modules are tidy and unchanged
	@failed=0; for module in $(MODULES); do \
		echo "# lint $$module"; \
		(cd $$module && $(CURDIR)/bin/golangci-lint run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...) || failed=1; \
		(cd $$module && $(GO) mod tidy -diff && $(GO) mod verify) || failed=1; \
	done; exit $$failed

bin/golangci-lint: tools/lint/go.mod
	@echo "# building golangci-lint, about a minute the first time"
	@$(GO) build -C tools/lint -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# Beside which make bench measures scan, where it was built: it takes minutes.
bin/pluto: tools/pluto/go.mod
	@$(GO) build -C tools/pluto -o ../../bin/pluto github.com/fairwindsops/pluto/v5/cmd/pluto

docs: ## write the generated pages: docs/reference and the picture in docs/architecture.md
	@$(GO) run ./internal/cli/gendocs
	@$(GO) test ./internal/archtest -run '^TestPicture$$' -update

# What else lab up takes, for example LAB="--version 1.34.1 --offer 1.34.2 --control-planes 3 --workers 2 --name big".
LAB ?= --version 1.37.0 --offer 1.37.1

lab-deps: ## find Docker, or install and start it (Debian, as root)
	@$(lab) deps

lab-up: ## start a real kubeadm cluster, 1.37.0 with 1.37.1 on offer; LAB="..." asks for another
	@$(lab) up $(LAB)

lab-down: ## remove every such cluster
	@$(lab) down --all

# Versions whose clusters are wanted, for lab-programs.
LAB_VERSIONS ?= 1.37.0,1.37.1

lab-programs: ## what kubeadm clusters of LAB_VERSIONS need, into the cache: 3 to 7 minutes a version
	@echo "# every program of a kubeadm cluster, $(LAB_VERSIONS): built the first time, kept in a cache"
	@$(lab) build --version $(LAB_VERSIONS) kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubeadm kubectl \
		etcd etcdctl etcdutl coredns >/dev/null

# The tests whose hosts are containers run when this is 1; without a container engine they are skipped and say so.
smoke lab-e2e: export FIXLINE_LAB_HOSTS ?= 1

smoke: ## one kubeadm cluster of 1.37.0 up, assessed live, upgraded to 1.37.1 by fixline apply, down: about 6 minutes; needs Docker, as root the first time
	@if [ "$$FIXLINE_LAB_HOSTS" = 1 ] && $(lab) list >/dev/null 2>&1; then $(MAKE) lab-programs LAB_VERSIONS=1.37.0,1.37.1; fi
	@$(testsum) test -- -timeout 30m -count 1 -run '^TestSmoke$$' $(TESTFLAGS) ./hosts

# One package at a time: each has clusters of its own. Programs beforehand, because go test shows nothing while it runs.
lab-e2e: ## every test that starts kubeadm clusters, of 1.33 to 1.37, upgrades them, and restores destroyed ones; needs Docker, as root the first time
	@if $(lab) list >/dev/null 2>&1; then $(MAKE) lab-programs LAB_VERSIONS=1.33.13,1.34.1,1.34.2,1.35.4,1.37.0,1.37.1; fi
	@failed=0; $(testsum) lab -- -p 1 -timeout 60m -count 1 $(TESTFLAGS) ./cluster ./seed || failed=1; \
		$(testsum) test -- -timeout 180m -count 1 $(TESTFLAGS) ./hosts || failed=1; exit $$failed

clean: ## remove bin/; built Kubernetes programs stay (go -C lab run ./cmd/lab cache --clear removes them)
	@rm -rf bin
