package rehearse

import (
	"context"
	"slices"
	"strings"

	rbac "k8s.io/api/rbac/v1"

	"github.com/fixline-dev/fixline/internal/rehearse/ask"
)

// grants is what bindings give one subject.
type grants struct {
	subject rbac.Subject
	rules   []granted
}

type granted struct {
	namespace string // "" = all
	rule      rbac.PolicyRule
}

// bound are the subjects of all bindings with their rules.
func (q *questioner) bound(ctx context.Context) (map[string]*grants, error) {
	clusterRoles, err := ask.All[rbac.ClusterRole](ctx, q.target, "clusterroles", rbac.GroupName)
	if err != nil {
		return nil, err
	}
	roles, err := ask.All[rbac.Role](ctx, q.target, "roles", rbac.GroupName)
	if err != nil {
		return nil, err
	}
	rules := map[string][]rbac.PolicyRule{}
	for _, r := range clusterRoles {
		rules["ClusterRole//"+r.Name] = r.Rules
	}
	for _, r := range roles {
		rules["Role/"+r.Namespace+"/"+r.Name] = r.Rules
	}
	out := map[string]*grants{}
	add := func(subjects []rbac.Subject, namespace string, found []rbac.PolicyRule) {
		for _, s := range subjects {
			g := out[subjectName(s)]
			if g == nil {
				g = &grants{subject: s}
				out[subjectName(s)] = g
			}
			for _, r := range found {
				g.rules = append(g.rules, granted{namespace, r})
			}
		}
	}
	everywhere, err := ask.All[rbac.ClusterRoleBinding](ctx, q.target, "clusterrolebindings", rbac.GroupName)
	if err != nil {
		return nil, err
	}
	for _, b := range everywhere {
		add(b.Subjects, "", rules["ClusterRole//"+b.RoleRef.Name])
	}
	inside, err := ask.All[rbac.RoleBinding](ctx, q.target, "rolebindings", rbac.GroupName)
	if err != nil {
		return nil, err
	}
	for _, b := range inside {
		key := "ClusterRole//" + b.RoleRef.Name
		if b.RoleRef.Kind == "Role" {
			key = "Role/" + b.Namespace + "/" + b.RoleRef.Name
		}
		add(b.Subjects, b.Namespace, rules[key])
	}
	return out, nil
}

func subjectName(s rbac.Subject) string {
	if s.Kind == rbac.ServiceAccountKind {
		return s.Kind + "/" + s.Namespace + "/" + s.Name
	}
	return s.Kind + "/" + s.Name
}

// mostRules is how many of a subject's rules are asked about.
const mostRules = 4

// questions are what the rules give and what is dangerous anywhere.
func (g *grants) questions(common []Question) []Question {
	var out []Question
	who := Question{subject: subjectName(g.subject), User: g.subject.Name, Groups: []string{"system:authenticated"}}
	switch g.subject.Kind {
	case rbac.GroupKind:
		who.User, who.Groups = "", []string{g.subject.Name}
		if g.subject.Name != "system:unauthenticated" {
			who.Groups = append(who.Groups, "system:authenticated")
		}
	case rbac.ServiceAccountKind:
		who.User = "system:serviceaccount:" + g.subject.Namespace + ":" + g.subject.Name
		who.Groups = append(who.Groups, "system:serviceaccounts", "system:serviceaccounts:"+g.subject.Namespace)
	}
	asked := 0
	for _, r := range g.rules {
		if asked == mostRules || len(r.rule.Verbs) == 0 || len(r.rule.Resources) == 0 || len(r.rule.APIGroups) == 0 {
			continue // of paths that are no resources nothing is asked
		}
		asked++
		x := who
		x.Verb, x.Group, x.Namespace = r.rule.Verbs[0], r.rule.APIGroups[0], r.namespace
		x.Resource, x.Subresource, _ = strings.Cut(r.rule.Resources[0], "/")
		if len(r.rule.ResourceNames) > 0 {
			x.Name = r.rule.ResourceNames[0]
		}
		out = append(out, x)
	}
	if ownRank(who.subject) > 0 {
		common = common[:min(2, len(common))] // each release brings its own roles for these
	}
	for _, c := range common {
		c.subject, c.User, c.Groups = who.subject, who.User, who.Groups
		out = append(out, c)
	}
	return out
}

// granted reports whether a rule gives it to the subject or to one of its groups.
func (q Question) granted(bound map[string]*grants) bool {
	subjects := []string{"User/" + q.User}
	if parts := strings.Split(q.User, ":"); len(parts) == 4 && parts[0]+":"+parts[1] == "system:serviceaccount" {
		subjects = append(subjects, "ServiceAccount/"+parts[2]+"/"+parts[3])
	}
	for _, g := range q.Groups {
		if g == "system:masters" {
			return true // the server allows it everything before any role is read
		}
		subjects = append(subjects, "Group/"+g)
	}
	for _, name := range subjects {
		g := bound[name]
		if g == nil {
			continue
		}
		for _, r := range g.rules {
			if (r.namespace == "" || r.namespace == q.Namespace) && q.matches(r.rule) {
				return true
			}
		}
	}
	return false
}

// matches is RBAC's own rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
func (q Question) matches(r rbac.PolicyRule) bool {
	resource := q.Resource
	if q.Subresource != "" {
		resource += "/" + q.Subresource
	}
	any := func(list []string, words ...string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return w == "*" || slices.Contains(words, w) })
	}
	wanted := []string{resource}
	if q.Subresource != "" {
		wanted = append(wanted, "*/"+q.Subresource)
	}
	return any(r.Verbs, q.Verb) && any(r.APIGroups, q.Group) && any(r.Resources, wanted...) &&
		(len(r.ResourceNames) == 0 || q.Name != "" && slices.Contains(r.ResourceNames, q.Name))
}
