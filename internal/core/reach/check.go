package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// Check reports why a question could never be answered: a name nobody reads,
// an operator nobody knows, a gate without defaults. Catalogue files are held
// to it when they are made, so a slip of the pen is an error and not an
// everlasting "unknown". path names the place for the message.
func Check(path string, q *advisory.Question) error {
	if kinds := kinds(q); len(kinds) != 1 {
		return fmt.Errorf("%s: a question has exactly one kind, this has %d (%s)", path, len(kinds), strings.Join(kinds, ", "))
	}
	for _, list := range [][]advisory.Question{q.Any, q.All} {
		if len(list) == 1 {
			return fmt.Errorf("%s: any and all join two or more questions", path)
		}
		for i := range list {
			if err := Check(fmt.Sprintf("%s[%d]", path, i), &list[i]); err != nil {
				return err
			}
		}
	}
	switch {
	case q.OS != "" && q.OS != "linux" && q.OS != "windows":
		return fmt.Errorf("%s: os %q is neither linux nor windows", path, q.OS)
	case q.Uses != "" && !knownUse(q.Uses):
		return fmt.Errorf("%s: no reader answers uses %q", path, q.Uses)
	case q.PodSecurity != "" && strictness(q.PodSecurity) < 1:
		return fmt.Errorf("%s: podSecurity %q is neither baseline nor restricted", path, q.PodSecurity)
	case q.AdmissionPlugin != "":
		if _, _, known := pluginDefault(q.AdmissionPlugin); !known {
			return fmt.Errorf("%s: admission plugin %q is not in admission-defaults.txt", path, q.AdmissionPlugin)
		}
	case q.Gate != nil:
		return checkGate(path, q.Gate)
	case q.Flag != nil:
		return checkSetting(path, q.Flag)
	case q.Config != nil:
		return checkSetting(path, q.Config)
	case q.Runs != nil && q.Runs.Component == "":
		return fmt.Errorf("%s: runs names no component", path)
	}
	for _, p := range q.Who {
		if p.Verb == "" || p.Resource == "" {
			return fmt.Errorf("%s: who needs a verb and a resource", path)
		}
		if resource, _, _ := strings.Cut(p.Resource, "/"); clusterScoped(resource) && !p.ClusterWide {
			return fmt.Errorf("%s: %s has no namespace: only bindings over all namespaces grant it, say clusterWide: true", path, p.Resource)
		}
	}
	return nil
}

// kinds lists which of the fields of a question are set.
func kinds(q *advisory.Question) []string {
	var out []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"any", q.Any != nil}, {"all", q.All != nil}, {"os", q.OS != ""}, {"uses", q.Uses != ""},
		{"gate", q.Gate != nil}, {"flag", q.Flag != nil}, {"config", q.Config != nil},
		{"admissionPlugin", q.AdmissionPlugin != ""}, {"anonymousAuth", q.AnonymousAuth},
		{"who", q.Who != nil}, {"podSecurity", q.PodSecurity != ""}, {"runs", q.Runs != nil},
		{"beyond", q.Beyond != ""},
	} {
		if k.set {
			out = append(out, k.name)
		}
	}
	return out
}

func checkGate(path string, g *advisory.GateQuestion) error {
	switch {
	case g.Component == "" || g.Gate == "":
		return fmt.Errorf("%s: gate needs a component and a gate", path)
	case len(g.Defaults) == 0:
		return fmt.Errorf("%s: gate %s has no defaults, so it could only be answered where it is set", path, g.Gate)
	case g.Source == "":
		return fmt.Errorf("%s: gate %s does not say where its defaults are from", path, g.Gate)
	}
	if !slices.IsSortedFunc(g.Defaults, func(a, b advisory.GateDefault) int { return a.From.Compare(b.From) }) {
		return fmt.Errorf("%s: the defaults of gate %s do not ascend", path, g.Gate)
	}
	return nil
}

func checkSetting(path string, s *advisory.SettingQuestion) error {
	switch {
	case s.Name == "" || strings.HasPrefix(s.Name, "-"):
		return fmt.Errorf("%s: a setting needs a name without dashes", path)
	case !slices.Contains(Ops(), s.Op):
		return fmt.Errorf("%s: op %q is none of %s", path, s.Op, strings.Join(Ops(), ", "))
	case s.Op == "set" && (s.Value != "" || s.Default != nil):
		return fmt.Errorf("%s: op set takes no value and no default", path)
	case s.Op == "at-least":
		if _, problem := compare("at-least", s.Value, s.Value); problem != "" {
			return fmt.Errorf("%s: at-least needs a number, not %q", path, s.Value)
		}
	}
	return nil
}

// clusterScoped: resources without a namespace that questions ask about.
func clusterScoped(resource string) bool {
	return slices.Contains([]string{"nodes", "persistentvolumes", "storageclasses", "namespaces", "clusterroles",
		"clusterrolebindings", "apiservices", "customresourcedefinitions", "validatingwebhookconfigurations",
		"mutatingwebhookconfigurations", "csidrivers", "certificatesigningrequests", "users", "groups"}, resource)
}

// knownUse: a name some reader answers or an inventory may declare.
func knownUse(name string) bool {
	if plugin, ok := strings.CutPrefix(name, inventory.UseVolumePlugin+":"); ok {
		return plugin != ""
	}
	return slices.Contains(inventory.Uses(), name)
}
