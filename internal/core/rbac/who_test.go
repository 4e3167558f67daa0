package rbac

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func rule(verbs, groups, resources string, names ...string) Rule {
	split := func(s string) []string { return strings.Split(s, ",") }
	return Rule{Verbs: split(verbs), APIGroups: split(groups), Resources: split(resources), ResourceNames: names}
}

func clusterBinding(name, role string, subjects ...Subject) Binding {
	return Binding{Name: name, RoleKind: "ClusterRole", RoleName: role, Subjects: subjects}
}

func group(name string) Subject { return Subject{Kind: "Group", Name: name} }
func user(name string) Subject  { return Subject{Kind: "User", Name: name} }
func account(ns, name string) Subject {
	return Subject{Kind: "ServiceAccount", Namespace: ns, Name: name}
}

// kubeadm is the shape of a fresh kubeadm cluster: the default roles that
// matter here, as the API returns them.
func kubeadm() *Policy {
	return &Policy{
		Roles: []Role{
			{Name: "cluster-admin", Rules: []Rule{rule("*", "*", "*"), {Verbs: []string{"*"}, NonResourceURLs: []string{"*"}}}},
			{Name: "edit", Rules: []Rule{
				rule("create,delete,deletecollection,patch,update", "", "pods,pods/attach,pods/exec,pods/portforward,pods/proxy"),
				rule("impersonate", "", "serviceaccounts"),
				rule("create,delete,deletecollection,patch,update", "apps", "daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale"),
				rule("get,list,watch", "apps", "controllerrevisions,daemonsets,statefulsets"),
			}},
			{Name: "view", Rules: []Rule{rule("get,list,watch", "", "pods,services,endpoints,pods/log")}},
			{Name: "system:basic-user", Rules: []Rule{rule("create", "authorization.k8s.io", "selfsubjectaccessreviews,selfsubjectrulesreviews")}},
			{Name: "system:node-proxier", Rules: []Rule{rule("list,watch", "", "endpoints,services")}},
			{Name: "system:controller:statefulset-controller", Rules: []Rule{
				rule("create,delete,get,list,patch,update,watch", "apps", "controllerrevisions"),
				rule("create,delete,get,patch,update", "", "pods"),
			}},
			{Name: "system:controller:daemon-set-controller", Rules: []Rule{rule("create,delete,get,list,patch,update,watch", "apps", "controllerrevisions")}},
			{Name: "system:kube-controller-manager", Rules: []Rule{rule("create,get,update", "coordination.k8s.io", "leases"), rule("create", "", "serviceaccounts/token")}},
		},
		Bindings: []Binding{
			clusterBinding("cluster-admin", "cluster-admin", group("system:masters")),
			clusterBinding("kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")),
			clusterBinding("kubeadm:node-proxier", "system:node-proxier", account("kube-system", "kube-proxy")),
			clusterBinding("system:basic-user", "system:basic-user", group("system:authenticated")),
			clusterBinding("system:controller:statefulset-controller", "system:controller:statefulset-controller", account("kube-system", "statefulset-controller")),
			clusterBinding("system:controller:daemon-set-controller", "system:controller:daemon-set-controller", account("kube-system", "daemon-set-controller")),
			clusterBinding("system:kube-controller-manager", "system:kube-controller-manager", user("system:kube-controller-manager")),
		},
	}
}

func with(p *Policy, roles []Role, bindings ...Binding) *Policy {
	p.Roles = append(p.Roles, roles...)
	p.Bindings = append(p.Bindings, bindings...)
	return p
}

