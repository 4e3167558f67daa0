package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/report"
)

// Data writes v as JSON or YAML, or calls text for people.
func (o *Options) Data(f *factory.Factory, v any, text func(io.Writer) error) error {
	var doc bytes.Buffer
	if o.Format.Value == string(report.Text) {
		if err := text(&doc); err != nil {
			return err
		}
	} else if err := encode(&doc, v, report.Format(o.Format.Value)); err != nil {
		return fmt.Errorf("writing %s: %w", o.Format.Value, err)
	}
	return o.To(f, func(w io.Writer, _ bool) error {
		_, err := w.Write(doc.Bytes())
		return err
	})
}

func encode(w *bytes.Buffer, v any, format report.Format) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	if format == report.JSON {
		return nil
	}
	text, err := yaml.JSONToYAML(w.Bytes())
	if err != nil {
		return err
	}
	w.Reset()
	w.Write(text)
	return nil
}
