package reading

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Required reports whether a judgement may rest on something that did not come
// back: what [Cluster] makes a required gap of. It judges the request alone, so
// a list that the server's own counts would answer for is required here.
func Required(c evidence.Check) bool {
	if c.State == evidence.Read {
		return false
	}
	access := evidence.Access{State: c.State, Reason: c.Reason}
	lists := evidence.Lists()
	if i := slices.IndexFunc(lists, func(l evidence.List) bool { return string(l.Resource) == c.Asked }); i >= 0 {
		return !optional(lists[i], access)
	}
	for _, name := range evidence.ConfigMapNames() {
		if c.Asked == string(evidence.ConfigMapResource(name)) {
			return requiredConfigMap(name) && !nothingToRead(access)
		}
	}
	return false
}

// requiredConfigMap: how kubeadm set a cluster up decides no verdict.
func requiredConfigMap(name string) bool { return name != "kubeadm-config" }

// nothingToRead is a ConfigMap that does not exist, as opposed to a file of it
// that is not in a folder.
func nothingToRead(a evidence.Access) bool {
	return a.State == evidence.Absent && !strings.HasSuffix(a.Reason, "is not in the folder")
}
