// Package host carries out the steps of a plan that are commands on a host:
// packages, images, kubeadm, the kubelet. It runs the commands of the plan as
// they stand there, as root, and none that a step of its kind does not have;
// each goes on there when the connection is lost, and is found again by
// the next run. It decides nothing, and never takes an exit status for the state
// of the world: [Hands.Look] looks. Start at [New].
package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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
	// Plan is the hash of the plan whose steps these are.
	Plan string
	// Begun tells whether the journal has a step as begun, in this run or an
	// earlier one; nil = none is.
	Begun func(step string) bool
	Now   func() time.Time
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
	if o.Begun == nil {
		o.Begun = func(string) bool { return false }
	}
	return &Hands{o: o, did: map[string]bool{}}
}

// Kinds are those of steps that are commands on hosts.
func Kinds() []plan.Kind {
	return []plan.Kind{plan.PackageHold, plan.PackageRepository, plan.ImagePull, plan.KubeadmPackage, plan.KubeletPackage,
		plan.KubectlPackage, plan.KubeadmApply, plan.KubeadmNode}
}

// Do runs the commands of a step, one after the other; the first that fails ends
// it. One that an earlier run began is waited for.
func (h *Hands) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	if err := Known(s); err != nil {
		return err
	}
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return err
	}
	first, err := h.first(ctx, r, s, log)
	if err != nil {
		return err
	}
	renews := (s.Kind == plan.KubeadmApply || s.Kind == plan.KubeadmNode) && len(s.Components) > 0
	if renews && first == 0 {
		log.Note("before: " + certificates(ctx, r))
	}
	for i, text := range s.Commands {
		if i < first {
			continue
		}
		out, err := h.run(ctx, r, h.unitOf(s, i), text, log)
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
	if renews {
		log.Note("after: " + certificates(ctx, r))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.did[s.ID] = true
	return nil
}

// certificates says when the first of a control plane's certificates expires, as
// kubeadm has it: an upgrade renews them
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/).
func certificates(ctx context.Context, r remote.Runner) string {
	out, err := ask(ctx, r, "kubeadm certs check-expiration -o json")
	if err != nil {
		return "when certificates expire is not known: " + err.Error()
	}
	var all struct {
		Certificates []struct {
			Name       string    `json:"name"`
			Expiration time.Time `json:"expirationDate"`
		} `json:"certificates"`
	}
	// kubeadm says before the JSON where it read its configuration.
	if err := json.Unmarshal([]byte(out[max(0, strings.Index(out, "{")):]), &all); err != nil || len(all.Certificates) == 0 {
		return "when certificates expire is not known: kubeadm certs check-expiration answered something else"
	}
	first := all.Certificates[0]
	for _, c := range all.Certificates {
		if c.Expiration.Before(first.Expiration) {
			first = c
		}
	}
	return fmt.Sprintf("of %d certificates the first to expire is %s, on %s", len(all.Certificates), first.Name, first.Expiration.UTC().Format("2006-01-02"))
}

const diff = "sudo kubeadm upgrade diff "

// expected: what kubeadm says it would do is what the plan says. Flags that it
// takes away or adds are kept in the record.
func expected(s *plan.Step, command, out string, log *apply.Log) error {
	switch {
	case strings.HasPrefix(command, "sudo kubeadm upgrade plan ") && !regexp.MustCompile(`kubeadm upgrade apply v`+regexp.QuoteMeta(s.To)+`(\s|$)`).MatchString(out):
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
		return progress.Look{State: progress.Unclear, Says: err.Error()}, nil //nolint:nilerr // what the plan asks for is a person's to judge
	}
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return progress.Look{}, err
	}
	if i, err := h.left(ctx, r, s); err != nil || i >= 0 {
		if err != nil {
			return progress.Look{}, err
		}
		return under(s, i), nil
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
