package admission

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/rbac"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// enforceLabel says which level a namespace enforces.
const enforceLabel = "pod-security.kubernetes.io/enforce"

// Policies says what PodSecurityPolicies of files mean in Pod Security levels,
// for a path that removes them. Which cluster they are for is not known, so no
// namespace is named.
func Policies(all []SecurityPolicy, q Question) []finding.Found {
	return Judge(&Cluster{Policies: all}, Question{AsOf: q.AsOf, Hops: q.Hops, Facts: Facts{Mapping: q.Facts.Mapping}})
}

// removes reports whether a hop removes PodSecurityPolicies from a cluster that
// serves them now, as far as is known.
func (j *judge) removes() bool {
	removed := j.q.Facts.Mapping.Removed
	target, ok := j.target()
	if !ok || removed == (version.Minor{}) || target.Compare(removed) < 0 {
		return false
	}
	return !j.c.Running.Known() || j.c.Running.Minor().Compare(removed) < 0
}

// policies judges what PodSecurityPolicies hold back today and nothing will
// after the hop that removes them.
func (j *judge) policies() {
	if len(j.c.Policies) == 0 || !j.removes() {
		return
	}
	var names []string
	meanings := map[string]meaning{}
	for _, p := range j.c.Policies {
		names = append(names, p.Name)
		meanings[p.Name] = j.q.Facts.Mapping.of(p)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	f := finding.New("ADM-014", "PodSecurityPolicy/"+strings.Join(names, ", PodSecurityPolicy/"),
		fmt.Sprintf("%s removes PodSecurityPolicy: what %s today, nothing does then", j.q.Facts.Mapping.Removed, held(len(names))))
	for _, p := range j.c.Policies {
		f.Evidence = append(f.Evidence, p.From+": "+p.Name)
	}
	switch j.c.Enforces {
	case "false":
		f.Severity = finding.Warning
		f.Message = fmt.Sprintf("%s removes PodSecurityPolicy; the API server does not run the admission plugin of that name, so they hold nothing back today either", j.q.Facts.Mapping.Removed)
	case "":
		f.Evidence = append(f.Evidence, "whether the API server runs the PodSecurityPolicy admission plugin was not read")
	}
	f.Evidence = append(f.Evidence, "kube-system needs no label, and none but privileged would do: what the control plane runs there needs the host")
	j.add(f)
	for _, name := range names {
		j.meaning(meanings[name])
	}
	j.perNamespace(meanings)
}

func held(n int) string {
	if n == 1 {
		return "this policy holds back"
	}
	return fmt.Sprintf("these %d policies hold back", n)
}

// meaning says which level a policy becomes and what of it is lost.
func (j *judge) meaning(m meaning) {
	object := "PodSecurityPolicy/" + m.policy.Name
	message := "the strictest Pod Security level that admits everything it admits is " + m.level
	if m.level == privileged {
		message = "no Pod Security level but privileged, which holds nothing back, admits everything it admits"
	}
	f := finding.New("ADM-015", object, message, slices.Concat(m.because, m.beyond)...)
	f.Evidence = append(f.Evidence, "mapped by "+j.q.Facts.Mapping.Source)
	if m.level == restricted {
		f.Evidence = append(f.Evidence, "pods that left fields to the policy to fill in are refused at restricted until they set them themselves")
	}
	j.add(f)
	if len(m.lost) > 0 {
		j.add(finding.New("ADM-016", object, "no Pod Security level does "+counted(len(m.lost), "thing")+" that it does", m.lost...))
	}
}

// perNamespace says, where it was read who may use which policy, which level a
// namespace needs so that every pod that may be made there today still may.
func (j *judge) perNamespace(meanings map[string]meaning) {
	if j.q.RBAC == nil || !j.was(Namespaces) || len(j.c.Namespaces) == 0 {
		if len(j.c.Namespaces) > 0 {
			j.add(finding.New("ADM-013", "RBAC", "which namespace may use which PodSecurityPolicy is not known, so levels are told by policy alone", "not read: roles and bindings"))
		}
		return
	}
	uses := grants(j.q.RBAC, slices.Sorted(maps.Keys(meanings)))
	type alike struct{ level, policies string }
	groups := map[alike][]Namespace{}
	for _, n := range j.c.Namespaces {
		if own(n.Name) {
			continue // told with ADM-014: what runs there needs the host
		}
		var usable []string
		level := restricted
		for _, u := range uses {
			if u.in(n.Name) && !slices.Contains(usable, u.policy) {
				usable = append(usable, u.policy)
				if l := meanings[u.policy].level; strictness(l) < strictness(level) {
					level = l
				}
			}
		}
		slices.Sort(usable)
		if len(usable) > 0 {
			if n.Fits != "" && strictness(n.Fits) < strictness(level) {
				level = n.Fits // what runs must be let through, whoever let it in
			}
			k := alike{level, strings.Join(usable, ", ")}
			groups[k] = append(groups[k], n)
		}
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b alike) int {
		return cmp.Or(cmp.Compare(strictness(a.level), strictness(b.level)), cmp.Compare(a.policies, b.policies))
	})
	for _, k := range keys {
		j.namespaceLevel(k.level, k.policies, groups[k], meanings)
	}
}

