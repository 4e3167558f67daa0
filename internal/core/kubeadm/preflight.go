package kubeadm

import (
	"fmt"
	"regexp"
	"strings"
)

// everyCheck is what kubeadm takes for all of its preflight checks.
const everyCheck = "all"

// checkName is how kubeadm calls a preflight check: "SystemVerification",
// "Port-6443", "FileAvailable--etc-kubernetes-manifests-etcd.yaml"
// (kubernetes/cmd/kubeadm/app/preflight/checks.go). It becomes part of a command.
var checkName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,127}$`)

// Preflight refuses what is not the name of one preflight check. Which checks a
// release has is kubeadm's to know: a name it does not have ignores nothing.
// Source: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-upgrade/
// (--ignore-preflight-errors), read on 2026-11-30.
func Preflight(name string) error {
	switch {
	case strings.EqualFold(name, everyCheck):
		return fmt.Errorf("%q ignores whatever kubeadm finds: name the checks", name)
	case !checkName.MatchString(name):
		return fmt.Errorf("%q is no preflight check of kubeadm, such as SystemVerification", name)
	}
	return nil
}

// SamePreflight reports whether two names are of one check: kubeadm looks at no
// case.
func SamePreflight(a, b string) bool { return strings.EqualFold(a, b) }
