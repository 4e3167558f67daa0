package admission

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// mapping is a short one: two fields that decide, one that is left open and one
// that no level knows.
func mapping() Mapping {
	return Mapping{Removed: version.MustParse("1.25.0").Minor(), Source: "https://example.com/map", Rules: []Field{
		{Name: "privileged", Baseline: Condition{Not: []string{"true"}}, Restricted: Condition{Not: []string{"true"}}},
		{Name: "drop", Restricted: Condition{Needs: []string{"ALL"}}, Lost: []Loss{{Text: "no level drops"}}},
		{Name: "profiles", Unset: []string{""}, Restricted: Condition{Only: []string{"runtime/default", "localhost/*"}}},
		{Name: "paths", Lost: []Loss{{Text: "no level knows paths"}}},
		{Name: "group", Lost: []Loss{{If: []string{"MustRunAs"}, Text: "no level sets a group"}}},
		{Name: "selinux", Unset: []string{"RunAsAny"}, Open: true, Holds: "types", Baseline: Condition{Only: []string{"MustRunAs"}}, Restricted: Condition{Only: []string{"MustRunAs"}}},
	}}
}

func policy(name string, fields ...string) SecurityPolicy {
	p := SecurityPolicy{Name: name, From: "podsecuritypolicies.json", Fields: map[string][]string{}}
	for _, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		p.Fields[k] = strings.Split(v, ",")
	}
	return p
}

func tight(name string) SecurityPolicy {
	return policy(name, "drop=ALL", "profiles=runtime/default,localhost/a")
}

