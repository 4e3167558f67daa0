package reach

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func instance(component, node, v string) inventory.Instance {
	parsed, _ := version.Parse(v)
	return inventory.Instance{Component: component, Node: node, Version: parsed, OS: "linux"}
}

func text(s string) *string { return &s }

// Answer asks one question as a mitigation does: of several instances every one
// must fulfil it. in may be nil.
func Answer(q *advisory.Question, in *inventory.Instance, c *inventory.Cluster) inventory.Answer {
	return For(c).answer(q, in, every)
}

// cluster is two control-plane nodes and two workers at 1.34.2. The settings
// of w2 were not read.
func cluster() *inventory.Cluster {
	return &inventory.Cluster{
		Name: "test",
		Instances: []inventory.Instance{
			instance("kube-apiserver", "cp1", "1.34.2"), instance("kube-apiserver", "cp2", "1.34.2"),
			instance("kubelet", "cp1", "1.34.2"), instance("kubelet", "cp2", "1.34.2"),
			instance("kubelet", "w1", "1.32.0"), instance("kubelet", "w2", "1.32.0"),
			instance("containerd", "w1", "2.1.4"), instance("cri-o", "w2", "1.32.0"),
		},
		Facts: inventory.Facts{
			Settings: []inventory.Settings{
				{Component: "kube-apiserver", Node: "cp1", Complete: true, Source: "static pod", Flags: map[string]string{
					"authorization-mode": "Node,RBAC", "enable-admission-plugins": "NodeRestriction", "v": "4"}},
				{Component: "kube-apiserver", Node: "cp2", Complete: true, Source: "static pod", Flags: map[string]string{
					"authorization-mode": "Node,RBAC", "enable-admission-plugins": "NodeRestriction,DenyServiceExternalIPs", "anonymous-auth": "false"}},
				{Component: "kubelet", Node: "w1", Complete: true, Source: "configz w1",
					Gates: map[string]bool{"NodeLogQuery": true}, Config: map[string]string{"readOnlyPort": "10255"}},
				{Component: "kubelet", Node: "cp1", Complete: true, Source: "configz cp1"},
			},
			Uses:       map[string]inventory.Answer{"gitRepoVolumes": {State: inventory.No, Evidence: "no pod of 12 mounts one"}},
			RBAC:       &rbac.Policy{},
			Namespaces: []inventory.Namespace{{Name: "kube-system"}, {Name: "a", Enforce: "restricted"}, {Name: "b", Enforce: "baseline"}},
		},
	}
}

func find(c *inventory.Cluster, component, node string) *inventory.Instance {
	for i := range c.Instances {
		if c.Instances[i].Component == component && c.Instances[i].Node == node {
			return &c.Instances[i]
		}
	}
	return nil
}

func logQuery() *advisory.Question {
	return &advisory.Question{Gate: &advisory.GateQuestion{Component: "kubelet", Gate: "NodeLogQuery", Value: true, Defaults: []advisory.GateDefault{
		{From: version.New(1, 27, 0)}, {From: version.New(1, 30, 0)}, {From: version.New(1, 36, 0), Value: true, Locked: true}}}}
}

func flag(component, name, op, value string, def *string) *advisory.Question {
	return &advisory.Question{Flag: &advisory.SettingQuestion{Component: component, Name: name, Op: op, Value: value, Default: def}}
}

