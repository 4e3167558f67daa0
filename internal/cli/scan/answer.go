package scan

import (
	"context"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/evidence/reading/uses"
)

// Question asks about the API versions of one cluster; the fields are those of
// [Options].
type Question struct {
	Source   source.Options
	Target   string
	AsOf     flags.Date
	Rules    []string
	Addons   map[string]string
	AuditLog []string
	Helm     bool
}

// Ask reads one cluster from end to end and says who in it writes, holds or
// calls which API version, for commands that go on from there: the evidence is
// part of the answer. What else the upgrade would break is not in it, and
// nothing is accepted.
func Ask(ctx context.Context, f *factory.Factory, q Question) (scan.Result, source.Evidence, error) {
	o := &Options{Factory: f, Target: q.Target, AsOf: q.AsOf, Rules: q.Rules, Addons: q.Addons,
		cluster: clusterOptions{Options: q.Source, AuditLog: q.AuditLog, Helm: q.Helm, asked: true}}
	basis, err := o.basis()
	if err != nil {
		return scan.Result{}, source.Evidence{}, err
	}
	r := uses.New(basis.Table, basis.Move())
	c, err := o.cluster.Whole(ctx, f, r, q.Helm)
	if err != nil {
		return scan.Result{}, source.Evidence{}, err
	}
	o.addUses(basis, r)
	if err := o.addAuditLogs(ctx, basis); err != nil {
		return scan.Result{}, source.Evidence{}, err
	}
	return scan.Judge(basis), c, nil
}
