package collect

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// Shown is `fixline collect --show -o json`: what would be read.
type Shown struct {
	APIVersion string         `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string         `json:"kind"`       // CollectionPlan
	Levels     []kube.Level   `json:"levels"`
	Requests   []kube.Request `json:"requests"`
	Commands   []Command      `json:"commands"` // on each host
}

// Command is what a host is asked.
type Command struct {
	Name  string   `json:"name"`
	From  string   `json:"from"`
	Root  bool     `json:"root"` // an account without root's rights gets less of it
	Files []string `json:"files"`
	For   string   `json:"for"`
}

// show says what would be read, and reads nothing.
func (o *Options) show() error {
	levels := o.levels()
	if o.RBAC {
		return o.Output.To(o.Factory, func(w io.Writer, _ bool) error { return writeRoles(w, kube.Plan(levels...)) })
	}
	s := Shown{APIVersion: "fixline.dev/v1alpha1", Kind: "CollectionPlan", Levels: levels, Requests: kube.Plan(levels...), Commands: []Command{}}
	if o.SSH.Asked() || o.Local {
		for _, p := range host.Probes() {
			s.Commands = append(s.Commands, Command{Name: p.Name, From: p.From, Root: p.Root, Files: append([]string{}, p.Files...), For: p.For})
		}
	}
	return o.Output.Data(o.Factory, s, func(w io.Writer) error { return s.text(w, o.Factory.Program, columns(o.Factory.IO.Width())) })
}

func (s Shown) text(w io.Writer, program string, width int) error {
	fmt.Fprintf(w, "From the API server, at level %s (each list in one stable version, in pages):\n\n", joined(s.Levels))
	table := layout.Table{Heads: []string{"RIGHT", "FOR"}, Flexible: []int{1}}
	for _, r := range s.Requests {
		right := r.Path + " (everyone may)"
		if r.Rule != nil {
			right = inWords(*r.Rule, r.Namespace)
			if _, selectors, narrowed := strings.Cut(r.Path, "?"); narrowed {
				right += " (" + strings.ReplaceAll(selectors, "&", ", ") + ")"
			}
		}
		table.Row(right, r.For)
	}
	for _, line := range table.Lines(width) {
		fmt.Fprintln(w, line)
	}
	if len(s.Commands) > 0 {
		fmt.Fprintln(w, "\nFrom each host (commands that read; those marked * give less without root's rights):")
		fmt.Fprintln(w)
		hosts := layout.Table{Heads: []string{"COMMAND", "FOR"}, Flexible: []int{0, 1}}
		for _, c := range s.Commands {
			if c.Root {
				c.From += " *"
			}
			hosts.Row(c.From, c.For)
		}
		for _, line := range hosts.Lines(width) {
			fmt.Fprintln(w, line)
		}
	} else {
		fmt.Fprintln(w, "\nFrom hosts: nothing. --ssh [USER@]nodes or --local would ask them.")
	}
	_, err := fmt.Fprintf(w, "\nNext: %s collect --rbac | kubectl apply -f -   (roles that allow this; add the same flags)\n", program)
	return err
}

func joined(levels []kube.Level) string {
	var names []string
	for _, l := range levels {
		names = append(names, string(l))
	}
	return strings.Join(names, " and ")
}

// inWords is a rule in a few words: "list pods", "get configmaps/coredns in kube-system".
func inWords(r evidence.Rule, namespace string) string {
	what := r.Resource
	if r.NonResourceURL != "" {
		what = r.NonResourceURL
	}
	if r.APIGroup != "" {
		what += "." + r.APIGroup
	}
	if r.ResourceName != "" {
		what += "/" + r.ResourceName
	}
	if namespace != "" {
		what += " in " + namespace
	}
	return r.Verb + " " + what
}

// role is a ClusterRole or, with a namespace, a Role.
type role struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Metadata   roleName   `json:"metadata"`
	Rules      []roleRule `json:"rules"`
}

type roleName struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
}

type roleRule struct {
	APIGroups       []string `json:"apiGroups,omitempty"`
	Resources       []string `json:"resources,omitempty"`
	ResourceNames   []string `json:"resourceNames,omitempty"`
	NonResourceURLs []string `json:"nonResourceURLs,omitempty"`
	Verbs           []string `json:"verbs"`
}

// writeRoles writes the roles that allow requests: one ClusterRole, and one
// Role for each namespace in which something is read by name.
func writeRoles(w io.Writer, requests []kube.Request) error {
	rules := map[string][]roleRule{}
	for _, r := range requests {
		if r.Rule != nil {
			rules[r.Namespace] = addRule(rules[r.Namespace], *r.Rule)
		}
	}
	var namespaces []string
	for ns := range rules {
		namespaces = append(namespaces, ns)
	}
	slices.Sort(namespaces)
	fmt.Fprintln(w, "# The least that fixline collect needs with these flags. Bind both roles to the account that collects.")
	for _, ns := range namespaces {
		one := role{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole", Metadata: roleName{Name: "fixline-collect"}, Rules: rules[ns]}
		if ns != "" {
			one.Kind, one.Metadata.Namespace = "Role", ns
			fmt.Fprintln(w, "---")
		}
		text, err := yaml.Marshal(one)
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// addRule joins a rule with one of the same group and verb.
func addRule(rules []roleRule, r evidence.Rule) []roleRule {
	one := roleRule{Verbs: []string{r.Verb}}
	if r.NonResourceURL != "" {
		one.NonResourceURLs = []string{r.NonResourceURL}
	} else {
		one.APIGroups, one.Resources = []string{r.APIGroup}, []string{r.Resource}
		if r.ResourceName != "" {
			one.ResourceNames = []string{r.ResourceName}
		}
	}
	for i, known := range rules {
		if !slices.Equal(known.Verbs, one.Verbs) || !slices.Equal(known.APIGroups, one.APIGroups) {
			continue
		}
		switch {
		case r.NonResourceURL != "" && known.NonResourceURLs != nil:
			rules[i].NonResourceURLs = union(known.NonResourceURLs, one.NonResourceURLs)
			return rules
		case r.NonResourceURL != "" || known.NonResourceURLs != nil:
		case r.ResourceName == "" && known.ResourceNames == nil:
			rules[i].Resources = union(known.Resources, one.Resources)
			return rules
		case r.ResourceName != "" && slices.Equal(known.Resources, one.Resources) && known.ResourceNames != nil:
			rules[i].ResourceNames = union(known.ResourceNames, one.ResourceNames)
			return rules
		}
	}
	return append(rules, one)
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
