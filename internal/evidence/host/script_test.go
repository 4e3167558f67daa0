package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/remote"
)

// TestHarmless: what a program complains about reaches the reasons of a bundle,
// and may quote what it read.
func TestHarmless(t *testing.T) {
	for said, want := range map[string]string{
		"": "",
		"cat: /etc/kubernetes/manifests: Permission denied":                    "cat: /etc/kubernetes/manifests: Permission denied",
		"sed: can't read /etc/kubernetes/admin.conf: Permission denied":        "sed: can't read /etc/kubernetes/admin.conf: Permission denied",
		"there is no '/var/lib/kubelet'":                                       "there is no '/var/lib/kubelet'",
		"E: Type 'hunter2 x' is not known on line 1 in source list /etc/apt/a": "E: Type (redacted) is not known on line 1 in source list /etc/apt/a",
		"W: http://u:hunter2@apt/x ./ Release: The key":                        "W: (redacted) ./ Release: The key",
		"E: https://apt/y?token=hunter2 failed":                                "E: (redacted) failed",
		`E: Syntax error "hunter2`:                                             "E: Syntax error (redacted)",
		"u:hunter2@apt/x failed":                                               "(redacted) failed",
		"hunter2 " + strings.Repeat("x", saidLimit-8):                          strings.Repeat("x", saidLimit-8),
		"hunter2" + strings.Repeat("x", saidLimit):                             "",
	} {
		if got := harmless(whole(said)); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// TestSaid: what a host answers to being asked at all reaches reasons too; how
// it was reached, and what helps, stay.
func TestSaid(t *testing.T) {
	const host = "root@10.0.0.1"
	lost := func(err error) string {
		to := newMemory()
		Lost(to, host, "w1", err)
		return strings.TrimPrefix(to.notes["hosts/w1"], "failed: ")
	}
	for want, err := range map[string]error{
		"connecting to root@10.0.0.1 by way of me@bastion: no answer":                        fmt.Errorf("connecting to %s by way of me@bastion: %w", host, errors.New("no answer")),
		"connecting to root@10.0.0.1: ssh: disconnect (redacted)":                            fmt.Errorf("connecting to %s: %w", host, errors.New("ssh: disconnect token=hunter2")),
		"on root@10.0.0.1: the command ended with status 1: (redacted) x":                    &remote.ExitError{Host: host, Status: 1, Stderr: "https://u:hunter2@apt/ x"},
		"on root@10.0.0.1: the account's shell runs no commands (status 1): Type (redacted)": fmt.Errorf("on %s: the account's shell runs no commands (status 1): Type 'hunter2 x'", host),
		"on root@10.0.0.1: (redacted) no":                                                    fmt.Errorf("on %s: ...unter2 no", host),
	} {
		if got := lost(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := lost(&remote.SudoError{Host: host, User: "me", Said: "sudo: policy hunter2=1 denies"}); strings.Contains(got, "hunter2") ||
		!strings.HasPrefix(got, "on root@10.0.0.1: me may not become root: sudo -n: sudo: policy (redacted)") || !strings.Contains(got, "ALL=(root)") {
		t.Error(got)
	}
	to := newMemory()
	f := noisy{good(t, "w1")}
	f.answers["static-pods"] = "1 no\n"
	if _, err := Collect(t.Context(), f, to, Options{Now: now, Node: "w1"}); err != nil {
		t.Fatal(err)
	}
	if note := to.notes["hosts/w1/static-pods.yaml"]; strings.Contains(note, "hunter2") || !strings.Contains(note, "me may not become root") {
		t.Errorf("sudo's own words: %s", note)
	}
	f.answers["static-pods"] = "cut\n"
	if _, err := Collect(t.Context(), f, to, Options{Now: now, Node: "w1"}); err != nil {
		t.Fatal(err)
	}
	if note := to.notes["hosts/w1/static-pods.yaml"]; strings.Contains(note, "hunter2") || !strings.Contains(note, "the line broke at (redacted)") {
		t.Errorf("how it was lost: %s", note)
	}
}

// noisy is a host whose sudo and connection say too much.
type noisy struct{ fake }

func (n noisy) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if c.Root {
		return remote.Result{}, &remote.SudoError{Host: n.name, User: "me", Said: "sudo: pass=hunter2"}
	}
	result, err := n.fake.Run(ctx, c)
	if err != nil {
		err = fmt.Errorf("on %s: %w", n.name, errors.New("the line broke at https://u:hunter2@apt"))
	}
	return result, err
}