func TestAnswer(t *testing.T) {
	who := &advisory.Question{Who: []advisory.Permission{{Verb: "create", Group: "apps", Resource: "controllerrevisions"}}}
	readOnly := &advisory.Question{Config: &advisory.SettingQuestion{Component: "kubelet", Name: "readOnlyPort", Op: "at-least", Value: "1", Default: text("0")}}
	apiServer := func(c *inventory.Cluster) *inventory.Settings { return &c.Facts.Settings[0] }
	tests := []struct {
		name     string
		question *advisory.Question
		node     string // of the kubelet asked about, "" = the cluster
		change   func(*inventory.Cluster)
		want     inventory.State
		evidence string
	}{
		{"gate set", logQuery(), "w1", nil, inventory.Yes, "kubelet on node w1 sets NodeLogQuery=true (configz w1)"},
		{"gate by default", logQuery(), "cp1", nil, inventory.No, "1.34 has it off by default"},
		{"settings not read", logQuery(), "w2", nil, inventory.Unknown, "was not read"},
		{"locked needs no settings", logQuery(), "w2", func(c *inventory.Cluster) { find(c, "kubelet", "w2").Version = version.New(1, 36, 1) }, inventory.Yes, "cannot be changed"},
		{"before the gate", logQuery(), "w2", func(c *inventory.Cluster) { find(c, "kubelet", "w2").Version = version.New(1, 26, 1) }, inventory.No, "is off and cannot be changed"},
		{"a pre-release where the default moves", logQuery(), "w2", func(c *inventory.Cluster) { find(c, "kubelet", "w2").Version = version.MustParse("1.36.0-rc.1") }, inventory.Unknown, "not known"},
		{"AllBeta moves defaults", logQuery(), "cp1", func(c *inventory.Cluster) { c.Facts.Settings[3].Gates = map[string]bool{"AllBeta": true} }, inventory.Unknown, "AllBeta=true"},
		{"an emulated version moves defaults", logQuery(), "cp1", func(c *inventory.Cluster) { c.Facts.Settings[3].Flags = map[string]string{"emulated-version": "1.36"} }, inventory.Unknown, "--emulated-version"},
		{"config set", readOnly, "w1", nil, inventory.Yes, "kubelet on node w1 has readOnlyPort=10255 (configz w1)"},
		{"config absent and complete", readOnly, "cp1", nil, inventory.No, "its default is 0"},
		{"config absent, not complete", readOnly, "w2", nil, inventory.Unknown, "was not read"},
		{"every kubelet, one holds, one unread", readOnly, "", nil, inventory.No, "kubelet on node cp1 does not set readOnlyPort"},
		{"a value that is no number", readOnly, "w1", func(c *inventory.Cluster) { c.Facts.Settings[2].Config["readOnlyPort"] = "many" }, inventory.Unknown, "not a number"},
		{"every API server, with the exception", &advisory.Question{AdmissionPlugin: "DenyServiceExternalIPs"}, "", nil, inventory.No, "kube-apiserver on node cp1 does not enable DenyServiceExternalIPs"},
		{"every API server", &advisory.Question{AdmissionPlugin: "NodeRestriction"}, "", nil, inventory.Yes, "cp1"},
		{"a plugin on by default", &advisory.Question{AdmissionPlugin: "PodSecurity"}, "", nil, inventory.Yes, "on by default from 1.23"},
		{"a plugin turned off", &advisory.Question{AdmissionPlugin: "PodSecurity"}, "", func(c *inventory.Cluster) { apiServer(c).Flags["disable-admission-plugins"] = "PodSecurity" }, inventory.No, "--disable-admission-plugins"},
		{"not every API server takes anonymous requests", &advisory.Question{AnonymousAuth: true}, "", nil, inventory.No, "--anonymous-auth=false"},
		{"a structured authentication file", &advisory.Question{AnonymousAuth: true}, "", func(c *inventory.Cluster) {
			delete(c.Facts.Settings[1].Flags, "anonymous-auth")
			c.Facts.Settings[1].Flags["authentication-config"] = "/etc/auth.yaml"
		}, inventory.Unknown, "/etc/auth.yaml"},
		{"uses", &advisory.Question{Uses: "gitRepoVolumes"}, "", nil, inventory.No, "no pod of 12"},
		{"uses, not read", &advisory.Question{Uses: "ingresses"}, "", nil, inventory.Unknown, "facts.uses.ingresses"},
		{"os of the node", &advisory.Question{OS: "windows"}, "w1", nil, inventory.No, "node w1 runs linux"},
		{"os of any node", &advisory.Question{OS: "windows"}, "", nil, inventory.No, "no node of 4"},
		{"os unknown", &advisory.Question{OS: "windows"}, "w1", func(c *inventory.Cluster) { find(c, "kubelet", "w1").OS = "" }, inventory.Unknown, "system of node w1 is not known"},
		{"os unknown, but no node is windows", &advisory.Question{OS: "windows"}, "w1", func(c *inventory.Cluster) {
			find(c, "kubelet", "w1").OS = ""
			c.Facts.Uses["windowsNodes"] = inventory.Answer{State: inventory.No}
		}, inventory.No, "facts.uses.windowsNodes"},
		{"nobody may", who, "", nil, inventory.No, "as of the reading, create controllerrevisions.apps: nobody but administrators"},
		{"somebody may", who, "", func(c *inventory.Cluster) {
			c.Facts.RBAC.Roles = []rbac.Role{{Namespace: "a", Name: "r", Rules: []rbac.Rule{{Verbs: []string{"*"}, APIGroups: []string{"apps"}, Resources: []string{"*"}}}}}
			c.Facts.RBAC.Bindings = []rbac.Binding{{Namespace: "a", Name: "b", RoleKind: "Role", RoleName: "r", Subjects: []rbac.Subject{{Kind: "Group", Name: "devs"}}}}
		}, inventory.Yes, "1 subject: Group devs (RoleBinding a/b to Role r)"},
		{"nobody may directly", who, "", func(c *inventory.Cluster) {
			c.Facts.RBAC.Roles = []rbac.Role{{Name: "r", Rules: []rbac.Rule{{Verbs: []string{"impersonate"}, APIGroups: []string{""}, Resources: []string{"users"}}}}}
			c.Facts.RBAC.Bindings = []rbac.Binding{{Name: "b", RoleKind: "ClusterRole", RoleName: "r", Subjects: []rbac.Subject{{Kind: "User", Name: "sam"}}}}
		}, inventory.Unknown, "could obtain it"},
		{"another authorizer", who, "", func(c *inventory.Cluster) { apiServer(c).Flags["authorization-mode"] = "Node,RBAC,Webhook" }, inventory.Unknown, "Webhook"},
		{"authorizers from a file", who, "", func(c *inventory.Cluster) { apiServer(c).Flags["authorization-config"] = "/etc/authz.yaml" }, inventory.Unknown, "/etc/authz.yaml"},
		{"API servers out of sight", who, "", func(c *inventory.Cluster) { c.Facts.Settings = nil }, inventory.Unknown, "--authorization-mode"},
		{"everything is allowed", who, "", func(c *inventory.Cluster) { apiServer(c).Flags["authorization-mode"] = "AlwaysAllow" }, inventory.Yes, "everybody may"},
		{"everything is allowed by default", who, "", func(c *inventory.Cluster) { delete(apiServer(c).Flags, "authorization-mode") }, inventory.Yes, "everybody may"},
		{"roles not read", who, "", func(c *inventory.Cluster) { c.Facts.RBAC = nil }, inventory.Unknown, "rolebindings"},
		{"a namespace enforces less", &advisory.Question{PodSecurity: "restricted"}, "", nil, inventory.Yes, "1 of 3 namespaces enforce less than restricted: b"},
		{"none enforces less", &advisory.Question{PodSecurity: "baseline"}, "", nil, inventory.No, "enforces baseline"},
		{"labels that nobody enforces", &advisory.Question{PodSecurity: "baseline"}, "", func(c *inventory.Cluster) { apiServer(c).Flags["disable-admission-plugins"] = "PodSecurity" }, inventory.Yes, "not enforced"},
		{"a file may exempt", &advisory.Question{PodSecurity: "baseline"}, "", func(c *inventory.Cluster) { apiServer(c).Flags["admission-control-config-file"] = "/x" }, inventory.Unknown, "exempt"},
		{"namespaces not read", &advisory.Question{PodSecurity: "baseline"}, "", func(c *inventory.Cluster) { c.Facts.Namespaces = nil }, inventory.Unknown, "not read"},
		{"a system that is none", &advisory.Question{OS: "linux, windows"}, "w1", nil, inventory.Unknown, "no node reports"},
		{"its node's runtime is in the range", &advisory.Question{Runs: &advisory.RunsQuestion{Component: "containerd", From: version.New(2, 0, 0)}}, "w1", nil, inventory.Yes, "containerd on node w1 is 2.1.4"},
		{"its node has another runtime", &advisory.Question{Runs: &advisory.RunsQuestion{Component: "containerd", From: version.New(2, 0, 0)}}, "w2", nil, inventory.No, "node w2 runs cri-o"},
		{"a distribution build", &advisory.Question{Runs: &advisory.RunsQuestion{Component: "containerd", From: version.New(2, 0, 0)}}, "w1", func(c *inventory.Cluster) {
			find(c, "containerd", "w1").Version = version.MustParse("2.1.4~ds1-1+deb13u1")
		}, inventory.Unknown, "a build of its own"},
		{"a development build outside the range", &advisory.Question{Runs: &advisory.RunsQuestion{Component: "containerd", From: version.New(2, 0, 0)}}, "w1", func(c *inventory.Cluster) {
			find(c, "containerd", "w1").Version = version.MustParse("0.0.0-20240101000000-0123456789ab")
		}, inventory.Unknown, "development build"},
		{"not seen is no proof", &advisory.Question{Runs: &advisory.RunsQuestion{Component: "ingress-nginx"}}, "", nil, inventory.Unknown, "no proof"},
		{"declared for a component without a row", flag("kube-scheduler", "v", "at-least", "4", text("0")), "", func(c *inventory.Cluster) {
			c.Facts.Settings = append(c.Facts.Settings, inventory.Settings{Component: "kube-scheduler", Flags: map[string]string{"v": "6"}, Source: "inventory"})
		}, inventory.Yes, "kube-scheduler has --v=6 (inventory)"},
		{"a component nobody saw", flag("kube-scheduler", "v", "at-least", "4", text("0")), "", nil, inventory.Unknown, "no kube-scheduler was seen"},
		{"the instance's own setting", flag("", "v", "at-least", "4", text("0")), "w1", nil, inventory.No, "kubelet on node w1 does not set --v"},
		{"nobody's own setting", flag("", "v", "at-least", "4", text("0")), "", nil, inventory.Unknown, "none was named"},
		{"beyond the cluster", &advisory.Question{Beyond: "who reads the logs"}, "", nil, inventory.Unknown, "cannot show who reads the logs"},
		{"one-sided", &advisory.Question{Any: []advisory.Question{{Uses: "gitRepoVolumes"}, {Beyond: "the rest"}}}, "", nil, inventory.Unknown, "the rest"},
		{"a volume plugin nobody found", &advisory.Question{Uses: "volumePlugin:rbd"}, "", func(c *inventory.Cluster) {
			c.Facts.Uses["volumePlugin"] = inventory.Answer{State: inventory.Yes, Evidence: "12 pods were read"}
		}, inventory.No, "12 pods were read"},
		{"a volume plugin nobody looked for", &advisory.Question{Uses: "volumePlugin:rbd"}, "", nil, inventory.Unknown, "not read"},
		{"true is written in several ways", flag("kube-apiserver", "anonymous-auth", "equals", "false", text("true")), "", func(c *inventory.Cluster) {
			apiServer(c).Flags["anonymous-auth"] = "F"
		}, inventory.Yes, "--anonymous-auth=F"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster()
			if tt.change != nil {
				tt.change(c)
			}
			got := Answer(tt.question, find(c, "kubelet", tt.node), c)
			if got.State != tt.want || !strings.Contains(got.Evidence, tt.evidence) {
				t.Errorf("got %v: %s\nwant %v with %q", got.State, got.Evidence, tt.want, tt.evidence)
			}
		})
	}
}

