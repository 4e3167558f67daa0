package rehearse

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/backup/prove"
	backupcmd "github.com/fixline-dev/fixline/internal/cli/backup"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/lab/program"
)

// olderVar names Kubernetes versions, oldest first, whose first runs on etcd 3.5; `make e2e` sets it.
const olderVar = "FIXLINE_TEST_OLDER"

// etcd35 is one from which the step to 3.6 is safe, and etcd36 one that reads what it restored.
const etcd35, etcd36 = "3.5.33", "3.6.16"

// TestOlder: a cluster on etcd 3.5 is backed up, the backup proven in an etcd 3.5, and its snapshot rehearsed over two
// minors, one after the other, held to the version that wrote it.
func TestOlder(t *testing.T) {
	list := strings.FieldsFunc(os.Getenv(olderVar), func(r rune) bool { return r == ',' || r == ' ' })
	if len(list) < 2 {
		t.Skipf("needs programs that take minutes to build: make e2e, or %s=1.33.13,1.34.2,1.35.4, runs it", olderVar)
	}
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: list[0], EtcdVersion: etcd35})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cp.Stop() }) // what it stored was saved by then
	if err := fill(cp, "testdata/cluster.yaml"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := at(dir)
	if err := save(cp, b.snapshot); err != nil {
		t.Fatal(err)
	}
	for to, from := range map[string]string{filepath.Join(b.kubernetes, "pki"): filepath.Join(cp.Dir(), "pki"), b.kubernetes: "testdata/kubernetes"} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("backup", func(t *testing.T) {
		programs := binaries(t, etcd35, "etcd", "etcdutl")
		pki := filepath.Join(cp.Dir(), "pki")
		args := []string{"-O", filepath.Join(t.TempDir(), "backups"), "--plaintext", "--endpoints", cp.EtcdEndpoint(), "--cacert", filepath.Join(pki, "etcd", "ca.crt"),
			"--cert", filepath.Join(pki, "apiserver-etcd-client.crt"), "--key", filepath.Join(pki, "apiserver-etcd-client.key"), "--etcd-binary", programs, "--name", "old", "-o", "json"}
		var intent struct{ Hash string }
		if err := json.Unmarshal([]byte(takeBackup(t, exit.OK, append(args, "--dry-run")...)), &intent); err != nil {
			t.Fatal(err)
		}
		var got struct{ Proof prove.Proof }
		if err := json.Unmarshal([]byte(takeBackup(t, exit.OK, append(args, "--yes", intent.Hash)...)), &got); err != nil {
			t.Fatal(err)
		}
		if got.Proof.Result != prove.Pass || got.Proof.Programs == nil || got.Proof.Programs.Version != etcd35 {
			t.Errorf("%+v", got.Proof)
		}
	})
	t.Run("rehearse", func(t *testing.T) {
		args := []string{"--snapshot", b.snapshot, "--kubernetes", b.kubernetes, "--etcd-binary", filepath.Join(binaries(t, etcd36, "etcd"), "etcd"),
			"--baseline", binary(t, "kube-apiserver", list[0])}
		for _, version := range list[1:] {
			args = append(args, "--binary", binary(t, "kube-apiserver", version))
		}
		begun := time.Now()
		s := agree(t, args...)
		r := s.rehearsal(t)
		t.Logf("%.1f s\n%s", time.Since(begun).Seconds(), s.errs)
		var hops []string
		for _, h := range r.Hops {
			hops = append(hops, h.Version)
			if states(h) != allPass {
				t.Errorf("%s: %s", h.Version, states(h))
			}
		}
		if diff := cmp.Diff(list[1:], hops); diff != "" || r.Result != rehearsal.Pass || s.code != exit.OK || len(found(r, "")) > 0 {
			t.Errorf("%s%s, code %d, %q", diff, r.Result, s.code, found(r, ""))
		}
	})
}

// takeBackup runs the command in this process and returns what it printed.
func takeBackup(t *testing.T, want exit.Code, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := backupcmd.NewCmdBackup(factory.New("fixline", terminal.Test(nil, &out, &errs), func(string) string { return "" }), nil)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(context.WithoutCancel(t.Context()))
	if code := exit.Of(err); code != want {
		t.Fatalf("fixline backup: code %d, want %d: %v\n%s%s", code, want, err, &out, &errs)
	}
	return out.String()
}

// binaries gives a folder with programs of an etcd.
func binaries(t *testing.T, version string, names ...string) string {
	t.Helper()
	store, err := program.Open(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	var all []program.Program
	for _, name := range names {
		all = append(all, program.Program{Name: name, Version: version})
	}
	paths, err := store.Paths(t.Context(), all...)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(paths[0])
}
