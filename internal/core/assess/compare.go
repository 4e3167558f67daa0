package assess

import (
	"slices"
	"strings"
)

// Compare lists what differs from an earlier result of the same clusters:
// verdicts, targets, dates, support, findings, coverage and the instances'
// versions. Clusters are matched by name.
func Compare(before, after Result) Since {
	s := Since{AsOf: before.AsOf, Changes: []Change{}}
	old := map[string]*ClusterResult{}
	for i := range before.Clusters {
		old[before.Clusters[i].Name] = &before.Clusters[i]
	}
	for i := range after.Clusters {
		c := &after.Clusters[i]
		was := old[c.Name]
		delete(old, c.Name)
		if was == nil {
			s.Changes = append(s.Changes, Change{c.Name, "cluster", nil, ptr("assessed for the first time")})
			continue
		}
		s.Changes = append(s.Changes, changes(was, c)...)
	}
	for i := range before.Clusters {
		if name := before.Clusters[i].Name; old[name] != nil {
			s.Changes = append(s.Changes, Change{name, "cluster", ptr("assessed"), nil})
		}
	}
	return s
}

// changes compares what two assessments of one cluster say, as named facts.
func changes(was, is *ClusterResult) []Change {
	before, order := facts(was)
	after, more := facts(is)
	for _, k := range more {
		if !slices.Contains(order, k) {
			order = append(order, k)
		}
	}
	var out []Change
	for _, k := range order {
		b, hadB := before[k]
		a, hasA := after[k]
		if hadB == hasA && b == a {
			continue
		}
		c := Change{Cluster: is.Name, What: k}
		if hadB {
			c.Before = ptr(b)
		}
		if hasA {
			c.After = ptr(a)
		}
		out = append(out, c)
	}
	return out
}

// facts are the statements of an assessment worth comparing, by name. What is
// listed only with --all (not-affected) is left out on both sides.
func facts(c *ClusterResult) (map[string]string, []string) {
	m := map[string]string{}
	var order []string
	set := func(k, v string) {
		if _, ok := m[k]; !ok {
			order = append(order, k)
		} else {
			v = m[k] + "; " + v
		}
		m[k] = v
	}
	for _, a := range c.Advisories {
		if a.Verdict != NotAffected {
			set("advisory "+a.ID, string(a.Verdict))
		}
	}
	target := c.Target.Kind
	if c.Target.Version != nil {
		target = *c.Target.Version
	}
	set("target", target)
	for _, o := range c.OtherTargets {
		if o.Version != nil {
			set("target "+o.Component+" from "+o.Current, *o.Version)
		}
	}
	if c.Due != nil {
		due := *c.Due
		if c.Overdue {
			due += " (overdue)"
		}
		set("due", due)
	}
	set("support", c.Support.Status)
	for _, f := range c.Findings {
		set("finding "+f.Code+" "+f.Object, f.Message)
	}
	for _, g := range c.Coverage.Gaps {
		if g.Required {
			set("gap "+g.Check, g.Reason)
		}
	}
	for _, i := range c.Instances {
		v := "unreadable"
		if i.Version != nil {
			v = *i.Version
		}
		where := ""
		if i.Node != nil {
			where = " on " + *i.Node
		}
		set("version of "+strings.TrimSpace(i.Component+where), v)
	}
	return m, order
}
