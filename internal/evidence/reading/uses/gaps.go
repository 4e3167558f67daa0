package uses

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Gap is something that was not read, and so may hide a use.
type Gap struct {
	Check, Reason string
	// Required: a verdict may rest on it. What nobody asked for is not.
	Required bool
	Hint     string // what to do about it, "" for nothing
}

// Gaps are what was not read. Lists of kinds whose API versions all stay as
// they are hide nothing and are none. audited: audit logs were read, which say
// more than the gauges of an API server.
func (r *Reader) Gaps(audited bool) []Gap {
	out := r.listGaps()
	out = append(out, r.unlisted()...)
	out = append(out, r.writerGaps()...)
	out = append(out, r.releaseGaps()...)
	out = append(out, r.requestGaps(audited)...)
	if r.From() == (version.Minor{}) {
		out = append(out, Gap{Check: "version of the API server", Required: false, Reason: reason(r.notes[string(evidence.ServerVersionFile)]) +
			"; what it does not serve any more already counts like what the upgrade takes away"})
	}
	return append(out, Gap{Check: "objects of custom resources", Reason: "they are not listed; what manifests and Helm releases hold of them is judged by rules"})
}

// reason is why something was not read, one line.
func reason(c evidence.Check) string {
	text := c.Reason
	if text == "" {
		text = c.State.String()
	}
	if c.Rule != nil && !strings.Contains(text, c.Rule.String()) {
		text += "; the missing rule is " + c.Rule.String()
	}
	return text
}

// listGaps are the lists that were not read and may hold a use.
func (r *Reader) listGaps() []Gap {
	var out []Gap
	for _, l := range evidence.Collected() {
		f := r.files[l.File()]
		if f != nil && !f.partly || !r.changes(l) || r.empty(string(l.Resource), l.Group) {
			continue
		}
		g := Gap{Check: "list " + string(l.Resource) + ": who writes which API version", Reason: reason(r.notes[string(l.Resource)]), Required: true}
		if f != nil {
			g.Reason = "it is one page of a longer list (metadata.continue is set)"
		}
		out = append(out, g)
	}
	return out
}

// changes: some version of the list's kind is not simply served at the target.
func (r *Reader) changes(list evidence.List) bool {
	family := removal.GVK{Group: list.Group, Version: version1(list), Kind: list.Kind}
	return slices.ContainsFunc(r.judge.table.All(), func(l removal.Lifecycle) bool {
		return l.Kind == family.Kind && r.judge.leads(l, family) && r.leaves(l)
	})
}

func version1(list evidence.List) string {
	v := list.APIVersion()
	return v[strings.LastIndexByte(v, '/')+1:]
}

// leads: l is a version of family, or is replaced by one.
func (j judge) leads(l removal.Lifecycle, family removal.GVK) bool {
	if l.Group == family.Group {
		return true
	}
	return slices.ContainsFunc(j.table.Judge(l.GVK, j.move).Chain, func(k removal.GVK) bool { return k.Group == family.Group && k.Kind == family.Kind })
}

// leaves: the release of now may serve l, and the target deprecates it, removes
// it or is not known to serve it.
func (r *Reader) leaves(l removal.Lifecycle) bool {
	move := r.judge.move
	move.From = r.From()
	j := r.judge.table.Judge(l.GVK, move)
	young := move.From != (version.Minor{}) && move.From.Compare(l.Introduced) < 0
	switch {
	case l.Product != removal.Kubernetes, l.Payload, j.Already, young, r.unserved(l):
		return false
	case j.State == removal.Deprecated:
		return l.Removed != (version.Minor{})
	}
	return j.State == removal.Removed || j.State == removal.Unknown
}

// unserved: the server does not serve l, so that nobody writes in it now, such
// as a beta version that nobody switched on.
func (r *Reader) unserved(l removal.Lifecycle) bool {
	f := r.files[evidence.APIGroupsFile]
	if f == nil {
		f = r.files[string(evidence.APIServices)+".json"] // each is one group version
	}
	return l.Group != "" && f != nil && !f.partly && len(f.groups) > 0 && !slices.Contains(f.groups[l.Group], l.GVK.Version)
}

// empty: a server counts no object of it.
func (r *Reader) empty(resource, group string) bool {
	n, counted := r.counted(resource, group)
	return counted && n == 0
}

func (r *Reader) counted(resource, group string) (n int64, ok bool) {
	if group != "" {
		resource += "." + group
	}
	for _, f := range r.files {
		if f.metrics == nil {
			continue
		}
		if count, there := f.metrics.Objects[resource]; there {
			if count < 0 { // the server could not tell
				return 0, false
			}
			n, ok = max(n, count), true
		}
	}
	return n, ok
}

