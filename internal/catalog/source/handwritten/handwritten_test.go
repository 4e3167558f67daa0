package handwritten_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/handwritten"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

func say(cs []claim.Component) string {
	var out []string
	for _, comp := range cs {
		s := comp.Name + ":"
		for _, i := range comp.Intervals {
			s += fmt.Sprintf(" [%s,%s)", i.From, i.Before)
		}
		for _, f := range comp.Fixed {
			s += " +" + f.String()
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func doc(spec string) string {
	return "apiVersion: fixline.dev/v1alpha1\nkind: Advisory\nmetadata: {name: EXAMPLE-2026-1}\nspec:\n" + spec
}

func TestComponents(t *testing.T) {
	for _, tc := range []struct{ name, spec, want string }{
		{"the course's example", `  components:
  - component: kube-apiserver
    affected: ["1.33.0 through 1.33.8", "1.34.0 through 1.34.3"]
    fixed: [1.33.9, 1.34.4, 1.35.0]
`, "kube-apiserver: [1.33.0,1.33.9) [1.34.0,1.34.4) +1.33.9 +1.34.4 +1.35.0"},
		{"a range over two minors", `  components: [{component: kubelet, affected: 1.26.0 to 1.27.5, fixed: [1.27.6, 1.28.2, 1.29.0]}]
`, "kubelet: [1.26.0,1.27.6) +1.27.6 +1.28.2 +1.29.0"},
		{"comparisons", `  components: [{component: kubelet, affected: [">=1.33.0 <1.33.9", ">= 1.34.0, < 1.34.4"]}]
`, "kubelet: [1.33.0,1.33.9) [1.34.0,1.34.4)"},
		{"introduced and fixed", `  components:
  - component: Kubelet
    affected: [{introduced: "0", fixed: v1.33.9}, {introduced: 1.34.0, lastAffected: 1.34.3}, {introduced: 1.36.0}]
`, "kubelet: [,1.33.9) [1.34.0,1.34.4) [1.36.0,) +1.33.9"},
		{"one line of several, and shared fixes", `  fixed: [1.33.9, 1.34.4]
  components: [{component: kubelet, affected: "1.33.0 to 1.33.8, 1.34.0 to 1.34.3"}, {component: kube-proxy, affected: all}]
`, "kubelet: [1.33.0,1.33.9) [1.34.0,1.34.4) +1.33.9 +1.34.4; kube-proxy: [,1.33.9) [1.34.0,1.34.4) +1.33.9 +1.34.4"},
		{"upper bounds mean their own minors", `  components: [{component: kubelet, affected: [<=1.33.8, <=1.34.3]}]
`, "kubelet: [,1.33.9) [1.34.0,1.34.4)"},
		{"no fix", `  fix: never
  components: [{component: kube-apiserver, affected: all}]
`, "kube-apiserver: [,)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			list, err := handwritten.Parse(strings.NewReader(doc(tc.spec)), "a.yaml")
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if got := say(list[0].Claim.Components); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestAWholeAdvisory(t *testing.T) {
	in := doc(`  summary: Anyone may read anything.
  published: 2026-03-10
  vector: cvss:3.1/av:n/ac:l/pr:l/ui:n/s:u/c:h/i:h/a:h
  aliases: [CVE-2026-0001]
  clientOnly: false
  components: [{component: kube-apiserver, affected: "<1.33.9"}]
  conditions:
  - The attacker can reach the API.
  - text: Anonymous requests are let in.
    question: {anonymousAuth: true}
  mitigations:
  - {text: Turn it off., question: {not: true, flag: {component: kube-apiserver, name: anonymous-auth, op: equals, value: "true", default: "true"}}, apply: set --anonymous-auth=false}
  sources:
  - https://example.org/advisory/1
  - {name: vendor mail, says: fixed in 1.33.9}
`) + "---\n" + strings.ReplaceAll(doc("  components: [{component: etcd, affected: all}]\n"), "EXAMPLE-2026-1", "EXAMPLE-2026-2")
	list, err := handwritten.Parse(strings.NewReader(in), "a.yaml")
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	a := list[0]
	if a.Claim.URL != "https://example.org/advisory/1" || a.Claim.Published.Format(time.DateOnly) != "2026-03-10" || !strings.HasPrefix(a.Claim.Vector, "CVSS:3.1/AV:N") || a.Claim.Source != "user" {
		t.Errorf("claim %+v", a.Claim)
	}
	var to advisory.Advisory
	to.Conditions = []advisory.Condition{{Text: "another's"}}
	a.Overlay(&to)
	def := "true"
	want := advisory.Advisory{
		Summary:     "Anyone may read anything.",
		Conditions:  []advisory.Condition{{Text: "The attacker can reach the API."}, {Text: "Anonymous requests are let in.", Question: &advisory.Question{AnonymousAuth: true}}},
		Mitigations: []advisory.Mitigation{{Text: "Turn it off.", Apply: "set --anonymous-auth=false", Question: &advisory.Question{Not: true, Flag: &advisory.SettingQuestion{Component: "kube-apiserver", Name: "anonymous-auth", Op: "equals", Value: "true", Default: &def}}}},
		Sources:     []advisory.Source{{Name: "vendor mail", Says: "fixed in 1.33.9"}},
	}
	if diff := cmp.Diff(want, to, cmp.AllowUnexported(version.Version{})); diff != "" {
		t.Errorf("overlay (-want +got):\n%s", diff)
	}
	if list[1].Claim.URL != "a.yaml" {
		t.Errorf("without a source the file is the address, got %q", list[1].Claim.URL)
	}
}

func TestComponentNames(t *testing.T) {
	for name, want := range map[string]string{"kubelet": "kubelet", "Kubernetes": "", "nginx-ingress-controller": "ingress-nginx", "payments-operator": "payments-operator"} {
		list, err := handwritten.Parse(strings.NewReader(doc("  components: [{component: "+name+", affected: all}]\n")), "a.yaml")
		if err != nil || list[0].Claim.Components[0].Name != want {
			t.Errorf("%s: %+v, %v; want %q", name, list, err, want)
		}
	}
	for name, near := range map[string]string{"kubelett": "kubelet", "apiserver": "kube-apiserver", "kube-api-server": "kube-apiserver"} {
		_, err := handwritten.Parse(strings.NewReader(doc("  components: [{component: "+name+", affected: all}]\n")), "a.yaml")
		var at *strict.Error
		if !errors.As(err, &at) || !strings.Contains(at.Hint, near) {
			t.Errorf("%s: %v does not suggest %s", name, err, near)
		}
	}
}

func TestConditionsWrittenByHandKeepTheSystem(t *testing.T) {
	list, err := handwritten.Parse(strings.NewReader(doc("  os: windows\n  components: [{component: kubelet, affected: all}]\n  conditions: [The attacker can start pods.]\n")), "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var to advisory.Advisory
	list[0].Overlay(&to)
	if len(to.Conditions) != 2 || to.Conditions[0].Question == nil || to.Conditions[0].Question.OS != "windows" {
		t.Errorf("conditions %+v: os: windows is lost", to.Conditions)
	}
}

// What of 1.28.0, where the range ends below and the fix is 1.28.2?
func TestAFixWithoutARangeLeavesEarlierPatchesUnknown(t *testing.T) {
	list, err := handwritten.Parse(strings.NewReader(doc("  components: [{component: kubelet, affected: 1.26.0 to 1.27.5, fixed: [1.27.6, 1.28.2, 1.29.0]}]\n")), "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	merged, err := claim.Merge([]claim.Claim{list[0].Claim}, support.Calendar{Product: "kubernetes"})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range merged.Affected[0].Ranges {
		v := version.MustParse("1.28.0")
		if !v.Less(r.Introduced) && v.Less(r.Before) {
			found = r.Unknown
		}
	}
	if !found {
		t.Errorf("1.28.0 is not unknown in %+v", merged.Affected)
	}
}

func TestMistakesNameFileLineAndField(t *testing.T) {
	for in, want := range map[string]string{
		doc("  components: [{component: kubelet, afected: all}]\n"):                         "a.yaml:5: spec.components[0]",
		doc("  components: [{component: kubelet, affected: sometimes}]\n"):                  "a.yaml:5: spec.components[0].affected",
		doc("  components: [{component: kubelet, affected: all, fixed: [1.x]}]\n"):          "spec.components[0].fixed[0]",
		doc("  components: [{component: kubelet, affected: all, fixed: [1.35.7-gke.1]}]\n"): "not an upstream release",
		doc("  components: []\n"): "no component is named",
		doc("  published: soon\n  components: [{component: kubelet, affected: all}]\n"):                                                       "a.yaml:5: spec.published",
		doc("  vector: high\n  components: [{component: kubelet, affected: all}]\n"):                                                          "spec.vector",
		doc("  fix: maybe\n  components: [{component: kubelet, affected: all}]\n"):                                                            "spec.fix",
		doc("  fix: never\n  components: [{component: kubelet, affected: all, fixed: [1.2.3]}]\n"):                                            "fix: never",
		doc("  components: [{component: kubelet, affected: [{introduced: 1.3.0, fixed: 1.2.0}]}]\n"):                                          "ends before it begins",
		doc("  components: [{component: kubelet, affected: all}, {component: kubelet, affected: all}]\n"):                                     "listed twice",
		doc("  components: [{component: kubelet, affected: all}]\n  conditions: [{text: x, question: {os: a, uses: b}}]\n"):                   "exactly one thing",
		strings.Replace(doc("  components: [{component: kubelet, affected: all}]\n"), "EXAMPLE-2026-1", "'a b'", 1):                           "metadata.name",
		strings.Replace(doc("  components: [{component: kubelet, affected: all}]\n"), "kind: Advisory", "kind: Advisries", 1):                 "kind",
		doc("  components: [{component: kubelet, affected: all}]\n") + "---\n" + doc("  components: [{component: kubelet, affected: all}]\n"): "written twice",
	} {
		_, err := handwritten.Parse(strings.NewReader(in), "a.yaml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q for\n%s", err, want, in)
		}
	}
}
