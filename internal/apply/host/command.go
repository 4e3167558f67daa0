package host

import (
	"fmt"
	"regexp"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Forms of commands, as package plan writes them. A plan is data that somebody
// may have edited: what has another form is not run.
var (
	hold     = regexp.MustCompile(`^sudo apt-mark hold (kubeadm kubelet kubectl|kubectl)$`)
	exclude  = regexp.MustCompile(`^grep -q '\^exclude=' (/etc/yum\.repos\.d/[\w.-]+) \|\| echo 'exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni' \| sudo tee -a (/etc/yum\.repos\.d/[\w.-]+)$`)
	switchTo = regexp.MustCompile(`^sudo sed -i -E 's#/v1\\\.\[0-9\]\+/#/v1\.\d+/#' /etc/(apt/sources\.list\.d|yum\.repos\.d)/[\w.-]+$`)
	refresh  = regexp.MustCompile(`^sudo (apt-get update|dnf makecache --disableexcludes=kubernetes)$`)
	pull     = regexp.MustCompile(`^sudo crictl pull [\w./:@-]+$`)
	mark     = regexp.MustCompile(`^sudo apt-mark (un)?hold (kubeadm|kubelet|kubectl)$`)
	install  = regexp.MustCompile(`^sudo apt-get install -y --allow-downgrades (kubeadm|kubelet|kubectl)='[\w.+~:*-]+'$`)
	dnf      = regexp.MustCompile(`^sudo dnf install -y '(kubeadm|kubelet|kubectl)-[\w.+~:*-]+' --disableexcludes=kubernetes$`)
	restart  = regexp.MustCompile(`^sudo systemctl (daemon-reload|restart kubelet)$`)
	upgrade  = regexp.MustCompile(`^sudo kubeadm upgrade (plan|diff|apply) v\d+\.\d+\.\d+( --yes)?( --ignore-preflight-errors=[\w,-]+)?$`)
	node     = regexp.MustCompile(`^sudo kubeadm upgrade node( --ignore-preflight-errors=[\w,-]+)?$`)
	anyCheck = regexp.MustCompile(`(?i)--ignore-preflight-errors=([\w-]*,)*all(,|$)`)
)

// forms are those that steps of a kind have.
func forms(k plan.Kind) []*regexp.Regexp {
	switch k {
	case plan.PackageHold:
		return []*regexp.Regexp{hold, exclude}
	case plan.PackageRepository:
		return []*regexp.Regexp{switchTo, refresh}
	case plan.ImagePull:
		return []*regexp.Regexp{pull}
	case plan.KubeadmPackage, plan.KubectlPackage:
		return []*regexp.Regexp{mark, install, dnf}
	case plan.KubeletPackage:
		return []*regexp.Regexp{mark, install, dnf, restart}
	case plan.KubeadmApply:
		return []*regexp.Regexp{upgrade}
	case plan.KubeadmNode:
		return []*regexp.Regexp{node}
	}
	return nil
}

// CommandError is a command that no step of its kind has.
type CommandError struct {
	Step    string
	Kind    plan.Kind
	Command string
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("step %s: %q is no command of a %s step, so it is not run", e.Step, e.Command, e.Kind)
}

// Hint is what to do next.
func (e *CommandError) Hint() string {
	return "make the plan again (fixline plan), or do this step by hand and say so (fixline apply --done)"
}

// moved is the package or version that a command with a known form moves.
var (
	moved   = regexp.MustCompile(`(?:hold |downgrades |install -y ')(kubeadm|kubelet|kubectl)(?:(?:='|-)([^']+)'|$)`)
	goal    = regexp.MustCompile(`kubeadm upgrade (?:plan|diff|apply) v(\S+)`)
	pointed = regexp.MustCompile(`#/v(1\.\d+)/#'`)
)

// meant: a command brings the version, and moves the package, that its step says.
func meant(s *plan.Step, text string) bool {
	if m := moved.FindStringSubmatch(text); m != nil && s.Kind != plan.PackageHold {
		return len(s.Components) == 1 && m[1] == s.Components[0] && (m[2] == "" || same(upstream(m[2]), s.To))
	}
	if m := goal.FindStringSubmatch(text); m != nil {
		return same(m[1], s.To)
	}
	if m := pointed.FindStringSubmatch(text); m != nil {
		return m[1] == s.To
	}
	return true
}

// Known holds that every command of a step has a form that steps of its kind
// have, and brings what the step says; the error is a *[CommandError].
func Known(s *plan.Step) error {
	if len(s.Commands) == 0 {
		return &CommandError{s.ID, s.Kind, ""}
	}
	for _, text := range s.Commands {
		known := false
		for _, form := range forms(s.Kind) {
			known = known || form.MatchString(text)
		}
		if !known || anyCheck.MatchString(text) || !meant(s, text) {
			return &CommandError{s.ID, s.Kind, text}
		}
	}
	return nil
}
