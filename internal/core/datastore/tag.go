package datastore

import (
	"regexp"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

const kubeadmSource = "https://github.com/kubernetes/kubernetes/blob/v1.34.2/cmd/kubeadm/app/phases/upgrade/staticpods.go"

// semantic is what kubeadm takes for a tag (k8s.io/apimachinery's
// ParseSemantic, with _ for +).
var semantic = regexp.MustCompile(`^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$`)

// readTag is the version a pinned tag names, as kubeadm reads it.
func readTag(tag string) (version.Version, bool) {
	text := strings.Replace(tag, "_", "+", 1)
	if !semantic.MatchString(text) {
		return version.Version{}, false
	}
	v, err := version.Parse(text)
	return v, err == nil
}
