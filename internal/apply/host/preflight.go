package host

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Problem is something about the packages of a host.
type Problem struct {
	Node, Package, Version string
	// Blocks: the plan cannot be carried out; else only its way back is affected.
	Blocks bool
	Says   string
}

// Preflight asks the hosts of a plan, before anything is changed, whether the
// packages of its first hop can be had, and those that are installed now can be
// had again. What comes from a repository that a step of the plan switches to
// first is asked by the gate of that step. A command that would not be run is a
// *[CommandError]. It changes nothing.
func (h *Hands) Preflight(ctx context.Context, p *plan.Plan) ([]Problem, error) {
	out := []Problem{}
	for i := range p.Steps {
		if s := &p.Steps[i]; slices.Contains(Kinds(), s.Kind) {
			if err := Known(s); err != nil {
				return nil, err // not half-way through the plan
			}
		}
	}
	switched, asked := map[string]bool{}, map[[2]string]bool{}
	for i := range p.Steps {
		s := &p.Steps[i]
		switch s.Kind {
		case plan.PackageRepository:
			switched[s.Node] = true
		case plan.KubeadmPackage, plan.KubeletPackage, plan.KubectlPackage:
			key := [2]string{s.Node, s.Components[0]}
			if asked[key] {
				continue // a later hop
			}
			asked[key] = true
			found, err := h.obtainable(ctx, s, switched[s.Node])
			if err != nil {
				return out, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

func (h *Hands) obtainable(ctx context.Context, s *plan.Step, switched bool) ([]Problem, error) {
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return nil, err
	}
	name := s.Components[0]
	offered, err := Offers(ctx, r, name)
	if err != nil {
		return nil, err
	}
	at, err := Installed(ctx, r, name)
	if err != nil {
		return nil, err
	}
	var out []Problem
	if now := upstream(at.Version); now != "" && !slices.Contains(offered, plain(now)) {
		out = append(out, Problem{s.Node, name, now, false,
			fmt.Sprintf("%s %s, which %s has now, is offered no more: to go back to it by package is not possible", name, now, s.Node)})
	}
	if switched || slices.Contains(offered, s.To) {
		return out, nil
	}
	lines, err := ask(ctx, r, sources(name)) // in which a URL may have a password
	if err != nil {
		return nil, err
	}
	want, err := version.Parse(s.To)
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", s.ID, err)
	}
	return append(out, Problem{s.Node, name, s.To, true, missing(s.Node, name, s.To, offered, Masked(lines), want.Minor())}), nil
}

// sources is a script for the lines by which a host finds a package: those with
// the address that apt has it from now, else those that speak of Kubernetes.
func sources(name string) string {
	return `lines() { grep -rHn "$@" /etc/apt/sources.list /etc/apt/sources.list.d /etc/yum.repos.d 2>/dev/null | grep -v ':[0-9]*:#' | head -5; }
for url in $(apt-cache madison ` + remote.Quote(name) + ` 2>/dev/null | cut -d'|' -f3 | awk '{print $1}' | sort -u); do
	found=$(lines -F -e "$url")
	echo "${found:-$url}"
done | grep . || lines -E -e 'kubernetes|k8s' || :`
}

var (
	ofMinor = regexp.MustCompile(`/v1\.\d+/`)
	place   = regexp.MustCompile(`^/[^:]*:\d+:`) // of a line, as grep says it
)

// missing says which repository a host reads, what it offers, and the line to change.
func missing(node, name, want string, offered []string, lines string, minor version.Minor) string {
	says := fmt.Sprintf("%s offers %s %s, and not %s", node, name, orNothing(offered), want)
	if lines == "" {
		return says + "; no repository there has it, and none speaks of Kubernetes"
	}
	first := strings.SplitN(lines, "\n", 2)[0]
	says += "; it reads " + first
	if changed := ofMinor.ReplaceAllString(first, "/v"+minor.String()+"/"); changed != first {
		says += "; change that line to " + place.ReplaceAllString(changed, "")
	} else {
		says += "; after a change of the mirror: apt-get update"
	}
	return says
}

func plain(v string) string {
	if p, err := version.Parse(v); err == nil {
		return p.String()
	}
	return v
}

// Offered says for a gate whether a host offers some package of the version a
// step goes to, a minor or a release.
func (h *Hands) Offered(ctx context.Context, s *plan.Step) (bool, string, error) {
	r, err := h.o.Reach(ctx, s.Node)
	if err != nil {
		return false, "", err
	}
	look, err := repository(ctx, r, s)
	return look.State == progress.There, look.Says, err
}

// Kubeadm says for a gate whether kubeadm on a host is of a version.
func (h *Hands) Kubeadm(ctx context.Context, node, want string) (bool, string, error) {
	r, err := h.o.Reach(ctx, node)
	if err != nil {
		return false, "", err
	}
	out, err := ask(ctx, r, "kubeadm version -o short")
	if err != nil {
		return false, "", err
	}
	return out == "v"+want, "kubeadm on " + node + " is " + out, nil
}

// Window keeps what installs packages by itself from running on a host: the
// units that were active, which [Release] starts again.
func (h *Hands) Window(ctx context.Context, node string) ([]string, error) {
	r, err := h.o.Reach(ctx, node)
	if err != nil {
		return nil, err
	}
	out, err := ask(ctx, r, `for u in unattended-upgrades.service apt-daily.timer apt-daily-upgrade.timer dnf-automatic.timer dnf-automatic-install.timer; do
	[ "$(systemctl is-active $u 2>/dev/null)" = active ] && systemctl stop $u >&2 && echo $u
done; :`)
	if err != nil {
		return nil, err
	}
	return strings.Fields(out), nil
}

// Release starts what [Hands.Window] stopped.
func (h *Hands) Release(ctx context.Context, node string, units []string) error {
	if len(units) == 0 {
		return nil
	}
	r, err := h.o.Reach(ctx, node)
	if err != nil {
		return err
	}
	quoted := []string{}
	for _, u := range units {
		quoted = append(quoted, remote.Quote(u))
	}
	_, err = ask(ctx, r, "systemctl start "+strings.Join(quoted, " "))
	return err
}
