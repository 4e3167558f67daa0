// Package rehearse rehearses with real programs: an etcd and two kube-apiservers, on the data of a control plane that ran.
package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/rehearse"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
)

var cleanups []func()

// asChild makes this test binary rehearse by its arguments, so that it can be killed.
const asChild = "FIXLINE_TEST_REHEARSE"

func TestMain(m *testing.M) {
	if args := os.Getenv(asChild); args != "" {
		s := run(context.Background(), strings.Split(args, "\n")...)
		_, _ = os.Stderr.WriteString(s.errs) // nobody is left to tell
		os.Exit(int(s.code))
	}
	code := m.Run()
	for _, f := range cleanups {
		f()
	}
	os.Exit(code)
}

// said is what a run printed and ended with.
type said struct {
	out, errs string
	code      exit.Code
}

// run runs the command in this process, in a world of its own.
func run(ctx context.Context, args ...string) said {
	var out, errs bytes.Buffer
	f := factory.New("fixline", terminal.Test(nil, &out, &errs), func(string) string { return "" })
	cmd := rehearse.NewCmdRehearse(f, nil)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	exit.Print(&errs, "fixline", err)
	return said{out.String(), errs.String(), exit.Of(err)}
}

var hash = regexp.MustCompile(`(?m)^hash: ([0-9a-f]{64})$`)

// hashOf is what --dry-run prints.
func hashOf(t *testing.T, args ...string) string {
	t.Helper()
	dry := run(t.Context(), append(slices.Clone(args), "--dry-run")...)
	m := hash.FindStringSubmatch(dry.out)
	if m == nil {
		t.Fatalf("--dry-run: %s%s", dry.out, dry.errs)
	}
	return m[1]
}

// agree runs --dry-run, and then the same with its hash.
func agree(t *testing.T, args ...string) said {
	t.Helper()
	return run(t.Context(), append(slices.Clone(args), "--yes", hashOf(t, args...), "-o", "json")...)
}

func (s said) rehearsal(t *testing.T) rehearsal.Rehearsal {
	t.Helper()
	var r rehearsal.Rehearsal
	if err := json.Unmarshal([]byte(s.out), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, s.out, s.errs)
	}
	return r
}

// states are the checks of a hop as "name state", for one look.
func states(h rehearsal.Hop) string {
	var out []string
	for _, c := range h.Checks {
		out = append(out, c.Check+" "+string(c.State))
	}
	return strings.Join(out, ", ")
}

// found are the findings of a code, or of all but information.
func found(r rehearsal.Rehearsal, code string) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Code == code || code == "" && f.Severity != "info" {
			out = append(out, f.Severity+" "+f.Object+": "+f.Message)
		}
	}
	return out
}

// edit changes the static pod of a backup.
func (b backup) edit(t *testing.T, old, new string) {
	t.Helper()
	path := filepath.Join(b.kubernetes, "manifests", "kube-apiserver.yaml")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%q is not in the static pod: %v", old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b backup) args(t *testing.T, more ...string) []string {
	from, _ := versions(t)
	return append([]string{"--snapshot", b.snapshot, "--kubernetes", b.kubernetes, "--etcd-binary", binary(t, "etcd", from)}, more...)
}

// leftovers are private folders in memory that this process' runs left.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "fixline-rehearse-*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const allPass = "flags pass, start pass, readable pass, writable pass, access pass, admission pass, apis pass"

