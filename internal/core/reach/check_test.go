package reach

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/advisory"
)

func TestCheck(t *testing.T) {
	leaf := advisory.Question{Uses: "ingresses"}
	tests := []struct {
		name string
		q    advisory.Question
		want string // part of the error, "" = answerable
	}{
		{"good", leaf, ""},
		{"good volume plugin", advisory.Question{Uses: "volumePlugin:rbd"}, ""},
		{"good gate", *withSource(logQuery()), ""},
		{"no kind", advisory.Question{Not: true}, "exactly one kind, this has 0"},
		{"two kinds", advisory.Question{Uses: "ingresses", OS: "windows"}, "os, uses"},
		{"one part", advisory.Question{Any: []advisory.Question{leaf}}, "two or more"},
		{"inside", advisory.Question{All: []advisory.Question{leaf, {Uses: "nope"}}}, `q[1]: no reader answers uses "nope"`},
		{"os", advisory.Question{OS: "plan9"}, "plan9"},
		{"plugin", advisory.Question{AdmissionPlugin: "DenyAll"}, "DenyAll"},
		{"level", advisory.Question{PodSecurity: "privileged"}, "privileged"},
		{"op", *flag("kubelet", "v", "more", "4", nil), `op "more"`},
		{"dashes", *flag("kubelet", "--v", "set", "", nil), "without dashes"},
		{"set with a value", *flag("kubelet", "v", "set", "4", nil), "no value"},
		{"at-least a word", *flag("kubelet", "v", "at-least", "high", nil), "number"},
		{"gate without defaults", advisory.Question{Gate: &advisory.GateQuestion{Component: "kubelet", Gate: "X", Source: "u"}}, "no defaults"},
		{"gate without source", *logQuery(), "where its defaults are from"},
		{"cluster-scoped", advisory.Question{Who: []advisory.Permission{{Verb: "get", Resource: "nodes/proxy"}}}, "clusterWide"},
		{"who, empty", advisory.Question{Who: []advisory.Permission{{Resource: "pods"}}}, "verb"},
		{"runs", advisory.Question{Runs: &advisory.RunsQuestion{}}, "component"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Check("q", &tt.q)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func withSource(q *advisory.Question) *advisory.Question {
	q.Gate.Source = "https://example.org"
	return q
}
