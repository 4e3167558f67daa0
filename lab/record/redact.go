package record

import (
	"encoding/json"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// removed stands where something was taken out.
const removed = "REMOVED"

// redact takes out of an object what would let somebody in: private keys, bootstrap tokens and other bearer tokens,
// kubeconfig credentials, passwords in addresses, values of flags and of environment variables that are named like a secret. It goes through
// every text of the object, so also through annotations that repeat it and ConfigMaps that hold files.
func redact(value any) any {
	switch v := value.(type) {
	case string:
		return text(v)
	case map[string]any:
		if name, ok := v["name"].(string); ok && secretName.MatchString(name) {
			if _, ok := v["value"].(string); ok { // an environment variable
				v["value"] = removed
			}
		}
		for key, inner := range v {
			if held, ok := inner.(string); ok && secretKey(key) && held != "" {
				v[key] = removed
				continue
			}
			v[key] = redact(inner)
		}
		return v
	case []any:
		for i, inner := range v {
			held, ok := inner.(string)
			if flag, before := previous(v, i); ok && before && secretFlag.MatchString(flag) && !harmless(held) {
				v[i] = removed // --token VALUE
				continue
			}
			v[i] = redact(inner)
		}
		return v
	}
	return value
}

func previous(list []any, i int) (string, bool) {
	if i == 0 {
		return "", false
	}
	text, ok := list[i-1].(string)
	return text, ok
}

// secretWords are what secrets are called. "key" alone is a key of anything; with one of these before it, it is one.
const secretWords = `(?:token|password|passwd|secret|credentials?|(?:api|access|private|signing|encryption|auth)[-_]?key)`

var (
	secretName = regexp.MustCompile(`(?i)` + secretWords + `$`)
	secretFlag = regexp.MustCompile(`(?i)^--?[a-z0-9-]*` + secretWords + `$`)
	flagValue  = regexp.MustCompile(`(?i)(--?[a-z0-9-]*` + secretWords + `)=("[^"]*"|'[^']*'|[^\s"',\]]+)`)
	// A kubeconfig's fields, in YAML and in JSON, also in JSON inside a string.
	credential = regexp.MustCompile(`(?i)((?:client-key-data|client-certificate-data|certificate-authority-data|\btoken|password|jws-kubeconfig-[a-z0-9]{6}|secret)\\?"?:[ \t]*\\?"?)([^\s"'\\{\[,}]+)`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----`)
	bootstrap  = regexp.MustCompile(`\b[a-z0-9]{6}\.[a-z0-9]{16}\b`)
	// An environment variable that is named like a secret, in YAML: reason enough to read the text as such.
	yamlName = regexp.MustCompile(`(?i)name"?:[ \t]*["']?[a-z0-9_.-]*` + secretWords + `\b`)
	// The password in an address: kubeadm copies a proxy's into every static pod.
	userinfo = regexp.MustCompile(`(://)[^\s/@"']+@`)
	jwt      = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*`)
)

// text is a text without secrets. What it leaves is readable: which flag, which field.
func text(s string) string {
	if whole := object(s); whole != "" {
		return whole
	}
	s = documents(s)
	s = privateKey.ReplaceAllString(s, removed)
	s = jwt.ReplaceAllString(s, removed)
	s = bootstrap.ReplaceAllString(s, removed)
	s = userinfo.ReplaceAllString(s, "${1}"+removed+"@")
	s = flagValue.ReplaceAllStringFunc(s, func(match string) string {
		name, value, _ := strings.Cut(match, "=")
		if harmless(strings.Trim(value, `"'`)) {
			return match
		}
		return name + "=" + removed
	})
	return credential.ReplaceAllStringFunc(s, func(match string) string {
		parts := credential.FindStringSubmatch(match)
		if harmless(parts[2]) {
			return match
		}
		return parts[1] + removed
	})
}

// object is a text that is a JSON object, such as the annotation of kubectl apply, without secrets; empty where it is no
// object or has none, so that what needs no change keeps its own order.
func object(s string) string {
	if !strings.HasPrefix(s, "{") {
		return ""
	}
	var value map[string]any
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	before, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	after, err := json.Marshal(redact(value))
	if err != nil || string(before) == string(after) {
		return ""
	}
	return string(after)
}

// documents is a text without the secrets of environment variables, where it is YAML: a static pod, or a manifest in a
// ConfigMap. A document without any, and what cannot be read, stays as it is, comments included.
func documents(s string) string {
	if !strings.Contains(s, "\n") || !yamlName.MatchString(s) {
		return s
	}
	const between = "\n---\n"
	all := strings.Split(s, between)
	for i, document := range all {
		var value map[string]any
		if yaml.Unmarshal([]byte(document), &value) != nil {
			continue
		}
		before, err := yaml.Marshal(value)
		if err != nil {
			continue
		}
		after, err := yaml.Marshal(redact(value))
		if err == nil && string(before) != string(after) {
			all[i] = strings.TrimSuffix(string(after), "\n")
		}
	}
	return strings.Join(all, between)
}

// secretKey is a key of an object whose text is a secret whatever it looks like.
func secretKey(key string) bool {
	return strings.HasPrefix(key, "jws-kubeconfig-") || key == "client-key-data" || key == "client-certificate-data" || key == "certificate-authority-data"
}

// harmless is a value that says where a secret is, or whether there is one, and not what it is.
func harmless(value string) bool {
	return value == "" || value == "true" || value == "false" || value == "null" || value == removed || strings.HasPrefix(value, "/")
}
