package host

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/remote"
)

// ask runs a script that changes nothing, as root, and gives what it wrote.
func ask(ctx context.Context, r remote.Runner, script string) (string, error) {
	res, err := r.Run(ctx, remote.Command{Script: script, Root: true})
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(res.Stdout)), nil
}

// kubeadm looks at what runs after kubeadm upgrade. That of a worker leaves only
// files, so it is there once this run did it; done again it does no harm, nor does
// one of a control plane whose end was not seen
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/#recovering-from-a-failure-state).
func (h *Hands) kubeadm(ctx context.Context, s *plan.Step) (progress.Look, error) {
	moves := s.Moves()
	h.mu.Lock()
	did := h.did[s.ID]
	h.mu.Unlock()
	if len(moves) == 0 {
		if did {
			return progress.Look{State: progress.There, Says: "kubeadm upgrade node ended well on " + s.Node}, nil
		}
		return progress.Look{State: progress.Before, Says: "whether kubeadm wrote the configuration of " + s.Node + " cannot be seen; to write it again does no harm"}, nil
	}
	running, err := h.o.Cluster.Running(ctx, s.Node)
	if err != nil {
		return progress.Look{}, err
	}
	there, before, says := 0, 0, []string{}
	for _, m := range moves {
		at := running[m.Component]
		says = append(says, m.Component+" "+orNone(at))
		switch {
		case same(at, m.To):
			there++
		case m.From == "" || same(at, m.From) || at == "":
			before++
		default:
			return progress.Look{State: progress.Unclear, Says: fmt.Sprintf("%s on %s is at %s, which is neither %s, where the step starts, nor %s, where it ends", m.Component, s.Node, at, m.From, m.To)}, nil
		}
	}
	look := progress.Look{State: progress.Partly, Says: "on " + s.Node + " run " + strings.Join(says, ", ")}
	switch {
	case there == len(moves) && !did && h.o.Begun(s.ID):
		// It writes more after them: its configuration, that of the kubelets, add-ons.
		look.Says += "; kubeadm was begun, and is not known to have ended well: to run it again does no harm"
	case there == len(moves):
		look.State = progress.There
	case there == 0:
		look.State = progress.Before
	}
	return look, nil
}

func orNone(v string) string {
	if v == "" {
		return "(not ready)"
	}
	return v
}

// same compares versions as they are written with or without v and a revision of
// the package or image: "3.6.6-0" is 3.6.6.
func same(a, b string) bool {
	va, err := version.Parse(strings.TrimPrefix(a, "v"))
	if err != nil {
		return a == b
	}
	vb, err := version.Parse(strings.TrimPrefix(b, "v"))
	return err == nil && va.Compare(vb) == 0
}

// images looks with crictl, as kubeadm's packages bring it, or with containerd's own.
func images(ctx context.Context, r remote.Runner, s *plan.Step) (progress.Look, error) {
	var script strings.Builder
	script.WriteString(`if command -v crictl >/dev/null; then
	crictl version >/dev/null || exit
	has() { crictl inspecti -q "$1" >/dev/null 2>&1; }
else
	all=$(ctr -n k8s.io images ls -q) || exit
	has() { printf '%s\n' "$all" | grep -Fxq "$1"; }
fi
`)
	for _, c := range s.Commands {
		image := remote.Quote(c[strings.LastIndex(c, " ")+1:])
		fmt.Fprintf(&script, "has %s || echo %s\n", image, image)
	}
	missing, err := ask(ctx, r, script.String())
	switch lines := strings.Fields(missing); {
	case err != nil:
		return progress.Look{}, err
	case len(lines) == 0:
		return progress.Look{State: progress.There, Says: fmt.Sprintf("%d images are on %s", len(s.Commands), s.Node)}, nil
	case len(lines) == len(s.Commands):
		return progress.Look{State: progress.Before, Says: "none of the images is on " + s.Node}, nil
	default:
		return progress.Look{State: progress.Partly, Says: "not on " + s.Node + ": " + strings.Join(lines, ", ")}, nil
	}
}

func held(ctx context.Context, r remote.Runner, s *plan.Step) (progress.Look, error) {
	if m := exclude.FindStringSubmatch(s.Commands[0]); m != nil {
		out, err := ask(ctx, r, "grep '^exclude=' "+m[1]+" || :")
		if err != nil || out == "" {
			return progress.Look{State: progress.Before, Says: m[1] + " excludes nothing"}, err
		}
		return progress.Look{State: progress.There, Says: m[1] + " has " + out}, nil
	}
	out, err := ask(ctx, r, "apt-mark showhold")
	if err != nil {
		return progress.Look{}, err
	}
	want := strings.Fields(strings.TrimPrefix(s.Commands[0], "sudo apt-mark hold "))
	have := strings.Fields(out)
	missing := slices.DeleteFunc(slices.Clone(want), func(p string) bool { return slices.Contains(have, p) })
	switch len(missing) {
	case 0:
		return progress.Look{State: progress.There, Says: "held on " + s.Node + ": " + strings.Join(want, ", ")}, nil
	case len(want):
		return progress.Look{State: progress.Before, Says: "none of the packages is held on " + s.Node}, nil
	}
	return progress.Look{State: progress.Partly, Says: "not held on " + s.Node + ": " + strings.Join(missing, ", ")}, nil
}

