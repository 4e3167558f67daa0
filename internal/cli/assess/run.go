package assess

import (
	"context"
	"io"
	"runtime"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/report"
)

// Run does what the options say and ends with the code of the contract.
func Run(ctx context.Context, o *Options) error {
	assessor, clusters, before, err := o.prepare(ctx)
	if err != nil {
		return err
	}
	var code exit.Code
	all := &fleet{assessor: assessor, failOn: o.FailOn.Value, clusters: clusters}
	switch format := report.Format(o.Output.Format.Value); {
	case before == nil && len(clusters) > 1 && format == report.JSON:
		err = o.Output.To(o.Factory, func(w io.Writer, _ bool) error {
			code, err = all.write(ctx, w)
			return err
		})
	case before == nil && report.Large(len(clusters)) && format == report.Text:
		code, err = all.table(ctx, o)
	default:
		code, err = o.report(ctx, assessor, clusters, before)
	}
	if err != nil {
		return err
	}
	if code == exit.Incomplete && (o.Output.ToFile() || o.Output.Format.Value != string(report.Text)) {
		o.Factory.IO.Notef("note: not a clean bill: the evidence is incomplete or the data stale (exit code 4)")
	}
	return exit.Result(code)
}

func (o *Options) report(ctx context.Context, a *assess.Assessor, clusters []inventory.Cluster, before *assess.Result) (exit.Code, error) {
	result, err := judge(ctx, a, clusters)
	if err != nil {
		return exit.Failed, err
	}
	if before != nil {
		since := assess.Compare(*before, result)
		result.Since = &since
	}
	return codeOf(result, o.FailOn.Value), o.Output.Write(o.Factory, result, output.Show{All: o.All})
}

// Judge reads the clusters and the facts, and joins them into a result.
func (o *Options) Judge(ctx context.Context) (assess.Result, error) {
	assessor, clusters, _, err := o.prepare(ctx)
	if err != nil {
		return assess.Result{}, err
	}
	return judge(ctx, assessor, clusters)
}

// prepare reads everything a judgement needs. What is wrong with the command
// line is said before a cluster is read.
func (o *Options) prepare(ctx context.Context) (*assess.Assessor, []inventory.Cluster, *assess.Result, error) {
	before, err := readEarlier(o.Since)
	if err != nil {
		return nil, nil, nil, err
	}
	facts, err := o.Knowledge.Load(ctx, o.Factory)
	if err != nil {
		return nil, nil, nil, err
	}
	basis, err := o.basis(facts)
	if err != nil {
		return nil, nil, nil, err
	}
	found, err := o.Source.Open(ctx, o.Factory)
	if err != nil {
		return nil, nil, nil, err
	}
	var clusters []inventory.Cluster
	for c, err := range found {
		if err != nil {
			return nil, nil, nil, err
		}
		clusters = append(clusters, c)
	}
	if len(clusters) == 0 {
		return nil, nil, nil, exit.Usagef("the source holds no cluster")
	}
	return assess.New(basis), clusters, before, nil
}

// basis is what every cluster is judged on.
func (o *Options) basis(facts knowledge.Facts) (assess.Basis, error) {
	b := assess.Basis{
		AsOf: facts.AsOf, Catalog: facts.Info, Advisories: facts.Advisories,
		Calendars: facts.Calendars, Skew: facts.Skew, Ownership: facts.Ownership, Cautions: facts.Cautions,
		Policy: facts.Policy, Accepted: facts.Accepted, Only: facts.Only, All: o.All,
	}
	if o.Target == "" {
		return b, nil
	}
	v, err := version.Parse(o.Target)
	if err != nil {
		return b, exit.Usagef("--target: %w", err)
	}
	if err := facts.CheckRelease(v); err != nil {
		return b, exit.WithHint(exit.Usagef("--target: %w", err), "fixline releases")
	}
	b.Target = v
	b.Compat, err = knowledge.Compat(nil)
	return b, err
}

// judge assesses every cluster on all cores and joins them in their order.
func judge(ctx context.Context, a *assess.Assessor, clusters []inventory.Cluster) (assess.Result, error) {
	results := make([]assess.ClusterResult, 0, len(clusters))
	err := inOrder(ctx, values(clusters), runtime.GOMAXPROCS(0), assessing(a), func(r assess.ClusterResult) error {
		results = append(results, r)
		return nil
	})
	if err != nil {
		return assess.Result{}, err
	}
	return a.Join(results), nil
}

// assessing gives each worker an Assessor of its own.
func assessing(a *assess.Assessor) func() func(inventory.Cluster) assess.ClusterResult {
	return func() func(inventory.Cluster) assess.ClusterResult { return a.Fork().Assess }
}

// codeOf is the exit code of a whole run: of each cluster, then the worst.
func codeOf(r assess.Result, failOn string) exit.Code {
	var codes []exit.Code
	for i := range r.Clusters {
		codes = append(codes, clusterCode(&r.Clusters[i], r.Catalog.Stale, failOn))
	}
	return exit.Worst(codes...)
}

func clusterCode(c *assess.ClusterResult, stale bool, failOn string) exit.Code {
	switch highest := finding.Severity(c.Highest()).Rank(); {
	case failOn != "none" && highest > 0 && highest >= finding.Severity(failOn).Rank():
		return exit.Findings
	case stale || !c.Clean():
		return exit.Incomplete
	}
	return exit.OK
}
