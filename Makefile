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
first_version = $(firstword $(subst $(comma), ,$(FIXLINE_TEST_VERSIONS)))
lab = $(GO) -C lab run ./cmd/lab
testsum = $(GO) build -C tools -o ../bin/testsum ./testsum && bin/testsum

.PHONY: help build demo test test-programs e2e bench lint docs lab-deps lab-up lab-down lab-e2e clean

help:
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

build: ## the program, as bin/fixline
	@$(GO) build -o bin/fixline ./cmd/fixline

demo: build ## the main job on a recorded real cluster; no cluster needed
	@bin/fixline demo

test: test-programs ## every test that needs no containers, with real etcd and kube-apiserver (built the first time)
	@$(testsum) $(MODULES) -- -timeout 20m $(TESTFLAGS) ./...

# Built beforehand, because go test shows nothing while it runs, and the first build takes minutes.
test-programs:
	@echo "# etcd and kube-apiserver $(FIXLINE_TEST_VERSIONS): built the first time (about 7 minutes on 2 cores), kept in a cache"
	@$(lab) build --version $(FIXLINE_TEST_VERSIONS) etcd kube-apiserver >/dev/null
	@$(lab) build --version $(first_version) kube-controller-manager >/dev/null

e2e: ## the tests that use real control planes, on older versions (builds them: about 20 minutes the first time)
	@$(MAKE) test-programs FIXLINE_TEST_VERSIONS=1.34.1,1.34.2,1.35.3,1.35.4
	@FIXLINE_TEST_VERSIONS=1.34.1,1.34.2,1.35.3,1.35.4 && export FIXLINE_TEST_VERSIONS && \
		$(testsum) lab test -- -timeout 30m -count 1 $(TESTFLAGS) ./...

bench: build ## seconds and memory of assess on 1,000 and 10,000 clusters, and of the program's start
	@$(GO) -C tools run ./bench -fixline ../bin/fixline

lint: bin/golangci-lint ## formatting, static analysis, and that the modules are tidy and unchanged
	@failed=0; for module in $(MODULES); do \
		echo "# lint $$module"; \
		(cd $$module && $(CURDIR)/bin/golangci-lint run --allow-parallel-runners --config $(CURDIR)/.golangci.yml ./...) || failed=1; \
		(cd $$module && $(GO) mod tidy -diff && $(GO) mod verify) || failed=1; \
	done; exit $$failed

bin/golangci-lint: tools/lint/go.mod
	@echo "# building golangci-lint, about a minute the first time"
	@$(GO) build -C tools/lint -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

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

lab-e2e: ## the tests that start kubeadm clusters; need Docker, as root the first time
	@$(lab) build --version 1.37.0,1.37.1 kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubeadm kubectl \
		etcd etcdctl etcdutl coredns >/dev/null
	@export FIXLINE_LAB_HOSTS=1; $(testsum) lab -- -timeout 60m -count 1 $(TESTFLAGS) ./cluster

clean: ## remove bin/; built Kubernetes programs stay (go -C lab run ./cmd/lab cache --clear removes them)
	@rm -rf bin
