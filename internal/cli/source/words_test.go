package source

import (
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func TestWords(t *testing.T) {
	context, none := "prod eu", ""
	for want, o := range map[string]Options{
		"":                              {},
		" --bundle a.tar.zst":           {Bundle: "a.tar.zst", Kube: &genericclioptions.ConfigFlags{Context: &context}},
		" -f a.yaml -f 'b c.yaml'":      {Inventories: []string{"a.yaml", "b c.yaml"}},
		" --context 'prod eu'":          {Kube: &genericclioptions.ConfigFlags{Context: &context, KubeConfig: &none}},
		" --bundle x --name 'it'\\''s'": {Bundle: "x", Name: "it's"},
	} {
		if got := o.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
