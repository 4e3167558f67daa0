package custom

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// running is one version of an add-on that runs.
type running struct {
	tag     string
	version version.Version
	unread  string
	nodes   map[string]bool
	pods    int
	images  []string
}

// addons judges each add-on that is recognised, at every hop.
func (j *judge) addons() {
	for _, r := range j.q.Rules {
		found := j.running(r)
		for _, one := range found {
			j.addon(r, one)
		}
		if len(found) == 0 {
			j.traces(r)
		}
	}
}

// running are the versions of an add-on that run. A pod that only its labels
// show counts where no image does.
func (j *judge) running(r Rule) []*running {
	collect := func(is func(Image) bool, tagged bool) []*running {
		byVersion := map[string]*running{}
		for _, i := range j.c.Images {
			if !is(i) {
				continue
			}
			if !tagged { // the tag of an image no rule knows says nothing of the add-on
				i.Version, i.Unread = labelVersion(i.Labels)
			}
			key := i.Version.String()
			if !i.Version.Known() {
				key = i.Tag
			}
			one := byVersion[key]
			if one == nil {
				one = &running{tag: i.Tag, version: i.Version, unread: i.Unread, nodes: map[string]bool{}}
				byVersion[key] = one
			}
			one.pods += i.Pods
			one.images = append(one.images, i.Repository+":"+i.Tag)
			for _, n := range i.Nodes {
				one.nodes[n] = true
			}
		}
		var out []*running
		for _, one := range byVersion {
			slices.Sort(one.images)
			out = append(out, one)
		}
		slices.SortFunc(out, func(a, b *running) int { return cmp.Or(a.version.Compare(b.version), cmp.Compare(a.tag, b.tag)) })
		return out
	}
	if found := collect(r.runs, true); len(found) > 0 {
		return found
	}
	return collect(r.labelled, false)
}

// labelVersion is the version that the labels of pods write down, where they
// agree on one.
func labelVersion(labels []string) (version.Version, string) {
	found := version.Version{}
	for _, l := range labels {
		text, ok := strings.CutPrefix(l, "app.kubernetes.io/version=")
		if !ok {
			continue
		}
		v, err := version.Parse(text)
		if err != nil || found.Known() && found.Compare(v) != 0 {
			return version.Version{}, "the labels of its pods do not agree on one"
		}
		found = v
	}
	if !found.Known() {
		return found, "only the labels of its pods show it"
	}
	return found, ""
}

// addon judges one version of an add-on: the first hop that is excluded, else
// the first of which nothing is known.
func (j *judge) addon(r Rule, one *running) {
	what := r.Name
	if one.version.Known() {
		what += " " + one.version.String()
	}
	where := fmt.Sprintf("pods: %d, nodes: %d", one.pods, len(one.nodes))
	var open string
	var source Support
	for _, hop := range j.q.Hops {
		verdict, s := r.At(one.version, hop.Minor())
		switch verdict {
		case Excluded:
			j.tell(r, "ADDON-001", "ADDON-003", what, fmt.Sprintf("%s supports Kubernetes %s, and the upgrade passes through %s (%s)", what, s.Kubernetes(), hop, where), one.images, s)
			return
		case Untested:
			if open == "" {
				open, source = fmt.Sprintf("%s was tested with Kubernetes %s, and its project says nothing of %s (%s)", what, s.Kubernetes(), hop, where), s
			}
		case Unsaid:
			if open == "" {
				open = fmt.Sprintf("what %s supports is not known here, and the upgrade passes through %s (%s)", what, hop, where)
				if !one.version.Known() {
					open = fmt.Sprintf("the version of %s could not be read (%s), and so not whether it supports %s (%s)", what, one.unread, hop, where)
				}
			}
		case Supported:
		}
	}
	if open != "" {
		j.tell(r, "ADDON-002", "ADDON-004", what, open, one.images, source)
	}
}

// tell makes a finding whose code depends on whether the add-on decides
// security.
func (j *judge) tell(r Rule, secure, other, what, message string, images []string, s Support) {
	code := other
	if r.Security != "" {
		code = secure
		message += "; it decides security: " + r.Security
	}
	f := finding.New(code, "Addon/"+strings.ReplaceAll(what, " ", "/"), message, images...)
	if s.Source != "" {
		f.Evidence = append(f.Evidence, s.Source+" (read "+s.Date+")")
	}
	j.add(f)
}

// traces judges an add-on of which no image is seen to run: its webhooks and
// its definitions.
func (j *judge) traces(r Rule) {
	var groups, hooks []string
	for _, d := range j.c.Definitions {
		if slices.Contains(r.Groups, d.Group) {
			groups = append(groups, d.Name)
		}
	}
	for _, w := range j.c.Webhooks {
		if r.webhook(w) {
			hooks = append(hooks, w)
		}
	}
	hop := j.q.Hops[len(j.q.Hops)-1]
	if _, unread := j.c.Unread[Pods]; unread && len(groups)+len(hooks) > 0 {
		j.tell(r, "ADDON-002", "ADDON-004", r.Name, fmt.Sprintf("%s is there by its definitions or webhooks, and pods were not read: whether it supports %s is not known", r.Name, hop), slices.Concat(hooks, groups), Support{})
		return
	}
	if len(hooks) > 0 {
		j.tell(r, "ADDON-002", "ADDON-004", r.Name, fmt.Sprintf("webhooks of %s are there, and no image of it is seen to run: whether what answers them supports %s is not known", r.Name, hop), hooks, Support{})
	}
	if len(groups) > 0 {
		f := finding.New("ADDON-005", "Addon/"+r.Name, fmt.Sprintf("%d definitions of %s are there, and no image of it is seen to run", len(groups), r.Name), groups...)
		if r.Security == "" {
			f.Severity = finding.Info
		}
		j.add(f)
	}
}
