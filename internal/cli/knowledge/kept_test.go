package knowledge

import (
	"slices"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// TestAskedIsKept: every flag, gate and field of a configuration file that a
// condition or mitigation asks about is kept when evidence is trimmed.
// Otherwise its answer would be unknown on every cluster.
func TestAskedIsKept(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, a := range c.Advisories {
		var own []string
		for _, one := range a.Affected {
			if !slices.Contains([]string{"kubectl", "client-go"}, one.Component) { // no evidence shows how a person calls these
				own = append(own, one.Component)
			}
		}
		var questions []*advisory.Question
		for _, one := range a.Conditions {
			questions = append(questions, one.Question)
		}
		for _, one := range a.Mitigations {
			questions = append(questions, one.Question)
		}
		for _, q := range questions {
			each(q, func(q *advisory.Question) {
				asked += check(t, a.ID, own, q)
			})
		}
	}
	if asked < 20 {
		t.Errorf("only %d settings are asked about: the walk through the questions missed some", asked)
	}
	// What the questions admissionPlugin and anonymousAuth read.
	for _, flag := range []string{"enable-admission-plugins", "disable-admission-plugins", "admission-control", "anonymous-auth", "authentication-config"} {
		if !evidence.KeepsFlag("kube-apiserver", flag) {
			t.Errorf("--%s of kube-apiserver is not kept", flag)
		}
	}
}

func check(t *testing.T, id string, own []string, q *advisory.Question) int {
	t.Helper()
	of := func(component string) []string {
		if component == "" {
			return own
		}
		return []string{component}
	}
	switch {
	case q.Flag != nil:
		for _, component := range of(q.Flag.Component) {
			if !evidence.KeepsFlag(component, q.Flag.Name) {
				t.Errorf("%s asks for --%s of %s, whose value is not kept", id, q.Flag.Name, component)
			}
		}
	case q.Gate != nil:
		for _, component := range of(q.Gate.Component) {
			if !evidence.KeepsFlag(component, "feature-gates") {
				t.Errorf("%s asks for feature gate %s of %s, whose --feature-gates is not kept", id, q.Gate.Gate, component)
			}
		}
	case q.Config != nil:
		for _, component := range of(q.Config.Component) {
			kind, ok := map[string]string{"kubelet": "KubeletConfiguration", "kube-proxy": "KubeProxyConfiguration"}[component]
			if ok && !evidence.KeepsField(kind, q.Config.Name) {
				t.Errorf("%s asks for %s of %s, which is not kept", id, q.Config.Name, component)
			}
		}
	default:
		return 0
	}
	return 1
}

// each visits a question and those it is made of.
func each(q *advisory.Question, visit func(*advisory.Question)) {
	if q == nil {
		return
	}
	visit(q)
	for _, inner := range slices.Concat(q.Any, q.All) {
		each(&inner, visit)
	}
}
