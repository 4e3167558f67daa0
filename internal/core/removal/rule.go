package removal

import "slices"

// ruling is the code a use raises within its object; "" for none.
type ruling struct {
	code string
	by   string // the bystander that did it, "" for none
}

// scene is what is known of an object besides the use that is ruled on.
type scene struct {
	table *Table
	// writers: managedFields of the object were read.
	writers bool
	// callers: audit lines of the resource were read, which say more than a
	// gauge; one of a caller that depends on the version has its own verdict.
	callers bool
}

func (t *Table) sceneOf(seen []sight) scene {
	c := scene{table: t}
	for _, s := range seen {
		switch s.use.Source {
		case ManagedFields:
			c.writers = true
		case Audit:
			c.callers = true
		}
	}
	return c
}

// bystander is the name of the one who made u, "" where it is none.
func (c scene) bystander(u *Use) string {
	i := slices.IndexFunc(c.table.facts.Bystanders, func(b Bystander) bool { return b.is(u) })
	if i < 0 {
		return ""
	}
	return c.table.facts.Bystanders[i].Name
}

// rule decides what one use means.
func (c scene) rule(s sight) ruling {
	j, u := s.judgement, s.use
	switch j.State {
	case Served:
		if j.Life.OffByDefault && (u.Source == File || u.Source == Helm) {
			return ruling{code: "API-011"}
		}
		return ruling{}
	case Foreign:
		return ruling{}
	case Unknown:
		if j.Life.Kind != "" && j.Life.Product != Kubernetes {
			return ruling{code: "API-009"}
		}
		return ruling{code: "API-008"}
	case NotYet:
		if u.Source == File || u.Source == Helm {
			return ruling{code: "API-004"}
		}
		return ruling{} // it is served today, and no upgrade leads back
	case Deprecated:
		return c.deprecated(s)
	}
	return c.removed(s)
}

// removed rules on an API version the target does not serve.
func (c scene) removed(s sight) ruling {
	by := c.bystander(s.use)
	switch s.use.Source {
	case File:
		if s.judgement.Life.Payload {
			return ruling{code: "API-013"}
		}
		return ruling{code: "API-001"}
	case Helm:
		return ruling{code: "API-002"}
	case ManagedFields:
		// Nobody can write a version that is not served today: it is a trace.
		if s.judgement.Already {
			return ruling{code: "API-005"}
		}
		if by != "" {
			return ruling{"API-007", by}
		}
		return ruling{code: "API-001"}
	case LastApplied:
		if s.judgement.Already || c.writers {
			return ruling{code: "API-005"} // a writer in the old version has a verdict of its own
		}
		return ruling{code: "API-012"}
	case Metric:
		if c.callers {
			return ruling{code: "API-007"}
		}
		return ruling{code: "API-006"}
	}
	if by != "" {
		return ruling{"API-007", by}
	}
	return ruling{code: "API-001"}
}

// deprecated rules on an API version that the target still serves.
func (c scene) deprecated(s sight) ruling {
	by := c.bystander(s.use)
	if !known(s.judgement.Life.Removed) {
		// Everything that lists all resources reads these (Endpoints), so a
		// request or a writer says nothing.
		if s.use.Source == File || s.use.Source == Helm {
			return ruling{code: "API-010"}
		}
		return ruling{}
	}
	switch {
	case s.use.Source == LastApplied && c.writers:
		return ruling{code: "API-005"}
	case by != "", s.use.Source == Metric && c.callers:
		return ruling{"API-007", by}
	}
	return ruling{code: "API-003"}
}
