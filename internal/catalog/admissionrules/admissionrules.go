// Package admissionrules reads what is known of admission: what an upgrade asks
// of the API server, which versions of AdmissionReview it speaks, and what
// PodSecurityPolicies mean in Pod Security levels. It judges nothing, and
// refuses what has no source. Start at [Decode].
package admissionrules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// file is the written form of what an upgrade asks.
type file struct {
	Date    string   `json:"date"`
	Reviews []review `json:"reviews"`
	Upgrade []struct {
		Group       string              `json:"group"`
		Version     string              `json:"version"`
		Resource    string              `json:"resource"`
		Subresource string              `json:"subresource"`
		Operations  []string            `json:"operations"`
		Namespaces  []string            `json:"namespaces"`
		Except      []string            `json:"except"`
		Busy        bool                `json:"busy"`
		Labels      []map[string]string `json:"labels"`
		Equivalent  []string            `json:"equivalent"`
		For         string              `json:"for"`
		Source      string              `json:"source"`
	} `json:"upgrade"`
}

type review struct {
	Version string `json:"version"`
	Since   string `json:"since"`
	Source  string `json:"source"`
}

// Decode reads what an upgrade asks and what an API server speaks; errors name
// the entry.
func Decode(data []byte) ([]admission.Request, []admission.Review, error) {
	var f file
	if err := strictly(data, &f); err != nil {
		return nil, nil, err
	}
	if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
		return nil, nil, fmt.Errorf("date: %w", err)
	}
	var requests []admission.Request
	for i, r := range f.Upgrade {
		out := admission.Request(r)
		if err := check(out); err != nil {
			return nil, nil, fmt.Errorf("upgrade %d (%s): %w", i+1, out.Name(), err)
		}
		requests = append(requests, out)
	}
	var reviews []admission.Review
	for _, r := range f.Reviews {
		since, err := version.ParseMinor(r.Since)
		if err != nil {
			return nil, nil, fmt.Errorf("review %s: since: %w", r.Version, err)
		}
		if !strings.HasPrefix(r.Source, "https://") {
			return nil, nil, fmt.Errorf("review %s: the source %q is no https address", r.Version, r.Source)
		}
		reviews = append(reviews, admission.Review{Version: r.Version, Since: since, Source: r.Source})
	}
	return requests, reviews, nil
}

func check(r admission.Request) error {
	switch {
	case r.Version == "" || r.Resource == "" || r.For == "":
		return errors.New("version, resource and for belong to it")
	case len(r.Operations) == 0:
		return errors.New("it names no operation")
	case !strings.HasPrefix(r.Source, "https://"):
		return fmt.Errorf("the source %q is no https address", r.Source)
	}
	for _, op := range r.Operations {
		if !slices.Contains([]string{"CREATE", "UPDATE", "DELETE"}, op) {
			return fmt.Errorf("the operation %q is none", op)
		}
	}
	return nil
}

func strictly(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
