package backup

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/backup"
	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/node"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// export adds the workloads as collect writes them, without Secrets, where a
// kubeconfig names the very cluster that is backed up: an export of another
// would be compared with what it is not.
func (o *Options) export(t *backup.Options) {
	gap := func(required bool, format string, args ...any) {
		t.Coverage = append(t.Coverage, archive.Gap{Check: "export", Reason: fmt.Sprintf(format, args...), Required: required})
	}
	if err := source.Reachable(o.Kube, *o.Kube.Context, o.Factory); err != nil {
		gap(len(o.given) > 0, "no workloads are exported for comparison: %v", err)
		return
	}
	at, err := source.Connect(o.Kube, *o.Kube.Context)
	if err != nil {
		gap(len(o.given) > 0, "no workloads are exported for comparison: %v", err)
		return
	}
	switch same, known := o.same(at.Config, t.Hosts); {
	case known && !same:
		gap(len(o.given) > 0, "no workloads are exported for comparison: the kubeconfig's %s has another authority than the host: it is another cluster", at.Label)
		return
	case !known && len(o.given) == 0:
		gap(false, "no workloads are exported for comparison: nothing says that the kubeconfig's %s is this cluster; name it with --context", at.Label)
		return
	}
	t.Export = func(ctx context.Context, path string) error { return o.collect(ctx, at, path) }
}

// same reports whether a kubeconfig trusts the authority of the host.
func (o *Options) same(config *rest.Config, hosts []node.Files) (same, known bool) {
	if len(hosts) == 0 {
		return false, false
	}
	own := bytes.TrimSpace(hosts[0].Content(node.Folder + "/pki/ca.crt"))
	ca := config.CAData
	if len(ca) == 0 && config.CAFile != "" {
		text, err := os.ReadFile(config.CAFile)
		if err != nil {
			return false, false
		}
		ca = text
	}
	if len(own) == 0 || len(ca) == 0 {
		return false, false
	}
	return bytes.Equal(bytes.TrimSpace(ca), own), true
}

// collect writes the bundle.
func (o *Options) collect(ctx context.Context, at source.Connection, path string) error {
	w, err := pack.Create(path, pack.Options{})
	if err != nil {
		return err
	}
	defer w.Abort()
	began := o.Factory.Now()
	known, err := kube.Collect(ctx, at.Config, w, kube.CollectOptions{
		Version: build.Version(), Timeout: at.Timeout, Now: o.Factory.Now, Early: func(kube.Collected) {},
		Progress: func(p kube.Progress) { o.Factory.Progress.Step("exporting the workloads, %d lists to go", p.Left) },
	})
	if err != nil {
		return source.LiveError(ctx, fmt.Errorf("asking cluster %s: %w", at.Label, err))
	}
	for _, what := range []string{"hosts", "helm-releases"} {
		w.Note(evidence.Check{Asked: what, State: evidence.NotAsked, Reason: "it is an export for comparison with a restored cluster"})
	}
	_, err = w.Commit(evidence.Manifest{Cluster: at.Label, Server: known.Server, Program: "fixline " + build.Version(),
		Started: began.UTC().Format(time.RFC3339), Finished: o.Factory.Now().UTC().Format(time.RFC3339), Warnings: known.Warnings, Clocks: known.Clocks})
	return err
}