// unlisted are kinds that no bundle lists, and that the server counts objects
// of. Most have no stable version: listing them would itself request a
// deprecated API.
func (r *Reader) unlisted() []Gap {
	if r.From() == (version.Minor{}) {
		return nil
	}
	var out []Gap
	lists := evidence.Collected()
	for _, l := range r.judge.table.All() {
		listed := slices.ContainsFunc(lists, func(list evidence.List) bool {
			return list.Kind == l.Kind && r.judge.leads(l, removal.GVK{Group: list.Group, Version: version1(list), Kind: list.Kind})
		})
		if listed || !r.leaves(l) {
			continue
		}
		resource := removal.Resource(l.Kind)
		if n, _ := r.counted(resource, l.Group); n > 0 {
			out = append(out, Gap{Check: fmt.Sprintf("objects of %s", l.GVK), Required: true, Hint: fmt.Sprintf("kubectl get %s.%s.%s -A", resource, l.GVK.Version, l.Group),
				Reason: fmt.Sprintf("the API server counts %d, and they are not among the lists that are read: those are asked for in stable versions alone", n)})
		}
	}
	return out
}

// writerGaps: kubectl leaves managedFields out unless told otherwise.
func (r *Reader) writerGaps() []Gap {
	objects := false
	for _, f := range r.files {
		if f.writers {
			return nil
		}
		objects = objects || f.objects > 0
	}
	if !objects {
		return nil
	}
	return []Gap{{Check: "managedFields: who writes which API version", Required: true, Reason: "no object of the recording has any",
		Hint: "record with kubectl get -A -o json --show-managed-fields, or with fixline collect"}}
}

const releases = "helm-releases"

func (r *Reader) releaseGaps() []Gap {
	var out []Gap
	for asked, c := range r.notes {
		if strings.HasPrefix(asked, releases+"/") && c.State != evidence.Read {
			out = append(out, Gap{Check: "Helm releases in " + strings.TrimPrefix(asked, releases+"/"), Required: true, Reason: reason(c)})
		}
	}
	slices.SortFunc(out, func(a, b Gap) int { return strings.Compare(a.Check, b.Check) })
	f := r.files[evidence.ReleasesFile]
	if f == nil && len(out) == 0 {
		return []Gap{{Check: "Helm releases", Reason: "nobody asked for them: it takes the right to list Secrets", Hint: "--helm reads them, here or in fixline collect"}}
	}
	if f == nil {
		return out
	}
	for _, h := range f.releases {
		out = append(out, gapsOf(h)...)
	}
	return out
}

// gapsOf are what a release does not tell. A broken one is one thing that was
// not read, and hides no other.
func gapsOf(h evidence.Release) []Gap {
	var out []Gap
	check := fmt.Sprintf("Helm release %s/%s, revision %d (%s)", h.Namespace, h.Name, h.Revision, h.Stored)
	if h.Unreadable != "" {
		out = append(out, Gap{Check: check, Required: true, Reason: h.Unreadable})
	}
	odd := 0
	for _, o := range h.Objects {
		if _, err := removal.ParseGVK(o.APIVersion, o.Kind); err != nil {
			odd++
		}
	}
	if odd > 0 {
		out = append(out, Gap{Check: check, Required: true, Reason: fmt.Sprintf("%d of its objects have no apiVersion or kind that can be read", odd)})
	}
	if len(h.AlsoDeployed) > 0 {
		out = append(out, Gap{Check: check, Reason: fmt.Sprintf("revisions %v say deployed, too; the newest was judged", h.AlsoDeployed)})
	}
	return out
}

// requestGaps: an API server counts requests each for itself.
func (r *Reader) requestGaps(audited bool) []Gap {
	const hint = "an audit log tells who calls: --audit-log FILE"
	what := "requests of deprecated APIs"
	silent, known := r.silent()
	f, pods := r.files[metricsFile], r.files[string(evidence.Pods)+".json"]
	var out []Gap
	switch {
	case f == nil && (known == 0 || known == len(silent)):
		return []Gap{{Check: what, Required: !audited, Hint: hint, Reason: reason(r.notes[string(evidence.MetricsText)])}}
	case known > 1 || f == nil:
		for _, c := range silent {
			out = append(out, Gap{Check: what + " at " + serverOf(c.Asked), Required: !audited, Hint: hint, Reason: reason(c)})
		}
	case known == 0 && pods != nil && pods.servers > 1:
		out = append(out, Gap{Check: what, Required: !audited, Hint: hint, Reason: fmt.Sprintf("one of %d API servers was asked, and each counts for itself", pods.servers)})
	}
	return out
}
