package assess

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// settingFindings are what each hop to the target the user named does to
// flags, feature gates and nodes. Without one nothing is said: Fixline's own
// choice of a target is about advisories, and not yet a plan.
func (a *Assessor) settingFindings(c inventory.Cluster, t Target) []Finding {
	if !a.basis.Target.Known() {
		return nil
	}
	var hops []version.Version
	for _, h := range t.Path {
		v, err := version.Parse(h.Version)
		if err != nil {
			continue // the path is made of versions
		}
		hops = append(hops, v)
	}
	var out []Finding
	for _, s := range settings.Judge(c, hops, a.basis.Settings) {
		object := s.Component + "/" + s.Name
		if s.Value != "" {
			object += "=" + s.Value
		}
		f := found(s.Code, object, s.Message, placesOf(s)...)
		if s.Hop.Known() {
			f.Message = fmt.Sprintf("at the hop to %s: %s", s.Hop, s.Message)
		}
		if s.Remedy != "" {
			f.Remedy = s.Remedy
		}
		if s.Source != "" {
			f.Evidence = append(f.Evidence, s.Source)
		}
		out = append(out, f)
	}
	return out
}

// placesOf are the places of a setting, enough of them to begin with.
func placesOf(s settings.Finding) []string {
	const enough = 20
	out := []string{}
	for i, p := range s.Places {
		if i == enough {
			return append(out, fmt.Sprintf("and %d more", len(s.Places)-enough))
		}
		switch {
		case p.Node != "" && p.Source != "":
			out = append(out, p.Node+": "+p.Source)
		case p.Node != "" || p.Source != "":
			out = append(out, p.Node+p.Source)
		}
	}
	return out
}
