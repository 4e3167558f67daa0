package host

import (
	"strings"
	"testing"
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
		if got := harmless(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
