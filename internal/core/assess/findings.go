package assess

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// found is a Finding of a registered code.
func found(code, object, message string, evidence ...string) Finding {
	c := finding.Lookup(code)
	if evidence == nil {
		evidence = []string{}
	}
	return Finding{Code: code, Severity: string(c.Severity), Object: object, Message: message, Remedy: c.Remedy, Evidence: evidence}
}

// findings are what is wrong here besides the advisories.
func (a *Assessor) findings(c inventory.Cluster, oldest inventory.Instance, out []Finding) []Finding {
	if cat := a.basis.Catalog; cat.Stale {
		said := fmt.Sprintf("the advisories were read through %s, %d days ago: what was published since is not known", cat.AdvisoriesThrough, cat.AgeDays)
		out = append(out, found("DATA-001", "Catalogue/"+cat.Date, said))
	}
	out = append(out, a.youngerFindings(c)...)
	out = append(out, a.supportFindings(c, oldest)...)
	out = append(out, drift(c.Instances)...)
	out = append(out, a.skewFindings(c.Instances)...)
	out = append(out, a.certificates(c.Facts.Certificates)...)
	for _, o := range c.Observed {
		out = append(out, found(o.Code, o.Object, o.Message, o.Evidence...))
	}
	slices.SortStableFunc(out, func(x, y Finding) int {
		return cmp.Or(
			-cmp.Compare(finding.Severity(x.Severity).Rank(), finding.Severity(y.Severity).Rank()),
			cmp.Compare(x.Code, y.Code), cmp.Compare(x.Object, y.Object),
		)
	})
	return out
}

// youngerFindings is evidence from after the day judged. A whole day of grace:
// a day begins at different hours in different places.
func (a *Assessor) youngerFindings(c inventory.Cluster) []Finding {
	taken, err := time.Parse(time.RFC3339, c.Taken)
	if err != nil || !taken.After(a.basis.AsOf.AddDate(0, 0, 1)) {
		return nil
	}
	return []Finding{found("READ-007", "Cluster",
		fmt.Sprintf("the evidence was read until %s, after the day it is judged as of, %s", c.Taken, a.basis.AsOf.Format(time.DateOnly)))}
}

