package hosts

import (
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
)

// TestSmoke is the main job on a real cluster, from nothing to nothing: it comes up, is assessed live, and is gone.
// The version is one that a public advisory is about and the next patch release closes.
func TestSmoke(t *testing.T) {
	w := up(t, cluster.Spec{Name: "smoke", Version: "1.37.0", ControlPlanes: 1, Workers: 1})
	w.exposed(t, pair{advisory: "CVE-2026-2270", from: "1.37.0", to: "1.37.1", asOf: "2026-11-20"})
	w.Down(t)
}