func TestWho(t *testing.T) {
	revisions := Permission{Verb: "create", Group: "apps", Resource: "controllerrevisions"}
	exec := Permission{Verb: "create", Resource: "pods/exec"}
	roleBinding := func(ns, name, kind, role string, s ...Subject) Binding {
		return Binding{Namespace: ns, Name: name, RoleKind: kind, RoleName: role, Subjects: s}
	}
	tests := []struct {
		name   string
		policy *Policy
		perm   Permission
		want   []string // counted subjects
	}{
		{"fresh kubeadm: nobody", kubeadm(), revisions, nil},
		{"edit does not write revisions", with(kubeadm(), nil, roleBinding("a", "devs", "ClusterRole", "edit", group("devs"))), revisions, nil},
		{"edit may exec", with(kubeadm(), nil, roleBinding("a", "devs", "ClusterRole", "edit", group("devs"))), exec, []string{"Group devs"}},
		{"a RoleBinding is not cluster-wide", with(kubeadm(), nil, roleBinding("a", "devs", "ClusterRole", "edit", group("devs"))), Permission{Verb: "create", Resource: "pods/exec", ClusterWide: true}, nil},
		{"a ClusterRoleBinding is", with(kubeadm(), nil, clusterBinding("devs", "edit", group("devs"))), Permission{Verb: "create", Resource: "pods/exec", ClusterWide: true}, []string{"Group devs"}},
		{"pods is not pods/exec", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "", "pods")}}}, clusterBinding("p", "p", user("eve"))), exec, nil},
		{"*/exec is", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "", "*/exec")}}}, clusterBinding("p", "p", user("eve"))), exec, []string{"User eve"}},
		{"*/exec is not pods", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "", "*/exec")}}}, clusterBinding("p", "p", user("eve"))), Permission{Verb: "create", Resource: "pods"}, nil},
		{"* covers subresources", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "", "*")}}}, clusterBinding("p", "p", user("eve"))), exec, []string{"User eve"}},
		{"wrong group", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("*", "", "*")}}}, clusterBinding("p", "p", user("eve"))), revisions, nil},
		{"wildcards, one namespace", with(kubeadm(), []Role{{Namespace: "a", Name: "all", Rules: []Rule{rule("*", "*", "*")}}}, roleBinding("a", "all", "Role", "all", account("a", "ci"))), revisions, []string{"ServiceAccount a/ci"}},
		{"cluster-admin in one namespace is no administrator", with(kubeadm(), nil, roleBinding("a", "owner", "ClusterRole", "cluster-admin", user("kim"))), revisions, []string{"User kim"}},
		{"a Role of another namespace", with(kubeadm(), []Role{{Namespace: "b", Name: "all", Rules: []Rule{rule("*", "*", "*")}}}, roleBinding("a", "all", "Role", "all", user("eve"))), revisions, nil},
		{"a role that is gone", with(kubeadm(), nil, clusterBinding("x", "gone", user("eve"))), revisions, nil},
		{"administrators are not counted", with(kubeadm(), nil, clusterBinding("ops", "cluster-admin", group("ops"))), revisions, nil},
		{"a role that allows everything makes an administrator", with(kubeadm(), []Role{{Name: "root", Rules: []Rule{rule("*", "*", "*")}}}, clusterBinding("ops", "root", group("ops"))), revisions, nil},
		{"everyone is never an administrator", with(kubeadm(), nil, clusterBinding("oops", "cluster-admin", group("system:authenticated"))), revisions, []string{"Group system:authenticated"}},
		{"the anonymous user counts", with(kubeadm(), nil, clusterBinding("oops", "cluster-admin", user("system:anonymous"))), revisions, []string{"User system:anonymous"}},
		{"service accounts of a namespace count", with(kubeadm(), nil, clusterBinding("x", "edit", group("system:serviceaccounts:a"))), exec, []string{"Group system:serviceaccounts:a"}},
		{"a service account named as a user", with(kubeadm(), nil, clusterBinding("x", "edit", user("system:serviceaccount:a:ci"))), exec, []string{"ServiceAccount a/ci"}},
		{"an add-on in kube-system counts", with(kubeadm(), []Role{{Name: "operator", Rules: []Rule{rule("*", "apps", "*")}}}, clusterBinding("x", "operator", account("kube-system", "operator"))), revisions, []string{"ServiceAccount kube-system/operator"}},
		{"create is never limited to names", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "apps", "controllerrevisions", "x")}}}, clusterBinding("p", "p", user("eve"))), revisions, nil},
		{"creating a subresource may be", with(kubeadm(), []Role{{Name: "p", Rules: []Rule{rule("create", "", "pods/exec", "x")}}}, clusterBinding("p", "p", user("eve"))), exec, []string{"User eve"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			list, _ := subjects(tt.policy.Who(tt.perm), Counted)
			for _, s := range list {
				got = append(got, s.String())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("counted subjects (-want +got):\n%s", d)
			}
		})
	}
}

