package rehearsal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// Seen is what one hop showed. What is nil was not looked at.
type Seen struct {
	Version string
	// Baseline: today's version was asked the same questions on another copy.
	Baseline bool

	FlagsError string // the program's own words; "" = it knows them all
	StartError string
	StartLog   []string // the end of what it wrote
	Started    bool

	Listed   []Listed
	Orphans  []Orphan
	Trips    []Trip
	Answers  []Answer
	Refusals []Refusal
	Written  []Written
	// NotRehearsed are the parts that are left out, in sentences.
	NotRehearsed []string
	// Gaps say why a check could not be made, by its name.
	Gaps map[string]string
	// Seconds each check took.
	Seconds map[string]float64
}

// Listed is one resource as the hop lists it.
type Listed struct {
	Resource string // "pods", "deployments.apps"
	Listed   int
	// Stored are the keys at the same revision; -1 = that could not be counted.
	Stored  int
	Seconds float64
	// Undecodable are objects that cannot be read, "NAMESPACE/NAME: why".
	Undecodable []string
	Error       string // the list failed; "" = it did not
}

// Orphan is what is stored and no resource of the hop reads.
type Orphan struct {
	Prefix string // of its keys, "podsecuritypolicy"
	Keys   int
	// Served: today's version serves it. Only with a baseline.
	Served bool
}

// Trip is an object that was read and written back without a change.
type Trip struct {
	Object  string   // "ConfigMap/shop/settings"
	Refused string   // the hop's message; "" = it was taken
	Changed []string // fields that came back otherwise, "spec.replicas"
	Differs []string // fields the hop reads otherwise than the baseline
	// WasRefused: the baseline refused it too, WasChanged changed the same.
	WasRefused, WasChanged bool
}

// Answer is a question about access: who may do what.
type Answer struct {
	Subject  string // "ServiceAccount/shop/web", "Group/developers"
	Question string // "get secrets in kube-system"
	Allowed  bool
	Error    string
	// Expected is today's answer; nil = not known. From says how it is known.
	Expected *bool
	From     string
}

// Refusal is a request that is tried and never carried out.
type Refusal struct {
	Object  string // "Namespace/shop"
	What    string // "a privileged pod"
	Refused string // by what: "Pod Security", "ValidatingAdmissionPolicy guard"; "" = it was admitted
	Message string
	Error   string // it failed for another reason
	// Expected: it must be refused; nil = not known. From says why.
	Expected *bool
	From     string
}

// Written is an API version that objects were last written in.
type Written struct {
	APIVersion, Resource string
	Served               bool
	Before               *bool  // today's version serves it; nil = not known
	Example              string // "Deployment/shop/web by helm"
	Objects              int
}

// Judge makes the checks of a hop and what was found.
func Judge(s Seen) ([]Check, []finding.Found) {
	j := judge{s: s}
	j.start()
	if s.Started {
		j.readable()
		j.writable()
		j.access()
		j.admission()
		j.apis()
		for _, why := range s.NotRehearsed {
			j.find(finding.New("REHEARSE-011", "KubeAPIServer/"+s.Version, why))
		}
	}
	return j.checks, j.found
}

type judge struct {
	s      Seen
	checks []Check
	found  []finding.Found
}

func (j *judge) find(f finding.Found) { j.found = append(j.found, f) }

// check adds one; a gap makes what would pass or was skipped unknown.
func (j *judge) check(name string, state State, why string) {
	if gap := j.s.Gaps[name]; gap != "" && state != Fail {
		state, why = Unknown, gap
	}
	if state == Unknown {
		j.find(finding.New("REHEARSE-012", "Check/"+name, why))
	}
	j.checks = append(j.checks, Check{name, state, why, j.s.Seconds[name]})
}

func (j *judge) start() {
	s := j.s
	object := "KubeAPIServer/" + s.Version
	if s.FlagsError != "" {
		j.find(finding.New("REHEARSE-001", object, "it does not take the cluster's flags: "+s.FlagsError))
		j.check(Flags, Fail, s.FlagsError)
	} else {
		j.check(Flags, Pass, "it knows every flag and feature gate of the cluster")
	}
	switch {
	case s.Started:
		j.check(Start, Pass, "it became ready on the cluster's data")
	case s.StartError != "":
		if s.FlagsError == "" {
			j.find(finding.New("REHEARSE-001", object, "it did not become ready: "+s.StartError, s.StartLog...))
		}
		j.check(Start, Fail, s.StartError)
	default:
		j.check(Start, Fail, "it was not started, because it does not take the cluster's flags")
	}
	if !s.Started {
		for _, name := range []string{Readable, Writable, Access, Admission, APIs} {
			j.checks = append(j.checks, Check{name, Skipped, "the API server did not start", 0})
		}
	}
}

