package reach

import (
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/rbac"
)

// whoMay answers whether anybody who counts has one of the permissions. That
// nobody has is believed only where RBAC decides alone and nobody can take a
// detour to it; package rbac says who does not count.
func (a *Asker) whoMay(perms []advisory.Permission) inventory.Answer {
	var key strings.Builder
	for _, p := range perms {
		key.WriteString(rbac.Permission(p).String() + strconv.FormatBool(p.ClusterWide) + "\n")
	}
	if ans, ok := a.who[key.String()]; ok {
		return ans
	}
	ans := a.findWho(perms, wording(perms))
	a.who[key.String()] = ans
	return ans
}

// wording names what may be done, verbs of one object together: all of a
// short list, the first of a long one, which lists the ways to one end.
func wording(perms []advisory.Permission) string {
	var groups []string
	for i := 0; i < len(perms); {
		object := rbac.Permission(perms[i]).Object()
		var verbs []string
		for ; i < len(perms) && rbac.Permission(perms[i]).Object() == object; i++ {
			verbs = append(verbs, perms[i].Verb)
		}
		last := len(verbs) - 1
		if last > 0 {
			verbs = []string{strings.Join(verbs[:last], ", ") + " or " + verbs[last]}
		}
		groups = append(groups, verbs[0]+" "+object)
	}
	if len(groups) > 3 {
		return groups[0] + " (or do the like with one of " + strconv.Itoa(len(groups)-1) + " other kinds of objects)"
	}
	return strings.Join(groups, ", or ")
}

func (a *Asker) findWho(perms []advisory.Permission, what string) inventory.Answer {
	policy := a.cluster.Facts.RBAC
	open := a.each(inventory.KubeAPIServer, nil, some, a.allowsAll)
	if open.State == inventory.Yes {
		return inventory.Answer{State: inventory.Yes, Evidence: "everybody may " + what + ": " + open.Evidence}
	}
	if policy == nil {
		return unknown("roles and bindings were not read, so who may " + what + " is not known: grant list on roles, clusterroles, rolebindings and clusterrolebindings")
	}
	var ask []rbac.Permission
	clusterWide := true
	for _, p := range perms {
		ask = append(ask, rbac.Permission(p))
		clusterWide = clusterWide && p.ClusterWide
	}
	holders := policy.Who(ask...)
	summary := what + ": " + rbac.Summary(holders)
	if rbac.CountedSubjects(holders) > 0 {
		return inventory.Answer{State: inventory.Yes, Evidence: summary}
	}
	detours := policy.Escalators(clusterWide)
	modes := a.each(inventory.KubeAPIServer, nil, every, a.rbacAlone)
	switch {
	case rbac.CountedSubjects(detours) > 0:
		return unknown("nobody but administrators holds it directly (" + what + "), but others could obtain it by impersonation, by binding roles or through kube-system: " + rbac.Summary(detours))
	case modes.State != inventory.Yes:
		return unknown("by RBAC " + summary + ", but whether another authorizer allows it is not known: " + modes.Evidence)
	}
	return inventory.Answer{State: inventory.No, Evidence: "as of the reading, " + summary}
}

const alwaysAllow = "AlwaysAllow"

// allowsAll answers whether an API server lets everybody do everything.
func (a *Asker) allowsAll(in *inventory.Instance) inventory.Answer {
	def := alwaysAllow
	if _, _, found, _ := a.flagOf(in, "authorization-config"); found {
		def = ""
	}
	return a.flag(&advisory.SettingQuestion{Name: "authorization-mode", Op: "contains", Value: alwaysAllow, Default: &def}, in)
}

// rbacAlone answers whether an API server asks nobody about users but RBAC.
// The node authorizer speaks for kubelets only.
func (a *Asker) rbacAlone(in *inventory.Instance) inventory.Answer {
	if file, _, found, _ := a.flagOf(in, "authorization-config"); found {
		return unknown(name(in) + " reads its authorizers from " + file + ", which was not read")
	}
	modes, source, found, _ := a.flagOf(in, "authorization-mode")
	if !found {
		return unknown(notRead(in, "--authorization-mode"))
	}
	evidence := name(in) + " has --authorization-mode=" + modes + from(source)
	for _, mode := range strings.Split(modes, ",") {
		switch strings.TrimSpace(mode) {
		case "Node", "RBAC", "AlwaysDeny":
		default:
			return inventory.Answer{State: inventory.No, Evidence: evidence}
		}
	}
	return inventory.Answer{State: inventory.Yes, Evidence: evidence}
}
