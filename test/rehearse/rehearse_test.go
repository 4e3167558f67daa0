// Package rehearse rehearses with real programs: an etcd and two kube-apiservers, the data of a control plane that ran.
package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/rehearse"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
)

var cleanups []func()

func TestMain(m *testing.M) {
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
	err       error
}

// run runs the command in this process, in a world of its own.
func run(ctx context.Context, args ...string) said {
	var out, errs bytes.Buffer
	f := factory.New("fixline", terminal.Test(nil, &out, &errs), func(string) string { return "" })
	f.Now = time.Now
	cmd := rehearse.NewCmdRehearse(f, nil)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	exit.Print(&errs, "fixline", err)
	return said{out.String(), errs.String(), exit.Of(err), err}
}

var hash = regexp.MustCompile(`(?m)^hash: ([0-9a-f]{64})$`)

// agree runs --dry-run, and then the same with its hash.
func agree(t *testing.T, args ...string) said {
	t.Helper()
	dry := run(t.Context(), append(args, "--dry-run")...)
	m := hash.FindStringSubmatch(dry.out)
	if m == nil {
		t.Fatalf("--dry-run: %s%s", dry.out, dry.errs)
	}
	return run(t.Context(), append(args, "--yes", m[1], "-o", "json")...)
}

func (s said) rehearsal(t *testing.T) rehearsal.Rehearsal {
	t.Helper()
	var r rehearsal.Rehearsal
	if err := json.Unmarshal([]byte(s.out), &r); err != nil {
		t.Fatalf("%v\n%s%s", err, s.out, s.errs)
	}
	return r
}

func TestRehearse(t *testing.T) {
	from, to := versions(t)
	b := cluster(t)
	s := agree(t, "--snapshot", b.snapshot, "--kubernetes", b.kubernetes, "--etcd-binary", binary(t, "etcd", from),
		"--baseline", binary(t, "kube-apiserver", from), "--binary", binary(t, "kube-apiserver", to))
	r := s.rehearsal(t)
	t.Logf("%s\n%s", s.out, s.errs)
	if r.Result != rehearsal.Pass || s.code != exit.OK || r.Target != to {
		t.Errorf("result %s of %s, code %d", r.Result, r.Target, s.code)
	}
}
