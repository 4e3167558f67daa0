package admission

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// few names some of many.
func few(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
}

// counted is "1 pod", "3 pods".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// words are what is asked: "create and delete of pods in kube-system (the drain of a node)".
func (a asked) words() string {
	ops := make([]string, len(a.operations))
	for i, op := range a.operations {
		ops[i] = strings.ToLower(op)
	}
	out := strings.Join(ops, ", ") + " of " + a.request.Name()
	if len(a.namespaces) > 0 {
		out += " in " + few(a.namespaces)
	}
	return out + ": " + a.request.For
}

// shorts are what is asked without namespaces and purpose, each resource once:
// "create/delete of pods, update of nodes".
func shorts(all []asked) string {
	var names []string
	operations := map[string][]string{}
	for _, a := range all {
		name := a.request.Name()
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		operations[name] = append(operations[name], a.operations...)
	}
	for i, name := range names {
		slices.Sort(operations[name])
		names[i] = strings.ToLower(strings.Join(slices.Compact(operations[name]), "/")) + " of " + name
	}
	return few(names)
}

// days is how long two days are apart, in words.
func days(from, to time.Time) string {
	n := int(to.Sub(from).Hours() / 24)
	if n == 1 || n == -1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", max(n, -n))
}