func (j *judge) namespaceLevel(level, policies string, in []Namespace, meanings map[string]meaning) {
	var names, stricter, weaker []string
	allows := restricted
	for _, p := range strings.Split(policies, ", ") {
		if l := meanings[p].level; strictness(l) < strictness(allows) {
			allows = l
		}
	}
	for _, n := range in {
		names = append(names, n.Name)
		if strictness(n.Fits) > strictness(level) {
			stricter = append(stricter, n.Name+" ("+n.Fits+")")
		}
		if level != allows {
			weaker = append(weaker, n.Name)
		}
	}
	slices.Sort(names)
	slices.Sort(stricter)
	label := strings.Join(names, " ") + " " + enforceLabel + "=" + level
	f := finding.New("ADM-017", "Namespace/"+strings.Join(names, ", Namespace/"),
		fmt.Sprintf("%s admits what pods of %s may be by %s, and are", level, few(names), policies),
		"try it: kubectl label --dry-run=server --overwrite ns "+label, "do it: kubectl label --overwrite ns "+label)
	if len(weaker) > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("by policy it could be %s, but pods that run in %s keep no more than %s", allows, few(weaker), level))
	}
	if len(stricter) > 0 {
		f.Evidence = append(f.Evidence, "the pods that run now would keep a stricter level: "+few(stricter))
	}
	f.Remedy = "look at what the dry run warns of, then `kubectl label ns " + label + "`"
	j.add(f)
}

// grant is a policy that pods of some namespace may use.
type grant struct {
	policy  string
	binding string // namespace the binding is of; "" = all
	subject string // namespace whose service accounts it is given to; "" = all
}

func (g grant) in(namespace string) bool {
	return (g.binding == "" || g.binding == namespace) && (g.subject == "" || g.subject == namespace)
}

// grants are who may use which policy. Both the service account of a pod and
// whoever makes it are asked; most pods are made by controllers, so what these
// may use every namespace may. What people may use is not the namespaces' own.
func grants(p *rbac.Policy, policies []string) []grant {
	use := func(group string) rbac.Permission {
		return rbac.Permission{Verb: "use", Group: group, Resource: "podsecuritypolicies"}
	}
	var out []grant
	for _, h := range p.Who(use("policy"), use("extensions")) {
		subject, workload := accounts(h.Subject)
		if !workload {
			continue
		}
		for _, name := range policies {
			if len(h.Names) == 0 || slices.Contains(h.Names, name) {
				out = append(out, grant{name, h.Binding.Namespace, subject})
			}
		}
	}
	return out
}

// accounts is whose pods a subject stands for: the namespace of the service
// accounts, "" for all; false for people and nodes.
func accounts(s rbac.Subject) (namespace string, workload bool) {
	const groups = "system:serviceaccounts"
	switch s.Kind {
	case "Group":
		ns, one := strings.CutPrefix(s.Name, groups+":")
		switch {
		case one && ns != "kube-system":
			return ns, true
		case one, s.Name == groups, s.Name == "system:authenticated":
			return "", true
		}
	case "User":
		return "", s.Name == "system:kube-controller-manager"
	case "ServiceAccount":
		if s.Namespace == "kube-system" && slices.Contains(controllers(), s.Name) {
			return "", true
		}
		return s.Namespace, true
	}
	return "", false
}

// controllers are the service accounts that make pods for others
// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles).
func controllers() []string {
	return []string{"replicaset-controller", "replication-controller", "daemon-set-controller", "statefulset-controller", "job-controller"}
}
