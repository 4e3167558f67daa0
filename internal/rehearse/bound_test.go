package rehearse

import (
	"testing"

	rbac "k8s.io/api/rbac/v1"
)

// TestGranted: what roles and bindings say without asking a server.
func TestGranted(t *testing.T) {
	rule := func(verb, group, resource string, names ...string) rbac.PolicyRule {
		return rbac.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}, ResourceNames: names}
	}
	bound := map[string]*grants{
		"User/ada":                   {rules: []granted{{"shop", rule("get", "", "pods")}, {"", rule("get", "", "nodes", "cp1")}}},
		"Group/admins":               {rules: []granted{{"", rule("*", "*", "*")}}},
		"Group/execs":                {rules: []granted{{"", rule("create", "", "*/exec")}}},
		"ServiceAccount/shop/web":    {rules: []granted{{"shop", rule("list", "apps", "deployments")}}},
		"Group/system:authenticated": {rules: []granted{{"", rule("create", "authorization.k8s.io", "selfsubjectaccessreviews")}}},
	}
	for _, tc := range []struct {
		name string
		q    Question
		want bool
	}{
		{"in its namespace", Question{User: "ada", Verb: "get", Resource: "pods", Namespace: "shop"}, true},
		{"in another", Question{User: "ada", Verb: "get", Resource: "pods", Namespace: "lab"}, false},
		{"in all", Question{User: "ada", Verb: "get", Resource: "pods"}, false},
		{"another verb", Question{User: "ada", Verb: "list", Resource: "pods", Namespace: "shop"}, false},
		{"another group", Question{User: "ada", Verb: "get", Group: "x", Resource: "pods", Namespace: "shop"}, false},
		{"a subresource", Question{User: "ada", Verb: "get", Resource: "pods", Subresource: "log", Namespace: "shop"}, false},
		{"the name", Question{User: "ada", Verb: "get", Resource: "nodes", Name: "cp1"}, true},
		{"another name", Question{User: "ada", Verb: "get", Resource: "nodes", Name: "cp2"}, false},
		{"any name", Question{User: "ada", Verb: "get", Resource: "nodes"}, false},
		{"everything", Question{Groups: []string{"admins"}, Verb: "delete", Resource: "nodes", Subresource: "proxy"}, true},
		{"that subresource of all", Question{Groups: []string{"execs"}, Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "x"}, true},
		{"a service account", Question{User: "system:serviceaccount:shop:web", Verb: "list", Group: "apps", Resource: "deployments", Namespace: "shop"}, true},
		{"another account", Question{User: "system:serviceaccount:lab:web", Verb: "list", Group: "apps", Resource: "deployments", Namespace: "shop"}, false},
		{"by a group of all", Question{User: "x", Groups: []string{"system:authenticated"}, Verb: "create", Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews"}, true},
		{"masters", Question{Groups: []string{"system:masters"}, Verb: "x", Resource: "y"}, true},
		{"nobody", Question{User: "x", Verb: "get", Resource: "pods", Namespace: "shop"}, false},
	} {
		if got := tc.q.granted(bound); got != tc.want {
			t.Errorf("%s: %s: %t, want %t", tc.name, tc.q, got, tc.want)
		}
	}
}

func TestRefusedBy(t *testing.T) {
	for message, want := range map[string][2]string{
		"": {"", ""},
		`pods "x" is forbidden: violates PodSecurity "restricted:latest": y`:                       {"Pod Security", ""},
		`pods "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`: {"ValidatingAdmissionPolicy p", ""},
		`pods "x" is forbidden: exceeded quota`:                                                    {"the API server", ""},
		`pods "x" is forbidden: error looking up service account a/b`:                              {"", `pods "x" is forbidden: error looking up service account a/b`},
	} {
		if by, failed := refusedBy(message); by != want[0] || failed != want[1] {
			t.Errorf("%s: %q %q, want %q", message, by, failed, want)
		}
	}
}