// A condition holds where one API server fulfils it; a mitigation is in place
// only where every one does.
func TestConditionsAndMitigations(t *testing.T) {
	c := cluster()
	verbose := flag("kube-apiserver", "v", "at-least", "4", text("0"))
	adv := &advisory.Advisory{
		Conditions: []advisory.Condition{
			{Text: "verbose", Question: verbose},
			{Text: "gate", Question: logQuery()},
		},
		Mitigations: []advisory.Mitigation{
			{Text: "quiet", Question: &advisory.Question{Not: true, Flag: verbose.Flag}, Apply: "set --v=3"},
			{Text: "talk to people"},
		},
	}
	kubelets := []*inventory.Instance{find(c, "kubelet", "w1"), find(c, "kubelet", "cp1"), find(c, "kubelet", "w2")}
	a := For(c)
	r := a.Exploitable(adv, kubelets)
	for i, want := range []inventory.State{inventory.Yes, inventory.No, inventory.Unknown} {
		if r.Instances[i].State != want {
			t.Errorf("kubelet on %s: %v (%s), want %v", kubelets[i].Node, r.Instances[i].State, r.Instances[i].Evidence, want)
		}
	}
	if r.Conditions[0].Answer.State != inventory.Yes || r.Conditions[1].Answer.State != inventory.Yes || r.Reachable.State != inventory.Yes {
		t.Errorf("one instance is enough for the whole: %+v", r)
	}
	if r := a.Exploitable(adv, kubelets[1:2]); r.Reachable.State != inventory.No || !strings.Contains(r.Reachable.Evidence, "cp1 does not set NodeLogQuery") {
		t.Errorf("one condition that does not hold decides: %+v", r.Reachable)
	}
	m := a.Mitigations(adv, nil)
	if m[0].Answer.State != inventory.No || !strings.Contains(m[0].Answer.Evidence, "cp1 has --v=4") || m[0].Apply != "set --v=3" {
		t.Errorf("one verbose API server leaves the mitigation missing: %+v", m[0])
	}
	if m[1].Answer.State != inventory.Unknown || m[1].Answer.Evidence == "" {
		t.Errorf("what cannot be asked is unknown and says so: %+v", m[1])
	}
	if r := a.Exploitable(&advisory.Advisory{}, kubelets); r.Reachable.State != inventory.Unknown || len(r.Instances) != 3 {
		t.Errorf("no conditions: nothing was checked: %+v", r)
	}
}

