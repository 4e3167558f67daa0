package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// writeJSON writes the contract: exactly the struct, two spaces deep, HTML
// characters as they are, lists never null.
func writeJSON(out *bytes.Buffer, r assess.Result, _ Options) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(Normalize(r))
}

// writeYAML writes the same document as writeJSON; keys are sorted, as
// kubectl's are.
func writeYAML(out *bytes.Buffer, r assess.Result, o Options) error {
	var doc bytes.Buffer
	if err := writeJSON(&doc, r, o); err != nil {
		return err
	}
	text, err := yaml.JSONToYAML(doc.Bytes())
	if err != nil {
		return fmt.Errorf("converting to YAML: %w", err)
	}
	out.Write(text)
	return nil
}
