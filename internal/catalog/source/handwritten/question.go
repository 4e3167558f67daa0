package handwritten

import (
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/strict"
)

// asked reads a question about the cluster, in the form the curated advisories
// use (see [form.Question]); nil where there is none.
func asked(n *strict.Node) *advisory.Question {
	if n.Kind() == strict.Absent || n.Kind() == strict.Null {
		return nil
	}
	q := question(n)
	if n.Failed() {
		return nil
	}
	out, err := q.Decode()
	if err != nil {
		n.Report(err.Error(), "docs/data.md lists the questions")
	}
	return out
}

func question(n *strict.Node) *form.Question {
	n.Fields("not", "any", "all", "os", "uses", "gate", "flag", "config", "admissionPlugin", "anonymousAuth", "who", "podSecurity", "runs")
	q := &form.Question{
		OS: n.Get("os").Text(), Uses: n.Get("uses").Text(),
		AdmissionPlugin: n.Get("admissionPlugin").Text(), PodSecurity: n.Get("podSecurity").Text(),
		Flag: setting(n.Get("flag")), Config: setting(n.Get("config")),
	}
	q.Not, _ = n.Get("not").Bool()
	q.AnonymousAuth, _ = n.Get("anonymousAuth").Bool()
	for _, i := range n.Get("any").Items() {
		q.Any = append(q.Any, *question(i))
	}
	for _, i := range n.Get("all").Items() {
		q.All = append(q.All, *question(i))
	}
	if g := n.Get("gate"); g.Kind() == strict.Map {
		g.Fields("component", "gate", "value", "defaults", "source")
		q.Gate = &form.GateQuestion{Component: g.Get("component").Text(), Gate: g.Get("gate").Text(), Source: g.Get("source").Text()}
		q.Gate.Value, _ = g.Get("value").Bool()
		for _, d := range g.Get("defaults").Items() {
			d.Fields("from", "value", "locked")
			def := form.GateDefault{From: d.Get("from").Required()}
			def.Value, _ = d.Get("value").Bool()
			def.Locked, _ = d.Get("locked").Bool()
			q.Gate.Defaults = append(q.Gate.Defaults, def)
		}
	}
	for _, w := range n.Get("who").Items() {
		w.Fields("verb", "group", "resource", "clusterWide")
		p := form.Permission{Verb: w.Get("verb").Text(), Group: w.Get("group").Text(), Resource: w.Get("resource").Text()}
		p.ClusterWide, _ = w.Get("clusterWide").Bool()
		q.Who = append(q.Who, p)
	}
	if r := n.Get("runs"); r.Kind() == strict.Map {
		r.Fields("component", "from", "before")
		q.Runs = &form.Runs{Component: r.Get("component").Text(), From: r.Get("from").Text(), Before: r.Get("before").Text()}
	}
	return q
}

func setting(n *strict.Node) *form.Setting {
	if n.Kind() != strict.Map {
		return nil
	}
	n.Fields("component", "name", "op", "value", "default")
	s := &form.Setting{Component: n.Get("component").Text(), Name: n.Get("name").Text(), Op: n.Get("op").Text(), Value: n.Get("value").Text()}
	if n.Has("default") {
		d := n.Get("default").Text()
		s.Default = &d
	}
	return s
}