// Several permissions are one question: a binding that gives two of them is
// one holder, limited to names only where all of it is.
func TestWhoOfSeveral(t *testing.T) {
	p := with(kubeadm(), []Role{
		{Name: "a", Rules: []Rule{rule("patch", "apps", "deployments", "web"), rule("update", "apps", "deployments", "api")}},
		{Name: "b", Rules: []Rule{rule("patch", "apps", "deployments", "web"), rule("update", "apps", "deployments")}},
	}, clusterBinding("a", "a", user("ann")), clusterBinding("b", "b", user("bob")))
	got := p.Who(Permission{Verb: "patch", Group: "apps", Resource: "deployments"}, Permission{Verb: "update", Group: "apps", Resource: "deployments"})
	var names [][]string
	for _, h := range got {
		if h.Class == Counted {
			names = append(names, h.Names)
		}
	}
	if d := cmp.Diff([][]string{{"api", "web"}, nil}, names); d != "" {
		t.Errorf("names of the holders (-want +got):\n%s", d)
	}
}

func TestSummary(t *testing.T) {
	p := with(kubeadm(), []Role{{Name: "named", Rules: []Rule{rule("patch", "apps", "controllerrevisions", "web-1")}}, {Name: "wide", Rules: []Rule{rule("patch", "apps", "*")}}},
		clusterBinding("named", "named", user("ann")))
	perm := Permission{Verb: "patch", Group: "apps", Resource: "controllerrevisions"}
	got := Summary(p.Who(perm))
	want := "1 subject: User ann (ClusterRoleBinding named to ClusterRole named, only the objects named web-1) (2 administrators and 2 components of Kubernetes not counted)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	many := clusterBinding("many", "wide")
	for c := 'a'; c < 'm'; c++ {
		many.Subjects = append(many.Subjects, user("u"+string(c)))
	}
	many.Subjects = append(many.Subjects, group("system:authenticated"))
	got = Summary(with(kubeadm(), p.Roles, many).Who(perm))
	if !strings.HasPrefix(got, "13 subjects: EVERYONE in Group system:authenticated") || !strings.Contains(got, " and 3 more") || strings.Contains(got, "User uj") {
		t.Errorf("everyone first, ten named, the rest counted; got %s", got)
	}
	if got := Summary(kubeadm().Who(perm)); !strings.HasPrefix(got, "nobody but administrators") {
		t.Errorf("got %s", got)
	}
}

func TestEscalators(t *testing.T) {
	tests := []struct {
		name string
		bind Binding
		want int
	}{
		{"nobody", Binding{}, 0},
		{"edit in a namespace", Binding{Namespace: "a", RoleKind: "ClusterRole", RoleName: "edit", Subjects: []Subject{user("eve")}}, 0},
		{"edit in kube-system", Binding{Namespace: "kube-system", RoleKind: "ClusterRole", RoleName: "edit", Subjects: []Subject{user("eve")}}, 1},
		{"bind in a namespace widens nothing cluster-wide", Binding{Namespace: "a", RoleKind: "ClusterRole", RoleName: "binder", Subjects: []Subject{user("eve")}}, 0},
		{"bind everywhere", clusterBinding("b", "binder", user("eve")), 1},
		{"impersonation", clusterBinding("b", "actor", user("eve")), 1},
		{"patching a workload of kube-system", Binding{Namespace: "kube-system", RoleKind: "ClusterRole", RoleName: "patcher", Subjects: []Subject{user("eve")}}, 1},
		{"patching a workload elsewhere", Binding{Namespace: "a", RoleKind: "ClusterRole", RoleName: "patcher", Subjects: []Subject{user("eve")}}, 0},
		{"a shell in kube-system", Binding{Namespace: "kube-system", RoleKind: "ClusterRole", RoleName: "shell", Subjects: []Subject{user("eve")}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := with(kubeadm(), []Role{
				{Name: "binder", Rules: []Rule{rule("bind", "rbac.authorization.k8s.io", "clusterroles")}},
				{Name: "patcher", Rules: []Rule{rule("patch", "apps", "statefulsets")}},
				{Name: "shell", Rules: []Rule{rule("create", "", "pods/exec")}},
				{Name: "actor", Rules: []Rule{rule("impersonate", "", "users,groups")}},
			}, tt.bind)
			if got := p.Escalators(true); len(got) != tt.want {
				t.Errorf("got %d, want %d: %+v", len(got), tt.want, got)
			}
		})
	}
}
