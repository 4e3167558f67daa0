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

// short is the same without namespaces and purpose.
func (a asked) short() string {
	return strings.ToLower(strings.Join(a.operations, "/")) + " of " + a.request.Name()
}

// shorts are those of several, each once.
func shorts(all []asked) string {
	var out []string
	for _, a := range all {
		if s := a.short(); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return few(out)
}

// days is how long two days are apart, in words.
func days(from, to time.Time) string {
	n := int(to.Sub(from).Hours() / 24)
	if n == 1 || n == -1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", max(n, -n))
}
