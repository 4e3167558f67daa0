package assess

import (
	"context"
	"runtime"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/report"
)

// line is what the table of a large fleet keeps of one cluster.
type line struct {
	brief report.Brief
	code  exit.Code
}

// table judges every cluster and writes the fleet's table: a result is gone
// once its line is made, so that ten thousand never are in memory at once.
func (f *fleet) table(ctx context.Context, o *Options) (exit.Code, error) {
	frame := f.assessor.Join(nil)
	worker := func() func(inventory.Cluster) line {
		a := f.assessor.Fork()
		return func(c inventory.Cluster) line {
			r := a.Assess(c)
			return line{report.BriefOf(r, frame.Catalog), clusterCode(&r, frame.Catalog.Stale, f.failOn)}
		}
	}
	code := exit.OK
	var briefs []report.Brief
	err := inOrder(ctx, values(f.clusters), runtime.GOMAXPROCS(0), worker, func(l line) error {
		briefs = append(briefs, l.brief)
		code = exit.Worst(code, l.code)
		return nil
	})
	if err != nil {
		return exit.Failed, err
	}
	frame.Clusters = []assess.ClusterResult{}
	return code, o.Output.WriteTable(o.Factory, frame, briefs)
}
