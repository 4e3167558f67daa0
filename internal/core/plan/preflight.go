package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
)

// IgnoredCheck is a preflight check of kubeadm whose errors the steps of a plan
// ignore. Owner is who allowed it in the policy, Reason why.
type IgnoredCheck struct {
	Check  string `json:"check"`
	Owner  string `json:"owner"`
	Reason string `json:"reason"`
}

const ignoreFlag = "--ignore-preflight-errors"

// IgnoreFlag is what `kubeadm upgrade plan`, `apply` and `node` are told of the
// checks, with a space before it; "" where nothing is ignored. `kubeadm upgrade
// diff` has no such flag.
// Source: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-upgrade/
func IgnoreFlag(checks []IgnoredCheck) string {
	var names []string
	for _, c := range checks {
		names = append(names, c.Check)
	}
	if len(names) == 0 {
		return ""
	}
	return " " + ignoreFlag + "=" + strings.Join(names, ",")
}

// checkIgnored refuses a list that kubeadm would read as something else, or for
// which nobody answers.
func checkIgnored(checks []IgnoredCheck) error {
	for _, c := range checks {
		if err := kubeadm.Preflight(c.Check); err != nil {
			return fmt.Errorf("the list of ignored preflight errors: %w", err)
		}
		if strings.TrimSpace(c.Owner) == "" || strings.TrimSpace(c.Reason) == "" {
			return fmt.Errorf("the list of ignored preflight errors: %s names no owner or no reason", c.Check)
		}
	}
	return nil
}

// ignoring are the findings that say what is ignored and who allowed it.
func ignoring(checks []IgnoredCheck) []Finding {
	var out []Finding
	for _, c := range checks {
		out = append(out, found("PLAN-017", "Preflight/"+c.Check, fmt.Sprintf("every kubeadm upgrade of the plan goes on where the preflight check %s fails: %s allowed it in the policy: %s", c.Check, c.Owner, c.Reason)))
	}
	return out
}

// preflight refuses a step whose commands ignore errors that the plan does not
// name, or that hand kubeadm a file, in which they could be ignored unseen.
func (c *checker) preflight(s *Step) {
	for _, command := range s.Commands {
		if !strings.Contains(command, "kubeadm") {
			continue
		}
		plain := strings.NewReplacer(`'`, "", `"`, "", `\`, "").Replace(command)
		for _, m := range ignores.FindAllStringSubmatch(plain, -1) {
			for name := range strings.SplitSeq(m[1], ",") {
				c.ignores(s, name)
			}
		}
		if configured.MatchString(plain) {
			c.note(&Refusal{Code: "PLAN-016", Step: s.ID, Why: "it gives kubeadm upgrade a file with --config, in which preflight errors may be ignored unseen"})
		}
	}
}

// ignores is the flag in a command without quotes, and what it is given. kubeadm
// takes "_" for "-" in flags (kubernetes/cmd/kubeadm/app/kubeadm.go).
var ignores = regexp.MustCompile(`ignore[-_]preflight[-_]errors(?:=|\s+)?([^\s;&|()]*)`)

var configured = regexp.MustCompile(`kubeadm\s+upgrade\s[^;&|]*--config\b`)

// ignores judges one name of a command.
func (c *checker) ignores(s *Step, name string) {
	named := slices.ContainsFunc(c.ignored, func(have IgnoredCheck) bool { return kubeadm.SamePreflight(have.Check, name) })
	if err := kubeadm.Preflight(name); err != nil {
		c.note(&Refusal{Code: "PLAN-016", Step: s.ID, Why: "it ignores preflight errors: " + err.Error()})
	} else if !named {
		c.note(&Refusal{Code: "PLAN-016", Step: s.ID, Why: fmt.Sprintf("it ignores the preflight check %s, which the plan's own list (ignorePreflightErrors) does not name", name)})
	}
}
