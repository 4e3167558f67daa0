package evidence

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"
)

// TrimConfigMap reduces a ConfigMap of kube-system to what may be kept of it:
// of the named ones ([CollectedConfigMaps]) the known fields, plugins and flags
// whose values are no secrets, without comments; of any other nothing but its
// name. What cannot be parsed is not kept, and the error says which key and
// why, never what stood there; the rest of the ConfigMap is trimmed all the
// same. Trimming twice changes nothing.
func TrimConfigMap(c *ConfigMap) error {
	c.Labels, c.Annotations = nil, nil
	var failed []error
	data := map[string]string{}
	if c.Namespace == "kube-system" {
		for _, key := range configKeys() {
			text, there := c.Data[key.key]
			if key.configMap != c.Name || !there {
				continue
			}
			kept, err := key.trim(text)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", key.key, err))
				continue
			}
			data[key.key] = kept
		}
	}
	c.Data = nil
	if len(data) > 0 {
		c.Data = data
	}
	return errors.Join(failed...)
}

// configKey is one text of a named ConfigMap.
type configKey struct {
	configMap, key string
	trim           func(string) (string, error)
}

func configKeys() []configKey {
	return []configKey{
		{"kubeadm-config", "ClusterConfiguration", document(trimClusterConfig)},
		{"kubelet-config", "kubelet", document(TrimKubeletConfig)},
		{"kube-proxy", "config.conf", document(TrimKubeProxyConfig)},
		{"kube-proxy", "kubeconfig.conf", document(trimKubeconfig)},
		{"coredns", "Corefile", trimCorefile},
	}
}

var yamlLine = regexp.MustCompile(`\bline [0-9]+`)

// document makes a trimmer of YAML text from one of a decoded document. What
// the YAML library says may quote the text, so only its line is passed on.
func document(trim func(map[string]any)) func(string) (string, error) {
	return func(text string) (string, error) {
		var doc map[string]any
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			if at := yamlLine.FindString(err.Error()); at != "" {
				return "", fmt.Errorf("it is no YAML document of fields (%s); it was not kept", at)
			}
			return "", errors.New("it is no YAML document of fields; it was not kept")
		}
		if len(doc) == 0 {
			return "", nil
		}
		trim(doc)
		out, err := yaml.Marshal(doc)
		if err != nil {
			return "", errors.New("it cannot be written as YAML again; it was not kept")
		}
		return string(out), nil
	}
}

// TrimKubeletConfig reduces a KubeletConfiguration, in place, to the fields
// that are published and hold no secret: of a config.yaml, of what /configz
// answers, of the ConfigMap kubelet-config.
func TrimKubeletConfig(config map[string]any) { trimFields("KubeletConfiguration", config) }

// TrimKubeProxyConfig does the same for a KubeProxyConfiguration.
func TrimKubeProxyConfig(config map[string]any) { trimFields("KubeProxyConfiguration", config) }

// trimClusterConfig reduces kubeadm's ClusterConfiguration; extra flags are
// kept as those on a command line are.
func trimClusterConfig(config map[string]any) {
	extra := map[string]any{}
	for _, p := range kubeadmParts() {
		if part := descend(config, p.path); part != nil {
			extra[p.component] = trimExtraArgs(p.component, part["extraArgs"])
		}
	}
	trimFields("ClusterConfiguration", config)
	for _, p := range kubeadmParts() {
		if args := extra[p.component]; args != nil {
			descend(config, p.path)["extraArgs"] = args
		}
	}
}

// kubeadmPart is a section of a ClusterConfiguration that may have extraArgs.
type kubeadmPart struct {
	component string
	path      []string
}

func kubeadmParts() []kubeadmPart {
	return []kubeadmPart{
		{"kube-apiserver", []string{"apiServer"}},
		{"kube-controller-manager", []string{"controllerManager"}},
		{"kube-scheduler", []string{"scheduler"}},
		{"etcd", []string{"etcd", "local"}},
	}
}