func TestMapping(t *testing.T) {
	for _, tt := range []struct {
		name                  string
		p                     SecurityPolicy
		level                 string
		because, beyond, lost []string
	}{
		{"restricted", tight("a"), restricted, nil, []string{"selinux (not set) leaves types open, of which restricted refuses some"}, []string{"drop ALL: no level drops"}},
		{"nothing written", policy("a"), baseline, []string{"drop (not set): baseline admits it", "profiles (not set): baseline admits it"}, []string{"selinux (not set) leaves types open, of which baseline refuses some"}, nil},
		{"privileged", policy("a", "privileged=true", "selinux=RunAsAny"), privileged,
			[]string{"privileged true: privileged admits it", "drop (not set): baseline admits it", "profiles (not set): baseline admits it"}, nil, nil},
		{"another profile beside", policy("a", "drop=ALL", "profiles=runtime/default,*"), baseline, []string{"profiles runtime/default, *: baseline admits it"}, []string{"selinux (not set) leaves types open, of which baseline refuses some"}, []string{"drop ALL: no level drops"}},
		{"what no level does", policy("a", "drop=NET_RAW", "profiles=runtime/default", "paths=/var", "group=MustRunAs", "selinux=MustRunAs"), baseline, []string{"drop NET_RAW: baseline admits it"}, nil,
			[]string{"drop NET_RAW: no level drops", "paths /var: no level knows paths", "group MustRunAs: no level sets a group"}},
		{"a loss by value", policy("a", "group=RunAsAny", "selinux=MustRunAs"), baseline, []string{"drop (not set): baseline admits it", "profiles (not set): baseline admits it"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := mapping().of(tt.p)
			want := meaning{tt.p, tt.level, tt.because, tt.beyond, tt.lost}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(meaning{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// uses is a role that may use policies, bound in a namespace ("" = in all) to a
// subject.
func uses(p *rbac.Policy, namespace string, s rbac.Subject, policies ...string) {
	role := rbac.Role{Name: "use-" + strings.Join(policies, "-"), Rules: []rbac.Rule{{Verbs: []string{"use"}, APIGroups: []string{"policy"}, Resources: []string{"podsecuritypolicies"}, ResourceNames: policies}}}
	p.Roles = append(p.Roles, role)
	p.Bindings = append(p.Bindings, rbac.Binding{Namespace: namespace, Name: role.Name, RoleKind: "ClusterRole", RoleName: role.Name, Subjects: []rbac.Subject{s}})
}

func TestPolicies(t *testing.T) {
	group := func(name string) rbac.Subject { return rbac.Subject{Kind: "Group", Name: name} }
	account := func(ns, name string) rbac.Subject {
		return rbac.Subject{Kind: "ServiceAccount", Namespace: ns, Name: name}
	}
	level := func(object, names, policies, level string) string {
		return "ADM-017 info " + object + ": " + level + " admits what pods of " + names + " may be by " + policies + ", and are"
	}
	for _, tt := range []struct {
		name string
		bind func(*rbac.Policy)
		want []string // of ADM-017 and ADM-013
	}{
		{"every service account", func(p *rbac.Policy) { uses(p, "", group("system:serviceaccounts"), "tight") },
			[]string{level("Namespace/empty, Namespace/shop", "empty, shop", "tight", "restricted")}},
		{"two levels", func(p *rbac.Policy) {
			uses(p, "", group("system:authenticated"), "tight")
			uses(p, "empty", group("system:serviceaccounts"), "loose")
		}, []string{level("Namespace/empty", "empty", "loose, tight", "privileged"), level("Namespace/shop", "shop", "tight", "restricted")}},
		{"kube-system alone", func(p *rbac.Policy) { uses(p, "kube-system", group("system:serviceaccounts:kube-system"), "loose") }, nil},
		{"one account of one namespace, bound everywhere", func(p *rbac.Policy) { uses(p, "", account("shop", "web"), "loose") },
			[]string{level("Namespace/shop", "shop", "loose", "privileged")}},
		{"an account of another namespace, bound here", func(p *rbac.Policy) { uses(p, "shop", account("empty", "web"), "loose") }, nil},
		{"what controllers may use every pod they make may", func(p *rbac.Policy) { uses(p, "", account("kube-system", "replicaset-controller"), "loose") },
			[]string{level("Namespace/empty, Namespace/shop", "empty, shop", "loose", "privileged")}},
		{"all accounts of kube-system, in every namespace, are the controllers too", func(p *rbac.Policy) { uses(p, "", group("system:serviceaccounts:kube-system"), "loose") },
			[]string{level("Namespace/empty, Namespace/shop", "empty, shop", "loose", "privileged")}},
		{"people are not the namespace's", func(p *rbac.Policy) { uses(p, "", group("devs"), "loose") }, nil},
		{"no name is every policy", func(p *rbac.Policy) { uses(p, "shop", group("system:serviceaccounts:shop")) },
			[]string{level("Namespace/shop", "shop", "loose, tight", "privileged")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster()
			c.Policies = []SecurityPolicy{policy("loose", "privileged=true"), tight("tight")}
			c.Running, c.Enforces = version.MustParse("1.24.9"), "true"
			q := question("1.25.3", "1.26.1")
			q.RBAC = &rbac.Policy{}
			tt.bind(q.RBAC)
			var got []string
			for _, f := range Judge(c, q) {
				if f.Code == "ADM-017" || f.Code == "ADM-013" {
					got = append(got, lines([]finding.Found{f})...)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoliciesOfAHop(t *testing.T) {
	c := cluster()
	c.Namespaces[1].Fits, c.Namespaces[1].Labels[enforceLabel] = restricted, privileged
	c.Policies = []SecurityPolicy{policy("loose", "privileged=true", "paths=/var")}
	c.Running, c.Enforces = version.MustParse("1.24.9"), "true"
	rbacAll := &rbac.Policy{}
	uses(rbacAll, "shop", rbac.Subject{Kind: "Group", Name: "system:serviceaccounts"}, "loose")
	whole := []string{
		"ADM-014 blocker PodSecurityPolicy/loose: 1.25 removes PodSecurityPolicy: what this policy holds back today, nothing does then",
		"ADM-015 info PodSecurityPolicy/loose: no Pod Security level but privileged, which holds nothing back, admits everything it admits",
		"ADM-016 warning PodSecurityPolicy/loose: no Pod Security level does 1 thing that it does",
		"ADM-017 info Namespace/shop: privileged admits what pods of shop may be by loose, and are",
	}
	ask := func(change func(*Cluster, *Question), hops ...string) []string {
		cc, q := *c, question(hops...)
		q.RBAC = rbacAll
		if change != nil {
			change(&cc, &q)
		}
		return lines(Judge(&cc, q))
	}
	if diff := cmp.Diff(whole, ask(nil, "1.25.3")); diff != "" {
		t.Errorf("over the removal (-want +got):\n%s", diff)
	}
	if got := ask(nil, "1.24.17"); len(got) != 0 {
		t.Errorf("a path that stays below is told %q", got)
	}
	if got := ask(func(c *Cluster, _ *Question) { c.Running = version.MustParse("1.25.0") }, "1.26.1"); len(got) != 0 {
		t.Errorf("a cluster that has none any more is told %q", got)
	}
	got := ask(func(c *Cluster, _ *Question) { c.Enforces = "false" }, "1.25.3")
	if !strings.HasPrefix(got[0], "ADM-014 warning") || !strings.Contains(got[0], "does not run the admission plugin") {
		t.Errorf("policies nobody enforces: %q", got[0])
	}
	got = ask(func(_ *Cluster, q *Question) { q.RBAC = nil }, "1.25.3")
	if !strings.HasPrefix(got[0], "ADM-013 warning RBAC") || len(got) != 4 {
		t.Errorf("without roles: %q", got)
	}
	got = ask(func(c *Cluster, _ *Question) {
		c.Policies, c.Unread = nil, map[Part]string{SecurityPolicies: "never asked"}
	}, "1.25.3")
	if len(got) != 1 || !strings.HasPrefix(got[0], "ADM-013 warning PodSecurityPolicies") {
		t.Errorf("policies that were not read: %q", got)
	}
	found := Judge(c, Question{Hops: question("1.25.3").Hops, Facts: question().Facts, RBAC: rbacAll})
	label := found[len(found)-1]
	if label.Remedy != "look at what the dry run warns of, then `kubectl label ns shop pod-security.kubernetes.io/enforce=privileged`" ||
		label.Evidence[2] != "the pods that run now would keep a stricter level: shop (restricted)" {
		t.Errorf("%+v", label)
	}
	files := lines(Policies(c.Policies, question("1.25.3")))
	if diff := cmp.Diff(whole[:3], files); diff != "" {
		t.Errorf("of files (-want +got):\n%s", diff)
	}
}