// disputed names the advisories in range whose sources disagree: their ranges
// are the cautious reading.
func disputed(all []judged) []Finding {
	var ids, said []string
	for _, j := range all {
		if j.verdict != NotAffected && j.adv.Disputed {
			ids = append(ids, j.adv.ID)
			said = append(said, j.adv.ID+": "+j.adv.Dispute)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return []Finding{found("ADVISORY-001", "Advisories/disputed", "the sources disagree on "+nodes(ids), said...)}
}

// supportFindings: is the minor supported, and for how long; unknown releases;
// etcd and runtime lines that have ended.
func (a *Assessor) supportFindings(c inventory.Cluster, oldest inventory.Instance) []Finding {
	var out []Finding
	if cal := a.kubernetes; oldest.Version.Known() {
		m := oldest.Version.Minor()
		status, row := cal.Status(m, a.basis.AsOf)
		switch {
		case status == support.EndOfLife:
			said := fmt.Sprintf("Kubernetes %s is end of life%s: no fix will come for it", m, since(row))
			out = append(out, found("SUPPORT-001", "Cluster/"+c.Name, said, cal.Sources...))
			if c.Environment == "development" && c.Connected {
				said := fmt.Sprintf("the development cluster is connected%s and outside the support window: a way in, not an exception", holds(c.Holds))
				out = append(out, found("SUPPORT-003", "Cluster/"+c.Name, said))
			}
		case status.Live() && row.EndsWithin(a.basis.Policy.SupportMarginDays, a.basis.AsOf):
			out = append(out, found("SUPPORT-002", "Cluster/"+c.Name, fmt.Sprintf("Kubernetes %s leaves support on %s", m, row.EndOfLife.Format(time.DateOnly)), cal.Sources...))
		}
	}
	lines := map[string][]string{}
	var order []string
	note := func(code, component, what string, i inventory.Instance) {
		key := code + "\x00" + component + "\x00" + what
		if lines[key] == nil {
			order = append(order, key)
		}
		lines[key] = append(lines[key], i.Where())
	}
	for _, i := range c.Instances {
		cal := a.calendarOf(i.Component)
		if cal == nil || !i.Version.Known() {
			continue
		}
		if cal.Newer(i.Version) {
			note("SUPPORT-004", i.Component, fmt.Sprintf("%s %s is newer than the catalogue knows: nothing can be said about it", i.Component, i.Version), i)
			continue
		}
		if cal.Released(i.Version.Base(), a.basis.AsOf) == support.NotYet {
			note("SUPPORT-004", i.Component, fmt.Sprintf("%s %s was not out on %s: the cluster and the day judged as of do not fit", i.Component, i.Version, a.basis.AsOf.Format(time.DateOnly)), i)
			continue
		}
		if isKubernetes(i.Component) || cal == a.kubernetes {
			continue
		}
		if status, row := cal.Status(i.Version.Minor(), a.basis.AsOf); status == support.EndOfLife {
			note("SUPPORT-005", i.Component, fmt.Sprintf("%s %s is end of life%s", i.Component, i.Version.Minor(), since(row)), i)
		}
	}
	for _, key := range order {
		part := strings.Split(key, "\x00")
		out = append(out, found(part[0], "Component/"+part[1], part[2], "runs on "+nodes(lines[key])))
	}
	return out
}

// illegal is the first finding that makes the state of the cluster illegal, ""
// when none does.
func illegal(all []Finding) string {
	for _, f := range all {
		if f.Severity == SeverityBlocker && strings.HasPrefix(f.Code, "SKEW-") { // what a hop would stop is of tomorrow
			return f.Message
		}
	}
	return ""
}

// since is the day support ended, where the calendar has it.
func since(row support.MinorRelease) string {
	if row.EndOfLife.IsZero() {
		return ""
	}
	return " since " + row.EndOfLife.Format(time.DateOnly)
}

func holds(what []string) string {
	if len(what) == 0 {
		return ""
	}
	return " (holds " + strings.Join(what, ", ") + ")"
}

// drift finds roles and pools that run more than one version of a component:
// legal or not, security fixes then do not protect every member alike.
func drift(instances []inventory.Instance) []Finding {
	type role struct{ component, pool string }
	members := map[role]map[string][]string{}
	var order []role
	for _, i := range instances {
		if !i.Version.Known() || i.Component == inventory.Kubectl || i.Component == inventory.Kubeadm {
			continue
		}
		r := role{i.Component, i.Pool}
		if members[r] == nil {
			members[r] = map[string][]string{}
			order = append(order, r)
		}
		members[r][i.Version.String()] = append(members[r][i.Version.String()], i.Where())
	}
	var out []Finding
	for _, r := range order {
		if len(members[r]) < 2 {
			continue
		}
		object, where := "Role/"+r.component, ""
		if r.pool != "" {
			object, where = "Pool/"+r.pool+"/"+r.component, " in pool "+r.pool
		}
		var each []string
		for v, on := range members[r] {
			each = append(each, v+" on "+nodes(on))
		}
		slices.Sort(each)
		out = append(out, found("DRIFT-001", object, fmt.Sprintf("%s runs %d versions%s", r.component, len(each), where), each...))
	}
	return out
}

// skewFindings are the rows of the version-skew policy that do not hold.
func (a *Assessor) skewFindings(instances []inventory.Instance) []Finding {
	var out []Finding
	for _, row := range skew.Check(a.basis.Skew, skew.Upstream, instances) {
		object := "Node/" + row.Node
		if row.Node == "" {
			object = "Component/" + row.Component
		}
		switch row.State {
		case skew.Illegal:
			out = append(out, found(row.Code, object, row.Why, row.Rule))
		case skew.LastLegal:
			out = append(out, found("SKEW-006", object, fmt.Sprintf("%s %s is the last legal one: %s", row.Component, row.Version, row.Why), row.Rule))
		case skew.Unknown:
			out = append(out, found("SKEW-007", object, fmt.Sprintf("whether %s is legal next to its peers cannot be judged: %s", row.Component, row.Why), row.Rule))
		}
	}
	return out
}
