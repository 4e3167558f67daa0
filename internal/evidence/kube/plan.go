package kube

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Level is a set of rights a user grants or does not, see docs/rbac.
type Level string

const (
	// Base reads no Secret, lists no ConfigMap and never reaches through a node.
	Base Level = "base"
	// Helm lists the Secrets and ConfigMaps that hold Helm's releases.
	Helm Level = "helm"
	// Direct reads each kubelet's configuration at the kubelet's own port.
	Direct Level = "direct"
	// Proxy reads it through the API server; its rule also allows running
	// commands in every pod.
	Proxy Level = "proxy"
)

// Levels are all of them, from the one that asks least.
func Levels() []Level { return []Level{Base, Helm, Direct, Proxy} }

// Request is one kind of request that collecting sends.
type Request struct {
	Level  Level  `json:"level"`
	Method string `json:"method"` // GET, and POST for asking who one is
	// Path of the request, with the selectors that narrow a list; {node},
	// {server}, {namespace} and {release} stand for each of them.
	Path string `json:"path"`
	// Rule allows it; nil where every authenticated user may.
	Rule *evidence.Rule `json:"rule"`
	// Namespace the rule is needed in; "" is the whole cluster.
	Namespace string `json:"namespace,omitempty"`
	// File of the bundle it fills; "" where it is only looked at.
	File string `json:"file,omitempty"`
	// For is what stays undecided without it.
	For string `json:"for"`
}

// Plan is every request that collecting at levels sends, in the order it is
// sent. Pages, repetitions and the number of nodes are not counted.
func Plan(levels ...Level) []Request {
	var out []Request
	for _, r := range requests() {
		if slices.Contains(levels, r.Level) {
			out = append(out, r)
		}
	}
	return out
}

func requests() []Request {
	get := func(level Level, path string, rule *evidence.Rule, file, why string) Request {
		return Request{Level: level, Method: "GET", Path: path, Rule: rule, File: file, For: why}
	}
	url := func(path string) *evidence.Rule { return &evidence.Rule{NonResourceURL: path, Verb: "get"} }
	out := []Request{
		get(Base, versionPath, nil, versionFile, "version of the API server"),
		{Level: Base, Method: "POST", Path: reviewPath, For: "by whom the bundle was read; it creates nothing"},
		get(Base, groupsPath, nil, evidence.APIGroupsFile, "API groups and versions the server serves"),
	}
	for _, l := range evidence.Collected() {
		rule := l.Rule()
		out = append(out, get(Base, l.Path(), &rule, l.File(), l.For))
	}
	for _, name := range evidence.CollectedConfigMaps() {
		rule := configMapRule(name)
		r := get(Base, configMapPath+name, &rule, configMapsFile, "the cluster's own configuration")
		r.Namespace = "kube-system"
		out = append(out, r)
	}
	events := eventsRule()
	return append(out,
		get(Base, eventsPath, &events, evidence.EventsFile, "what went wrong lately; a summary without messages"),
		get(Base, metricsPath, url(metricsPath), metricsFile, "stored objects, requested deprecated APIs, feature gates"),
		get(Base, "https://{server}"+metricsPath, url(metricsPath), serverFolder+"{server}/"+metricsFile, "the same of each API server, which count each for itself"),
		get(Helm, "/api/v1/secrets?labelSelector=owner=helm&fieldSelector=type=helm.sh/release.v1", &evidence.Rule{Resource: "secrets", Verb: "list"}, evidence.ReleasesFile, "Helm releases kept in Secrets"),
		get(Helm, "/api/v1/configmaps?labelSelector=owner=helm", &evidence.Rule{Resource: "configmaps", Verb: "list"}, evidence.ReleasesFile, "Helm releases kept in ConfigMaps"),
		get(Helm, "/api/v1/namespaces/{namespace}/secrets?fieldSelector=metadata.name={release}", &evidence.Rule{Resource: "secrets", Verb: "list"}, evidence.ReleasesFile, "one revision of each release kept in Secrets"),
		get(Helm, "/api/v1/namespaces/{namespace}/configmaps?fieldSelector=metadata.name={release}", &evidence.Rule{Resource: "configmaps", Verb: "list"}, evidence.ReleasesFile, "one revision of each release kept in ConfigMaps"),
		get(Direct, "https://{node}:10250/configz", configzRule(), configzFile("{node}"), "each kubelet's effective configuration"),
		get(Proxy, proxyPath("{node}"), proxyRule(), configzFile("{node}"), "each kubelet's effective configuration"),
	)
}

// What is asked beside lists, and where a bundle keeps it.
const (
	versionPath    = "/version"
	versionFile    = "version.json"
	groupsPath     = "/apis"
	metricsPath    = "/metrics"
	metricsFile    = "metrics.txt"
	serverFolder   = "apiservers/"
	eventsPath     = "/api/v1/events"
	configMapPath  = "/api/v1/namespaces/kube-system/configmaps/"
	configMapsFile = "configmaps-kube-system.json"
	// reviewPath answers who is asking. Every authenticated user may create one
	// (system:basic-user) and nothing is stored: the one request that is no GET
	// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review).
	reviewPath = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
)

func configMapRule(name string) evidence.Rule {
	return evidence.Rule{Resource: "configmaps", ResourceName: name, Verb: "get"}
}

func eventsRule() evidence.Rule { return evidence.Rule{Resource: "events", Verb: "list"} }

func configzRule() *evidence.Rule { return &evidence.Rule{Resource: "nodes/configz", Verb: "get"} }

func proxyRule() *evidence.Rule { return &evidence.Rule{Resource: "nodes/proxy", Verb: "get"} }

func proxyPath(node string) string { return "/api/v1/nodes/" + node + "/proxy/configz" }

func configzFile(node string) string { return "kubelets/" + node + "/configz.json" }
