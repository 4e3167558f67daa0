package controlplane

import (
	"encoding/json"
	"fmt"
	"os"
)

// Kubeconfig writes a kubeconfig for the identity, with everything inline, mode 0600. It is JSON, which every reader of
// kubeconfigs takes: user names need no YAML quoting rules.
func (c *ControlPlane) Kubeconfig(path string, who Credentials) error {
	type object = map[string]any
	name := "lab-" + c.version
	data, err := json.MarshalIndent(object{
		"apiVersion": "v1",
		"kind":       "Config",
		"clusters": []object{{"name": name, "cluster": object{
			"server":                     c.Host(),
			"certificate-authority-data": c.CA(), // []byte is base64 in JSON, which is the format's own rule
		}}},
		"users": []object{{"name": who.User, "user": object{
			"client-certificate-data": who.Certificate,
			"client-key-data":         who.Key,
		}}},
		"contexts":        []object{{"name": name, "context": object{"cluster": name, "user": who.User}}},
		"current-context": name,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return nil
}