func descend(doc map[string]any, path []string) map[string]any {
	for _, name := range path {
		doc, _ = doc[name].(map[string]any)
	}
	return doc
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,79}$`)

// trimExtraArgs keeps extraArgs in the form it has: a map of names to values up
// to v1beta3, a list of {name, value} from v1beta4 on.
func trimExtraArgs(component string, args any) any {
	keep := func(name string, value any) string {
		text := fmt.Sprint(value)
		if text == "" || text == Redacted {
			return text
		}
		if !KeepsFlag(component, name) {
			return Redacted
		}
		return keptValue(text)
	}
	switch args := args.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range args {
			if plainName.MatchString(name) {
				out[name] = keep(name, value)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, arg := range args {
			one, _ := arg.(map[string]any)
			if name, _ := one["name"].(string); plainName.MatchString(name) {
				out = append(out, map[string]any{"name": name, "value": keep(name, one["value"])})
			}
		}
		return out
	}
	return nil
}

// trimKubeconfig keeps the servers' addresses alone.
func trimKubeconfig(config map[string]any) {
	var servers []any
	clusters, _ := config["clusters"].([]any)
	for _, c := range clusters {
		named, _ := c.(map[string]any)
		if server, ok := descend(named, []string{"cluster"})["server"].(string); ok {
			servers = append(servers, map[string]any{"cluster": map[string]any{"server": keptValue(server)}})
		}
	}
	clear(config)
	config["apiVersion"], config["kind"] = "v1", "Config"
	if servers != nil {
		config["clusters"] = servers
	}
}

// trimFields drops every field that data/kept.json does not name for a kind of
// document, and every value that is of another form than the field's.
func trimFields(kind string, doc map[string]any) {
	fieldSet{keptWords().Fields[kind]}.trim("", doc)
}

// fieldSet are dotted paths, sorted.
type fieldSet struct{ paths []string }

func (f fieldSet) has(path string) bool {
	_, found := slices.BinarySearch(f.paths, path)
	return found
}

// under reports whether any field begins with prefix.
func (f fieldSet) under(prefix string) bool {
	at, found := slices.BinarySearch(f.paths, prefix)
	return found || at < len(f.paths) && len(f.paths[at]) > len(prefix) && f.paths[at][:len(prefix)] == prefix
}

func (f fieldSet) trim(at string, doc map[string]any) {
	for name, value := range doc {
		path := at + name
		if kept, ok := f.value(path, value); ok {
			doc[name] = kept
		} else {
			delete(doc, name)
		}
	}
}

func (f fieldSet) value(path string, value any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		if f.has(path + ".*") {
			for name, inner := range v {
				kept, ok := plainValue(inner)
				if !ok || !mapKey.MatchString(name) {
					delete(v, name)
					continue
				}
				v[name] = kept
			}
			return v, true
		}
		if !f.under(path + ".") {
			return nil, false
		}
		f.trim(path+".", v)
		return v, true
	case []any:
		if f.has(path) {
			return plainList(v), true
		}
		if !f.under(path + "[].") {
			return nil, false
		}
		out := []any{}
		for _, item := range v {
			if m, ok := item.(map[string]any); ok {
				f.trim(path+"[].", m)
				out = append(out, m)
			}
		}
		return out, true
	case nil:
		return nil, f.has(path) || f.under(path+".") || f.under(path+"[].")
	}
	if !f.has(path) {
		return nil, false
	}
	return plainValue(value)
}

// mapKey is the name of a feature gate, a resource, an eviction signal.
var mapKey = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)

func plainList(list []any) []any {
	out := []any{}
	for _, item := range list {
		if kept, ok := plainValue(item); ok {
			out = append(out, kept)
		}
	}
	return out
}

// plainValue is a text, number or truth value as it may be kept.
func plainValue(value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return keptValue(v), true
	case map[string]any, []any:
		return nil, false
	case nil:
		return nil, true
	}
	return value, true
}
