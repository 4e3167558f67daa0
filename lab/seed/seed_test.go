package seed

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const whole = "name: a\ntrouble: t\nfor: f\nundo: u\nneeds: api\n"

func TestBadFiles(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no header", "name: a\nneeds: api\nsteps: [{say: x, loop: {path: /, times: 1}}]\n", "no trouble, no for, no undo"},
		{"no steps", whole, "no steps"},
		{"a need that is none", strings.ReplaceAll(whole, "api", "luck"), `"luck" is neither api nor hosts`},
		{"an unknown field", whole + "sleps: []\n", `unknown field "sleps"`},
		{"nothing said", whole + "steps: [{loop: {path: /, times: 1}}]\n", "steps[0]: it says nothing"},
		{"two kinds", whole + "steps: [{say: x, loop: {path: /, times: 1}, exec: {at: all, run: x}}]\n", "it has 2 kinds"},
		{"nowhere", whole + "steps: [{say: x, exec: {at: moon, run: x}}]\n", `exec: at "moon"`},
		{"no such script", whole + "steps: [{say: x, exec: {at: all, run: x, with: none}}]\n", `exec: with "none"`},
		{"no name", whole + "steps: [{say: x, apply: [{apiVersion: v1, kind: Pod}]}]\n", "no apiVersion, kind or metadata.name"},
		{"another name", whole + "steps: [{say: x, loop: {path: /, times: 1}}]\n", `its name is "a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := list(fstest.MapFS{"scenarios/b.yaml": {Data: []byte(tt.text)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "b.yaml") {
				t.Errorf("%v; want %q", err, tt.want)
			}
		})
	}
}

// What the lab's own issue asks for is there, and a name that is not gets those that are.
func TestFind(t *testing.T) {
	for _, name := range []string{
		"healthy", "blocking-pdb", "pdb-without-pods", "dead-webhook", "webhook-on-kube-system", "hand-edited-flags",
		"removed-feature-gate", "helm-removed-apis", "helm-two-deployed", "stale-last-applied", "crd-unserved-stored",
		"deprecated-client", "cgroup-v1-config", "cordoned-by-someone", "certificate-expiring", "etcd-lost-member",
		"half-way-control-plane-ahead", "half-way-kubelet-ahead", "half-way-worker-missed",
	} {
		s, err := Find(name)
		if err != nil || s.Name != name {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.HasPrefix(s.text, "# ") {
			t.Errorf("%s does not begin with what it is", name)
		}
	}
	if _, err := Find("nothing"); err == nil || !strings.Contains(err.Error(), "healthy") {
		t.Errorf("Find = %v; want the names there are", err)
	}
}

func TestFactsOfTheMinor(t *testing.T) {
	s, err := Find("removed-feature-gate")
	if err != nil {
		t.Fatal(err)
	}
	filled, err := s.fill(values{Minor: "1.34"})
	if err != nil {
		t.Fatal(err)
	}
	if got := filled.Steps[0].Exec.Run; !strings.Contains(got, "flag --feature-gates=StrictCostEnforcementForVAP=true\n") {
		t.Errorf("the script is %q", got)
	}
	if _, err := s.fill(values{Minor: "1.99"}); err == nil || !strings.Contains(err.Error(), "knows no gate for 1.99; it does for 1.33, 1.34") {
		t.Errorf("1.99: %v", err)
	}
}

func TestRefusedBeforeAnythingIsChanged(t *testing.T) {
	hosts := []Host{{Name: "cp1", ControlPlane: true}, {Name: "w1"}}
	for _, tt := range []struct {
		scenario, version, other string
		hosts                    []Host
		want                     string
	}{
		{"hand-edited-flags", "1.37.1", "", nil, "needs hosts"},
		{"etcd-lost-member", "1.37.1", "", hosts, "needs 3 control planes, this lab has 1"},
		{"cgroup-v1-config", "1.35.0", "", hosts, "below 1.35 only"},
		{"cgroup-v1-config", "1.34.2", "", hosts, ""},
		{"half-way-worker-missed", "1.37.1", "", hosts, "with --other"},
		{"half-way-worker-missed", "1.37.1", "1.37.1", hosts, "1.37.1 is not older"},
		{"half-way-worker-missed", "1.37.1", "v1.37.0", hosts, ""},
		{"half-way-kubelet-ahead", "1.37.1", "1.36.0", hosts, "1.36.0 is not newer"},
		{"half-way-kubelet-ahead", "1.37.1", "1.x", hosts, "with --other"},
	} {
		s, err := Find(tt.scenario)
		if err != nil {
			t.Fatal(err)
		}
		l := Lab{Hosts: tt.hosts}
		err = l.check(s, values{Version: tt.version, Minor: minor(tt.version), Other: strings.TrimPrefix(tt.other, "v")})
		if got := errorText(err); got != tt.want && (tt.want == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%s on %s with %q: %q; want %q", tt.scenario, tt.version, tt.other, got, tt.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A release reads back with the steps that Helm's own reader takes.
func TestHelmsOwnForm(t *testing.T) {
	release := HelmRelease{Name: "shop", Namespace: "n", Revision: 2, Status: "deployed", Manifest: "kind: Ingress\n"}
	secret, err := release.secret()
	if err != nil {
		t.Fatal(err)
	}
	if secret["type"] != "helm.sh/release.v1" || secret["metadata"].(map[string]any)["name"] != "sh.helm.release.v1.shop.v2" {
		t.Errorf("the Secret is %v", secret)
	}
	data, err := base64.StdEncoding.DecodeString(secret["data"].(map[string]any)["release"].(string))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(string(data))
	if err != nil || !bytes.HasPrefix(packed, []byte{0x1f, 0x8b, 0x08}) {
		t.Fatalf("%x, %v; want gzip", packed[:3], err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Name     string
		Version  int
		Manifest string
		Info     struct{ Status string }
	}
	if err := json.NewDecoder(r).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "shop" || got.Version != 2 || got.Info.Status != "deployed" || !strings.HasSuffix(got.Manifest, "\nkind: Ingress\n") {
		t.Errorf("%+v", got)
	}
}

// fakeHosts notes what is run.
type fakeHosts struct {
	ran  []string
	fail string
}

func (f *fakeHosts) Run(_ context.Context, host, command string) ([]byte, error) {
	if host == f.fail {
		return nil, errors.New("on " + host + ": it burns")
	}
	f.ran = append(f.ran, host+": "+command)
	return nil, nil
}

func TestScriptsRunOnTheChosenHosts(t *testing.T) {
	hosts := []Host{{Name: "cp1", ControlPlane: true}, {Name: "cp2", ControlPlane: true}, {Name: "w1"}, {Name: "w2"}}
	for at, want := range map[string][]string{
		"all": {"cp1: x", "cp2: x", "w1: x", "w2: x"}, "control-planes": {"cp1: x", "cp2: x"}, "first-control-plane": {"cp1: x"},
		"workers": {"w1: x", "w2: x"}, "first-worker": {"w1: x"}, "last-worker": {"w2: x"},
	} {
		fake := &fakeHosts{}
		r := run{lab: Lab{Hosts: hosts, Runner: fake}}
		if err := r.do(t.Context(), Step{Exec: &Exec{At: at, Run: "x"}}); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, fake.ran); diff != "" {
			t.Errorf("%s (-want +ran):\n%s", at, diff)
		}
	}
	fake := &fakeHosts{fail: "cp2"}
	r := run{lab: Lab{Hosts: hosts, Runner: fake}, nodes: true, version: "1.37.1"}
	if err := r.do(t.Context(), Step{Exec: &Exec{At: "all", Run: "x"}}); err == nil || len(fake.ran) != 1 {
		t.Errorf("%v after %q; want it to stop at the first that fails", err, fake.ran)
	}
	fake.fail = "w2"
	if err := r.undo(t.Context(), Step{Kubelet: &Kubelet{At: "workers", Version: "1.36.0"}}); err == nil || !strings.HasPrefix(fake.ran[1], "w1: VERSION=1.37.1\n") {
		t.Errorf("undoing a kubelet ran %q, %v", fake.ran, err)
	}
	r = run{lab: Lab{Hosts: hosts[:1], Runner: fake}}
	if err := r.do(t.Context(), Step{Exec: &Exec{At: "workers", Run: "x"}}); err == nil {
		t.Error("a script for workers ran where there are none")
	}
}

// A shell reads every script to its end.
func TestScriptsAreShell(t *testing.T) {
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{"kubelet": "VERSION=1\n" + script("kubelet")}
	for _, s := range all {
		filled, err := s.fill(values{Version: "1.34.2", Minor: "1.34", Other: "1.33.4", Key: "a2V5"})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range filled.Steps {
			if step.Exec != nil {
				scripts[s.Name+": "+step.Say] = script(step.Exec.With) + step.Exec.Run
				scripts[s.Name+", undone: "+step.Say] = script(step.Exec.With) + step.Exec.Undo
			}
		}
	}
	for name, text := range scripts {
		cmd := exec.CommandContext(t.Context(), "sh", "-n")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
