package record

import (
	"context"
	"fmt"
	"strings"
)

// readme records where the recording comes from. It is written last, since it says what is missing.
func (r *recorder) readme(context.Context) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# A recording of Kubernetes %s\n\n", r.version)
	o := r.opts.Origin
	lab := "a control plane without hosts"
	if o.Lab != "" {
		lab = "the lab " + o.Lab
	}
	fmt.Fprintf(&b, "Made by `lab record` on %s, of %s.\n\n", r.opts.Now.UTC().Format("2006-01-02"), lab)
	fmt.Fprintf(&b, "- Kubernetes: %s (the API server's own answer)\n", r.version)
	if o.About != "" {
		fmt.Fprintf(&b, "- lab: %s\n", o.About)
	}
	var names []string
	for _, host := range r.opts.Hosts {
		names = append(names, host.Name)
	}
	fmt.Fprintf(&b, "- hosts: %s\n", listed(names, "none"))
	fmt.Fprintf(&b, "- scenarios seeded: %s\n", listed(o.Scenarios, "none"))
	for _, note := range o.Notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	if len(o.Commands) > 0 {
		b.WriteString("\nThe lab's commands that made it:\n\n")
	}
	for _, command := range o.Commands {
		fmt.Fprintf(&b, "    %s\n", command)
	}
	b.WriteByte('\n')
	b.WriteString(`Lists are what ` + "`kubectl get RESOURCE -A -o json --show-managed-fields`" + ` prints, ConfigMaps those of kube-system alone.
metrics.txt has these families only, of every API server that answered, the larger value of each series:
` + strings.Join(families(), ", ") + `.
No Secret was read. Private keys, tokens, credentials of kubeconfigs, and values of flags and environment variables that
are named like secrets were replaced by ` + removed + `.
`)
	if len(r.missing) > 0 {
		b.WriteString("\nNot recorded:\n\n")
		for _, line := range r.missing {
			fmt.Fprintf(&b, "- %s\n", text(line))
		}
	}
	return r.put("README.md", []byte(b.String()))
}

func listed(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}
