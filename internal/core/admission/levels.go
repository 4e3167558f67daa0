package admission

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const levelPrefix = "pod-security.kubernetes.io/"

// levels judges the Pod Security labels of namespaces. What is alike is one
// finding.
func (j *judge) levels() {
	if !j.was(Namespaces) {
		return
	}
	j.unlabelled()
	j.pinned()
	j.invalid()
	j.stricter()
}

// own are the namespaces Kubernetes makes for itself.
func own(namespace string) bool {
	return slices.Contains([]string{"kube-system", "kube-public", "kube-node-lease"}, namespace)
}

// unlabelled are namespaces in which nothing is enforced, by what their pods
// would keep.
func (j *judge) unlabelled() {
	by := map[string][]string{}
	because := map[string][]string{}
	n := 0
	for _, ns := range j.c.Namespaces {
		if _, has := ns.Labels[enforceLabel]; has || own(ns.Name) || ns.Pods == 0 || ns.Fits == "" {
			continue
		}
		n++
		by[ns.Fits] = append(by[ns.Fits], ns.Name)
		for _, b := range ns.Because {
			because[ns.Fits] = append(because[ns.Fits], ns.Name+": "+b)
		}
	}
	if n == 0 {
		return
	}
	var evidence []string
	for _, level := range []string{privileged, baseline, restricted} {
		if len(by[level]) == 0 {
			continue
		}
		line := fmt.Sprintf("%s: every pod would keep %s", few(by[level]), level)
		if level == privileged {
			line = few(by[level]) + ": pods would be refused at baseline"
		}
		evidence = append(evidence, line)
		evidence = append(evidence, first(because[level])...)
	}
	evidence = append(evidence, "defaults and exemptions of the API server's --admission-control-config-file were not read; without them nothing is enforced there")
	j.add(finding.New("ADM-018", "Namespaces", counted(n, "namespace")+" with pods enforce no Pod Security level", evidence...))
}

// first are enough of many lines to see what they are about.
func first(lines []string) []string {
	const most = 5
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most]), fmt.Sprintf("and %d more", len(lines)-most))
}

// pinned are namespaces that enforce a level as an older or a newer release
// understood it.
func (j *judge) pinned() {
	at, ok := j.target()
	if !ok {
		if !j.c.Running.Known() {
			return
		}
		at = j.c.Running.Minor()
	}
	old, newer := map[string][]string{}, map[string][]string{}
	for _, ns := range j.c.Namespaces {
		label := ns.Labels[enforceLabel+"-version"]
		pin, err := version.ParseMinor(strings.TrimPrefix(label, "v"))
		switch {
		case !validVersion(label) || label == "latest" || err != nil:
		case pin.Compare(at) < 0:
			old[label] = append(old[label], ns.Name)
		case pin.Compare(at) > 0:
			newer[label] = append(newer[label], ns.Name)
		}
	}
	var evidence []string
	for _, v := range slices.Sorted(maps.Keys(old)) {
		evidence = append(evidence, fmt.Sprintf("%s=%s in %s: what later releases refuse in addition is let through", enforceLabel+"-version", v, few(old[v])))
	}
	for _, v := range slices.Sorted(maps.Keys(newer)) {
		evidence = append(evidence, fmt.Sprintf("%s=%s in %s: newer than %s, which then takes its own newest", enforceLabel+"-version", v, few(newer[v]), at))
	}
	if len(evidence) > 0 {
		j.add(finding.New("ADM-019", "Namespaces", "namespaces enforce a Pod Security level as another release than "+at.String()+" understands it", evidence...))
	}
}

// validVersion is what the API server takes: "latest" or "v1.x".
func validVersion(s string) bool {
	if s == "latest" {
		return true
	}
	minor, ok := strings.CutPrefix(s, "v1.")
	return ok && minor != "" && strings.Trim(minor, "0123456789") == "" && (minor == "0" || minor[0] != '0')
}

// invalid are labels the API server cannot read. It says nothing when pods are
// made: it takes the strictest for enforce, nothing for audit and warn, and the
// newest version (https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/pod-security-admission/api/helpers.go).
func (j *judge) invalid() {
	type bad struct{ mode, value, taken string }
	in := map[bad][]string{}
	for _, ns := range j.c.Namespaces {
		for _, mode := range []string{"enforce", "audit", "warn"} {
			if v, has := ns.Labels[levelPrefix+mode]; has && strictness(v) < 0 {
				taken := restricted
				if mode != "enforce" {
					taken = privileged
				}
				k := bad{mode, v, taken}
				in[k] = append(in[k], ns.Name)
			}
			if v, has := ns.Labels[levelPrefix+mode+"-version"]; has && !validVersion(v) {
				k := bad{mode + "-version", v, "latest"}
				in[k] = append(in[k], ns.Name)
			}
		}
	}
	var evidence []string
	for k, names := range in {
		evidence = append(evidence, fmt.Sprintf("%s%s=%q in %s is taken as %s", levelPrefix, k.mode, k.value, few(names), k.taken))
	}
	slices.Sort(evidence)
	if len(evidence) > 0 {
		j.add(finding.New("ADM-020", "Namespaces", "Pod Security labels have values that the API server cannot read and takes for something else", evidence...))
	}
}

// stricter are namespaces that are warned of more than is enforced.
func (j *judge) stricter() {
	type pair struct{ enforce, told string }
	in := map[pair][]string{}
	for _, ns := range j.c.Namespaces {
		enforce, has := ns.Labels[enforceLabel]
		if !has {
			enforce = privileged
		}
		told := ""
		for _, mode := range []string{"audit", "warn"} {
			if l := ns.Labels[levelPrefix+mode]; strictness(l) > strictness(told) {
				told = l
			}
		}
		if strictness(enforce) >= 0 && strictness(told) > strictness(enforce) {
			in[pair{enforce, told}] = append(in[pair{enforce, told}], ns.Name)
		}
	}
	var evidence []string
	for k, names := range in {
		evidence = append(evidence, fmt.Sprintf("%s: %s is enforced, %s only told of", few(names), k.enforce, k.told))
	}
	slices.Sort(evidence)
	if len(evidence) > 0 {
		j.add(finding.New("ADM-021", "Namespaces", "namespaces audit or warn of a stricter Pod Security level than they enforce", evidence...))
	}
}
