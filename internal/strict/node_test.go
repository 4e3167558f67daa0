package strict

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNode(t *testing.T) {
	const text = `
name: prod
spec:
  enviroment: staging
  environment: prodution
  exposure: {connected: "false", holds: x}
  days: 1.5
  score: high
  ready: yes
  empty:
  "odd key": {a: 1}
  components:
  - {component: kubelet}
  - 3
`
	type mistake struct {
		Line             int
		Field, Msg, Hint string
	}
	want := []mistake{
		{4, "spec.enviroment", `unknown key "enviroment"`, `did you mean "environment"?`},
		{5, "spec.environment", `"prodution" is not one of development, staging, production`, `did you mean "production"?`},
		{6, "spec.exposure.connected", `expected true or false, found "false"`, "write true or false without quotes"},
		{6, "spec.exposure.holds", `expected a list, found "x"`, ""},
		{7, "spec.days", `expected a whole number, found "1.5"`, ""},
		{8, "spec.score", `expected a number, found "high"`, ""},
		{9, "spec.ready", `expected true or false, found "yes"`, "write true or false without quotes"},
		{10, "spec.empty", "is required", ""},
		{3, "spec.missing", "is required", ""},
		{11, `spec."odd key".a.b`, `unknown key`, ""},
		{14, "spec.components[1]", `expected a map, found "3"`, ""},
	}
	want[8].Line = 4 // an absent value is where its map begins
	var got []mistake
	for _, err := range Decode(strings.NewReader(text), "in.yaml", Limits{}, func(n *Node) any {
		n.Fields("name", "spec")
		if n.Get("name").Required() != "prod" {
			t.Error("name was not read")
		}
		spec := n.Get("spec").Fields("environment", "exposure", "days", "score", "ready", "empty", "odd key", "components", "missing")
		spec.Get("environment").Enum("development", "staging", "production")
		spec.Get("exposure").Get("connected").Bool()
		spec.Get("exposure").Get("holds").Texts()
		spec.Get("days").Int()
		spec.Get("score").Float()
		spec.Get("ready").Bool()
		spec.Get("empty").Required()
		spec.Get("missing").Required()
		spec.Get("odd key").Get("a").Get("b").Report("unknown key", "")
		for _, c := range spec.Get("components").Items() {
			c.Fields("component")
		}
		if !spec.Failed() || spec.Get("empty").Kind() != Null {
			t.Error("a node forgot what it is")
		}
		return nil
	}) {
		var all Errors
		if !errors.As(err, &all) {
			t.Fatalf("%v holds no mistakes", err)
		}
		for _, e := range all {
			got = append(got, mistake{e.Line, e.Field, e.Msg, e.Hint})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"gitRepoVolumes", "windowsNodes", "ingresses"}
	for in, want := range map[string]string{"gitrepoVolume": "gitRepoVolumes", "WindowsNode": "windowsNodes", "zebra": "", "": "", strings.Repeat("x", 100): ""} {
		if got, _ := Nearest(in, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
}