// repository is there once the package lists have versions of the minor: the file
// alone may have been changed by a run that was killed before it read them.
func repository(ctx context.Context, r remote.Runner, s *plan.Step) (progress.Look, error) {
	offered, err := Offers(ctx, r, inventory.Kubeadm)
	if err != nil {
		return progress.Look{}, err
	}
	for _, v := range offered {
		if strings.HasPrefix(v, s.To+".") {
			return progress.Look{State: progress.There, Says: "the package repository of " + s.Node + " offers kubeadm " + v}, nil
		}
	}
	return progress.Look{State: progress.Before, Says: "the package repository of " + s.Node + " offers kubeadm " + orNothing(offered)}, nil
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "in no version"
	}
	return strings.Join(list, ", ")
}

// installed looks at a package, and at the kubelet that runs.
func (h *Hands) installed(ctx context.Context, r remote.Runner, s *plan.Step) (progress.Look, error) {
	if len(s.Components) != 1 {
		return progress.Look{State: progress.Unclear, Says: "a step for a package moves one component"}, nil
	}
	name := s.Components[0]
	at, err := Installed(ctx, r, name)
	if err != nil {
		return progress.Look{}, err
	}
	says := fmt.Sprintf("%s %s is installed on %s", name, orNone(at.Version), s.Node)
	if at.Broken != "" {
		return progress.Look{State: progress.Unclear, Says: fmt.Sprintf("the package %s of %s is in the state %q: look with dpkg --audit, mend it with dpkg --configure -a", name, s.Node, at.Broken)}, nil
	}
	if !same(upstream(at.Version), s.To) {
		return progress.Look{State: progress.Before, Says: says}, nil
	}
	if !at.Held && !at.Foreign {
		return progress.Look{State: progress.Partly, Says: says + ", and not held"}, nil
	}
	if s.Kind != plan.KubeletPackage {
		return progress.Look{State: progress.There, Says: says}, nil
	}
	running, err := h.o.Cluster.Running(ctx, s.Node)
	if err != nil {
		return progress.Look{}, err
	}
	if v := running[inventory.Kubelet]; !same(v, s.To) {
		return progress.Look{State: progress.Partly, Says: says + ", and " + orNone(v) + " runs"}, nil
	}
	return progress.Look{State: progress.There, Says: says + ", and runs"}, nil
}

// Package is one as a host has it.
type Package struct {
	Version string // of the package: "1.37.1-1.1"; "" = not installed
	Held    bool
	Broken  string // the state of dpkg where it is not well installed
	Foreign bool   // a package of rpm, which holds by exclusion
}

// Installed asks the package manager of a host.
func Installed(ctx context.Context, r remote.Runner, name string) (Package, error) {
	q := remote.Quote(name)
	out, err := ask(ctx, r, `if command -v dpkg-query >/dev/null; then dpkg-query -W -f='deb|${db:Status-Want}|${db:Status-Status}|${db:Status-Eflag}|${Version}\n' `+q+` 2>/dev/null || echo 'deb||||'; else rpm -q --qf 'rpm||||%{VERSION}-%{RELEASE}\n' `+q+` 2>/dev/null || echo 'rpm||||'; fi`)
	if err != nil {
		return Package{}, err
	}
	f := strings.Split(strings.SplitN(out, "\n", 2)[0], "|")
	if len(f) != 5 {
		return Package{}, fmt.Errorf("on %s: the package manager says %q of %s", r.Name(), out, name)
	}
	p := Package{Version: f[4], Held: f[1] == "hold", Foreign: f[0] == "rpm"}
	if f[0] == "deb" && f[2] != "" && (f[2] != "installed" || f[3] != "ok") {
		p.Broken = f[2] + " " + f[3]
		if f[2] == "config-files" || f[2] == "not-installed" {
			p = Package{}
		}
	}
	return p, nil
}

// Offers are the versions of a package that the repositories of a host offer, as
// upstream numbers them, the newest first.
func Offers(ctx context.Context, r remote.Runner, name string) ([]string, error) {
	q := remote.Quote(name)
	out, err := ask(ctx, r, `if command -v apt-cache >/dev/null; then apt-cache madison `+q+` | cut -d'|' -f2; else dnf -q --disableexcludes=kubernetes list --showduplicates `+q+` | awk '{print $2}'; fi`)
	if err != nil {
		return nil, err
	}
	found := map[version.Version]string{}
	for _, word := range strings.Fields(out) {
		if v, err := version.Parse(upstream(word)); err == nil {
			found[v] = v.String()
		}
	}
	versions := slices.SortedFunc(maps.Keys(found), func(a, b version.Version) int { return b.Compare(a) })
	list := []string{}
	for _, v := range versions {
		list = append(list, found[v])
	}
	return list, nil
}

var revision = regexp.MustCompile(`^(?:\d+:)?([^-]+)(?:-.*)?$`)

// upstream is the version of a package without epoch and revision.
func upstream(v string) string {
	if m := revision.FindStringSubmatch(v); m != nil {
		return m[1]
	}
	return v
}
