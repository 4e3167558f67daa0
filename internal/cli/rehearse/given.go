package rehearse

import (
	"bytes"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/rehearse"
)

// answersFile is the file of --answers.
type answersFile struct {
	APIVersion string              `json:"apiVersion"`
	Kind       string              `json:"kind"`
	Answers    []rehearse.Question `json:"answers"`
}

// readAnswers reads what access was answered today.
func readAnswers(path string) ([]rehearse.Question, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, exit.BadInput(fmt.Errorf("reading the answers: %w", err))
	}
	var f answersFile
	if err := yaml.UnmarshalStrict(text, &f); err != nil {
		return nil, exit.BadInput(fmt.Errorf("reading the answers: %s: %w", path, err))
	}
	if f.APIVersion != "fixline.dev/v1alpha1" || f.Kind != "AccessAnswers" {
		return nil, exit.Usagef("reading the answers: %s: apiVersion and kind are %q and %q, and must be fixline.dev/v1alpha1 and AccessAnswers", path, f.APIVersion, f.Kind)
	}
	for i, a := range f.Answers {
		if a.Verb == "" || a.Resource == "" || a.Allowed == nil || a.User == "" && len(a.Groups) == 0 {
			return nil, exit.Usagef("reading the answers: %s: answers[%d]: verb, resource, allowed and a user or groups are needed", path, i)
		}
	}
	return f.Answers, nil
}

// readRefused reads the objects of files that must be refused.
func readRefused(paths []string) ([]rehearse.Manifested, error) {
	var out []rehearse.Manifested
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading what must be refused: %w", err))
		}
		for i, doc := range bytes.Split(text, []byte("\n---")) {
			o := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(doc, &o.Object); err != nil {
				return nil, exit.BadInput(fmt.Errorf("reading what must be refused: %s: document %d: %w", path, i+1, err))
			}
			if len(o.Object) == 0 {
				continue
			}
			if o.GetKind() == "" || o.GetAPIVersion() == "" || o.GetName() == "" {
				return nil, exit.Usagef("reading what must be refused: %s: document %d: apiVersion, kind and metadata.name are needed", path, i+1)
			}
			out = append(out, rehearse.Manifested{From: path, Object: o})
		}
	}
	return out, nil
}
