package cluster

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readTag is etcd.local.imageTag of a ClusterConfiguration, "" where it is not
// set; the error is of text that is none, or of etcd that kubeadm does not run.
func readTag(text string) (string, error) {
	root, err := parse(text)
	if err != nil {
		return "", err
	}
	if value(value(root, "etcd"), "external") != nil {
		return "", errors.New("etcd is external: its version is its operator's, and imageTag has no place")
	}
	tag := value(value(value(root, "etcd"), "local"), "imageTag")
	switch {
	case tag == nil || tag.Tag == "!!null":
		return "", nil
	case tag.Kind != yaml.ScalarNode:
		return "", fmt.Errorf("line %d of %s: etcd.local.imageTag is no text", tag.Line, configMapPart)
	}
	return tag.Value, nil
}

// writeTag sets it, or takes it away for "". The text is changed in its one line
// and everything else stays byte for byte; where that cannot be done the document
// is written anew, with nothing else changed in what it says. It is an error if
// neither gives exactly the one change.
func writeTag(text, tag string) (string, error) {
	root, err := parse(text)
	if err != nil {
		return "", err
	}
	want, err := wanted(text, tag)
	if err != nil {
		return "", err
	}
	for _, try := range []func(*yaml.Node, string, string) (string, bool){inLine, anew} {
		if out, ok := try(root, text, tag); ok && means(out, want) {
			return out, nil
		}
	}
	return "", fmt.Errorf("etcd.local.imageTag of %s could not be changed without touching anything else: set it by hand (kubectl -n %s edit configmap %s), then run this again", configMapPart, namespace, configMap)
}

func parse(text string) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, fmt.Errorf("reading %s of configmap %s: %w", configMapPart, configMap, err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s of configmap %s is no object", configMapPart, configMap)
	}
	return doc.Content[0], nil
}

// value of a key of an object; nil where either is missing.
func value(n *yaml.Node, key string) *yaml.Node {
	if _, v := pair(n, key); v != nil {
		return v
	}
	return nil
}

func pair(n *yaml.Node, key string) (k, v *yaml.Node) {
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// wanted is what the text says, with the one change.
func wanted(text, tag string) (map[string]any, error) {
	var all map[string]any
	if err := yaml.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("reading %s of configmap %s: %w", configMapPart, configMap, err)
	}
	etcd, ok := all["etcd"].(map[string]any)
	if !ok {
		etcd = map[string]any{}
		all["etcd"] = etcd
	}
	local, ok := etcd["local"].(map[string]any)
	if !ok {
		local = map[string]any{}
		etcd["local"] = local
	}
	if tag == "" {
		delete(local, "imageTag")
	} else {
		local["imageTag"] = tag
	}
	return all, nil
}

// means: kubeadm reads an object without members as the one that has none set.
func means(text string, want map[string]any) bool {
	var got map[string]any
	return yaml.Unmarshal([]byte(text), &got) == nil && reflect.DeepEqual(got, want)
}

// inLine changes, adds or drops one line. It knows block style alone.
func inLine(root *yaml.Node, text, tag string) (string, bool) {
	local := value(value(root, "etcd"), "local")
	if value(local, "imageTag") == nil && tag == "" {
		return text, true
	}
	if local == nil || local.Kind != yaml.MappingNode || local.Style&yaml.FlowStyle != 0 || len(local.Content) == 0 {
		return "", false
	}
	lines := strings.SplitAfter(text, "\n")
	key, is := pair(local, "imageTag")
	switch {
	case key == nil:
		first := local.Content[0]
		at := first.Line - 1
		added := strings.Repeat(" ", first.Column-1) + "imageTag: " + quoted(tag) + "\n"
		return strings.Join(lines[:at], "") + added + strings.Join(lines[at:], ""), true
	case key.Line != is.Line || key.Line > len(lines):
		return "", false
	case tag == "" && len(local.Content) == 2:
		return "", false // its object would be null
	case tag == "":
		return strings.Join(lines[:key.Line-1], "") + strings.Join(lines[key.Line:], ""), true
	}
	line := lines[is.Line-1]
	old := is.Value
	if is.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		old = line[is.Column-1:is.Column] + is.Value + line[is.Column-1:is.Column]
	}
	rest, ok := strings.CutPrefix(line[is.Column-1:], old)
	if !ok {
		return "", false
	}
	lines[is.Line-1] = line[:is.Column-1] + quoted(tag) + rest
	return strings.Join(lines, ""), true
}

// anew changes the tree and writes it again.
func anew(root *yaml.Node, _, tag string) (string, bool) {
	local := object(object(root, "etcd"), "local")
	for i := 0; i+1 < len(local.Content); i += 2 {
		if local.Content[i].Value == "imageTag" {
			local.Content = append(local.Content[:i:i], local.Content[i+2:]...)
			break
		}
	}
	if tag != "" {
		local.Content = append(local.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "imageTag"}, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: tag})
	}
	out, err := yaml.Marshal(root)
	return string(out), err == nil
}

// object is the object below a key, made where there is none.
func object(n *yaml.Node, key string) *yaml.Node {
	_, v := pair(n, key)
	switch {
	case v == nil:
		v = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
	case v.Kind != yaml.MappingNode:
		*v = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	}
	return v
}

// quoted is a tag as YAML reads it as a text again: 3.6 would be a number.
func quoted(tag string) string {
	if _, err := strconv.ParseFloat(tag, 64); err == nil {
		return strconv.Quote(tag)
	}
	return tag
}