// TestHeldToToday: a patch upgrade of a cluster with nothing wrong passes, and nobody but the run itself has a part in it.
func TestHeldToToday(t *testing.T) {
	from, to := versions(t)
	b := cluster(t)
	scratch := t.TempDir() // so that no other run's processes are seen
	w := watch(scratch)
	begun := time.Now()
	s := agree(t, b.args(t, "--baseline", binary(t, "kube-apiserver", from), "--binary", binary(t, "kube-apiserver", to), "--scratch", scratch, "--name", "prod")...)
	w.end(t)
	r := s.rehearsal(t)
	t.Logf("%.1fs; %s\n%s", time.Since(begun).Seconds(), states(r.Hops[0]), s.errs)
	if r.Result != rehearsal.Pass || s.code != exit.OK || r.Target != to || *r.From != from || states(r.Hops[0]) != allPass {
		t.Errorf("result %s of %s, code %d: %s\n%s", r.Result, r.Target, s.code, states(r.Hops[0]), s.out)
	}
	if got := found(r, ""); len(got) > 0 {
		t.Errorf("findings %q", got)
	}
	for _, want := range []string{"validatingwebhookconfigurations are stored", "things.example.org", "metrics.example.org/v1beta1"} {
		if !strings.Contains(strings.Join(found(r, "REHEARSE-011"), "\n"), want) {
			t.Errorf("%q is not said to be left out: %q", want, found(r, "REHEARSE-011"))
		}
	}
	if strings.Contains(s.out+s.errs, "TOP-SECRET-VALUE") || strings.Contains(s.out, "dGhpcyBpcyBhIGtleSBv") {
		t.Error("the evidence holds a secret")
	}
	if left := leftovers(t, scratch); len(left) > 0 || len(children(scratch)) > 0 {
		t.Errorf("left: %v, %v", left, children(scratch))
	}
	if r.Private.InMemory || !r.Private.Accepted || r.Snapshot.Keys == 0 || r.Catalogue.Date == "" {
		t.Errorf("%+v %+v %+v", r.Private, r.Snapshot, r.Catalogue)
	}
}

// TestHops: two versions on one copy, in memory, without today's version.
func TestHops(t *testing.T) {
	from, to := versions(t)
	b := cluster(t)
	refused := filepath.Join(t.TempDir(), "refused.yaml")
	write(t, refused, "{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: lab}, spec: {containers: [{name: x, image: x, securityContext: {privileged: true}}]}}\n")
	s := agree(t, b.args(t, "--binary", binary(t, "kube-apiserver", from), "--binary", binary(t, "kube-apiserver", to), "--refused", refused)...)
	r := s.rehearsal(t)
	if len(r.Hops) != 2 || r.Hops[0].Version != from || r.Hops[1].Version != to || r.From != nil || !r.Private.InMemory {
		t.Fatalf("%+v", r)
	}
	for _, h := range r.Hops {
		if states(h) != allPass {
			t.Errorf("%s: %s\n%s", h.Version, states(h), s.out)
		}
	}
	if s.code != exit.OK {
		t.Errorf("code %d", s.code)
	}
}

// TestBroken: what cannot be read is named, and fails the rehearsal; so does what is admitted and must not be.
func TestBroken(t *testing.T) {
	t.Parallel() // it waits for the server, which looks for the object a minute long
	_, to := versions(t)
	b := cluster(t)
	b.snapshot = b.broken
	b.edit(t, "- --secure-port=6443", "- --disable-admission-plugins=PodSecurity")
	s := agree(t, b.args(t, "--binary", binary(t, "kube-apiserver", to))...)
	r := s.rehearsal(t)
	if s.code != exit.Findings || r.Result != rehearsal.Fail {
		t.Errorf("code %d, %s", s.code, r.Result)
	}
	for code, want := range map[string]string{
		"REHEARSE-002": "blocker configmaps/shop/broken: it cannot be read: ",
		"REHEARSE-004": "warning Key/podsecuritypolicy: 2 objects are stored under podsecuritypolicy",
		"REHEARSE-008": "blocker Namespace/shop: a pod on the host's network is admitted",
	} {
		if got := found(r, code); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

// TestWrongKey: without the key of the encryption at rest no Secret can be read, which is said of each.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	_, to := versions(t)
	b := cluster(t)
	path := filepath.Join(b.kubernetes, "encryption.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(text), "dGhp", "eGhp", 1))
	s := agree(t, b.args(t, "--binary", binary(t, "kube-apiserver", to), "--start-timeout", "40s")...)
	r := s.rehearsal(t)
	if got := append(found(r, "REHEARSE-002"), found(r, "REHEARSE-001")...); s.code != exit.Findings || len(got) == 0 {
		t.Errorf("code %d, %q\n%s", s.code, got, s.out)
	}
	t.Logf("%q", found(r, ""))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
