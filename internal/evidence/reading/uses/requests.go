package uses

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// requested are the gauges of requested deprecated APIs. What one server
// answers for the cluster is left out where every server spoke for itself: it
// is one of them.
func (r *Reader) requested() []removal.Use {
	var out []removal.Use
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		m := r.files[name].metrics
		if m == nil || name == metricsFile && r.everyServer() {
			continue
		}
		for _, asked := range m.Deprecated {
			out = append(out, r.judge.gauge(asked, serverOf(name), m))
		}
	}
	return out
}

// gauge reads "GROUP/VERSION RESOURCE[/SUBRESOURCE]".
func (j judge) gauge(asked, server string, m *evidence.Metrics) removal.Use {
	gv, resource, _ := strings.Cut(asked, " ")
	group, v, ok := strings.Cut(gv, "/")
	if !ok {
		group, v = "", gv
	}
	resource, _, _ = strings.Cut(resource, "/")
	u := removal.Use{GVK: removal.GVK{Group: group, Version: v}, Source: removal.Metric, Resource: resource, Server: server, Since: stamp(m.Started)}
	if l, ok := j.table.ByResource(group, v, resource); ok {
		u.Kind = l.Kind
	}
	if release, err := version.ParseMinor(m.Removals[asked]); err == nil {
		u.RemovedRelease = release
	}
	return u
}

// serverOf is the address of apiservers/ADDRESS/metrics.txt, "" of metrics.txt.
// In names of folders the port stands behind an underscore.
func serverOf(name string) string {
	address := path.Base(path.Dir(name))
	if address == "." {
		return ""
	}
	if at := strings.LastIndexByte(address, '_'); at >= 0 {
		address = address[:at] + ":" + address[at+1:]
	}
	return address
}

// everyServer: the servers are known by address, and the metrics of each were
// read.
func (r *Reader) everyServer() bool {
	silent, known := r.silent()
	return known > 0 && len(silent) == 0
}

// silent are the API servers that were asked for their metrics and gave none;
// known is how many there are by address.
func (r *Reader) silent() (silent []evidence.Check, known int) {
	for _, asked := range slices.Sorted(maps.Keys(r.notes)) {
		if !strings.HasPrefix(asked, servers+"/") {
			continue
		}
		known++
		if c := r.notes[asked]; c.State != evidence.Read {
			silent = append(silent, c)
		}
	}
	return silent, known
}
