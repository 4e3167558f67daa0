package reading

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// settings gathers what each instance was started with.
func (r *reader) settings() {
	proxy := r.configMap("kube-proxy", "config.conf")
	for _, p := range r.pods() {
		if p.Done() {
			continue
		}
		for _, c := range p.Spec.Containers {
			component, ok := p.Component(c)
			if !ok || len(c.Command)+len(c.Args) == 0 {
				continue
			}
			s := commandLine(c)
			s.Component, s.Node = component, p.Spec.NodeName
			s.Source = "pod " + p.Namespace + "/" + p.Name
			if p.Static() {
				s.Source = "static pod " + p.Name + " on " + p.Spec.NodeName
			}
			if component == inventory.KubeProxy && proxy != nil && s.Flags["config"] != "" {
				s.Complete = true
				s.Source += " and ConfigMap kube-proxy"
				configure(&s, proxy)
			}
			r.c.Facts.Settings = append(r.c.Facts.Settings, s)
		}
	}
	r.kubelets()
	r.kubeadm()
}

// kubeadm takes the form and the feature gates of kubeadm's own configuration;
// what it says of components is theirs.
func (r *reader) kubeadm() {
	doc := r.configMap("kubeadm-config", "ClusterConfiguration")
	if doc == nil {
		return
	}
	s := inventory.Settings{Component: inventory.Kubeadm, Complete: true, Source: "ConfigMap kubeadm-config"}
	configure(&s, map[string]any{"apiVersion": doc["apiVersion"], "featureGates": doc["featureGates"]})
	if len(s.Config)+len(s.Gates) > 0 {
		r.c.Facts.Settings = append(r.c.Facts.Settings, s)
	}
}

// commandLine splits the flags of a container. They are complete unless a
// shell starts the program or a configuration file is named that is not read.
func commandLine(c evidence.Container) inventory.Settings {
	words := slices.Concat(c.Command, c.Args)
	s := inventory.Settings{Complete: len(c.Command) > 0 || len(c.Args) > 0}
	if len(c.Command) > 0 && slices.Contains([]string{"sh", "bash"}, path.Base(c.Command[0])) {
		s.Complete = false
		words = slices.DeleteFunc(strings.Fields(strings.Join(words, " ")), func(w string) bool { return !strings.HasPrefix(w, "--") })
	}
	parseFlags(&s, words)
	if s.Flags["config"] != "" {
		s.Complete = false
	}
	return s
}

// listFlags may be given several times and then add up; of any other flag the
// last one counts.
func listFlags() []string {
	return []string{"enable-admission-plugins", "disable-admission-plugins", "runtime-config", "authorization-mode", "tls-cipher-suites"}
}

func parseFlags(s *inventory.Settings, words []string) {
	s.Flags, s.Gates = map[string]string{}, map[string]bool{}
	for i := 0; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "-") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
		if !ok {
			value = "true"
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				i++
				value = words[i]
			}
		}
		switch {
		case name == "":
		case name == "feature-gates":
			gates(s, value)
		case s.Flags[name] != "" && slices.Contains(listFlags(), name):
			s.Flags[name] += "," + value
		default:
			s.Flags[name] = value
		}
	}
}

// gates splits "A=true,B=false".
func gates(s *inventory.Settings, value string) {
	for _, one := range strings.Split(strings.Trim(value, `"'`), ",") {
		name, text, _ := strings.Cut(one, "=")
		if on, err := strconv.ParseBool(strings.TrimSpace(text)); err == nil {
			s.Gates[strings.TrimSpace(name)] = on
		}
	}
}

// kubelets takes for each node the best there is: what the kubelet itself says
// it uses, else the file on its disk, else what kubeadm handed out.
func (r *reader) kubelets() {
	shared := r.configMap("kubelet-config", "kubelet")
	var blind []string
	for _, node := range r.kubeletNodes() {
		host := r.b.Hosts[node]
		s := inventory.Settings{Component: inventory.Kubelet, Node: node}
		parseFlags(&s, host.KubeletFlags)
		switch {
		case host.Configz != nil:
			s.Complete, s.Source = true, "configz of "+node
			configure(&s, host.Configz)
		case host.KubeletConfig != nil:
			s.Source = "kubelet-config.yaml of " + node
			configure(&s, host.KubeletConfig)
		case shared != nil:
			s.Source = "kubelet-config ConfigMap (the node's own file may differ)"
			configure(&s, shared)
		default:
			blind = append(blind, node)
			continue
		}
		if host.Configz == nil {
			blind = append(blind, node)
		}
		r.c.Facts.Settings = append(r.c.Facts.Settings, s)
	}
	if len(blind) > 0 {
		r.gap("effective kubelet configuration of "+few(blind), "it is not in the API; hosts/NODE/configz.json holds it (kubectl get --raw /api/v1/nodes/NODE/proxy/configz)", false)
	}
}

func (r *reader) kubeletNodes() []string {
	var out []string
	for _, i := range r.c.Instances {
		if i.Component == inventory.Kubelet && i.Node != "" && !slices.Contains(out, i.Node) {
			out = append(out, i.Node)
		}
	}
	return out
}

// configMap is one YAML document out of a ConfigMap of kube-system; nil where
// it is not there.
func (r *reader) configMap(name, key string) map[string]any {
	c, ok := r.b.ConfigMap(name)
	if !ok || c.Data[key] == "" {
		return nil
	}
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(c.Data[key]), &doc); err != nil {
		r.gap("ConfigMap kube-system/"+name, fmt.Sprintf("%s is no YAML: %v", key, err), true)
		return nil
	}
	return doc
}

// configure flattens a configuration document into dotted paths; lists become
// comma-separated text, and feature gates go where the flags' gates are.
func configure(s *inventory.Settings, doc map[string]any) {
	if s.Config == nil {
		s.Config = map[string]string{}
	}
	if s.Gates == nil {
		s.Gates = map[string]bool{}
	}
	for name, value := range doc {
		if name == "featureGates" {
			set, _ := value.(map[string]any)
			for gate, on := range set {
				b, ok := on.(bool)
				if _, flagged := s.Gates[gate]; ok && !flagged { // a flag wins over the file
					s.Gates[gate] = b
				}
			}
			continue
		}
		flatten(s.Config, name, value)
	}
}

func flatten(out map[string]string, path string, value any) {
	if evidence.SecretName(path[strings.LastIndexByte(path, '.')+1:]) {
		return
	}
	switch v := value.(type) {
	case nil:
	case map[string]any:
		for name, inner := range v {
			flatten(out, path+"."+name, inner)
		}
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			items = append(items, scalar(item))
		}
		out[path] = strings.Join(items, ",")
	default:
		out[path] = scalar(v)
	}
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any, []any:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(text)
	}
	return fmt.Sprint(v)
}
