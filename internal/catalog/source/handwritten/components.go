package handwritten

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

const rangeHint = `write a range such as ">=1.33.0 <1.33.9", "1.34.0 to 1.34.3", "<=1.32.4", "=1.37.0" or "all"`

// components reads spec.components; spec.fixed holds for those that name no
// fixed versions themselves. never: no version fixes it, so none is missed.
func components(spec *strict.Node, never bool) []claim.Component {
	list := spec.Get("components")
	items := list.Items()
	if len(items) == 0 && !list.Failed() {
		list.Report("no component is named", "name at least one, such as {component: kube-apiserver, affected: [\">=1.33.0 <1.33.9\"]}")
	}
	shared := versions(spec.Get("fixed"))
	out := []claim.Component{}
	for _, n := range items {
		n.Fields("component", "affected", "fixed")
		name := n.Get("component")
		c := claim.Component{Name: component(name)}
		for _, o := range out {
			if o.Name == c.Name && !name.Failed() {
				name.Report(name.Text()+" is listed twice", "join its ranges in one list")
			}
		}
		intervals, fixed := affected(n.Get("affected"))
		own := versions(n.Get("fixed"))
		if len(own) == 0 {
			own = shared
		}
		c.Fixed = lines.Ascending(append(fixed, own...))
		if never && len(c.Fixed) > 0 {
			n.Report("it names a fixed version beside fix: never", "remove one of the two")
		}
		c.Intervals = lines.Split(lines.Fold(intervals), c.Fixed)
		out = append(out, c)
	}
	return out
}

// component is the running component a name stands for; "" is every part of
// Kubernetes. A name that is almost a known one is an error: the advisory would
// concern nobody, and so look clean.
func component(n *strict.Node) string {
	table, err := names.Load()
	if err != nil {
		n.Report(err.Error(), "")
		return ""
	}
	name := strings.ToLower(n.Required())
	if p, ok := table.Package(name); ok {
		switch {
		case len(p.Components) == 1:
			return p.Components[0]
		case len(p.Components) == 0 && p.Product == names.Kubernetes:
			return ""
		}
	}
	near, misspelt := strict.Misspelt(name, table.Components())
	if prefixed := "kube-" + name; !misspelt && table.Known(prefixed) {
		near, misspelt = prefixed, true
	}
	if misspelt {
		n.Report(n.Text()+" is no component", "did you mean "+near+"?")
	}
	return name
}

// affected is one range, or a list of ranges as text or as {introduced, fixed}.
func affected(n *strict.Node) ([]claim.Interval, []version.Version) {
	var intervals []claim.Interval
	var fixed []version.Version
	items := []*strict.Node{n}
	switch n.Kind() {
	case strict.List:
		items = n.Items()
	case strict.Absent, strict.Null:
		items = nil
	}
	if len(items) == 0 {
		n.Report("no affected versions are named", rangeHint)
	}
	for _, i := range items {
		if i.Kind() == strict.Map {
			in, fx := stretch(i)
			intervals, fixed = append(intervals, in), append(fixed, fx...)
			continue
		}
		in, ok := ranges(i.Required())
		if !ok && !i.Failed() {
			i.Report("not a range of versions", rangeHint)
		}
		intervals = append(intervals, in...)
	}
	return intervals, fixed
}

// ranges reads one range, or several with commas or semicolons between them.
func ranges(s string) ([]claim.Interval, bool) {
	if in, ok := lines.Range(s); ok {
		return in, true
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })
	if len(parts) < 2 {
		return nil, false
	}
	var out []claim.Interval
	for _, p := range parts {
		in, ok := lines.Range(strings.TrimSpace(p))
		if !ok {
			return nil, false
		}
		out = append(out, in...)
	}
	return out, true
}

// stretch is {introduced: V, fixed: V} or {introduced: V, lastAffected: V};
// introduced "0" or none reaches down without limit.
func stretch(n *strict.Node) (claim.Interval, []version.Version) {
	n.Fields("introduced", "fixed", "lastAffected")
	var in claim.Interval
	var fixed []version.Version
	if from := n.Get("introduced"); from.Text() != "" && from.Text() != "0" {
		in.From, in.FromStated = one(from), true
	}
	switch end, last := n.Get("fixed"), n.Get("lastAffected"); {
	case end.Text() != "" && last.Text() != "":
		last.Report("fixed and lastAffected are both named", "keep one of them")
	case end.Text() != "":
		in.Before = one(end)
		fixed = append(fixed, in.Before)
	case last.Text() != "":
		if v := one(last); v.Known() {
			in.Before = lines.After(v)
		}
	}
	if in.From.Known() && in.Before.Known() && !in.From.Less(in.Before) {
		n.Report("the range ends before it begins", "")
	}
	return in, fixed
}

func versions(n *strict.Node) []version.Version {
	out := []version.Version{}
	items := []*strict.Node{n}
	switch n.Kind() {
	case strict.List:
		items = n.Items()
	case strict.Absent, strict.Null:
		items = nil
	}
	for _, i := range items {
		if v := one(i); v.Known() {
			out = append(out, v)
		}
	}
	return out
}

func one(n *strict.Node) version.Version {
	v, err := version.Parse(n.Required())
	switch {
	case n.Failed():
	case err != nil:
		n.Report(err.Error(), "write a release such as 1.34.2")
	case v.Kind() != version.Release && v.Kind() != version.PreRelease:
		n.Report("not an upstream release", "write the upstream release it was built from, such as "+v.Base().String())
	}
	return v
}
