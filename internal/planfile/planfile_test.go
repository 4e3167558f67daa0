package planfile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/planfile"
	"github.com/fixline-dev/fixline/internal/strict"
)

// rules are the policy's shape; the numbers that ship are in catalog/data and
// tested there.
func rules(testing.TB) skew.Rules {
	two := 2
	old := func(newer int) *skew.Exception {
		return &skew.Exception{Minor: version.Minor{Major: 1, Minor: 25}, MaxNewer: newer, MaxOlder: 2}
	}
	const servers = "kube-apiserver"
	return skew.Rules{
		Rules: []skew.Rule{
			{Code: "SKEW-001", Component: servers, Against: servers, MaxNewer: 1, MaxOlder: 1},
			{Code: "SKEW-002", Component: "kubelet", Against: servers, MaxOlder: 3, Below: old(0), Conservative: &two},
			{Code: "SKEW-004", Component: "kube-proxy", Against: servers, MaxOlder: 3, Below: old(0), Conservative: &two},
			{Code: "SKEW-004", Component: "kube-proxy", Against: "kubelet", SameNode: true, MaxNewer: 3, MaxOlder: 3, Below: old(2), Conservative: &two},
			{Code: "SKEW-003", Component: "kube-controller-manager", Against: servers, MaxOlder: 1},
			{Code: "SKEW-003", Component: "kube-scheduler", Against: servers, MaxOlder: 1},
			{Code: "SKEW-003", Component: "cloud-controller-manager", Against: servers, MaxOlder: 1},
			{Code: "SKEW-005", Component: "kubectl", Against: servers, MaxNewer: 1, MaxOlder: 1, Client: true},
			{Code: "SKEW-008", Component: "etcd", Against: "etcd", MaxNewer: 1, MaxOlder: 1},
		},
		Steps: []skew.Step{{Code: "SKEW-009", Component: servers, MaxMinors: 1}, {Code: "SKEW-010", Component: "etcd", MaxMinors: 1}},
	}
}

