package removal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
)

// Verdict is the one answer about one object (or, of metrics and audit lines,
// one resource), whatever the number of places it was seen in.
type Verdict struct {
	Code     string // API-001...
	Severity finding.Severity
	// Object is "Ingress/ns/name", "Ingress/name" without a namespace, or
	// "ingresses.v1beta1.extensions" of requests.
	Object string
	// Use is the place the verdict rests on; Also are the others that name an
	// API version the target does not simply serve, strongest first. Another
	// file is not among those of a file: it has a verdict of its own.
	// Verdicts share uses and judgements with each other: there may be tens of thousands.
	Use  *Use
	Also []*Use
	// Judgement of the API version of Use.
	Judgement *Judgement
	// Message is one sentence about this object, Advice what to do.
	Message, Advice string
}

// AlsoSeenIn are the sources of Also, each once, strongest first, without the
// one of Use.
func (v Verdict) AlsoSeenIn() []Source {
	out := []Source{}
	for _, s := range Sources() {
		if s != v.Use.Source && slices.ContainsFunc(v.Also, func(u *Use) bool { return u.Source == s }) {
			out = append(out, s)
		}
	}
	return out
}

// Join gives one verdict for each object that was seen in an API version the
// target does not simply serve. uses are all that were seen, those in good
// versions too: that everybody now writes an object in the new version is what
// makes an old annotation harmless. Manifests of one object in several files
// are a verdict each, because each must be edited.
//
// Verdicts come in the order of blocker, warning, information, then by object,
// file and line.
func Join(t *Table, move Move, uses []Use) []Verdict {
	c := court{table: t, move: move, judged: map[GVK]*Judgement{}, codes: map[string]finding.Code{}}
	out := []Verdict{}
	for _, seen := range c.groups(uses) {
		out = c.join(out, seen)
	}
	slices.SortFunc(out, func(a, b Verdict) int {
		if by := cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), strings.Compare(a.Object, b.Object)); by != 0 {
			return by // of ten thousand verdicts most
		}
		return cmp.Or(a.Use.compare(b.Use), strings.Compare(a.Code, b.Code))
	})
	return out
}

// groups are the sights of each object.
func (c court) groups(uses []Use) [][]sight {
	var out [][]sight
	at := map[string]int{}
	for i := range uses {
		u, j := c.judge(&uses[i])
		if quiet(j) && u.Source != ManagedFields && u.Source != Audit {
			continue // it raises nothing, and says nothing of other uses
		}
		key := c.table.key(u)
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], sight{use: u, judgement: j})
	}
	return out
}

// quiet: nothing is to be said of it, whatever else was seen.
func quiet(j *Judgement) bool {
	return j.State == Foreign || j.State == Served && !j.Life.OffByDefault
}

// court is one run of Join: what was judged once holds for every other use of
// the same API version. Repositories hold thousands of each.
type court struct {
	table  *Table
	move   Move
	judged map[GVK]*Judgement
	codes  map[string]finding.Code
}

func (c court) code(name string) finding.Code {
	code, ok := c.codes[name]
	if !ok {
		code = finding.Lookup(name)
		c.codes[name] = code
	}
	return code
}

// sight is one use with what is thought of it.
type sight struct {
	use       *Use
	judgement *Judgement
	verdict   ruling
}

func (u *Use) requested() bool { return u.Source == Metric || u.Source == Audit }

// judge judges one use, and gives what requests leave out: the kind is found by
// the resource.
func (c court) judge(given *Use) (*Use, *Judgement) {
	u := given
	if u.requested() && (u.Kind == "" || u.Resource == "") || u.Kind == "" && u.Resource != "" {
		whole := *given
		u = &whole
	}
	if u.Kind == "" && u.Resource != "" {
		if l, ok := c.table.ByResource(u.Group, u.Version, u.Resource); ok {
			u.Kind = l.Kind
		}
	}
	if u.Resource == "" && u.requested() {
		u.Resource = Resource(u.Kind)
	}
	j, ok := c.judged[u.GVK]
	if !ok {
		judgement := c.table.Judge(u.GVK, c.move)
		j = &judgement
		c.judged[u.GVK] = j
	}
	if (j.State == Unknown || j.State == Foreign) && j.Life.Kind == "" && known(u.RemovedRelease) && u.RemovedRelease.Compare(c.move.Target) <= 0 {
		l := Lifecycle{GVK: u.GVK, Product: Kubernetes, Removed: u.RemovedRelease, Note: "its own API server says so"}
		j = &Judgement{State: Removed, Life: l, Reason: u.APIVersion() + " " + u.Resource + " is not served from " + u.RemovedRelease.String() + " on, its own API server says"}
	}
	return u, j
}

// key is the same for everything that was seen of one object. What has no
// name is an object of its own: its place is its name.
func (t *Table) key(u *Use) string {
	if u.requested() {
		return strings.Join([]string{"request", u.Group, u.Version, u.Resource}, "\x00")
	}
	f := t.family(u.GVK)
	if u.Name == "" {
		return strings.Join([]string{"place", u.place(), f.Group, f.Kind}, "\x00")
	}
	return strings.Join([]string{"object", f.Group, f.Kind, u.Namespace, u.Name}, "\x00")
}

// join adds to out the verdict of one object, and one more for each other file.
func (c court) join(out []Verdict, seen []sight) []Verdict {
	slices.SortStableFunc(seen, func(a, b sight) int { return a.use.compare(b.use) })
	scene := c.table.sceneOf(seen)
	bad := seen[:0]
	for _, s := range seen {
		s.verdict = scene.rule(s)
		if s.verdict.code != "" {
			bad = append(bad, s)
		}
	}
	if len(bad) == 0 {
		return out
	}
	first := 0
	for i := range bad {
		if c.rank(bad[i]) > c.rank(bad[first]) {
			first = i
		}
	}
	elsewhere := []*Use{} // shared: of one object there may be thousands of files
	for _, s := range bad {
		if s.use.Source != File {
			elsewhere = append(elsewhere, s.use)
		}
	}
	also := elsewhere
	if bad[first].use.Source != File {
		also = make([]*Use, 0, len(bad)-1)
		for i, s := range bad {
			if i != first {
				also = append(also, s.use)
			}
		}
	}
	out = append(out, c.verdict(bad[first], also))
	for i, s := range bad {
		if i != first && s.use.Source == File {
			out = append(out, c.verdict(s, elsewhere))
		}
	}
	return out
}

func (c court) rank(s sight) int { return c.code(s.verdict.code).Severity.Rank() }

func (c court) verdict(s sight, also []*Use) Verdict {
	code := c.code(s.verdict.code)
	return Verdict{Code: code.Code, Severity: code.Severity, Object: s.use.object(), Use: s.use, Also: also,
		Judgement: s.judgement, Message: s.message(), Advice: s.advice(code)}
}

// compare orders uses: strongest source first, then newest writer, then place.
func (u *Use) compare(o *Use) int {
	return cmp.Or(cmp.Compare(u.Source.strength(), o.Source.strength()), o.Time.Compare(u.Time), strings.Compare(u.File, o.File),
		cmp.Compare(u.Line, o.Line), cmp.Compare(u.Document, o.Document), strings.Compare(u.Where, o.Where), u.GVK.compare(o.GVK),
		strings.Compare(u.Manager, o.Manager), strings.Compare(u.UserAgent, o.UserAgent), strings.Compare(u.User, o.User), strings.Compare(u.Server, o.Server),
		strings.Compare(u.Namespace, o.Namespace), strings.Compare(u.Name, o.Name))
}
