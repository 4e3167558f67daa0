// Package readiness decides whether a change is ready: the table that ends a
// plan, one row for each thing that must hold before the cluster is touched,
// each with its age and why. What was not looked at is unknown, never passed.
// It looks at nothing itself, and what it is told comes as plain values. Start
// at [Judge].
package readiness

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// State of a row.
type State string

const (
	Pass    State = "pass"
	Fail    State = "fail"
	Unknown State = "unknown"
)

// Names of the rows, in their order.
const (
	VersionsEven     = "versions-even"
	TargetOffered    = "target-offered"
	TargetDocumented = "target-documented"
	Compatibility    = "compatibility"
	ProvenBackup     = "proven-backup"
	Rehearsal        = "rehearsal"
	SignOffs         = "sign-offs"
)

// Row is one thing that must hold; its JSON form is public.
type Row struct {
	Row   string  `json:"row"`
	State State   `json:"state"`
	Age   *string `json:"age"` // "3h", "2d": how old what it rests on is; null = nothing, or nobody wrote it down
	Why   string  `json:"why"`
}

// Seen is something that was or was not looked at, and when.
type Seen struct {
	At time.Time // zero = it was not looked at
	// Max is the oldest it may be; 0 = any age.
	Max time.Duration
}

// Input is what the rows are judged by.
type Input struct {
	Now    time.Time
	Target string

	// Evidence is when the cluster was read.
	Evidence Seen
	// Running are the versions of each component that run now, each once, such
	// as "kubelet": ["1.34.2", "1.34.4"]; nil = not known.
	Running map[string][]string
	// Unread are instances whose version was not read.
	Unread []string

	// Offered are the versions packages, mirror or provider offer, and who says
	// so; nil = not known.
	Offered       []string
	OfferedSource string
	// Catalogue is when the release data was read.
	Catalogue Seen
	// Documented is where the target's release notes are; "" = none are known.
	Documented string

	// Blockers are findings that must be closed first and are neither closed nor
	// waived; Waived those that a person waived. Unchecked are the checks of
	// compatibility that could not be made.
	Blockers, Waived, Unchecked []string

	Backup    Proof
	Rehearsal Proof

	// Required are the roles that must sign, Signed those that have.
	Required []string
	Signed   []Signature
}

// Proof is something that was tried out, and how that ended.
type Proof struct {
	Seen

	// Optional: the change may be made without; the zero Proof is required. Why
	// says why, or why not.
	Optional bool
	Why      string
	// Failed says what went wrong; "" = it succeeded.
	Failed string
	// Expired says why it counts not, or no longer, for this change; "" = it counts.
	Expired string
	// Shown says which it is, for whoever reads the row; "" = nobody said.
	Shown string
	// Target is the version it was made for; "" = it is for none.
	Target string
}

// Signature is one that was verified.
type Signature struct{ Role, Name string }

// Judge makes the table, every row, in its order.
func Judge(in Input) []Row {
	return []Row{in.even(), in.offered(), in.documented(), in.compatible(), in.backup(), in.rehearsed(), in.signed()}
}

// Ready reports whether every row passes.
func Ready(rows []Row) bool {
	return !slices.ContainsFunc(rows, func(r Row) bool { return r.State != Pass })
}

// even: an upgrade starts from one version of each component; several are the
// remains of an earlier one, or the start of this.
func (in Input) even() Row {
	r := in.row(VersionsEven, in.Evidence)
	var mixed []string
	for component, versions := range in.Running {
		if len(versions) > 1 {
			mixed = append(mixed, component+" "+strings.Join(versions, " and "))
		}
	}
	slices.Sort(mixed)
	switch {
	case r.State != Pass:
	case len(mixed) > 0:
		r.State, r.Why = Fail, "several versions run: "+strings.Join(mixed, "; ")
	case len(in.Unread) > 0:
		r.State, r.Why = Unknown, "versions were not read: "+some(in.Unread)
	case len(in.Running) == 0:
		r.State, r.Why = Unknown, "no component was read"
	default:
		r.Why = "each component runs one version"
	}
	return r
}

func (in Input) offered() Row {
	r := in.row(TargetOffered, in.Evidence)
	switch {
	case r.State != Pass:
	case in.Offered == nil:
		r.State, r.Why = Unknown, "what packages, mirror or provider offer was not read"
	case !slices.Contains(in.Offered, in.Target):
		r.State, r.Why = Fail, fmt.Sprintf("%s is not offered (%s)", in.Target, in.OfferedSource)
	default:
		r.Why = fmt.Sprintf("%s is offered (%s)", in.Target, in.OfferedSource)
	}
	return r
}

