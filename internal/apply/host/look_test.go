package host_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

func TestLookAtKubeadm(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "5", Kind: plan.KubeadmApply, Commands: []string{"sudo kubeadm upgrade apply v1.37.1 --yes"}, Node: "cp1", Components: []string{"kube-apiserver", "kube-scheduler"}, From: "1.37.0", To: "1.37.1",
		Also: []plan.Move{{Component: "etcd", Node: "cp1", From: "3.6.5", To: "3.7.0"}}}
	for _, c := range []struct {
		server, scheduler, etcd string
		want                    progress.State
	}{
		{"1.37.0", "1.37.0", "3.6.5", progress.Before},
		{"1.37.1", "1.37.0", "3.7.0", progress.Partly},
		{"", "1.37.1", "3.7.0", progress.Partly},
		{"1.37.1", "1.37.1", "3.7.0", progress.There},
		{"1.37.1", "1.36.9", "3.7.0", progress.Unclear},
	} {
		m.running["kube-apiserver"], m.running["kube-scheduler"], m.running["etcd"] = c.server, c.scheduler, c.etcd
		m.look(s, c.want)
	}
	// One that was begun and whose end nobody saw may have written half of what
	// comes after the static pods.
	m.begun[s.ID] = true
	m.running["kube-scheduler"] = "1.37.1"
	m.look(s, progress.Partly)
	if err := m.hands.Do(t.Context(), s, &apply.Log{}); err != nil {
		t.Fatal(err)
	}
	m.look(s, progress.There)
	if got := m.lines("kubeadm"); len(got) != 1 || got[0] != "upgrade_apply_v1.37.1_--yes" {
		t.Errorf("run were %q", got)
	}
}

func TestLookAtPackages(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "6", Kind: plan.KubeletPackage, Commands: []string{"sudo systemctl restart kubelet"}, Node: "w1", Components: []string{"kubelet"}, From: "1.37.0", To: "1.37.1"}
	for _, c := range []struct {
		dpkg, runs string
		want       progress.State
	}{
		{"deb|hold|installed|ok|1.37.0-1.1", "1.37.0", progress.Before},
		{"deb|hold|installed|ok|1.37.1-1.1", "1.37.0", progress.Partly},
		{"deb|install|installed|ok|1.37.1-1.1", "1.37.1", progress.Partly},
		{"deb|hold|installed|ok|1.37.1-1.1", "1.37.1", progress.There},
		{"deb|install|half-configured|ok|1.37.1-1.1", "1.37.0", progress.Unclear},
		{"deb|deinstall|config-files|ok|1.36.0-1.1", "1.37.0", progress.Before},
	} {
		m.set("dpkg", c.dpkg+"\n")
		m.running["kubelet"] = c.runs
		m.look(s, c.want)
	}
}

func TestLookAtRepository(t *testing.T) {
	m := newMachine(t)
	s := &plan.Step{ID: "7", Kind: plan.PackageRepository, Node: "w1", To: "1.37", Commands: []string{"sudo apt-get update"}}
	m.set("madison", " kubeadm | 1.36.3-1.1 | https://pkgs.example.org/v1.36/deb  Packages\n")
	m.look(s, progress.Before)
	m.set("madison", " kubeadm | 1.37.1-1.1 | https://pkgs.example.org/v1.37/deb  Packages\n")
	m.look(s, progress.There)
}

func TestPreflight(t *testing.T) {
	m := newMachine(t)
	p := &plan.Plan{Steps: []plan.Step{{ID: "8", Kind: plan.KubeletPackage, Node: "w1", Components: []string{"kubelet"}, From: "1.37.0", To: "1.37.1",
		Commands: []string{"sudo apt-get install -y --allow-downgrades kubelet='1.37.1-*'"}}}}
	var unknown *host.CommandError
	p.Steps = append(p.Steps, plan.Step{ID: "9", Kind: plan.KubeadmNode, Node: "w1", Commands: []string{"sudo kubeadm reset -f"}})
	if _, err := m.hands.Preflight(t.Context(), p); !errors.As(err, &unknown) || unknown.Step != "9" {
		t.Errorf("a command that is not run is found half-way: %v", err)
	}
	p.Steps = p.Steps[:1]
	m.set("dpkg", "deb|hold|installed|ok|1.36.0-1.1\n")
	// A mirror whose name says nothing of Kubernetes is found by what apt reads.
	m.set("madison", " kubelet | 1.37.0-1.1 | file:/nowhere/v1.36/mirror  Packages\n kubelet | 1.36.3-1.1 | file:/nowhere/v1.36/mirror  Packages\n")
	found, err := m.hands.Preflight(t.Context(), p)
	if err != nil || len(found) != 2 || found[0].Blocks || !found[1].Blocks || !strings.Contains(found[1].Says, "w1 offers kubelet 1.37.0, 1.36.3, and not 1.37.1; "+
		"it reads file:/nowhere/v1.36/mirror; change that line to file:/nowhere/v1.37/mirror") {
		t.Errorf("%+v, %v", found, err)
	}
	m.set("madison", " kubelet | 1.37.1-1.1 | x\n kubelet | 1.36.0-1.1 | x\n")
	if found, err = m.hands.Preflight(t.Context(), p); err != nil || len(found) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}