// small is a plan of three control planes and two workers.
func small(t testing.TB) plan.Plan {
	t.Helper()
	c := inventory.Cluster{Name: "prod <&>", Provider: "kubeadm", Connected: true, Environment: "production"}
	for _, n := range []string{"cp1", "cp2", "cp3", "w1", "w2"} {
		names := []string{"kubelet", "kube-proxy"}
		if strings.HasPrefix(n, "cp") {
			names = append(names, "kube-apiserver", "kube-controller-manager", "kube-scheduler")
		}
		for _, name := range names {
			c.Instances = append(c.Instances, inventory.Instance{Component: name, Node: n, Version: version.New(1, 34, 2), OS: "linux"})
		}
	}
	p, err := plan.Build(plan.Input{Cluster: c, Target: version.New(1, 35, 4), Rules: rules(t), AsOf: time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	p.Readiness = []plan.Readiness{{Row: "backup", State: "unknown", Age: "-"}}
	return p
}

func written(t testing.TB, p *plan.Plan) string {
	t.Helper()
	var out bytes.Buffer
	if err := planfile.Write(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestRoundTrip: what is written reads as it was, is judged as it was, and has
// the hash that anybody's RFC 8785 gives it.
func TestRoundTrip(t *testing.T) {
	p := small(t)
	text := written(t, &p)
	f, err := planfile.Read(strings.NewReader(text), "plan.json")
	if err != nil {
		t.Fatal(err)
	}
	if f.Changed() || f.Plan.Hash != p.Hash || len(p.Hash) != 64 {
		t.Errorf("hash %s, written %s, read %s", f.Hash, p.Hash, f.Plan.Hash)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "hash")
	rest, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	form, err := jcs.Transform(rest)
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256(form); hex.EncodeToString(want[:]) != p.Hash {
		t.Errorf("the hash is %s, by RFC 8785 %x", p.Hash, want)
	}
	if again := written(t, &f.Plan); again != text {
		t.Errorf("written again it differs (-first +second):\n%s", cmp.Diff(strings.Split(text, "\n"), strings.Split(again, "\n")))
	}
	verdict, err := plan.Check(&f.Plan, rules(t), "")
	if err != nil || verdict.States == 0 {
		t.Errorf("the plan that was read is refused: %v", err)
	}
}

// TestFirstLines: the form a person reads and the contract names.
func TestFirstLines(t *testing.T) {
	p := small(t)
	text := written(t, &p)
	want := "{\n  \"apiVersion\": \"fixline.dev/v1alpha1\",\n  \"kind\": \"Plan\",\n  \"cluster\": \"prod <&>\",\n  \"asOf\": \"2026-03-15\",\n"
	if !strings.HasPrefix(text, want) || !strings.Contains(text, "\n    {\n      \"id\": \"0001-") || !strings.HasSuffix(text, "\n  ]\n}\n") {
		t.Errorf("%.400s ... %q", text, text[len(text)-20:])
	}
	if strings.Contains(text, ": null,\n      \"components\"") == strings.Contains(text, `"node": ""`) {
		t.Error("an absent node is not null")
	}
}

// TestChanged: whatever is changed in a plan changes its hash.
func TestChanged(t *testing.T) {
	p := small(t)
	text := written(t, &p)
	for _, tc := range [][2]string{
		{"1.35.4", "1.35.3"}, {`"steady"`, `"fast"`}, {`"prod <&>"`, `"prod"`}, {`"batch": 1`, `"batch": 2`}, {`"state": "unknown"`, `"state": "pass"`}, {"kubectl drain w1 ", "kubectl drain w2 "},
	} {
		f, err := planfile.Read(strings.NewReader(strings.Replace(text, tc[0], tc[1], 1)), "plan.json")
		if err != nil || !f.Changed() {
			t.Errorf("%s made %s: changed is %t, %v", tc[0], tc[1], f.Changed(), err)
		}
	}
	f, err := planfile.Read(strings.NewReader(strings.ReplaceAll(text, "  ", " ")), "plan.json")
	if err != nil || f.Changed() {
		t.Errorf("white space changes the hash: %v", err)
	}
	if got := f.Findings(); len(got) != 0 {
		t.Errorf("an unchanged plan has %+v", got)
	}
	f.Hash = "0"
	if got := f.Findings(); len(got) != 1 || got[0].Code != "PLAN-009" || got[0].Severity != string(finding.Warning) {
		t.Errorf("a changed plan has %+v", got)
	}
}

// TestMistakes: each names the line and the field.
func TestMistakes(t *testing.T) {
	p := small(t)
	text := written(t, &p)
	line := func(of, needle string) int { return 1 + strings.Count(of[:strings.Index(of, needle)], "\n") }
	for _, tc := range []struct{ name, old, new, field, msg, hint string }{
		{"an unknown member", `"target"`, `"targett"`, "targett", "is not a field of a plan", `did you mean "target"?`},
		{"an unknown field of a step", `"components": [],`, `"componentes": [],`, "steps[0].componentes", "is not a field of a plan", `did you mean "components"?`},
		{"a wrong type", `"say": "Hold`, `"say": 7, "undo": "Hold`, "steps[0].say", "must be text, not number", ""},
		{"a wrong type inside", `"legal": true`, `"legal": "yes"`, "steps[0].state.legal", "must be true or false, not string", ""},
		{"another kind", `"kind": "Plan"`, `"kind": "Plans"`, "kind", `"Plans" is not Plan`, ""},
		{"another strategy", `"steady"`, `"slow"`, "strategy", `"slow" is not steady, fast`, ""},
		{"no date", `"2026-03-15"`, `"15.3.2026"`, "asOf", `"15.3.2026" is no date`, "write it as 2026-03-15"},
		{"an inventory's mistake", `"component": "kube-proxy"`, `"component": "kube-proxi"`, "inventory.spec.components[1].component", "", ""},
		{"a member twice", `"target"`, `"from": "1.34.2", "target"`, "from", "the field is there twice", "remove one of them"},
		{"more after it", "\n  ]\n}\n", "\n  ]\n}\n{}", "", "there is more after the plan", "one file holds one plan"},
	} {
		edited := strings.Replace(text, tc.old, tc.new, 1)
		_, err := planfile.Read(strings.NewReader(edited), "plan.json")
		var e *strict.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		// Decoders know the end of a value, so the line is right within one.
		if want := line(edited, tc.new); e.Field != tc.field || e.Line < want || e.Line > want+strings.Count(tc.new, "\n")+1 || !strings.Contains(e.Msg, tc.msg) || tc.hint != "" && e.Hint != tc.hint {
			t.Errorf("%s: %+v, want field %s near line %d", tc.name, e, tc.field, want)
		}
	}
	for _, tc := range [][2]string{{"", "ends in the middle"}, {"[]", "is a JSON object"}, {"{", "ends in the middle"}, {text[:len(text)/2], "ends in the middle"}, {"{}", "apiVersion: is required"},
		{strings.Replace(text, ",", ";", 1), "no JSON"}, {strings.Replace(text, `"hops": [`, `"hops": [1 `, 1), "no JSON"}} {
		if _, err := planfile.Read(strings.NewReader(tc[0]), "plan.json"); err == nil || !strings.Contains(err.Error(), tc[1]) {
			t.Errorf("%.20q: %v, want %q", tc[0], err, tc[1])
		}
	}
}

// FuzzRead: no text makes the reader or the judge panic, and what reads is
// written so that it reads the same.
func FuzzRead(f *testing.F) {
	p := small(f)
	p.Steps = p.Steps[:3]
	f.Add(written(f, &p))
	f.Add(`{"apiVersion":"fixline.dev/v1alpha1","kind":"Plan","asOf":"2026-01-01","target":"1.35.4","inventory":{},"steps":[{"also":[{}]}]}`)
	r := rules(f)
	f.Fuzz(func(t *testing.T, text string) {
		one, err := planfile.Read(strings.NewReader(text), "plan.json")
		if err != nil {
			return
		}
		_, first := plan.Check(&one.Plan, r, "")
		var out bytes.Buffer
		if err := planfile.Write(&out, &one.Plan); err != nil {
			return // numbers that JSON cannot hold
		}
		two, err := planfile.Read(&out, "plan.json")
		if err != nil {
			t.Fatalf("what was written does not read: %v", err)
		}
		if _, second := plan.Check(&two.Plan, r, ""); fmt.Sprint(first) != fmt.Sprint(second) {
			t.Fatalf("judged %v, and after writing %v", first, second)
		}
	})
}
