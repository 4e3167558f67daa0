package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// writeJSON writes the contract: exactly the struct, two spaces deep, HTML
// characters as they are, lists never null. Clusters are encoded one by one,
// so that a fleet of thousands is never held twice in memory.
func writeJSON(out *bufio.Writer, r assess.Result, _ Options) error {
	clusters := r.Clusters
	r.Clusters = nil
	frame, err := encodeJSON(Normalize(r), "")
	if err != nil {
		return err
	}
	before, after, found := bytes.Cut(frame, []byte("\n  \"clusters\": []"))
	if !found {
		return errors.New("the result has no list of clusters")
	}
	// bufio.Writer keeps the first error, for Flush to tell.
	fmt.Fprintf(out, "%s\n  \"clusters\": [", before)
	separator := "\n    "
	for _, c := range clusters {
		doc, err := encodeJSON(rebuild(c, unchanged), "    ")
		if err != nil {
			return fmt.Errorf("cluster %q: %w", c.Name, err)
		}
		fmt.Fprintf(out, "%s%s", separator, doc)
		separator = ",\n    "
	}
	if len(clusters) > 0 {
		fmt.Fprint(out, "\n  ")
	}
	fmt.Fprintf(out, "]%s\n", after)
	return nil
}

// encodeJSON is v without a line end, every line but the first behind prefix.
func encodeJSON(v any, prefix string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent(prefix, "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// writeYAML writes the same document as writeJSON; keys are sorted, as
// kubectl's are.
func writeYAML(out *bufio.Writer, r assess.Result, _ Options) error {
	return toYAML(out, Normalize(r))
}

// toYAML writes any result by way of its JSON form.
func toYAML(out *bufio.Writer, v any) error {
	doc, err := encodeJSON(v, "")
	if err != nil {
		return err
	}
	text, err := yaml.JSONToYAML(doc)
	if err != nil {
		return fmt.Errorf("converting to YAML: %w", err)
	}
	_, err = out.Write(text)
	return err
}
