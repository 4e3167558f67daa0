package ssh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]target{
		"cp1":               {"", "cp1", 0},
		"root@10.0.0.1":     {"root", "10.0.0.1", 0},
		"root@cp1:2222":     {"root", "cp1", 2222},
		"a@[fd00::1]:22":    {"a", "fd00::1", 22},
		"[fd00::1]":         {"", "fd00::1", 0},
		"fd00::1":           {"", "fd00::1", 0},
		"ssh://u@h:22":      {"u", "h", 22},
		"me@corp@bastion.x": {"me@corp", "bastion.x", 0},
	} {
		if got, err := parseTarget(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "@h", "u@", "u:secret@h", "h:0", "h:x", "-oProxyCommand=x", "h h", "u@h:70000"} {
		if got, err := parseTarget(bad); err == nil {
			t.Errorf("%q is taken as %+v", bad, got)
		}
	}
}

func config(t *testing.T, text string) *Config {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadConfig(true, file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWay(t *testing.T) {
	opts := Options{Home: "/home/me", LocalUser: "me", Agent: "/agent", Config: config(t, `
Host cp1
  HostName 10.0.0.1
  ProxyJump bastion
  HostKeyAlias cluster-cp1
Host bastion
  HostName bastion.example
  Port 2222
  User jump
  ProxyJump outer
Host *
  User admin
  IdentityFile "~/.ssh/a key"
  IdentityFile ~/.ssh/%r
  IdentitiesOnly yes
  UserKnownHostsFile ~/known_%n "~/other known"
  GlobalKnownHostsFile /dev/null
`)}
	var got []string
	ways := func(opts Options) string {
		hops, err := way(opts)
		if err != nil {
			return err.Error()
		}
		got = nil
		for _, h := range hops {
			got = append(got, h.String())
		}
		return strings.Join(got, " > ")
	}
	opts.Target = "cp1"
	hops, err := way(opts)
	if err != nil {
		t.Fatal(err)
	}
	last := hops[len(hops)-1]
	want := hop{alias: "cp1", host: "10.0.0.1", port: 22, user: "admin", keyAlias: "cluster-cp1", agent: "/agent", only: true,
		keyFiles:   []string{"/home/me/.ssh/a key", "/home/me/.ssh/admin"},
		knownHosts: []string{"/home/me/known_cp1", "/home/me/other known", "/dev/null"}}
	if diff := cmp.Diff(want, last, cmp.AllowUnexported(hop{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if last.known() != "cluster-cp1:22" {
		t.Errorf("known as %s", last.known())
	}
	for _, tt := range []struct{ target, jump, want string }{
		{"cp1", "", "admin@outer > jump@bastion.example:2222 > admin@10.0.0.1"},
		{"root@cp1:23", "none", "root@10.0.0.1:23"},
		{"other", "x@a:1,b", "x@a:1 > admin@b > admin@other"},
		{"other", "", "admin@other"},
	} {
		opts.Target, opts.Jump = tt.target, tt.jump
		if got := ways(opts); got != tt.want {
			t.Errorf("%s by %q: %s", tt.target, tt.jump, got)
		}
	}
}

func TestNotFollowed(t *testing.T) {
	for _, tt := range []struct{ config, want string }{
		{"Host a\n  ProxyCommand nc %h %p\n", "ProxyCommand is not followed"},
		{"Host b\n  ProxyCommand nc\n", ""},
		{"Host *\n  ProxyCommand none\n", ""},
		{"Host *\n  RevokedHostKeys /etc/ssh/revoked\n", "RevokedHostKeys is not followed"},
		{"Host a\n  ProxyJump a\n", "does one name itself"},
		{"Host a\n  Port many\n", `Port "many"`},
	} {
		_, err := way(Options{Target: "a", Config: config(t, tt.config)})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v", tt.config, err)
		}
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("Match exec true\n  User x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadConfig(true, file); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "Match") {
		t.Errorf("Match exec: %v", err)
	}
	if _, err := LoadConfig(true, file+".no"); err == nil {
		t.Error("a named file that is missing passes")
	}
	if _, err := LoadConfig(false, file+".no"); err != nil {
		t.Errorf("the user's own configuration need not exist: %v", err)
	}
}

// TestWayNames: a mistake is said without a connection.
func TestWayNames(t *testing.T) {
	opts := Options{Target: "cp1:2222", LocalUser: "me", Jump: "jump@bastion"}
	names, err := Way(opts)
	if diff := cmp.Diff([]string{"jump@bastion", "me@cp1:2222"}, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []Options{{Target: "cp1:ssh"}, {Target: "cp1", Jump: "a b"}, {Target: "cp1", Config: config(t, "Host cp1\n ProxyCommand nc\n")}} {
		if names, err := Way(bad); err == nil {
			t.Errorf("%+v is by way of %v", bad, names)
		}
	}
}
