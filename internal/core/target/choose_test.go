package target

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// calendar is a small world: 1.32 ended, 1.33 to 1.35 live on 2026-03-15.
func calendar() *support.Calendar {
	minor := func(m int, patches int, eol string) support.MinorRelease {
		end, _ := time.Parse(time.DateOnly, eol)
		r := support.MinorRelease{Minor: version.Minor{Major: 1, Minor: m}, Released: end.AddDate(0, -14, 0), EndOfLife: end}
		for p := range patches {
			r.Patches = append(r.Patches, support.Patch{Version: version.New(1, m, p), Date: r.Released.AddDate(0, p, 0)})
		}
		return r
	}
	return &support.Calendar{Product: "kubernetes", Minors: []support.MinorRelease{
		minor(31, 15, "2025-11-11"), minor(32, 13, "2026-02-28"), minor(33, 10, "2026-06-28"), minor(34, 6, "2026-10-27"), minor(35, 3, "2027-02-28"),
	}}
}

func on(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

// defect is open on component below the fixed patch of each minor.
func defect(id, component string, fixed ...string) Defect {
	return Defect{ID: id, Fixable: len(fixed) > 0, Open: func(c string, v version.Version) bool {
		if c != component {
			return false
		}
		if len(fixed) == 0 {
			return true
		}
		for _, f := range fixed {
			fv := version.MustParse(f)
			if fv.Minor() == v.Minor() {
				return v.Less(fv)
			}
		}
		return v.Less(version.MustParse(fixed[len(fixed)-1]))
	}}
}

var bypass = defect("CVE-A", "kube-apiserver", "1.33.9", "1.34.4", "1.35.0")

func input(current string, affecting ...string) Input {
	v := version.MustParse(current)
	return Input{Components: []string{"kube-apiserver", "kubelet"}, Oldest: v, Floor: v, FloorWhy: "kube-apiserver on cp1", Affecting: affecting, Margin: 14}
}

func TestChoose(t *testing.T) {
	never := defect("CVE-NEVER", "kube-apiserver")
	early := defect("CVE-EARLY", "kubelet", "1.34.3", "1.35.2")
	offer := func(in Input, vs ...string) Input {
		in.AvailableSource = "apt on cp1"
		in.Available = []version.Version{}
		for _, v := range vs {
			in.Available = append(in.Available, version.MustParse(v))
		}
		return in
	}
	for name, c := range map[string]struct {
		defects []Defect
		in      Input
		kind    Kind
		version string
		path    string
		fixes   []string
		remain  []string
	}{
		"same minor":                                        {[]Defect{bypass}, input("1.34.1", "CVE-A"), Patch, "1.34.4", "1.34.4", []string{"CVE-A"}, []string{}},
		"dev in its own supported minor":                    {[]Defect{bypass}, input("1.33.7", "CVE-A"), Patch, "1.33.9", "1.33.9", []string{"CVE-A"}, []string{}},
		"unsupported minor goes through hops":               {[]Defect{bypass}, input("1.31.4", "CVE-A"), Minor, "1.33.9", "1.32.12 -> 1.33.9", []string{"CVE-A"}, []string{}},
		"end of life without an advisory":                   {[]Defect{bypass}, input("1.32.12"), Minor, "1.33.9", "1.33.9", []string{}, []string{}},
		"nothing to do":                                     {[]Defect{bypass}, input("1.34.5"), None, "", "", []string{}, []string{}},
		"never fixed does not block":                        {[]Defect{bypass, never}, input("1.34.1", "CVE-A", "CVE-NEVER"), Patch, "1.34.4", "1.34.4", []string{"CVE-A"}, []string{"CVE-NEVER"}},
		"never fixed alone moves nothing":                   {[]Defect{never}, input("1.34.1", "CVE-NEVER"), None, "", "", []string{}, []string{"CVE-NEVER"}},
		"the target is not itself affected":                 {[]Defect{defect("CVE-B", "kubelet", "1.34.2"), early}, input("1.34.1", "CVE-B"), Patch, "1.34.3", "1.34.3", []string{"CVE-B"}, []string{}},
		"narrowed: only the asked one counts":               {[]Defect{defect("CVE-B", "kubelet", "1.34.2"), early}, narrow(input("1.34.1", "CVE-B")), Patch, "1.34.2", "1.34.2", []string{"CVE-B"}, []string{"CVE-EARLY"}},
		"narrowed: a target that has the asked one is none": {[]Defect{defect("CVE-B", "kubelet", "1.32.12", "1.33.9", "1.34.3"), early}, narrow(input("1.32.12"), "CVE-B"), Minor, "1.33.9", "1.33.9", []string{}, []string{"CVE-EARLY"}},
		"only what is offered":                              {[]Defect{bypass}, offer(input("1.34.1", "CVE-A"), "1.34.1", "1.34.5", "1.35.1"), Patch, "1.34.5", "1.34.5", []string{"CVE-A"}, []string{}},
		"no patch offered, a minor is":                      {[]Defect{bypass}, offer(input("1.34.1", "CVE-A"), "1.34.1", "1.35.1"), Minor, "1.35.1", "1.35.1", []string{"CVE-A"}, []string{}},
		"a minor would have to be skipped":                  {[]Defect{bypass}, offer(input("1.33.1", "CVE-A"), "1.33.1", "1.35.1"), Unreachable, "", "", []string{}, []string{"CVE-A"}},
		"the offer is newer than the catalogue":             {[]Defect{bypass}, offer(input("1.34.1", "CVE-A"), "1.34.77"), Unreachable, "", "", []string{}, []string{"CVE-A"}},
		"a provider's build":                                {[]Defect{bypass}, managed(offer(input("1.34.1-gke.100", "CVE-A"), "1.34.3-gke.9", "1.34.4-gke.1222000")), Provider, "1.34.4-gke.1222000", "1.34.4-gke.1222000", []string{"CVE-A"}, []string{}},
		"not below what a kubelet already runs":             {[]Defect{bypass}, floor(input("1.34.1", "CVE-A"), "1.35.1"), Minor, "1.35.1", "1.35.1", []string{"CVE-A"}, []string{}},
		"a kubelet ahead of the API servers":                {[]Defect{bypass}, floor(input("1.34.5"), "1.35.1"), Minor, "1.35.1", "1.35.1", []string{}, []string{}},
		"asked for a version":                               {[]Defect{bypass}, wanted(input("1.34.1", "CVE-A"), "1.34.2"), Patch, "1.34.2", "1.34.2", []string{}, []string{"CVE-A"}},
		"asked for a lower version":                         {[]Defect{bypass}, wanted(input("1.34.4"), "1.34.2"), Unreachable, "", "", []string{}, []string{"CVE-A"}},
		"asked for two minors up":                           {[]Defect{bypass}, wanted(input("1.33.1", "CVE-A"), "1.35.1"), Minor, "1.35.1", "1.34.5 -> 1.35.1", []string{"CVE-A"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewTable(calendar(), on("2026-03-15"), c.in.Components, c.defects).Choose(c.in)
			if got.Kind != c.kind || got.Version.String() != c.version || join(got.Path) != c.path {
				t.Errorf("got %s %q by %q, want %s %q by %q (%s)", got.Kind, got.Version, join(got.Path), c.kind, c.version, c.path, got.Reason)
			}
			if d := cmp.Diff(c.fixes, got.Fixes); d != "" {
				t.Errorf("fixes: %s", d)
			}
			if d := cmp.Diff(c.remain, got.Remaining); d != "" {
				t.Errorf("remaining: %s", d)
			}
			if got.Reason == "" {
				t.Error("a choice without a reason")
			}
			if (got.Wanted == "") == (got.Kind == Unreachable) {
				t.Errorf("kind %s with wanted %q", got.Kind, got.Wanted)
			}
			for _, r := range got.Rejected {
				if r.Reason == "" {
					t.Errorf("%s rejected without a reason", r.Version)
				}
				if r.Version.String() == got.Version.String() {
					t.Errorf("the target %s is also rejected: %s", r.Version, r.Reason)
				}
			}
		})
	}
}

func narrow(in Input, asked ...string) Input {
	in.Narrow, in.Asked = true, append(asked, in.Affecting...)
	return in
}
func managed(in Input) Input { in.Managed = true; return in }
func floor(in Input, v string) Input {
	in.Floor, in.FloorWhy = version.MustParse(v), "kubelet on w1"
	return in
}
func wanted(in Input, v string) Input { in.Wanted = version.MustParse(v); return in }

func TestRejectedReasons(t *testing.T) {
	got := NewTable(calendar(), on("2026-03-15"), []string{"kube-apiserver"}, []Defect{bypass}).Choose(input("1.31.4", "CVE-A"))
	var lines []string
	for _, r := range got.Rejected {
		lines = append(lines, r.Version.String()+": "+r.Reason)
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{"1.31.14: 1.31 is end of life since 2025-11-11", "1.32.12: 1.32 is end of life", "1.33.8: does not fix CVE-A", "1.34.4: would do, but is a larger change than 1.33.9", "1.35.0: would do"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in:\n%s", want, all)
		}
	}
}

// A mixed fleet counts in the choice between patch and minor: patched while
// its minor lives, moved on when it is about to end.
func TestMixedFleet(t *testing.T) {
	for day, want := range map[string]string{"2026-03-15": "1.33.9", "2026-06-20": "1.34.4"} {
		in := input("1.33.7", "CVE-A")
		in.Mixed = "kubelet runs 1.32 and 1.33"
		got := NewTable(calendar(), on(day), []string{"kube-apiserver"}, []Defect{bypass}).Choose(in)
		if got.Version.String() != want || !strings.Contains(got.Reason, "every node to one version") {
			t.Errorf("on %s got %s: %s", day, got.Version, got.Reason)
		}
	}
}

func TestMarginIsSaid(t *testing.T) {
	got := NewTable(calendar(), on("2026-06-20"), []string{"kube-apiserver"}, []Defect{bypass}).Choose(input("1.33.7", "CVE-A"))
	if got.Version.String() != "1.33.9" || !strings.Contains(got.Reason, "1.33 leaves support on 2026-06-28") {
		t.Errorf("got %s: %s", got.Version, got.Reason)
	}
}

// Whatever the world looks like, a chosen target closes every fixable advisory
// it says it fixes, never goes down, never skips a minor and is supported.
func TestChoiceInvariants(t *testing.T) {
	cal := calendar()
	rapid.Check(t, func(t *rapid.T) {
		var defects []Defect
		var ids []string
		for i := range rapid.IntRange(1, 4).Draw(t, "defects") {
			var fixed []string
			for m := 31; m <= 35; m++ {
				if p := rapid.IntRange(0, 12).Draw(t, "patch"); p > 0 {
					fixed = append(fixed, version.New(1, m, p).String())
				}
			}
			id := "CVE-" + string(rune('A'+i))
			defects, ids = append(defects, defect(id, "kube-apiserver", fixed...)), append(ids, id)
		}
		cur := version.New(1, rapid.IntRange(31, 35).Draw(t, "minor"), rapid.IntRange(0, 2).Draw(t, "cur"))
		in := input(cur.String(), ids...)
		asOf := on("2026-03-15")
		got := NewTable(cal, asOf, in.Components, defects).Choose(in)
		if got.Kind == None || got.Kind == Unreachable {
			return
		}
		if got.Version.Less(cur) {
			t.Fatalf("%s is below %s", got.Version, cur)
		}
		if s, _ := cal.Status(got.Version.Minor(), asOf); !s.Live() {
			t.Fatalf("%s is not supported", got.Version)
		}
		at := cur.Minor()
		for _, hop := range got.Path {
			if hop.Minor().Compare(at) != 0 && hop.Minor() != at.Next() {
				t.Fatalf("%v skips a minor", got.Path)
			}
			at = hop.Minor()
		}
		for _, d := range defects {
			for _, id := range got.Fixes {
				if d.ID == id && d.Open("kube-apiserver", got.Version) {
					t.Fatalf("%s is said to be fixed by %s and is not", id, got.Version)
				}
			}
		}
	})
}

// Where the only way out of an ended minor closes nothing, the reason does not
// claim that it does.
func TestTheReasonNamesNoFixWhereThereIsNone(t *testing.T) {
	in := input("1.32.12", "CVE-A")
	in.Available, in.AvailableSource = []version.Version{version.MustParse("1.33.1")}, "apt on cp1"
	got := NewTable(calendar(), on("2026-03-15"), []string{"kube-apiserver"}, []Defect{bypass}).Choose(in)
	want := "1.32 is end of life since 2026-02-28; 1.33.1 is the smallest version on offer of a supported minor; no version on offer fixes CVE-A"
	if got.Version.String() != "1.33.1" || got.Reason != want {
		t.Errorf("got %s: %q", got.Version, got.Reason)
	}
}