func (in Input) documented() Row {
	r := in.row(TargetDocumented, in.Catalogue)
	switch {
	case r.State != Pass:
	case in.Documented == "":
		r.State, r.Why = Unknown, "no release notes of "+in.Target+" are known"
	default:
		r.Why = in.Documented
	}
	return r
}

func (in Input) compatible() Row {
	r := in.row(Compatibility, in.Evidence)
	switch {
	case len(in.Blockers) > 0: // an old look that found one is still a no
		r.State, r.Why = Fail, "must be closed first: "+some(in.Blockers)
	case r.State != Pass:
	case len(in.Unchecked) > 0:
		r.State, r.Why = Unknown, "could not be checked: "+some(in.Unchecked)
	case len(in.Waived) > 0:
		r.Why = "nothing is in the way but what was waived: " + some(in.Waived)
	default:
		r.Why = "nothing is in the way"
	}
	return r
}

func (in Input) backup() Row {
	return in.proof(ProvenBackup, in.Backup, "backup that was restored and found good")
}

func (in Input) rehearsed() Row {
	return in.proof(Rehearsal, in.Rehearsal, "rehearsal")
}

func (in Input) proof(name string, p Proof, what string) Row {
	r := in.row(name, p.Seen)
	switch {
	case !p.At.IsZero() && p.Expired != "" && p.Optional:
		r.State, r.Why = Pass, "none is required: "+p.Why+"; the last one is expired: "+p.Expired
	case !p.At.IsZero() && p.Expired != "":
		r.State, r.Why = Fail, "expired: "+p.Expired
	case !p.At.IsZero() && p.Failed != "":
		r.State, r.Why = Fail, p.Failed
		if p.Optional {
			r.Why += "; none is required: " + p.Why
		}
	case p.Optional && r.State != Pass:
		r.State, r.Why = Pass, "none is required: "+p.Why
	case p.At.IsZero():
		r.Why = "there is no " + what + " yet; it is required: " + p.Why
		r.State = Fail
	case r.State != Pass:
		r.State = Fail // it is known to be too old, and another can be made
	case p.Target != "" && p.Target != in.Target:
		r.State, r.Why = Fail, fmt.Sprintf("the %s was for %s, the target is %s", what, p.Target, in.Target)
	default:
		r.Why = "there is a " + what
		if p.Shown != "" {
			r.Why += ": " + p.Shown
		}
	}
	return r
}

func (in Input) signed() Row {
	r := Row{Row: SignOffs, State: Pass}
	var missing, have []string
	for _, role := range in.Required {
		i := slices.IndexFunc(in.Signed, func(s Signature) bool { return s.Role == role })
		if i < 0 {
			missing = append(missing, role)
			continue
		}
		have = append(have, in.Signed[i].Name+" ("+role+")")
	}
	switch {
	case len(missing) > 0:
		r.State, r.Why = Fail, "not signed by "+strings.Join(missing, ", ")
	case len(in.Required) == 0:
		r.State, r.Why = Unknown, "who must sign is not known"
	default:
		r.Why = "signed by " + strings.Join(have, ", ")
	}
	return r
}

// row begins one that passes, unless what it rests on was not looked at or is
// too old to say.
func (in Input) row(name string, s Seen) Row {
	r := Row{Row: name, State: Pass}
	if s.At.IsZero() {
		r.State, r.Why = Unknown, "it was not looked at, or nobody wrote down when: a live cluster and a bundle say so, an inventory does not"
		return r
	}
	age := in.Now.Sub(s.At)
	shown := Age(age)
	r.Age = &shown
	switch {
	case age < 0:
		r.State, r.Why = Unknown, "it is dated after now: a clock is wrong"
	case s.Max > 0 && age > s.Max:
		r.State, r.Why = Unknown, fmt.Sprintf("it is %s old, and may be %s at most", shown, Age(s.Max))
	}
	return r
}

// Age is a span of time as the table shows it, rounded down: "45m", "3h", "2d".
func Age(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%s%dm", sign, int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%s%dh", sign, int(d.Hours()))
	}
	return fmt.Sprintf("%s%dd", sign, int(d.Hours()/24))
}

// some names the first few.
func some(list []string) string {
	const few = 5
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:few-1], ", "), len(list)-few+1)
}