func TestClosed(t *testing.T) {
	c := cluster()
	g := &advisory.GateFix{Component: "kubelet", Gate: "NodeLogQuery", Value: true, Since: version.New(1, 30, 0)}
	for node, want := range map[string]inventory.State{"w1": inventory.Yes, "cp1": inventory.No, "w2": inventory.Unknown} {
		if got := For(c).Closed(g, find(c, "kubelet", node)); got.State != want {
			t.Errorf("%s: %v (%s), want %v", node, got.State, got.Evidence, want)
		}
	}
}

// Many alike instances give one readable sentence.
func TestEvidenceIsBounded(t *testing.T) {
	c := &inventory.Cluster{}
	for _, n := range strings.Split("abcdefghij", "") {
		c.Instances = append(c.Instances, instance("kubelet", n, "1.34.2"))
		c.Facts.Settings = append(c.Facts.Settings, inventory.Settings{Component: "kubelet", Node: n, Complete: true})
	}
	got := Answer(logQuery(), nil, c)
	if got.State != inventory.No || !strings.HasSuffix(got.Evidence, "; and 5 more") {
		t.Errorf("%v: %s", got.State, got.Evidence)
	}
	other := flag("kubelet", "v", "at-least", "4", text("0"))
	got = Answer(&advisory.Question{Any: []advisory.Question{*logQuery(), *other}}, nil, c)
	if got.State != inventory.No || !strings.HasSuffix(got.Evidence, "by default; and 15 more") {
		t.Errorf("%v: %s", got.State, got.Evidence)
	}
}

