package target

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/version"
)

func TestWantedSaysWhatIsNotOffered(t *testing.T) {
	for offered, want := range map[string]bool{"1.34.4": true, "1.34.5-1.1": false} {
		in := wanted(input("1.34.1", "CVE-A"), "1.34.5")
		in.Available, in.AvailableSource = []version.Version{version.MustParse(offered)}, "apt on cp1"
		got := NewTable(calendar(), on("2026-03-15"), []string{"kube-apiserver"}, []Defect{bypass}).Choose(in)
		if said := strings.Contains(got.Reason, "apt on cp1 does not offer it now"); said != want {
			t.Errorf("offered %s: %s", offered, got.Reason)
		}
	}
}