func (j *judge) readable() {
	bad, uncounted, objects := 0, 0, 0
	for _, l := range j.s.Listed {
		objects += l.Listed
		switch {
		case len(l.Undecodable) > 0 || l.Error != "":
			bad++
			for _, u := range l.Undecodable {
				j.find(finding.New("REHEARSE-002", l.Resource+"/"+u[:endOf(u)], "it cannot be read: "+strings.TrimPrefix(u[endOf(u):], ": ")))
			}
			if len(l.Undecodable) == 0 {
				j.find(finding.New("REHEARSE-002", l.Resource, "listing it fails: "+l.Error))
			}
		case l.Stored < 0:
			uncounted++
		case l.Stored != l.Listed:
			bad++
			j.find(finding.New("REHEARSE-003", l.Resource, fmt.Sprintf("%d are listed and %d are stored", l.Listed, l.Stored)))
		}
	}
	orphans := 0
	for _, o := range j.s.Orphans {
		f := finding.New("REHEARSE-004", "Key/"+o.Prefix, fmt.Sprintf("%d objects are stored under %s, which no API of %s reads", o.Keys, o.Prefix, j.s.Version))
		if !o.Served {
			f.Severity = finding.Warning
			f.Message += ", and it is not known to be served today"
		} else {
			orphans++
		}
		j.find(f)
	}
	switch {
	case bad+orphans > 0:
		j.check(Readable, Fail, fmt.Sprintf("%d resources are not listed as they are stored, %d are served no more", bad, orphans))
	case uncounted > 0:
		j.check(Readable, Unknown, fmt.Sprintf("%d resources were listed, but what is stored at that moment could not be counted", uncounted))
	default:
		j.check(Readable, Pass, fmt.Sprintf("%d objects of %d resources are listed, as many as are stored", objects, len(j.s.Listed)))
	}
}

// endOf is where the name of "NAME: why" ends.
func endOf(text string) int {
	if i := strings.Index(text, ": "); i >= 0 {
		return i
	}
	return len(text)
}

func (j *judge) writable() {
	bad, changed, open := 0, 0, 0
	for _, t := range j.s.Trips {
		if t.Refused != "" {
			f := finding.New("REHEARSE-006", t.Object, "written back as it is, it is refused: "+t.Refused)
			switch {
			case !j.s.Baseline:
				f.Severity = finding.Warning
				open++
			case t.WasRefused:
				f.Severity = finding.Info
				f.Message += " (today's version refuses it too)"
			default:
				bad++
			}
			j.find(f)
		}
		fields := slices.Concat(t.Differs, t.Changed)
		if t.WasChanged {
			fields = t.Differs
		}
		if len(fields) > 0 {
			changed++
			slices.Sort(fields)
			j.find(finding.New("REHEARSE-005", t.Object, "fields change: "+some(slices.Compact(fields))))
		}
	}
	switch {
	case bad > 0:
		j.check(Writable, Fail, fmt.Sprintf("%d of %d objects cannot be written back", bad, len(j.s.Trips)))
	case open > 0:
		j.check(Writable, Unknown, fmt.Sprintf("%d of %d objects cannot be written back, and whether today's version takes them is not known (--baseline)", open, len(j.s.Trips)))
	case len(j.s.Trips) == 0:
		j.check(Writable, Skipped, "no object was written back")
	default:
		j.check(Writable, Pass, fmt.Sprintf("%d objects were written back, %d of them change", len(j.s.Trips), changed))
	}
}

func (j *judge) apis() {
	gone, history := 0, 0
	for _, w := range j.s.Written {
		if w.Served {
			continue
		}
		f := finding.New("REHEARSE-010", w.Resource+"/"+w.APIVersion,
			fmt.Sprintf("%d objects were last written in %s, which %s does not serve", w.Objects, w.APIVersion, j.s.Version), w.Example)
		switch {
		case w.Before == nil:
			f.Severity = finding.Warning
			f.Message += "; whether it is served today is not known"
			history++
		case !*w.Before:
			f.Severity = finding.Info
			f.Message += ", nor does today's version"
			history++
		default:
			gone++
		}
		j.find(f)
	}
	switch n := len(j.s.Written); {
	case gone > 0:
		j.check(APIs, Fail, fmt.Sprintf("%d API versions that objects were written in are served today and no more then", gone))
	case n == 0:
		j.check(APIs, Skipped, "no stored object says what it was written in")
	default:
		j.check(APIs, Pass, fmt.Sprintf("of %d API versions that objects were written in none is known to vanish, %d are history", n, history))
	}
}

func some(list []string) string {
	const few = 8
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:few], ", "), len(list)-few)
}
