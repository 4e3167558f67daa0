package collect

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// collect runs the command in an empty home; the error is that of the run.
func collect(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	home := t.TempDir()
	f := factory.New("fixline", terminal.Test(nil, &out, &bytes.Buffer{}), func(name string) string {
		return map[string]string{"HOME": home}[name]
	})
	cmd := NewCmdCollect(f, nil)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetContext(context.Background())
	err = cmd.Execute()
	return out.String(), err
}

// TestUsage: what is wrong with the command line is said before anything is
// asked, and nothing is there afterwards. No cluster is reached here: a mistake
// that is overlooked fails by the kubeconfig, with other words.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	config := func(name, text string) string {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	config("kubeconfig", "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n"+
		"contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n")
	proxy := config("ssh_config", "Host cp1\n  ProxyCommand nc %h %p\n")
	broken := config("hosts.yaml", "apiVersion: fixline.dev/v1alpha1\nkind: HostInventory\nhosts:\n- {address: a, prot: 22}\n")
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"":                                         "--out is missing",
		"-O -":                                     "a bundle cannot go to the standard output",
		"-O b.tar.gz":                              "a bundle in one file ends in .tar.zst",
		"-O b.zst":                                 "a bundle in one file ends in .tar.zst",
		"-O b --timeout -1s":                       "less than no time",
		"-O b --kubelet all":                       `"all" is none of direct, proxy`,
		"-O b --ssh=":                              `--ssh: "" is no [USER@]HOST[:PORT]`,
		"-O b --ssh @cp1":                          `--ssh: "@cp1" is no`,
		"-O b --ssh cp1:ssh":                       `--ssh cp1:ssh: "cp1:ssh" is no`,
		"-O b --ssh nodes:99999":                   `--ssh nodes:99999: "nodes:99999" is no`,
		"-O b --ssh-key k":                         "none is named",
		"-O b --ssh cp1 --ssh-key none":            "--ssh-key: stat none: no such file",
		"-O b --ssh cp1 --ssh-known-hosts n":       "--ssh-known-hosts: stat n: no such file",
		"-O b --ssh cp1 --ssh-config none":         "open none: no such file",
		"-O b --ssh cp1 --ssh-config " + proxy:     "ProxyCommand is not followed",
		"-O b --ssh-hosts " + broken:               `hosts.yaml:4: hosts[0].prot`,
		"-O b --ssh-hosts none":                    "none: no such file",
		"-O b --hosts-only":                        "--hosts-only names no host",
		"-O b --hosts-only --ssh me@nodes":         "takes the nodes from the API server",
		"-O b --hosts-only --local --helm":         "need the API server",
		"-O b --hosts-only --local --context x":    "--context chooses a live cluster",
		"-O b --show":                              "--show and --rbac read nothing",
		"--rbac -o json":                           "no other form",
		"-O missing/b --kubeconfig kubeconfig":     "there is no folder missing",
		"-O kubeconfig --kubeconfig kubeconfig":    "file already exists",
		"-O b --kubeconfig kubeconfig --context y": `no context "y"`,
		"-O b --kubeconfig nothing":                "nothing: no such file",
		"-O b extra":                               `unexpected argument "extra"`,
	} {
		stdout, err := collect(t, strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) || stdout != "" {
			t.Errorf("%s: %v; want %q (stdout %q)", args, err, want, stdout)
		}
		if flag := strings.Contains(want, "is none of") || strings.Contains(want, "unexpected argument"); !flag && exit.Of(err) != exit.Usage {
			t.Errorf("%s: code %d", args, exit.Of(err))
		}
	}
	after, err := os.ReadDir(dir)
	if err != nil || len(after) != len(before) {
		t.Errorf("left behind: %v, %v", after, err)
	}
}

// TestHostsOnly: no cluster is asked, and a host that is not there is a gap.
func TestHostsOnly(t *testing.T) {
	out := filepath.Join(t.TempDir(), "b")
	stdout, err := collect(t, "-O", out, "--ssh", "me@127.0.0.1:1", "--hosts-only", "-o", "json")
	if exit.Of(err) != exit.Incomplete {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind": "Collection"`, `"server": null`, `"complete": false`, `"check": "hosts/me@127.0.0.1:1"`, "connection refused"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %s in %s", want, stdout)
		}
	}
	if _, err := os.Stat(filepath.Join(out, evidence.ManifestFile)); err != nil {
		t.Error(err)
	}
}

func TestShow(t *testing.T) {
	for _, tt := range []struct{ args, want, not string }{
		{"--show", "list pods", "secrets"},
		{"--show --helm", "list secrets", "nodes/proxy"},
		{"--show --kubelet direct", "nodes/configz", "nodes/proxy"},
		{"--show --kubelet proxy", "nodes/proxy", "nodes/configz"},
		{"--show --local", "dpkg-query -W", "secrets"},
		{"--show -o json", `"path": "/api/v1/pods"`, "secrets"},
		{"--rbac", "kind: ClusterRole", "secrets"},
		{"--show --rbac --helm", "- secrets", "nodes/proxy"},
	} {
		stdout, err := collect(t, strings.Fields(tt.args)...)
		if err != nil || !strings.Contains(stdout, tt.want) || strings.Contains(stdout, tt.not) {
			t.Errorf("%s: %v; want %q and no %q:\n%s", tt.args, err, tt.want, tt.not, stdout)
		}
	}
}