// What an inventory declares stands for what could be; what was read does not.
func TestDeclaredUseClosesTheQuestion(t *testing.T) {
	q := &advisory.Question{Any: []advisory.Question{
		{Uses: "gitRepoVolumes"},
		{All: []advisory.Question{{Who: []advisory.Permission{{Verb: "create", Resource: "pods"}}}, {PodSecurity: "restricted"}}},
	}}
	c := &inventory.Cluster{
		Instances: []inventory.Instance{instance("kubelet", "w1", "1.30.1")},
		Facts:     inventory.Facts{Uses: map[string]inventory.Answer{"gitRepoVolumes": {State: inventory.No, Evidence: "declared in the inventory"}}},
	}
	if got := Answer(q, nil, c); got.State != inventory.Unknown {
		t.Errorf("read, and who may create pods is not known: got %v (%s)", got.State, got.Evidence)
	}
	c.Instances[0].ReadFrom = "inventory"
	if got := Answer(q, nil, c); got.State != inventory.No || got.Evidence != "declared in the inventory" {
		t.Errorf("declared: got %v (%s)", got.State, got.Evidence)
	}
	q.Any = append(q.Any, advisory.Question{Beyond: "more"})
	if got := Answer(q, nil, c); got.State != inventory.Unknown {
		t.Errorf("what the cluster cannot show stays open: got %v (%s)", got.State, got.Evidence)
	}
	delete(c.Facts.Uses, "gitRepoVolumes")
	if got := Answer(q, nil, c); got.State != inventory.Unknown {
		t.Errorf("nothing declared: got %v", got.State)
	}
}
