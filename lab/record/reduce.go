package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ReducedRule is what [Reduce] leaves out and changes, in Markdown: it is added to the README of what it makes.
const ReducedRule = `Reduced by ` + "`lab reduce`" + `: without the lists of Events, Leases, CertificateSigningRequests and FlowSchemas; in managedFields
without fieldsV1, which is more than half of all text, but for those of Nodes; and each object on a line of its own. The
rest is as it was recorded.
`

// dropped are the lists that are left out: the noise of a cluster that runs, and what every cluster has alike.
func dropped() []string {
	return []string{"events.json", "leases.json", "certificatesigningrequests.json", "flowschemas.json"}
}

// Reduce writes the recording in the folder from into the new folder out, smaller: see [ReducedRule]. Like a recording,
// it is there whole or not at all.
func Reduce(from, out string) error {
	if err := whole(out, func(dir string) error { return reduce(os.DirFS(from), dir) }); err != nil {
		return fmt.Errorf("reducing %s into %s: %w", from, out, err)
	}
	return nil
}

func reduce(from fs.FS, dir string) error {
	if _, err := fs.Stat(from, "version.json"); err != nil {
		return fmt.Errorf("it is no recording: %w", err)
	}
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || slices.Contains(dropped(), name) {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		data, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		switch {
		case name == "README.md":
			data = append(data, "\n"+ReducedRule...)
		case path.Dir(name) == "." && strings.HasSuffix(name, ".json"):
			if data, err = shorter(data); err != nil {
				return fmt.Errorf("reading %s: %w", name, err)
			}
		}
		return os.WriteFile(to, data, 0o644)
	})
}

// shorter is a list without what makes it long. What is no list stays as it is.
func shorter(data []byte) ([]byte, error) {
	var list struct {
		Kind  string           `json:"kind"`
		Items []map[string]any `json:"items"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // numbers stay as they were written
	if err := decoder.Decode(&list); err != nil {
		return nil, err
	}
	if list.Kind != "List" {
		return data, nil
	}
	var out bytes.Buffer
	out.WriteString(`{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":""},"items":[`)
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, item := range list.Items {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		if item["kind"] != "Node" { // whose fields say who cordoned it
			withoutFields(item)
		}
		if err := encoder.Encode(item); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - 1) // the line's end
	}
	out.WriteString("\n]}\n")
	return out.Bytes(), nil
}

// withoutFields leaves of an object's managers who, how, when and in which version.
func withoutFields(object map[string]any) {
	metadata, _ := object["metadata"].(map[string]any)
	managers, _ := metadata["managedFields"].([]any)
	for _, m := range managers {
		if manager, ok := m.(map[string]any); ok {
			delete(manager, "fieldsV1")
			delete(manager, "fieldsType")
		}
	}
}
