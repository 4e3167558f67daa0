package assess

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// fleet writes the JSON of many clusters while they are judged, so that the
// result of ten thousand never is in memory at once: what is kept of each is
// its inventory. The document is the one report.Write would write, with each
// cluster on a line of its own.
type fleet struct {
	assessor *assess.Assessor
	failOn   string
	clusters []inventory.Cluster
	// production are the results whose targets development may rehearse.
	production []assess.ClusterResult
}

// answer is what a worker makes of one cluster.
type answer struct {
	line []byte
	code exit.Code
	err  error
}

// write judges every cluster and writes the document; the code is the run's.
func (f *fleet) write(ctx context.Context, w io.Writer) (exit.Code, error) {
	if err := f.rehearse(ctx); err != nil {
		return exit.Failed, err
	}
	frame := f.assessor.Join(nil)
	frame.Clusters = []assess.ClusterResult{}
	frame.Rollout = assess.Rollout(f.named())
	head, tail, err := split(frame)
	if err != nil {
		return exit.Failed, err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	_, _ = out.Write(head) // a bufio.Writer keeps its first error for Flush
	code, separator := exit.OK, "\n"
	worker := func() func(inventory.Cluster) answer {
		a := f.assessor.Fork()
		return func(c inventory.Cluster) answer { return f.answer(a, c, frame.Catalog.Stale) }
	}
	err = inOrder(ctx, values(f.clusters), runtime.GOMAXPROCS(0), worker, func(a answer) error {
		if a.err != nil {
			return a.err
		}
		_, _ = out.WriteString(separator)
		_, _ = out.Write(a.line)
		separator = ",\n"
		code = exit.Worst(code, a.code)
		return nil
	})
	if err != nil {
		return exit.Failed, err
	}
	_, _ = out.Write(tail)
	return code, out.Flush()
}

func (f *fleet) answer(a *assess.Assessor, c inventory.Cluster, stale bool) answer {
	r := a.Assess(c)
	if c.Environment == "development" && len(f.production) > 0 {
		r = a.Join(append([]assess.ClusterResult{r}, f.production...)).Clusters[0]
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return answer{line: bytes.TrimRight(line.Bytes(), "\n"), code: clusterCode(&r, stale, f.failOn), err: err}
}

// rehearse judges production first, where there are development clusters to
// rehearse its targets. Clusters that run the same have the same target, so one
// of them is enough; of the results only what Join looks at is kept.
func (f *fleet) rehearse(ctx context.Context) error {
	var production []inventory.Cluster
	development, seen := false, map[string]bool{}
	for _, c := range f.clusters {
		development = development || c.Environment == "development"
		if c.Environment != "production" {
			continue
		}
		if key := runs(c); key == "" || !seen[key] {
			production = append(production, c)
			seen[key] = true
		}
	}
	if !development {
		return nil
	}
	return inOrder(ctx, values(production), runtime.GOMAXPROCS(0), assessing(f.assessor), func(r assess.ClusterResult) error {
		r.Advisories, r.OtherTargets, r.Findings = nil, nil, nil
		f.production = append(f.production, r)
		return nil
	})
}

// runs is equal for clusters whose target must be equal: the same components
// in the same versions, and nothing else known of them. "" where more is known.
func runs(c inventory.Cluster) string {
	if len(c.Facts.Settings)+len(c.Facts.Uses)+len(c.Facts.Namespaces)+len(c.Facts.CgroupVersion) > 0 || c.Facts.RBAC != nil || c.Available != nil {
		return ""
	}
	var key strings.Builder
	key.WriteString(c.Provider)
	for _, i := range c.Instances {
		fmt.Fprintf(&key, "|%s %s %s", i.Component, i.Version.Raw(), i.OS)
	}
	return key.String()
}

// named are results that hold what the rollout order is made of.
func (f *fleet) named() []assess.ClusterResult {
	out := make([]assess.ClusterResult, len(f.clusters))
	for i := range f.clusters {
		out[i].Name = f.clusters[i].Name
		if f.clusters[i].Environment != "" {
			out[i].Environment = &f.clusters[i].Environment
		}
	}
	return out
}

// split gives the document's text before and after the clusters.
func split(frame assess.Result) (head, tail []byte, err error) {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(frame); err != nil {
		return nil, nil, err
	}
	head, tail, _ = bytes.Cut(doc.Bytes(), []byte(`"clusters": []`))
	return append(bytes.Clone(head), `"clusters": [`...), append([]byte("\n  ]"), tail...), nil
}

func values[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}
