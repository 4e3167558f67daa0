package assess

import (
	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// upgradeFindings are what each hop to the target the user named would break.
// Without one, and without any way to it, nothing is said (nil): Fixline's own choice of a target is about
// advisories, and not yet a plan.
func (a *Assessor) upgradeFindings(c inventory.Cluster, t Target) []Finding {
	if !a.basis.Target.Known() {
		return nil
	}
	hops := t.Hops()
	if oldest := c.Oldest(inventory.KubeAPIServer); len(hops) == 0 && oldest.Less(a.basis.Target) {
		hops = a.table.Hops(oldest.Minor(), a.basis.Target) // what a hop breaks does not depend on who offers it
	}
	if len(hops) == 0 {
		return nil
	}
	q := compat.Question{AsOf: a.basis.AsOf, Window: compat.Window, Hops: hops}
	out := []Finding{}
	for _, f := range compat.Accept(compat.Judge(c, q, a.basis.Compat), a.basis.Accepted, a.basis.AsOf) {
		out = append(out, Public(f))
	}
	return out
}

// Hops are the versions of the path.
func (t Target) Hops() []version.Version {
	var hops []version.Version
	for _, h := range t.Path {
		if v, err := version.Parse(h.Version); err == nil { // the path is made of versions
			hops = append(hops, v)
		}
	}
	return hops
}

// Public is the form of a finding in a result.
func Public(f finding.Found) Finding {
	return Finding{Code: f.Code, Severity: string(f.Severity), Object: f.Object, Message: f.Message, Remedy: f.Remedy, Evidence: emptied(f.Evidence)}
}

// clear is what is known of whether an upgrade is free to go: a blocker says
// no; that there is none says nothing yet, since who writes and calls which API
// version is for scan to find.
func (d *Decision) clear(all []Finding, named bool) {
	for _, f := range all {
		if f.Severity == SeverityBlocker && named {
			d.Clear, d.Evidence.Clear = no, f.Code+": "+f.Message
			return
		}
	}
	switch {
	case named && all == nil:
		d.Evidence.Clear = "there is no way up to the target, so what it would break was not looked at"
	case named:
		d.Evidence.Clear = "nothing that was looked at here is in the way; manifests, Helm releases and callers are for scan"
	}
}
