package rbac

import (
	"slices"
	"strconv"
	"strings"
)

// MaxNamed is how many subjects a summary names; the rest are counted.
const MaxNamed = 10

// Summary words who holds a permission: how many subjects count, the first ten
// of them with their binding, everyone-groups first and loud, and how many
// administrators were left out.
func Summary(holders []Holder) string {
	counted, named := subjects(holders, Counted)
	admins, _ := subjects(holders, Administrator)
	components, _ := subjects(holders, Component)
	var b strings.Builder
	switch len(counted) {
	case 0:
		b.WriteString("nobody but administrators")
	case 1:
		b.WriteString("1 subject: ")
	default:
		b.WriteString(strconv.Itoa(len(counted)) + " subjects: ")
	}
	for i, s := range counted {
		if i == MaxNamed {
			b.WriteString(" and " + strconv.Itoa(len(counted)-MaxNamed) + " more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(named[s].describe())
	}
	b.WriteString(" (" + strconv.Itoa(len(admins)) + plural(len(admins), " administrator") + " and " +
		strconv.Itoa(len(components)) + plural(len(components), " component") + " of Kubernetes not counted)")
	return b.String()
}

func plural(n int, s string) string {
	if n == 1 {
		return s
	}
	return s + "s"
}

// subjects lists the distinct subjects of one class, in order, and the first
// binding of each. A subject that is also an administrator through another
// binding counts as one, nowhere else.
func subjects(holders []Holder, class Class) ([]Subject, map[Subject]Holder) {
	first := map[Subject]Holder{}
	best := map[Subject]Class{}
	var order []Subject
	for _, h := range holders {
		if _, seen := first[h.Subject]; !seen {
			order = append(order, h.Subject)
			first[h.Subject], best[h.Subject] = h, h.Class
		} else if h.Class == Administrator {
			best[h.Subject] = Administrator
		}
	}
	order = slices.DeleteFunc(order, func(s Subject) bool { return best[s] != class })
	return order, first
}

// CountedSubjects is how many distinct subjects of holders count.
func CountedSubjects(holders []Holder) int {
	list, _ := subjects(holders, Counted)
	return len(list)
}

// describe names a subject and where it got the permission.
func (h Holder) describe() string {
	s := h.Subject.String()
	if h.Subject.Everyone() {
		s = "EVERYONE in " + s
	}
	if h.Binding.Namespace == "" {
		s += " (ClusterRoleBinding " + h.Binding.Name
	} else {
		s += " (RoleBinding " + h.Binding.Namespace + "/" + h.Binding.Name
	}
	s += " to " + h.Binding.RoleKind + " " + h.Role.Name
	if len(h.Names) > 0 {
		s += ", only the objects named " + strings.Join(h.Names, ", ")
	}
	return s + ")"
}

// String is the subject as people write it: "Group devs", "ServiceAccount
// ns/name".
func (s Subject) String() string {
	if s.Namespace != "" {
		return s.Kind + " " + s.Namespace + "/" + s.Name
	}
	return s.Kind + " " + s.Name
}
