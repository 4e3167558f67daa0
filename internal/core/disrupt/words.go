package disrupt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// enough names are listed of many.
const enough = 10

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func pods(n int) string {
	if n == 1 {
		return "1 pod is"
	}
	return fmt.Sprintf("%d pods are", n)
}

func nodes(n int) string {
	if n == 1 {
		return "1 node is"
	}
	return fmt.Sprintf("%d nodes are", n)
}

// some joins the first names.
func some(names []string) string { return strings.Join(first(names), ", ") }

// first are the first names, and how many more there are.
func first(names []string) []string {
	if len(names) <= enough {
		return names
	}
	return append(slices.Clone(names[:enough]), fmt.Sprintf("and %d more", len(names)-enough))
}

// podNames are the names of pods, as evidence.
func (x *index) podNames(pods []int) []string {
	var names []string
	for _, i := range pods {
		names = append(names, x.c.Pods[i].name()+" on "+x.c.Pods[i].Node)
	}
	slices.Sort(names)
	return first(names)
}

func (p *Pod) name() string { return p.Namespace + "/" + p.Name }

// cores and bytes for people.
func cores(milli int64) string {
	return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64) + " CPU"
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", (n+(1<<20)-1)>>20) }

// joined is a list in words: a, b and c.
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
