// Package host carries out the steps of a plan that are commands on a host:
// packages, images, kubeadm, the kubelet. It runs the commands of the plan as
// they stand there, as root, and none that a step of its kind does not have;
// each goes on on the host when the connection is lost, and is found again by
// the next run. It decides nothing, and never takes an exit status for the state
// of the world: [Hands.Look] looks. Start at [New].
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Cluster says what runs on a node, as the API has it.
type Cluster interface {
	// Running are the versions of the components that run on a node, "1.37.1" by
	// name; of static pods those whose containers are ready, of the others "".
	Running(ctx context.Context, node string) (map[string]string, error)
}

// Options of the hands.
type Options struct {
	// Reach gives the host of a node.
	Reach   func(ctx context.Context, node string) (remote.Runner, error)
	Cluster Cluster
	Now     func() time.Time
	// Poll is the pause between two looks at a command that runs.
	Poll time.Duration
	// Folder on a host keeps what runs there and what it writes; "" = /run/fixline.
	Folder string
}

// Hands do the steps of the kinds that [Kinds] lists.
type Hands struct {
	o Options

	mu  sync.Mutex
	did map[string]bool // steps that this run did and that leave nothing to look at
}

// New are hands for hosts.
func New(o Options) *Hands {
	o.Folder = cmp.Or(o.Folder, "/run/fixline")
	return &Hands{o: o, did: map[string]bool{}}
}

// Kinds are those of steps that are commands on hosts.
func Kinds() []plan.Kind {
	return []plan.Kind{plan.PackageHold, plan.PackageRepository, plan.ImagePull, plan.KubeadmPackage, plan.KubeletPackage,
		plan.KubectlPackage, plan.KubeadmApply, plan.KubeadmNode}
}

// Do runs the commands of a step, one after the other; the first that fails ends it.
func (h *Hands) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	if err := Known(s); err != nil {
		return err
	}
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return err
	}
	for i, text := range s.Commands {
		out, err := h.run(ctx, r, fmt.Sprintf("%s-%d", s.ID, i+1), text, log)
		var failed *FailedError
		if strings.HasPrefix(text, diff) && errors.As(err, &failed) {
			log.Note("what kubeadm would change in the manifests is not known: " + failed.Error())
			continue // it only shows
		}
		if err != nil {
			return err
		}
		if err := expected(s, text, out, log); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.did[s.ID] = true
	return nil
}

const diff = "sudo kubeadm upgrade diff "

// expected: what kubeadm says it would do is what the plan says. Flags that it
// takes away or adds are kept in the record.
func expected(s *plan.Step, command, out string, log *apply.Log) error {
	switch {
	case strings.HasPrefix(command, "sudo kubeadm upgrade plan ") && !strings.Contains(out, "kubeadm upgrade apply v"+s.To):
		return fmt.Errorf("kubeadm on %s does not offer the upgrade to %s that the plan expects: read what `kubeadm upgrade plan` said in the record", s.Node, s.To)
	case strings.HasPrefix(command, diff):
		for line := range strings.Lines(out) {
			sign, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			rest = strings.TrimSpace(rest)
			if flag, ok := strings.CutPrefix(rest, "- --"); ok && (sign == "+" || sign == "-") {
				log.Note("kubeadm " + map[string]string{"+": "adds", "-": "takes away"}[sign] + " in a manifest: --" + Masked(flag))
			}
			if image, ok := strings.CutPrefix(rest, "image: "); ok && sign == "+" && strings.Contains(image, "/kube-") && !strings.HasSuffix(image, ":v"+s.To) {
				return fmt.Errorf("kubeadm on %s would bring the image %s, and the plan expects %s", s.Node, image, s.To)
			}
		}
	}
	return nil
}

// Look says where the world stands with a step.
func (h *Hands) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	if err := Known(s); err != nil {
		return progress.Look{State: progress.Unclear, Says: err.Error()}, nil
	}
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return progress.Look{}, err
	}
	switch s.Kind {
	case plan.KubeadmApply, plan.KubeadmNode:
		return h.kubeadm(ctx, s)
	case plan.ImagePull:
		return images(ctx, r, s)
	case plan.PackageHold:
		return held(ctx, r, s)
	case plan.PackageRepository:
		return repository(ctx, r, s)
	}
	return h.installed(ctx, r, s)
}
