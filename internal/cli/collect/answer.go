package collect

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// Answer is `fixline collect -o json`.
type Answer struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // Collection
	Path       string `json:"path"`
	// SHA256 is of the bundle's bundle.json, which vouches for every file of it.
	SHA256   string   `json:"sha256"`
	Cluster  *string  `json:"cluster"`
	Server   *string  `json:"server"` // null where no API server was asked
	By       *string  `json:"by"`
	Started  string   `json:"started"`
	Finished string   `json:"finished"`
	Seconds  float64  `json:"seconds"`
	Files    int      `json:"files"`
	Objects  int      `json:"objects"`
	Bytes    int64    `json:"bytes"` // of all files, unpacked
	Size     int64    `json:"size"`  // on disk
	Hosts    []Host   `json:"hosts"`
	Coverage Coverage `json:"coverage"`
}

// Host is what became of one host that was named.
type Host struct {
	Host  string  `json:"host"`
	Node  *string `json:"node"` // null where that is not known
	Files int     `json:"files"`
	Gaps  int     `json:"gaps"`
	Error *string `json:"error"`
}

// Coverage is complete unless a required gap is there: one a judgement may rest
// on, or something a flag asked for.
type Coverage struct {
	Complete bool  `json:"complete"`
	Gaps     []Gap `json:"gaps"`
}

// Gap is something that was asked for and did not come back.
type Gap struct {
	Check    string `json:"check"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
	Required bool   `json:"required"`
}

// answerOf says what is in a bundle; kubelets reports whether a flag asked for
// them, as they are also read on the way past where a host leads to them.
func answerOf(w pack.Written, api *kube.Collected, looked []host.Looked, took time.Duration, kubelets bool) Answer {
	m := w.Manifest
	a := Answer{
		APIVersion: m.APIVersion, Kind: "Collection", Path: w.Path, SHA256: w.SHA256, Cluster: orNull(m.Cluster), Server: orNull(m.Server), By: orNull(api.By),
		Started: m.Started, Finished: m.Finished, Seconds: math.Round(took.Seconds()*10) / 10,
		Files: len(m.Files), Objects: w.Objects, Bytes: w.Bytes, Size: w.Size,
		Hosts: []Host{}, Coverage: Coverage{Complete: true, Gaps: []Gap{}},
	}
	for _, l := range looked {
		h := Host{Host: l.Host, Node: orNull(l.Node), Files: l.Files, Gaps: l.Gaps}
		if l.Err != nil {
			text := l.Err.Error()
			h.Error = &text
		}
		a.Hosts = append(a.Hosts, h)
	}
	for _, c := range m.Coverage {
		if c.State == evidence.Read {
			continue
		}
		required := reading.Required(c) || askedFor(c, kubelets)
		a.Coverage.Complete = a.Coverage.Complete && !required
		a.Coverage.Gaps = append(a.Coverage.Gaps, Gap{Check: c.Asked, State: c.State.String(), Reason: c.Reason, Required: required})
	}
	slices.SortStableFunc(a.Coverage.Gaps, func(x, y Gap) int {
		return cmp.Or(-compareBool(x.Required, y.Required), cmp.Compare(x.Check, y.Check))
	})
	return a
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// askedFor reports whether a flag named what did not come back: hosts, Helm's
// releases and kubelets are read only where the user wants them. That there is
// no such thing on a host is an answer.
func askedFor(c evidence.Check, kubelets bool) bool {
	what, _, _ := strings.Cut(c.Asked, "/")
	return (what == "hosts" || what == "kubelets" && kubelets || what == "helm-releases") && (c.State == evidence.Failed || c.State == evidence.Forbidden)
}

// compareBool ranks false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (a Answer) text(w io.Writer, program string, width int) error {
	fmt.Fprintf(w, "wrote %s: %s in %s, %s, in %.1fs\n", report.Visible(a.Path), count(a.Objects, "object"), count(a.Files, "file"), size(a.Size), a.Seconds)
	if a.Server != nil {
		fmt.Fprintf(w, "cluster %s, %s, read as %s\n", report.Visible(*a.Cluster), report.Visible(*a.Server), report.Visible(*a.By))
	}
	fmt.Fprintf(w, "sha256 of its bundle.json: %s\n", a.SHA256)
	if len(a.Hosts) > 0 {
		lost := 0
		for _, h := range a.Hosts {
			if h.Error != nil {
				lost++
			}
		}
		fmt.Fprintf(w, "hosts: %d looked at, %d not\n", len(a.Hosts)-lost, lost)
	}
	if len(a.Coverage.Gaps) > 0 {
		fmt.Fprintln(w, "\nNot in it:")
		for _, g := range grouped(a.Coverage.Gaps) {
			mark := "  "
			if g.Required {
				mark = "! "
			}
			for i, line := range layout.Wrap(report.Visible(g.Check+": "+g.Reason), columns(width)-4) {
				if i > 0 {
					mark = "    "
				}
				fmt.Fprintf(w, "  %s%s\n", mark, line)
			}
		}
	}
	if !a.Coverage.Complete {
		fmt.Fprintln(w, "\nNot everything is there: what ! marks was asked for, or a verdict may rest on it (exit code 4).")
	}
	_, err := fmt.Fprintf(w, "\nNext: %s assess --bundle %s\n", program, report.Visible(quoted(a.Path)))
	return err
}

// own are the words of a reason that are one host's alone: its names,
// addresses and keys.
var own = regexp.MustCompile(`\S*[0-9]\S*`)

// grouped joins gaps that are alike for many hosts or kubelets into one, so
// that five hundred nodes nobody could reach are one line. Its reason is that
// of the first.
func grouped(gaps []Gap) []Gap {
	var out []Gap
	at, nodes := map[string]int{}, map[int][]string{}
	for _, g := range gaps {
		dir, rest, ok := strings.Cut(g.Check, "/")
		node, file, _ := strings.Cut(rest, "/")
		if !ok || dir != "hosts" && dir != "kubelets" {
			out = append(out, g)
			continue
		}
		key := dir + "/" + file + " " + own.ReplaceAllString(strings.ReplaceAll(g.Reason, node, "1"), "1")
		i, seen := at[key]
		if !seen {
			i = len(out)
			at[key] = i
			out = append(out, g)
		}
		nodes[i] = append(nodes[i], node)
	}
	for i, names := range nodes {
		if len(names) == 1 {
			continue
		}
		dir, rest, _ := strings.Cut(out[i].Check, "/")
		_, file, _ := strings.Cut(rest, "/")
		list := strings.Join(names[:min(3, len(names))], ", ")
		if more := len(names) - 3; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		out[i].Check = strings.TrimSuffix(dir+"/NODE/"+file, "/") + " of " + list
	}
	return out
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = 1024
	switch {
	case n < unit:
		return fmt.Sprintf("%d bytes", n)
	case n < unit*unit:
		return fmt.Sprintf("%.1f KiB", float64(n)/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.1f MiB", float64(n)/unit/unit)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/unit/unit/unit)
}

// quoted is a path as a shell takes it.
func quoted(p string) string {
	if strings.ContainsFunc(p, func(r rune) bool {
		return !strings.ContainsRune("/._-+@:,", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return remote.Quote(p)
	}
	return p
}

// columns is how wide text may be: the terminal's width, else 100.
func columns(width int) int {
	if width <= 0 {
		return 100
	}
	return max(width, 40)
}
